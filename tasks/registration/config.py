"""Where a trained model is registered."""

from __future__ import annotations

from pydantic import Field

from tasks.stage_config import StageConfig


class RegistrationConfig(StageConfig):
    """The recipe's `registration` section."""

    model: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    """The registered model's name in MLflow."""
