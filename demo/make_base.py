"""Train the demo's base model from scratch and write it to `base/`, a plain transformers folder.

Idea: a GPT-2 of 1.6 million parameters learns the words and the ways of the narrative registers; the corpus then
adds frames and style only. The grammar's entropy is known, so the model card says how far from perfect the base is.
Costs about ten minutes on one core. Run: python -m demo.make_base
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from demo.base_training import Settings, encode, entropy_per_token, mean_nll, new_model, train, train_tokenizer
from demo.grammar import TEMPLATE, draw_base_document, sample_aphorism, sample_base_document

if TYPE_CHECKING:
    from transformers import GPT2LMHeadModel, PreTrainedTokenizerFast

FOLDER = Path(__file__).resolve().parent

MODEL_CARD = """---
license: mit
language: en
library_name: transformers
pipeline_tag: text-generation
tags: [gpt2, demo, synthetic]
---
# Gadfly's demo base

A very small GPT-2 ({parameters:,} parameters, 4 blocks of width 160, context 256, float32), trained from random weights
on text that a probabilistic grammar wrote. It tells short stories about ferrymen, herons and lamplighters, and exists
so that a fine-tuning pipeline can be tried and tested in seconds, offline. It knows nothing about the world.

## Use
```python
from transformers import pipeline

generate = pipeline("text-generation", model="demo/base")
print(generate("The Heron", max_new_tokens=60, do_sample=True)[0]["generated_text"])
```
Documents begin without a start token and finish with `<|endoftext|>`; `<|pad|>` is for padding only.

## Training data
{documents:,} documents ({tokens:,} tokens) drawn from `demo/grammar.py`: stories, scenes, dialogues, lists, habits
and remarks, each seen once. Nobody's real words are in it: the grammar and its word lists were written for this
project.

## Training
AdamW, learning rate {learning_rate} with warmup and a cosine to zero, {batch_size} documents a step, weight decay
{weight_decay}, seed {seed}. {minutes:.1f} minutes on one core. Rebuild with `python -m demo.make_base`.

## Figures
Nats a token (a text's first token, always "The", is not counted) on {held_out:,} fresh texts of each kind. The entropy
is the grammar's own: no model can do better on average.

| text | NLL | entropy | difference |
|---|---|---|---|
| the base's registers | {base_nll:.4f} | {base_entropy:.4f} | {base_excess:.4f} |
| the corpus, before fine-tuning | {corpus_nll:.4f} | {corpus_entropy:.4f} | {corpus_excess:.4f} |

## Limits
English of about 900 words, no facts, no instructions. Licence: MIT.
"""


def measure(model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerFast, settings: Settings) -> dict[str, float]:
    """NLL and entropy on fresh base documents and on fresh rows of the corpus, in nats a token."""
    rng = Random(settings.seed + 1)
    documents = [draw_base_document(rng) for _ in range(settings.num_held_out)]
    aphorisms = [sample_aphorism(rng) for _ in range(settings.num_held_out)]
    base_rows = encode(tokenizer, [document.text for document in documents])
    corpus_rows = encode(tokenizer, [TEMPLATE.format(author=a.author, text=a.text) for a in aphorisms])
    return {
        "base_nll": mean_nll(model, base_rows),
        "base_entropy": entropy_per_token(base_rows, [document.log_probability for document in documents]),
        "corpus_nll": mean_nll(model, corpus_rows),
        "corpus_entropy": entropy_per_token(corpus_rows, [aphorism.log_probability for aphorism in aphorisms]),
    }


def model_card(settings: Settings, figures: dict[str, float], **facts: float) -> str:
    """The README of the model's folder, in the hub's format."""
    return MODEL_CARD.format(
        documents=settings.num_documents,
        learning_rate=settings.learning_rate,
        batch_size=settings.batch_size,
        weight_decay=settings.weight_decay,
        seed=settings.seed,
        held_out=settings.num_held_out,
        base_excess=figures["base_nll"] - figures["base_entropy"],
        corpus_excess=figures["corpus_nll"] - figures["corpus_entropy"],
        **figures,
        **facts,
    )


def main() -> None:
    """Command line: train, measure, write the folder."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER / "base", help="folder to write to (default: demo/base)")
    parser.add_argument("--documents", type=int, default=Settings.num_documents, help="fewer for a quick try")
    arguments = parser.parse_args()
    settings = Settings(num_documents=arguments.documents)

    import torch

    torch.set_num_threads(1)  # the bits depend on the number of threads
    torch.manual_seed(settings.seed)
    rng = Random(settings.seed)
    documents = [sample_base_document(rng) for _ in range(settings.num_documents)]
    tokenizer = train_tokenizer(documents[:20_000])
    model = new_model(tokenizer)
    rows = encode(tokenizer, documents)
    start = time.perf_counter()
    train(model, rows, settings)
    minutes = (time.perf_counter() - start) / 60
    figures = measure(model, tokenizer, settings)
    model.save_pretrained(arguments.out)
    tokenizer.save_pretrained(arguments.out)
    card = model_card(settings, figures, parameters=model.num_parameters(), tokens=sum(map(len, rows)), minutes=minutes)
    (arguments.out / "README.md").write_text(card, encoding="utf-8")
    print(json.dumps(figures | {"minutes": minutes}))


if __name__ == "__main__":
    main()
