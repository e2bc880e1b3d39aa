"""What a base's chat template sets around a user's turn, as tokens.

The template is asked once, with a mark in the user's place; a row's own text is then set there as text, so a row that
names special tokens can't begin a turn of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tasks.errors import TokenizationError
from tasks.tokenizer_settings import CHAT

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_MARK = "the-users-own-words"
_DATE = "26 Jul 2024"
"""What a template is told that puts a date in (Llama 3.2's own default): tokens don't depend on the day."""


class ChatFrame(NamedTuple):
    """Token ids around a user's turn."""

    before: list[int]
    """All that comes before it: a begin token, the template's system turn."""
    after: list[int]
    """Up to where the answer begins."""


def chat_frame(tokenizer: PreTrainedTokenizerBase) -> ChatFrame | None:
    """The frame where the base is used through its chat template, else None.

    Raises:
        TokenizationError: The template doesn't hold the user's words as they are, or depends on the day.
    """
    if not tokenizer.init_kwargs.get(CHAT):
        return None
    if "strftime_now" in str(tokenizer.chat_template) and "date_string" not in str(tokenizer.chat_template):
        raise TokenizationError(
            "base.chat: the base's chat template puts today's date in, so the same row has other tokens tomorrow\n"
            "  leave base.chat out, and write the turns into prompt.prompt"
        )
    turns = [{"role": "user", "content": _MARK}]
    text = str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True, date_string=_DATE))
    before, mark, after = text.partition(_MARK)
    if not mark:
        raise TokenizationError("base.chat: the base's chat template leaves the user's turn out\n  leave base.chat out")

    def ids(part: str) -> list[int]:
        return list(tokenizer(part, add_special_tokens=False, return_attention_mask=False)["input_ids"])

    return ChatFrame(ids(before), ids(after))
