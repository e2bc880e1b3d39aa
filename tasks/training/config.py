"""How a model is trained."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tasks.stage_config import DisplayOnly, LocalPath, StageConfig


class PeftOptions(StageConfig):
    """PEFT's further options of LoRA, by its names and with its defaults, as far as they leave the base alone.

    Left out: what changes the base's own weights (PiSSA, OLoRA, CorDA, LoftQ, layer replication), needs data (EVA,
    LoRA-GA), or is for other hardware.
    """

    use_rslora: bool = False
    """Scale by alpha / √rank instead of alpha / rank (Kalajdzievski, 2023, arXiv:2312.03732)."""
    use_dora: bool = False
    """Learn each weight's magnitude apart from its direction (Liu et al., 2024, arXiv:2402.09353)."""
    init_lora_weights: Literal[True, "gaussian", "orthogonal"] = True
    """How A starts (B starts at 0; orthogonal: both start, their product at 0)."""
    bias: Literal["none", "all", "lora_only"] = "none"
    """Which biases are trained besides."""
    lora_bias: bool = False
    """A bias on B."""
    rank_pattern: dict[str, int] = Field(default_factory=dict)
    """Other ranks by module name or regular expression."""
    alpha_pattern: dict[str, float] = Field(default_factory=dict)
    """Other alphas by module name or regular expression."""
    exclude_modules: tuple[str, ...] = ()
    """Module names that get no adapter though they are targets."""
    modules_to_save: tuple[str, ...] = ()
    """Modules trained whole, as copies, and kept with the adapter."""


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
    upper_blocks: int | None = Field(default=None, ge=1)
    """Adapters in the last so many blocks only; none: in all."""
    peft: PeftOptions | None = None
    """PEFT's further options."""


class FreezeSettings(StageConfig):
    """What stays as it is; the rest is trained."""

    first_blocks: int = Field(default=0, ge=0)
    """Transformer blocks frozen, counted from the input."""
    embeddings: bool = False
    """Freeze the embeddings, and with them an output head that is tied to them."""
    head: bool = False
    """Freeze the output head, and with it embeddings that are tied to it."""
    patterns: tuple[str, ...] = ()
    """Freeze parameters by name: `*.mlp.*`, `*.bias`."""


class ReplaySettings(StageConfig):
    """General text among the rows, so that the base keeps what it knew (rehearsal: Robins, 1995)."""

    path: LocalPath
    """A plain text file; paragraphs are its documents. Not the one that forgetting is measured on."""
    fraction: float = Field(default=0.1, gt=0, lt=1)
    """Share of the tokens trained on that it makes up. It comes on top of a batch's rows."""


class EarlyStopping(StageConfig):
    """End where the held-out loss no longer falls, and keep the weights that had the lowest.

    The weights are then chosen by the held-out rows (the first 500), so their loss there looks a little better than on
    new rows.
    """

    patience: int = Field(default=2, ge=1)
    """Evaluations without a new lowest loss after which training ends."""
    min_delta: float = Field(default=0.0, ge=0)
    """Nats a token that the loss must fall to be a new lowest."""


class Divergence(StageConfig):
    """What happens where the loss is no number, jumps and stays up, or rises a nat above where it began."""

    action: Literal["stop", "roll_back"] = "stop"
    """`stop` ends the run; `roll_back` goes back to the evaluation with the lowest held-out loss, and on with a lower
    learning rate. The price is a copy of what is trained and of the optimizer's state."""
    spike: float = Field(default=7.0, gt=0)
    """Standard deviations above the last 100 losses' mean that three losses in a row must be. 7 is the threshold of 2
    OLMo 2 Furious (2025, arXiv:2501.00656)."""
    rate_factor: float = Field(default=0.5, gt=0, lt=1)
    """What the learning rate is multiplied by at each roll-back."""
    max_roll_backs: int = Field(default=3, ge=1)
    """Roll-backs after which the run stops all the same."""


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
    adam_betas: tuple[Annotated[float, Field(ge=0, lt=1)], Annotated[float, Field(ge=0, lt=1)]] = (0.9, 0.999)
    """Decay of AdamW's means of the gradient and of its square."""
    adam_epsilon: float = Field(default=1.0e-8, gt=0)
    """Added to the root of the squares' mean."""
    epochs: float = Field(default=3.0, gt=0, le=1000)
    """Passes over the training rows; fractions stop part-way."""
    max_steps: int | None = Field(default=None, ge=1)
    """Optimizer steps at most, where the epochs have more."""
    max_minutes: float | None = Field(default=None, gt=0)
    """Minutes at most, evaluations on the way included; the schedule ends with them. How far a run comes then depends
    on the machine: the result is cached as any other, but training again gives other weights. `max_steps` doesn't."""
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
    dropout: float | None = Field(default=None, ge=0, lt=1)
    """Of the base, wherever it has one (0.1 in GPT-2); none: as its configuration says."""
    gradient_checkpointing: bool = False
    """Compute each block again on the way back instead of keeping its insides: less memory, about a third more time."""
    evaluate_every: int | None = Field(default=None, ge=1)
    """Steps between measurements of the held-out loss; none: each epoch."""
    early_stopping: EarlyStopping | None = None
    """End where the held-out loss no longer falls; none: go on to the end."""
    divergence: Divergence = Field(default_factory=Divergence)
    """What happens where the loss is no number or leaves the road."""
    replay: ReplaySettings | None = None
    """General text to train on besides; none: the rows alone."""
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """Of the arithmetic (weights stay float32). auto: bfloat16 where the processor has it and the model is wide;
    float16 on a CUDA card that lacks it, such as a T4. In float16 the loss is scaled: small gradients stay."""
    checkpoint_minutes: Annotated[float, DisplayOnly()] = Field(default=10.0, gt=0)
    """Minutes between checkpoints, from which the same command goes on where a run was killed. Changes no result."""
    seed: int = Field(default=42, ge=0)
    """Order of the rows, adapters' start, dropout."""

    @model_validator(mode="after")
    def _settings_have_their_method(self) -> TrainingConfig:
        if self.lora is not None and self.method != "lora":
            raise ValueError(f"lora is set, but method is {self.method}: nothing would read it")
        if (self.freeze is not None) != (self.method == "frozen"):
            raise ValueError(f"freeze belongs to method frozen and is needed there; method is {self.method}")
        return self
