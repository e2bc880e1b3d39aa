"""A small GPT-2 and its tokenizer, trained from nothing, and the measures that compare it with the grammar.

Idea: every document is seen once, in batches of about equal length, so the model can't overfit and little is lost
to padding. Documents start at position 0 and finish with the end token, as the pipeline's rows do. Costs about
5,000 tokens a second on one core; equal seeds, hosts and thread counts give equal bits.
"""

from __future__ import annotations

import math
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from transformers import GPT2LMHeadModel, PreTrainedTokenizerFast

END_TOKEN, PAD_TOKEN = "<|endoftext|>", "<|pad|>"
CONTEXT = 256
VOCABULARY = 2048
IGNORE_INDEX = -100


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the base is trained."""

    seed: int = 7
    num_documents: int = 64_000
    """Documents seen, each once."""
    batch_size: int = 16
    """Documents a step."""
    learning_rate: float = 3e-3
    warmup_steps: int = 100
    weight_decay: float = 0.01
    num_held_out: int = 2_000
    """Documents and aphorisms that the figures are measured on."""


def train_tokenizer(documents: Sequence[str]) -> PreTrainedTokenizerFast:
    """Byte-level BPE: every word of the grammar becomes one token, any other UTF-8 text falls back to bytes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END_TOKEN, PAD_TOKEN],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(documents, trainer)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, eos_token=END_TOKEN, pad_token=PAD_TOKEN, model_max_length=CONTEXT
    )


def new_model(tokenizer: PreTrainedTokenizerFast) -> GPT2LMHeadModel:
    """A GPT-2 with random weights: 4 blocks of width 160, tied embeddings, no dropout."""
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=CONTEXT,
        n_embd=160,
        n_layer=4,
        n_head=5,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        initializer_range=0.06,  # with GPT-2's 0.02 a model this narrow learns to repeat a name much later
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return GPT2LMHeadModel(config)


def encode(tokenizer: PreTrainedTokenizerFast, texts: Sequence[str]) -> list[list[int]]:
    """Token ids of each text, with the end token behind."""
    return [[*ids, tokenizer.eos_token_id] for ids in tokenizer(list(texts))["input_ids"]]


def batches(rows: Sequence[list[int]], batch_size: int, rng: Random) -> Iterator[list[list[int]]]:
    """Batches of rows of about equal length, in random order: little padding, and no order by length."""
    pool = batch_size * 64
    for start in range(0, len(rows), pool):
        near = sorted(rows[start : start + pool], key=len)
        groups = [near[i : i + batch_size] for i in range(0, len(near), batch_size)]
        rng.shuffle(groups)
        yield from groups


def summed_nll(model: GPT2LMHeadModel, rows: Sequence[list[int]]) -> tuple[torch.Tensor, int]:
    """Negative log-likelihood of all tokens but each row's first, summed, and how many tokens that is."""
    import torch

    longest = max(map(len, rows))
    input_ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    labels = torch.tensor([row + [IGNORE_INDEX] * (longest - len(row)) for row in rows])
    logits = model(input_ids).logits[:, :-1]
    loss = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), labels[:, 1:].flatten(), ignore_index=IGNORE_INDEX, reduction="sum"
    )
    return loss, sum(map(len, rows)) - len(rows)


def train(model: GPT2LMHeadModel, rows: Sequence[list[int]], settings: Settings) -> None:
    """One pass of AdamW with warmup and a cosine to zero."""
    import torch

    optimizer = torch.optim.AdamW(
        model.parameters(), lr=settings.learning_rate, betas=(0.9, 0.98), weight_decay=settings.weight_decay, fused=True
    )
    num_steps = math.ceil(len(rows) / settings.batch_size)

    def scale(step: int) -> float:
        progress = step / num_steps
        return min(1.0, (step + 1) / settings.warmup_steps) * 0.5 * (1 + math.cos(math.pi * progress))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, scale)
    model.train()
    start = time.perf_counter()
    for step, batch in enumerate(batches(rows, settings.batch_size, Random(settings.seed))):
        loss, count = summed_nll(model, batch)
        (loss / count).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if step % 200 == 0:
            elapsed_s = time.perf_counter() - start
            print(f"step {step}/{num_steps}  nll {loss.item() / count:.4f}  {elapsed_s:.0f} s", file=sys.stderr)


def mean_nll(model: GPT2LMHeadModel, rows: Sequence[list[int]]) -> float:
    """Nats a token over all tokens but each row's first."""
    import torch

    total, count = 0.0, 0
    model.eval()  # type: ignore[no-untyped-call]
    with torch.inference_mode():
        for start in range(0, len(rows), 100):
            loss, tokens = summed_nll(model, rows[start : start + 100])
            total, count = total + loss.item(), count + tokens
    return total / count


def entropy_per_token(rows: Sequence[list[int]], log_probabilities: Sequence[float]) -> float:
    """The lowest NLL any model can reach on these rows, in the terms of `mean_nll`.

    A causal model does not predict a row's first token, so that token's own entropy (from its counts) is taken off.
    """
    first = Counter(row[0] for row in rows)
    first_nats = -sum(count * math.log(count / len(rows)) for count in first.values())
    return (-sum(log_probabilities) - first_nats) / sum(len(row) - 1 for row in rows)
