"""Bases of the recipes' architectures that can be made anywhere: small ones, briefly pretrained, or the original's full
shape with random weights.

    python -m benchmarks.small_bases --data DIR --out bases                 # gpt2, opt and qwen2, minutes
    python -m benchmarks.small_bases --data DIR --out bases --full gpt2-medium

Tokenizers: GPT-2's own files where `DIR/models/tiny-gpt2` has them, for Qwen2 with ChatML's two tokens and template.
Galactica's isn't to be had, so OPT's vocabulary (`DIR/models/opt_tokenizer`) is laid out as Galactica's is: it has
`</s>` but names no end token, and `<|endoftext|>` is text to it. Without these files a small tokenizer is trained.
The small ones read 1,200 paragraphs of novels (`DIR/general`) once: they know common words, and little else.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tasks.base_model import model_settings

NOVELS = ("grimms_fairy_tales", "gutenberg_Frankenstein_84", "gutenberg_The-Adventures-of-Sherlock-Holmes_1661")
PARAGRAPHS = 1_200
"""Of the novels, that a small base reads once."""
TRAINED_VOCABULARY = 4_000
SPECIAL_OPT = ("<s>", "<pad>", "</s>", "<unk>")
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
NO_DROPOUT = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}

SMALL: dict[str, dict[str, Any]] = {
    "gpt2": {"model_type": "gpt2", "n_embd": 96, "n_layer": 4, "n_head": 4, "n_positions": 512, **NO_DROPOUT},
    "opt": {
        "model_type": "opt",
        "hidden_size": 64,
        "word_embed_proj_dim": 64,
        "ffn_dim": 256,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "max_position_embeddings": 512,
        "dropout": 0.0,
    },
    "qwen2": {
        "model_type": "qwen2",
        "hidden_size": 64,
        "intermediate_size": 192,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 512,
        "tie_word_embeddings": True,
    },
}


def _opt(width: int, blocks: int, heads: int) -> dict[str, Any]:
    """Galactica's shape: OPT's, 50,000 words, a context of 2,048 tokens, GELU."""
    return {
        "model_type": "opt",
        "hidden_size": width,
        "word_embed_proj_dim": width,
        "ffn_dim": 4 * width,
        "num_hidden_layers": blocks,
        "num_attention_heads": heads,
        "max_position_embeddings": 2048,
        "vocab_size": 50_000,
        "activation_function": "gelu",
        "enable_bias": True,
        "dropout": 0.1,
    }


FULL: dict[str, dict[str, Any]] = {
    "gpt2": {"model_type": "gpt2"},
    "gpt2-medium": {"model_type": "gpt2", "n_embd": 1024, "n_layer": 24, "n_head": 16},
    "gpt2-xl": {"model_type": "gpt2", "n_embd": 1600, "n_layer": 48, "n_head": 25},
    "galactica-125m": _opt(768, 12, 12),
    "galactica-1.3b": _opt(2048, 24, 32),
    "galactica-6.7b": _opt(4096, 32, 32),
    "galactica-30b": _opt(7168, 48, 56),
    "qwen2.5-0.5b": {
        "model_type": "qwen2",
        "hidden_size": 896,
        "intermediate_size": 4864,
        "num_hidden_layers": 24,
        "num_attention_heads": 14,
        "num_key_value_heads": 2,
        "max_position_embeddings": 32_768,
        "vocab_size": 151_936,
        "tie_word_embeddings": True,
    },
}
"""The originals' shapes: OpenAI's and Qwen's configurations; Galactica's blocks, width and heads are those of its
paper (Taylor et al. 2022, arXiv:2211.09085)."""


def make_tokenizer(architecture: str, data: Path | None, texts: Sequence[str]) -> Any:
    """A tokenizer as the architecture's originals have it; see the module."""
    tokenizer = _opt_tokenizer(data, texts) if architecture == "opt" else _gpt2_tokenizer(data, texts)
    if architecture == "qwen2":
        tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>"], "eos_token": "<|im_end|>"})
        tokenizer.chat_template = CHATML
    return tokenizer


def _gpt2_tokenizer(data: Path | None, texts: Sequence[str]) -> Any:
    from transformers import AutoTokenizer

    folder = data / "models" / "tiny-gpt2" if data else None
    if folder and folder.is_dir():
        return AutoTokenizer.from_pretrained(folder)
    return _with_bytes(_trained(texts, ["<|endoftext|>"]), ["<|endoftext|>"], eos_token="<|endoftext|>")


def _opt_tokenizer(data: Path | None, texts: Sequence[str]) -> Any:
    folder = data / "models" / "opt_tokenizer" if data else None
    model = _opt_vocabulary(folder) if folder and folder.is_dir() else _trained(texts, list(SPECIAL_OPT))
    return _with_bytes(model, list(SPECIAL_OPT))


def _trained(texts: Sequence[str], special: list[str]) -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=TRAINED_VOCABULARY, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    backend.train_from_iterator(texts, trainer)
    return backend.model


def _with_bytes(model: Any, special: list[str], **named: str) -> Any:
    """A byte-level tokenizer of a vocabulary, as transformers has it."""
    import transformers
    from tokenizers import AddedToken, Tokenizer, decoders, pre_tokenizers

    backend = Tokenizer(model)
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([AddedToken(token, special=True) for token in special])
    make: Any = transformers.PreTrainedTokenizerFast
    return make(tokenizer_object=backend, **named)


