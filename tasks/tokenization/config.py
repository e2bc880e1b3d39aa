"""How rows become tokens."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tasks.prompt_format import PromptConfig
from tasks.stage_config import StageConfig


class WaivedChecks(StageConfig):
    """Parts of the tokenizer contract that a person lets pass, each with the reason why."""

    end_token: str = ""
    """Why a base whose tokenizer can't end a text is trained all the same: its rows then get no end token."""


class TokenizationSettings(StageConfig):
    """The recipe's `tokenization` section."""

    max_seq_len: int | None = Field(default=None, ge=8)
    """Longest row in tokens, end token included; none: what the base allows, at most 1,024."""
    overlong: Literal["truncate", "split", "reject"] = "truncate"
    """What becomes of a longer row: cut (it then has no end token), split into rows that fit (only the last one ends),
    or left out. All are counted."""
    packing: bool = True
    """Lay many rows into one, so that little is computed for padding. The loss is the same either way."""
    waive: WaivedChecks = WaivedChecks()
    """What of the tokenizer contract is let pass, and why; shown on the report and the model card."""


class TokenizationConfig(StageConfig):
    """All that tokenization reads."""

    settings: TokenizationSettings
    prompt: PromptConfig
