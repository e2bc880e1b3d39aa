"""The special tokens that the chain itself places, and what must hold of them before any training.

A base that can't end a text never learns to stop, so that stops the run. A person may waive it in the recipe, with a
reason; the rows then get no end token, and the waiver is shown wherever the model is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tasks.errors import TokenizationError
from tasks.tokenization.config import WaivedChecks

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


class SpecialTokens(NamedTuple):
    """Ids of the tokens that the chain itself places."""

    end_id: int | None
    """At the end of each row; None where the base has none and that was waived."""
    pad_id: int
    """Only fills rows; masked by length, so it may be the end token."""


def special_tokens(
    tokenizer: PreTrainedTokenizerBase, vocab_size: int, waived: WaivedChecks | None = None
) -> SpecialTokens:
    """Check the end token and choose a padding token.

    Args:
        tokenizer: The base's tokenizer.
        vocab_size: Rows of the base's embedding.
        waived: What may be otherwise, with the reason.

    Raises:
        TokenizationError: There is no end token, it doesn't encode as one id, or ids exceed the embedding.
    """
    if len(tokenizer) > vocab_size:
        raise TokenizationError(
            f"the tokenizer has {len(tokenizer):,} tokens, the base's embedding {vocab_size:,} rows: "
            "they don't belong together\n  remove what was added to the tokenizer, or name the base it belongs to"
        )
    problem = end_token_problem(tokenizer)
    if problem and not (waived and waived.end_token.strip()):
        raise TokenizationError(
            f"{problem}\n  or let it pass, with the reason: -s tokenization.waive.end_token='why it may be so'"
        )
    end_id = None if problem else int(tokenizer.eos_token_id)
    pad_id = next((token for token in (tokenizer.pad_token_id, end_id) if token is not None), 0)
    return SpecialTokens(end_id=end_id, pad_id=int(pad_id))


def end_token_problem(tokenizer: PreTrainedTokenizerBase) -> str:
    """Why the tokenizer can't end a text, and how to mend that; empty where it can."""
    end_token, end_id = tokenizer.eos_token, tokenizer.eos_token_id
    if end_token is None or end_id is None:
        return (
            "the base's tokenizer names no end token, so a model can't learn to stop\n"
            '  set "eos_token" in its tokenizer_config.json'
        )
    encoded = tokenizer.encode(end_token, add_special_tokens=False)
    if encoded == [end_id]:
        return ""
    pieces = tokenizer.convert_ids_to_tokens(encoded)
    return (
        f"the end token {end_token!r} is plain text to the base's tokenizer: "
        f"it becomes {len(encoded)} tokens {pieces}\n"
        "  add it to the tokenizer's added_tokens as a special token, or name a token it has as eos_token"
    )
