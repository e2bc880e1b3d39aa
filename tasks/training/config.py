"""How a model is trained."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from tasks.stage_config import StageConfig


class LoraSettings(StageConfig):
    """Low-rank adapters beside frozen weights (Hu et al., 2021, arXiv:2106.09685)."""

    rank: int = Field(default=16, ge=1)
    """Rank of each adapter."""
    alpha: float = Field(default=32, gt=0)
    """Scale: an adapter's output is multiplied by alpha / rank."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Dropout before the adapters."""
    target_modules: str = "all-linear"
    """`all-linear`, or module names separated by commas (`c_attn, c_proj`)."""


class FreezeSettings(StageConfig):
    """What stays as it is; the rest is trained."""

    first_blocks: int = Field(default=0, ge=0)
    """Transformer blocks frozen, counted from the input."""
    embeddings: bool = False
    """Freeze the embeddings, and with them an output head that is tied to them."""


class TrainingConfig(StageConfig):
    """The recipe's `training` section: all that training reads."""

    method: Literal["lora", "frozen", "full"] = "lora"
    """`lora` trains adapters, `frozen` all but what `freeze` names, `full` everything."""
    lora: LoraSettings | None = None
    """Only with method lora."""
    freeze: FreezeSettings | None = None
    """Only with method frozen, and needed there."""
    learning_rate: float = Field(default=2.0e-4, gt=0, le=1)
    """Peak rate of AdamW."""
    epochs: float = Field(default=3.0, gt=0, le=1000)
    """Passes over the training rows; fractions stop part-way."""
    batch_size: int = Field(default=32, ge=1)
    """Rows an optimizer step learns from, packed or not."""
    warmup_fraction: float = Field(default=0.05, ge=0, lt=1)
    """Share of the steps in which the rate rises from 0."""
    schedule: Literal["linear", "cosine", "constant"] = "cosine"
    """How the rate falls after the warmup."""
    weight_decay: float = Field(default=0.01, ge=0)
    """Decoupled weight decay, on matrices only."""
    max_grad_norm: float = Field(default=1.0, gt=0)
    """Gradients are scaled down to this norm."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Of the arithmetic (weights stay float32). auto: bfloat16 where the processor has it and the model is wide."""
    seed: int = Field(default=42, ge=0)
    """Order of the rows, adapters' start, dropout."""

    @model_validator(mode="after")
    def _settings_have_their_method(self) -> TrainingConfig:
        if self.lora is not None and self.method != "lora":
            raise ValueError(f"lora is set, but method is {self.method}: nothing would read it")
        if (self.freeze is not None) != (self.method == "frozen"):
            raise ValueError(f"freeze belongs to method frozen and is needed there; method is {self.method}")
        return self
