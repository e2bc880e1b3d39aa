"""The fields that several deployments' forms have in common. Their help is in the flows' docstrings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

Stage = Literal[
    "ingestion", "validation", "tokenization", "baseline", "training", "evaluation", "samples", "comparison"
]
"""A stage's name, as `--refresh` has it."""
RecipeField = Annotated[str, Field(min_length=1, max_length=1000)]
OverridesField = Annotated[tuple[str, ...], Field(max_length=100)]
RefreshField = Annotated[tuple[Stage, ...], Field(max_length=8)]
ModelField = Annotated[str, Field(min_length=1, max_length=1000)]
VersionField = Annotated[str, Field(max_length=100)]
WhyField = Annotated[str, Field(max_length=2000)]