def _opt_vocabulary(folder: Path) -> Any:
    """OPT's vocabulary and merges, without the one name that Galactica's lacks."""
    from tokenizers import models

    vocabulary = json.loads((folder / "gpt2-vocab.json").read_text(encoding="utf-8"))
    vocabulary = {"<unused>" if token == "<|endoftext|>" else token: number for token, number in vocabulary.items()}
    lines = (folder / "gpt2-merges.txt").read_text(encoding="utf-8").splitlines()[1:]
    pairs = [line.split(" ") for line in lines if line]
    return models.BPE(vocabulary, [(left, right) for left, right in pairs])


def novels(data: Path) -> list[str]:
    """The paragraphs of some novels."""
    text = "\n\n".join(
        (data / "general" / f"{name}.txt").read_text(encoding="utf-8", errors="ignore") for name in NOVELS
    )
    return [" ".join(part.split()) for part in text.split("\n\n") if len(part.split()) > 4]


def make_small(architecture: str, data: Path, folder: Path) -> None:
    """A small base, briefly pretrained by Gadfly's own training."""
    import torch
    from transformers import AutoModelForCausalLM

    from tasks.training.config import TrainingConfig
    from tasks.training.trainer import train

    texts = novels(data)
    tokenizer = make_tokenizer(architecture, data, texts)
    torch.manual_seed(0)
    loader: Any = AutoModelForCausalLM
    model = loader.from_config(model_settings(SMALL[architecture] | _tokens(tokenizer)))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    config = TrainingConfig(method="full", learning_rate=3e-3, epochs=1, batch_size=16, precision="float32")
    curve, cost = train(model, _paragraphs_as_tokens(texts, folder), config, lambda done, total, **measures: None)
    parameters, nll = model.num_parameters(), curve.holdout[-1]["nll"]
    print(
        f"{architecture}: {parameters:,} parameters, {nll:.2f} nats a token on unread paragraphs, {cost.seconds:.0f} s"
    )
    model.save_pretrained(folder)


def _paragraphs_as_tokens(texts: Sequence[str], folder: Path) -> Any:
    """Paragraphs from all over the novels, every twentieth held out."""
    import pandas as pd

    from tasks.prompt_format import PromptConfig
    from tasks.tokenization.config import TokenizationConfig, TokenizationSettings, WaivedChecks
    from tasks.tokenization.tokenize_rows import tokenize_accepted
    from tasks.tokenized import read_tokens, write_tokens

    chosen = texts[:: max(1, len(texts) // PARAGRAPHS)][:PARAGRAPHS]
    splits = ["holdout" if number % 20 == 19 else "train" for number in range(len(chosen))]
    rows = pd.DataFrame({"row_id": [f"{number}" for number in range(len(chosen))], "text": chosen, "split": splits})
    settings = TokenizationSettings(max_seq_len=256, waive=WaivedChecks(end_token="a base learns to end from its rows"))
    config = TokenizationConfig(prompt=PromptConfig(template="{text}"), settings=settings)
    documents, facts = tokenize_accepted(rows, config, folder, lambda done, total: None)
    with tempfile.TemporaryDirectory() as scratch:
        write_tokens(Path(scratch), documents, facts)
        return read_tokens(Path(scratch))


def make_full(name: str, data: Path | None, folder: Path) -> None:
    """The original's shape with random weights."""
    import torch
    from transformers import AutoModelForCausalLM

    settings = FULL[name]
    architecture = settings["model_type"]
    tokenizer = make_tokenizer(architecture, data, ["One text to train a tokenizer on."])
    torch.manual_seed(0)
    loader: Any = AutoModelForCausalLM
    words = max(settings.get("vocab_size", 50_257), len(tokenizer))
    model = loader.from_config(model_settings(settings | _tokens(tokenizer) | {"vocab_size": words}))
    print(f"{name}: {model.num_parameters():,} parameters")
    model.save_pretrained(folder, max_shard_size="5GB")
    tokenizer.save_pretrained(folder)


def write_shape(name: str, data: Path | None, folder: Path) -> None:
    """A folder that can be planned with and not trained: the configuration, the tokenizer, and no weights."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = make_tokenizer(FULL[name]["model_type"], data, ["One text to train a tokenizer on."])
    words = max(FULL[name].get("vocab_size", 50_257), len(tokenizer))
    model_settings(FULL[name] | _tokens(tokenizer) | {"vocab_size": words}).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")  # planning opens no weights


def _tokens(tokenizer: Any) -> dict[str, Any]:
    end = tokenizer.eos_token_id
    return {"vocab_size": len(tokenizer), "eos_token_id": end, "bos_token_id": None, "pad_token_id": None}


def main() -> None:
    """Make bases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with general/ and models/")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="*", choices=SMALL, default=list(SMALL))
    parser.add_argument("--full", choices=FULL, help="this one's full shape instead, with random weights")
    given = parser.parse_args()
    if given.full:
        make_full(given.full, given.data, given.out / given.full)
        return
    for architecture in given.only:
        make_small(architecture, given.data, given.out / architecture)


if __name__ == "__main__":
    main()
