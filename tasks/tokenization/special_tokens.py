"""The tokenizer contract: what must hold before any training, or the model never learns to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tasks.errors import TokenizationError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


class SpecialTokens(NamedTuple):
    """Ids of the tokens that the chain itself places."""

    end_id: int
    pad_id: int
    """Only fills rows; masked by length, so it may be the end token."""


def special_tokens(tokenizer: PreTrainedTokenizerBase, vocab_size: int) -> SpecialTokens:
    """Check the end token and choose a padding token.

    Args:
        tokenizer: The base's tokenizer.
        vocab_size: Rows of the base's embedding.

    Raises:
        TokenizationError: There is no end token, it doesn't encode as one id, or ids exceed the embedding.
    """
    end_token, end_id = tokenizer.eos_token, tokenizer.eos_token_id
    if end_token is None or end_id is None:
        raise TokenizationError(
            "the base's tokenizer names no end token, so a model can't learn to stop\n"
            '  set "eos_token" in its tokenizer_config.json'
        )
    encoded = tokenizer.encode(end_token, add_special_tokens=False)
    if encoded != [end_id]:
        pieces = tokenizer.convert_ids_to_tokens(encoded)
        raise TokenizationError(
            f"the end token {end_token!r} is plain text to the base's tokenizer: "
            f"it becomes {len(encoded)} tokens {pieces}\n"
            "  add it to the tokenizer's added_tokens as a special token, or name a token it has as eos_token"
        )
    if len(tokenizer) > vocab_size:
        raise TokenizationError(
            f"the tokenizer has {len(tokenizer):,} tokens, the base's embedding {vocab_size:,} rows: "
            "they don't belong together"
        )
    pad_id = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else end_id
    return SpecialTokens(end_id=int(end_id), pad_id=int(pad_id))
