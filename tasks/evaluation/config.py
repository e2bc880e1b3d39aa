"""How base and tuned model are compared."""

from __future__ import annotations

from pydantic import Field

from tasks.prompt_format import PromptConfig
from tasks.stage_config import LocalPath, StageConfig


class GeneralText(StageConfig):
    """A text that has nothing to do with the data: what the base model knew of it should not be lost."""

    path: LocalPath
    """A plain text file; paragraphs are its documents."""
    max_paragraphs: int = Field(default=200, ge=1)
    """How many paragraphs are read, from the top."""


class Probes(StageConfig):
    """Prompts that both models continue."""

    in_domain: tuple[str, ...] = ()
    """Prompts as in the data; none: the beginnings of held-out rows."""
    out_of_domain: tuple[str, ...] = ()
    """Prompts unlike the data, which should not pick up its style."""


class EvaluationSettings(StageConfig):
    """The recipe's `evaluation` section."""

    general: GeneralText | None = None
    """A text for measuring what was forgotten."""
    probes: Probes = Probes()
    """Prompts that both models continue."""
    samples_per_probe: int = Field(default=4, ge=1, le=100)
    """Continuations of each prompt."""
    max_new_tokens: int | None = Field(default=None, ge=1)
    """Longest continuation in tokens; none: twice the length of a typical held-out row."""
    temperature: float = Field(default=0.8, ge=0, le=5)
    """Of the sampling; 0 takes the likeliest token each time."""
    seed: int = Field(default=0, ge=0)
    """Of the sampling."""


class EvaluationConfig(StageConfig):
    """All that evaluation reads."""

    settings: EvaluationSettings
    prompt: PromptConfig
