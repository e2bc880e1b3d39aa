"""Where a trained model is registered, and what registration is told of the run."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tasks.stage_config import StageConfig


class RegistrationConfig(StageConfig):
    """The recipe's `registration` section."""

    model: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    """The registered model's name in MLflow."""


class RunFacts(BaseModel):
    """What registration is told of the run it belongs to."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    recipe: str
    recipe_yaml: str
    params: dict[str, Any]
    """The recipe's values by dotted key."""
    something_ran: bool
    """Whether any stage before this one ran; a run in which nothing ran leaves nothing in MLflow."""
    report: str = ""
    """Path of the HTML report."""
    data_report: str = ""
    """Path of the HTML report on the data."""
