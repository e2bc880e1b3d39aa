"""The base model's folder: small enough for git, whole, with a tokenizer that fits the corpus and any other text."""

from __future__ import annotations

import json
import math
import re
from random import Random

import pytest
from safetensors import safe_open
from tokenizers import Tokenizer

from demo import base_training, grammar, make_base

BASE = make_base.FOLDER / "base"


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(BASE / "tokenizer.json"))


def test_weights_are_float32_complete_and_below_eight_megabytes() -> None:
    path = BASE / "model.safetensors"
    assert path.stat().st_size <= 8 * 2**20
    with safe_open(path, framework="np") as weights:
        tensors = {name: weights.get_slice(name) for name in weights.keys()}  # noqa: SIM118 (not a mapping)
    assert {tensor.get_dtype() for tensor in tensors.values()} == {"F32"}
    num_parameters = sum(math.prod(tensor.get_shape()) for tensor in tensors.values())
    card = (BASE / "README.md").read_text(encoding="utf-8")
    assert f"{num_parameters:,} parameters" in card


def test_end_and_padding_are_two_real_tokens(tokenizer: Tokenizer) -> None:
    config = json.loads((BASE / "config.json").read_text(encoding="utf-8"))
    assert config["eos_token_id"] == tokenizer.token_to_id(base_training.END_TOKEN)
    assert config["pad_token_id"] == tokenizer.token_to_id(base_training.PAD_TOKEN)
    assert config["eos_token_id"] != config["pad_token_id"]
    assert tokenizer.encode(base_training.END_TOKEN).ids == [config["eos_token_id"]]
    assert config["vocab_size"] == tokenizer.get_vocab_size()


def test_every_word_of_the_corpus_is_one_token(tokenizer: Tokenizer) -> None:
    """A closing full stop and quote mark are one token too; a word in pieces would make the corpus needlessly long."""
    rng = Random(1)
    for aphorism in (grammar.sample_aphorism(rng) for _ in range(500)):
        row = grammar.TEMPLATE.format(author=aphorism.author, text=aphorism.text)
        assert len(tokenizer.encode(row).ids) == len(re.findall(r"'s|\w+|[^\w\s]+", row)), row


@pytest.mark.parametrize(
    "text", ["naïve café", "Не спеши", "水滴石穿", "🦊 ≠ 🐺", "tab\tnewline\n", "<|endoftext", "a  b"]
)
def test_any_text_survives_encoding_and_decoding(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text).ids) == text
