"""A few measured steps: what this machine takes for counted work.

On a processor whole steps of a tiny model tell what is lost between operations. On a GPU the recipe's own model runs
two micro-batches of different size and an update of the optimizer; their times give the rates that predict all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.base_model import model_settings
from tasks.documents import Document
from tasks.likelihood import summed_nll
from tasks.output_head import SplitModel, split_at_head
from tasks.training.config import TrainingConfig
from tasks.training.cost import ADAM_MOVED_BYTES, WEIGHT_BYTES, Footprint
from tasks.training.dry_run import Loss, dry_model, run_dry
from tasks.training.layout import MicroBatch
from tasks.training.operations import Stopwatch, fastest
from tasks.training.optimizer import make_optimizer
from tasks.training.step import autocast_in, choose_precision

TINY: dict[str, Any] = {"model_type": "gpt2", "n_embd": 32, "n_layer": 4, "n_head": 2, "vocab_size": 64}
"""A model whose steps are nothing but what lies between operations."""


def training_loss(split: SplitModel | None) -> Loss:
    """A micro-batch's loss as training has it."""
    return lambda model, documents, rows: summed_nll(model, split, documents, rows, 0)


def calibrated_stopwatch() -> Stopwatch:
    """A stopwatch that knows what is lost between operations."""
    model, config = random_model(TINY), TrainingConfig(method="full")
    made: MicroBatch = ([Document([1, 2, 3, 4], [1, 2, 3, 4])], [[0]])
    dry = dry_model(TINY, config)
    stopwatch, loss = Stopwatch(), training_loss(split_at_head(model))
    stopwatch.calibrate(
        run_dry(dry, *made, training_loss(dry.split)).calls, lambda: loss(model.train(), *made).backward()
    )
    return stopwatch


def random_model(shape: Mapping[str, Any]) -> Any:
    """A model of a `config.json` with random weights."""
    from transformers import AutoModelForCausalLM

    loader: Any = AutoModelForCausalLM
    settings = model_settings(shape, bos_token_id=None, eos_token_id=None)
    return loader.from_config(settings, attn_implementation="sdpa")


def probe(
    model: Any, config: TrainingConfig, shown: Sequence[tuple[MicroBatch, Footprint]]
) -> list[tuple[Footprint, float]]:
    """Measure the forecast's own micro-batches, and an update, on the real model on a GPU: work and seconds of each.

    The model's weights change; it is of no use afterwards.
    """
    import torch

    model.train()
    if config.gradient_checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    optimizer = make_optimizer(model, config)
    loss = training_loss(split_at_head(model))
    autocast: Any = autocast_in(choose_precision(model, config), model.device.type)
    found = []
    for (documents, rows), work in shown:

        def step(documents: Any = documents, rows: Any = rows) -> None:
            with autocast:
                total = loss(model, documents, rows)
            total.backward()
            torch.cuda.synchronize()

        found.append((work, fastest(step)))
        optimizer.zero_grad(set_to_none=True)
    return [*found, measured_update(model, optimizer, config.max_grad_norm)]


def measured_update(model: Any, optimizer: Any, max_grad_norm: float) -> tuple[Footprint, float]:
    """An update of the optimizer with its gradient norm, as work and seconds."""
    import torch

    trained = [weight for weight in model.parameters() if weight.requires_grad]
    for weight in trained:
        weight.grad = torch.zeros_like(weight)

    def update() -> None:
        torch.nn.utils.clip_grad_norm_(trained, max_grad_norm)
        optimizer.step()
        torch.cuda.synchronize()

    taken = fastest(update)
    optimizer.zero_grad(set_to_none=True)
    return update_work(sum(weight.numel() for weight in trained)), taken


def update_work(trainable: int) -> Footprint:
    """What an update moves."""
    moved = float((ADAM_MOVED_BYTES + 2 * WEIGHT_BYTES) * trainable)
    return Footprint(
        flops=0, flops_half=0, bytes=moved, operations=1,
        copies_bytes=0, gradient_bytes=0, activation_bytes=0, logit_bytes=0,
    )  # fmt: skip
