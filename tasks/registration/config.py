"""Where a trained model is registered, what may become champion, and what registration is told of the run."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tasks.stage_config import StageConfig


class GateSettings(StageConfig):
    """What a challenger must show to become champion."""

    min_improvement: float = Field(default=0.0, ge=0)
    """The whole interval of the improvement must lie above this, in nats a token."""
    max_junk_above_base: float = Field(default=0.02, ge=0, le=1)
    """How much more of its samples than of its base's may break the contract, as a share, beyond sampling noise."""
    max_forgetting: float | None = None
    """How much worse than its base it may read the general text, in nats a token; none: any."""
    min_stop_rate: float = Field(default=0.5, ge=0, le=1)
    """Share of samples that it must end by itself."""
    max_copying: float = Field(default=0.2, ge=0, le=1)
    """How much more of its samples than of the held-out rows may copy training rows, as a share."""


class WaivedDemands(StageConfig):
    """Demands of the gate that a person lets pass, each with the reason why."""

    provenance: str = ""
    """Why a model may become champion though neither licence nor origin of its data is stated."""


class Provenance(BaseModel):
    """What the recipe states of its data beside its content: whose it is, and where it is from."""

    model_config = ConfigDict(frozen=True)

    licence: str = ""
    origin: str = ""
    """As it is stated; else the hub dataset or the URL."""


class RegistrationConfig(StageConfig):
    """The recipe's `registration` section."""

    model: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    """The registered model's name in MLflow."""
    promote: Literal["hold", "auto"] = "hold"
    """`auto`: a new version that passes the gate becomes champion; `hold`: a person promotes."""
    manual: Literal["gate", "allow"] = "gate"
    """A champion set by hand in MLflow that the gate refuses: `gate` puts the alias back, `allow` only tells."""
    gate: GateSettings = GateSettings()
    """What a challenger must show to become champion."""
    waive: WaivedDemands = WaivedDemands()
    """What of the gate is let pass, and why; shown on the model card."""


class RunFacts(BaseModel):
    """What registration is told of the run it belongs to."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    recipe: str
    recipe_yaml: str
    provenance: Provenance = Provenance()
    """What the recipe states of its data."""
    params: dict[str, Any]
    """The recipe's values by dotted key."""
    stages: dict[str, Any] = {}
    """Stage to the parts of its cache key and its outputs (`tasks.stages.recorded_stages`)."""
    something_ran: bool
    """Whether any stage before this one ran; a run in which nothing ran leaves nothing in MLflow."""
    mlflow_run: str = ""
    """The MLflow run in which its training was watched; empty where none was."""
    command: str = ""
    """What runs it again, overrides included."""
    example_prompt: str = ""
    """A prompt of the data's kind, personal data masked."""
    data_report: str = ""
    """Path of the HTML report on the data."""
