"""How rows become tokens."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tasks.prompt_format import PromptConfig
from tasks.stage_config import StageConfig


class TokenizationSettings(StageConfig):
    """The recipe's `tokenization` section."""

    max_seq_len: int | None = Field(default=None, ge=8)
    """Longest row in tokens, end token included; none: what the base allows, at most 1,024."""
    overlong: Literal["truncate", "reject"] = "truncate"
    """What becomes of a longer row: cut (it then has no end token) or left out. Both are counted."""
    packing: bool = True
    """Lay many rows into one, so that little is computed for padding. The loss is the same either way."""


class TokenizationConfig(StageConfig):
    """All that tokenization reads."""

    settings: TokenizationSettings
    prompt: PromptConfig
