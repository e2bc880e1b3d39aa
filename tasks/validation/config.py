"""What the validation stage can be told."""

from __future__ import annotations

from pydantic import Field

from tasks.stage_config import StageConfig
from tasks.validation.contract import Contract


class ValidationConfig(StageConfig):
    """The contract, and how rows are held out."""

    contract: Contract
    """What the rows must be like."""
    holdout_fraction: float = Field(default=0.1, gt=0.0, lt=0.5)
    """Share of the accepted rows that is never trained on."""
    split_seed: int = 0
    """Another seed holds out other rows."""
