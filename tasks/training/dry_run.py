"""A training step on tensors without content: what it computes and holds, known before anything is loaded or run.

The real model's code runs on fake tensors (shapes and dtypes, no memory), made from `config.json` alone. Each operation
passes through a mode that adds up its arithmetic, the bytes it moves and the storages alive, so the figures follow the
architecture, the method, the precision and the loss as they are, and not a formula for one kind of model. Ids and masks
are real, since what is learned decides shapes.

Price: about as long as running the step on a tiny model, whatever the model's size.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from tasks.base_model import DROPOUT_FIELDS
from tasks.documents import Document
from tasks.output_head import SplitModel
from tasks.training.adapters import make_trainable, parameter_counts
from tasks.training.config import TrainingConfig
from tasks.training.cost import Footprint

Loss = Callable[[Any, Sequence[Document], Sequence[Sequence[int]]], Any]
"""Of a model, documents and the rows they lie in."""


class Ledger(TorchDispatchMode):
    """Adds up what operations cost, and follows the bytes alive by kind.

    Args:
        weights: The model's parameters: what has their shape in backward is a gradient, in another dtype a copy.
        vocab_size: What has it as a dimension is a logit.
    """

    def __init__(self, weights: Sequence[Any], vocab_size: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.work = {"flops": 0.0, "flops_half": 0.0, "bytes": 0.0, "operations": 0.0}
        self.at_peak: dict[str, int] = {}
        self._weight_dtype = weights[0].dtype
        self._weight_shapes = {tuple(weight.shape) for weight in weights if weight.dim() > 1}
        self._vocab_size = vocab_size
        self._live = {"copies": 0, "gradients": 0, "logits": 0, "activations": 0}
        self._known: dict[int, Any] = {}
        self._peak = -1
        self.backward = False
        for weight in weights:
            self._known[id(weight.untyped_storage())] = weight.untyped_storage()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        from torch.utils._pytree import tree_leaves

        args = _without_masks(func, args)
        out = func(*args, **(kwargs or {}))
        outputs = [leaf for leaf in tree_leaves(out) if _is_fake(leaf)]
        if not outputs:
            return out
        inputs = [leaf for leaf in tree_leaves((args, kwargs)) if _is_fake(leaf)]
        made = [leaf for leaf in outputs if self._hold(leaf)]
        flops = flop_registry.get(getattr(func, "overloadpacket", func))
        packet = str(getattr(func, "overloadpacket", ""))
        if flops is not None:
            is_half = outputs[0].element_size() < 4
            self.work["flops_half" if is_half else "flops"] += flops(*args, **(kwargs or {}), out_val=out)
        elif "flash_attention_for_cpu" in packet:
            query, key = inputs[0], inputs[1]
            work = 4.0 * query.numel() * key.shape[-2] * (2.5 if "backward" in packet else 1)
            self.work["flops_half" if query.element_size() < 4 else "flops"] += work
        if made or str(getattr(func, "_schema", "")).find("!") >= 0:
            self.work["operations"] += 1
            self.work["bytes"] += sum(leaf.numel() * leaf.element_size() for leaf in [*inputs, *outputs])
        return out

    def _hold(self, tensor: Any) -> bool:
        """Follow a tensor's storage, if it is a new one, until it is freed."""
        storage = tensor.untyped_storage()
        if id(storage) in self._known:
            return False
        kind, size = self._kind(tensor), storage.nbytes()
        key = id(storage)

        def freed() -> None:
            self._live[kind] -= size
            self._known.pop(key, None)

        self._known[key] = weakref.finalize(storage, freed)
        self._live[kind] += size
        if (total := sum(self._live.values())) > self._peak:
            self._peak, self.at_peak = total, dict(self._live)
        return True

    def _kind(self, tensor: Any) -> str:
        shape = tuple(tensor.shape)
        if shape in self._weight_shapes or shape[::-1] in self._weight_shapes:
            if self.backward:
                return "gradients"
            if tensor.dtype != self._weight_dtype:
                return "copies"
        return "logits" if self._vocab_size in shape else "activations"


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
    from transformers import AutoConfig, AutoModelForCausalLM

    given = dict(model_config)
    settings = AutoConfig.for_model(given.pop("model_type"), **given)
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
    """
    import torch

    dry.model.train(learns)
    gradients = [weight for weight in dry.weights if weight.requires_grad]
    with dry.mode:
        for weight in gradients:
            weight.grad = torch.empty(weight.shape, dtype=weight.dtype) if accumulates else None
    ledger = Ledger(dry.weights, dry.vocab_size)
    autocast: Any = torch.autocast("cpu", dtype=torch.bfloat16) if half else contextlib.nullcontext()
    with torch.set_grad_enabled(learns), ledger:
        with autocast:
            total = loss(dry.model, documents, rows).sum()
        if learns:
            ledger.backward = True
            total.backward()
    held = sum(weight.numel() * weight.element_size() for weight in gradients) if accumulates else 0
    for weight in gradients:
        weight.grad = None
    at_peak = ledger.at_peak
    return Footprint(
        **ledger.work,
        copies_bytes=at_peak["copies"],
        gradient_bytes=at_peak["gradients"] + held,
        activation_bytes=at_peak["activations"],
        logit_bytes=at_peak["logits"],
    )


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


def _is_fake(leaf: Any) -> bool:
    from torch._subclasses.fake_tensor import FakeTensor

    return isinstance(leaf, FakeTensor)


def _without_masks(func: Any, args: Any) -> Any:
    """Indexing by a real mask as indexing by the places where it is true: a fake tensor can't tell how many."""
    import torch

    if (
        "index" not in str(getattr(func, "overloadpacket", ""))
        or len(args) < 2
        or not isinstance(args[1], (list, tuple))
    ):
        return args
    indices: list[Any] = []
    for index in args[1]:
        is_mask = isinstance(index, torch.Tensor) and index.dtype == torch.bool and not _is_fake(index)
        indices += list(torch.where(index)) if is_mask else [index]
    return (args[0], indices, *args[2:])
