"""A tokenizer that can't end a text is refused before any training."""

from __future__ import annotations

import copy

import pytest

from tasks.errors import TokenizationError
from tasks.tokenization.config import WaivedChecks
from tasks.tokenization.special_tokens import SpecialTokens, special_tokens

VOCABULARY = 300
"""Rows of the tiny models' embedding."""


def test_padding_falls_back_to_the_end_token(tiny_tokenizer):
    assert special_tokens(tiny_tokenizer, VOCABULARY) == SpecialTokens(end_id=0, pad_id=0)


def test_a_tokenizer_without_end_token_is_refused_with_the_fix(tiny_tokenizer):
    changed = copy.deepcopy(tiny_tokenizer)
    changed.eos_token = None
    with pytest.raises(
        TokenizationError, match=r'(?s)names no end token.*set "eos_token" in its tokenizer_config\.json'
    ):
        special_tokens(changed, VOCABULARY)


def test_an_end_token_that_is_plain_text_is_refused_with_the_fix():
    """A tokenizer whose file names an end token that its vocabulary only knows in pieces."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    pieces = ["<unk>", *dict.fromkeys("</s>ab")]
    backend = Tokenizer(models.BPE({piece: number for number, piece in enumerate([*pieces, "</s>"])}, []))
    backend.pre_tokenizer = pre_tokenizers.Split("", "isolated")

    class PlainEnd(PreTrainedTokenizerFast):
        eos_token = "</s>"
        eos_token_id = len(pieces)

    with pytest.raises(TokenizationError) as caught:
        special_tokens(PlainEnd(tokenizer_object=backend), VOCABULARY)
    assert str(caught.value) == (
        "the end token '</s>' is plain text to the base's tokenizer: it becomes 4 tokens ['<', '/', 's', '>']\n"
        "  add it to the tokenizer's added_tokens as a special token, or name a token it has as eos_token\n"
        "  or let it pass, with the reason: -s tokenization.waive.end_token='why it may be so'"
    )


def test_a_missing_end_token_passes_with_a_reason_and_only_with_one(tiny_tokenizer):
    changed = copy.deepcopy(tiny_tokenizer)
    changed.eos_token = None
    waived = special_tokens(changed, VOCABULARY, WaivedChecks(end_token="Ann: rows never end"))
    assert waived == SpecialTokens(end_id=None, pad_id=0)
    with pytest.raises(TokenizationError, match=r"tokenization\.waive\.end_token"):
        special_tokens(changed, VOCABULARY, WaivedChecks(end_token=" "))


def test_a_waiver_that_isnt_needed_changes_nothing(tiny_tokenizer):
    assert special_tokens(tiny_tokenizer, VOCABULARY, WaivedChecks(end_token="why not")).end_id == 0


def test_a_tokenizer_larger_than_the_embedding_is_refused(tiny_tokenizer):
    with pytest.raises(TokenizationError, match=r"the tokenizer has 300 tokens, the base's embedding 299 rows"):
        special_tokens(tiny_tokenizer, VOCABULARY - 1)
