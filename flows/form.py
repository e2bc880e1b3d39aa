"""The fields that several deployments' forms have in common. Their help is in the flows' docstrings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from flows.overrides import CREDENTIALS

Stage = Literal[
    "ingestion", "validation", "tokenization", "baseline", "training", "evaluation", "samples", "comparison"
]
"""A stage's name, as `--refresh` has it."""
RecipeField = Annotated[str, Field(min_length=1, max_length=1000)]
Override = Annotated[str, Field(json_schema_extra={"not": {"pattern": CREDENTIALS}})]
"""Prefect's server holds a form against its schema, so what it refuses is never stored."""
OverridesField = Annotated[tuple[Override, ...], Field(max_length=100)]
RefreshField = Annotated[tuple[Stage, ...], Field(max_length=8)]
ModelField = Annotated[str, Field(min_length=1, max_length=1000)]
VersionField = Annotated[str, Field(max_length=100)]
WhyField = Annotated[str, Field(max_length=2000)]
