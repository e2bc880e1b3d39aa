"""What a tokenizer does to text is told: what doesn't come back, and special tokens' names."""

from __future__ import annotations

import pytest

from tasks.tokenization.row_checks import ROUND_TRIP_ROWS, literal_special_tokens, round_trip


@pytest.fixture
def plain_tokenizer():
    """Knows lower-case words and nothing else: what it doesn't know becomes `<unk>`, capitals become small."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = ["<unk>", "</s>", *"abcdefghijklmnopqrstuvwxyz "]
    backend = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="<unk>"))
    backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    backend.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="</s>", unk_token="<unk>")


def test_text_that_comes_back_is_not_counted(tiny_tokenizer, quotes):
    assert round_trip(tiny_tokenizer, [*quotes, "caf\u00e9 \u4f60\u597d", ""]) == {
        "checked": 10,
        "changed": 0,
        "lost": {},
    }


def test_lost_characters_are_named_the_most_frequent_first(plain_tokenizer):
    found = round_trip(plain_tokenizer, ["all small", "Hope", "\u00e9t\u00e9 Hope"])
    assert found == {"checked": 3, "changed": 2, "lost": {"H": 2, "\u00e9": 2}}


def test_many_texts_are_sampled_evenly(tiny_tokenizer):
    assert round_trip(tiny_tokenizer, ["a"] * (3 * ROUND_TRIP_ROWS + 1))["checked"] <= ROUND_TRIP_ROWS
    assert round_trip(tiny_tokenizer, []) == {"checked": 0, "changed": 0, "lost": {}}


def test_rows_that_name_a_special_token_are_counted_once_each(plain_tokenizer):
    texts = ["a </s> b </s>", "<unk> </s>", "a </S>", "no"]
    assert literal_special_tokens(plain_tokenizer, texts) == {"</s>": 2, "<unk>": 1}
