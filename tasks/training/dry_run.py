"""A training step on tensors without content: what it computes and holds, known before anything is loaded or run.

The real model's code runs on fake tensors (shapes and dtypes, no memory), made from `config.json` alone. Each operation
passes through a mode that adds up its arithmetic, the bytes it moves and the storages alive, so the figures follow the
architecture, the method, the precision and the loss as they are, and not a formula for one kind of model. Ids and masks
are real, since what is learned decides shapes.

Price: about as long as running the step on a tiny model, whatever the model's size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tasks.base_model import DROPOUT_FIELDS, model_settings
from tasks.documents import Document
from tasks.output_head import SplitModel
from tasks.training.adapters import make_trainable, parameter_counts
from tasks.training.config import TrainingConfig
from tasks.training.cost import Footprint
from tasks.training.ledger import Ledger
from tasks.training.operations import Stopwatch
from tasks.training.step import autocast_in

Loss = Callable[[Any, Sequence[Document], Sequence[Sequence[int]]], Any]
"""Of a model, documents and the rows they lie in."""


@dataclass
class DryModel:
    """A model of fake tensors, prepared for a training method."""

    model: Any
    trainable: int
    base: int
    split: SplitModel | None
    """Taken apart at its head, as training does where that changes no logit: here that is taken for granted."""
    vocab_size: int
    mode: Any = field(repr=False)

    @property
    def weights(self) -> list[Any]:
        """Its parameters, each once."""
        return list(self.model.parameters())


def dry_model(model_config: dict[str, Any], config: TrainingConfig) -> DryModel:
    """The model of a `config.json` without its weights.

    Raises:
        TrainingError: The method doesn't fit the model.
    """
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode
    from transformers import AutoModelForCausalLM

    settings = model_settings(model_config)
    for name in DROPOUT_FIELDS:
        if config.dropout is not None and hasattr(settings, name):
            setattr(settings, name, config.dropout)
    loader: Any = AutoModelForCausalLM
    with torch.device("meta"):
        model = loader.from_config(settings, dtype=torch.float32, attn_implementation="sdpa")
        model = make_trainable(model, config)
    trainable, base = parameter_counts(model)
    mode = FakeTensorMode(allow_non_fake_inputs=True)
    fakes: dict[int, Any] = {}
    with mode:
        for module in model.modules():
            for held in (module._parameters, module._buffers):
                for name, tensor in held.items():
                    if tensor is not None:
                        held[name] = fakes.setdefault(id(tensor), _fake(tensor))
    if config.gradient_checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    return DryModel(model, trainable, base, _split(model), int(settings.get_text_config().vocab_size), mode)


def footprint(
    dry: DryModel,
    documents: Sequence[Document],
    rows: Sequence[Sequence[int]],
    loss: Loss,
    *,
    half: bool,
    learns: bool = True,
    accumulates: bool = False,
    stopwatch: Stopwatch | None = None,
) -> Footprint:
    """What one micro-batch computes and holds.

    Args:
        dry: The model.
        documents: Only their lengths and labels matter.
        rows: Indices of documents, as packed.
        loss: The training's or the evaluation's own.
        half: In bfloat16 arithmetic.
        learns: Forward and backward; else forward alone.
        accumulates: Gradients of an earlier micro-batch are there already.
        stopwatch: Measures its operations; None: nothing is measured.
    """
    gradients = [weight for weight in dry.weights if weight.requires_grad] if accumulates else []
    ledger = run_dry(dry, documents, rows, loss, half=half, learns=learns, accumulates=accumulates)
    at_peak = ledger.at_peak
    return Footprint(
        **ledger.work,
        copies_bytes=at_peak["copies"],
        gradient_bytes=at_peak["gradients"] + sum(weight.numel() * weight.element_size() for weight in gradients),
        activation_bytes=at_peak["activations"],
        logit_bytes=at_peak["logits"],
        seconds=stopwatch.seconds(ledger.calls) if stopwatch else 0.0,
    )


def run_dry(
    dry: DryModel,
    documents: Sequence[Document],
    rows: Sequence[Sequence[int]],
    loss: Loss,
    *,
    half: bool = False,
    learns: bool = True,
    accumulates: bool = False,
) -> Ledger:
    """The ledger of one micro-batch; see `footprint`."""
    import torch

    dry.model.train(learns)
    gradients = [weight for weight in dry.weights if weight.requires_grad]
    with dry.mode:
        for weight in gradients:
            weight.grad = torch.empty(weight.shape, dtype=weight.dtype) if accumulates else None
    ledger = Ledger(dry.weights, dry.vocab_size)
    with torch.set_grad_enabled(learns), ledger:
        with autocast_in("bfloat16" if half else "float32", "cpu"):
            total = loss(dry.model, documents, rows).sum()
        if learns:
            ledger.backward = True
            total.backward()
    for weight in gradients:
        weight.grad = None
    return ledger


def _split(model: Any) -> SplitModel | None:
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    decoder, head = getattr(inner, inner.base_model_prefix, None), inner.get_output_embeddings()
    if decoder is None or head is None:
        return None
    return SplitModel(decoder, head, int(inner.config.get_text_config().vocab_size))


def _fake(tensor: Any) -> Any:
    import torch

    empty = torch.empty(tensor.shape, dtype=tensor.dtype)
    is_weight = isinstance(tensor, torch.nn.Parameter)
    return torch.nn.Parameter(empty, requires_grad=tensor.requires_grad) if is_weight else empty
