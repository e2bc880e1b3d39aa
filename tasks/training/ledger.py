"""What operations on tensors without content cost: arithmetic, bytes moved, storages alive, and which they are."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from tasks.training.operations import Calls


class Ledger(TorchDispatchMode):
    """Adds up what operations cost, and follows the bytes alive by kind.

    Args:
        weights: The model's parameters: what has their shape in backward is a gradient, in another dtype a copy.
        vocab_size: What has it as a dimension is a logit.
    """

    def __init__(self, weights: Sequence[Any], vocab_size: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls = Calls()
        """All that do more than look at a tensor in another way."""
        self.work = {
            "flops": 0.0,
            "flops_half": 0.0,
            "bytes": 0.0,
            "operations": 0.0,
            "half_kinds": 0.0,
            "half_head_kinds": 0.0,
        }
        self._half_products: set[Any] = set()
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
        outputs = [leaf for leaf in tree_leaves(out) if is_fake(leaf)]
        if not outputs:
            return out
        inputs = [leaf for leaf in tree_leaves((args, kwargs)) if is_fake(leaf)]
        made = [leaf for leaf in outputs if self._hold(leaf)]
        flops = flop_registry.get(getattr(func, "overloadpacket", func))
        packet = str(getattr(func, "overloadpacket", ""))
        if flops is not None:
            is_half = outputs[0].element_size() < 4
            if is_half:
                shapes = tuple(tuple(leaf.shape) for leaf in [*inputs, *outputs])
                kinds = "half_head_kinds" if any(self._vocab_size in shape for shape in shapes) else "half_kinds"
                self.work[kinds] += (func, shapes) not in self._half_products
                self._half_products.add((func, shapes))
            self.work["flops_half" if is_half else "flops"] += flops(*args, **(kwargs or {}), out_val=out)
        elif "flash_attention_for_cpu" in packet:
            query, key = inputs[0], inputs[1]
            work = 4.0 * query.numel() * key.shape[-2] * (2.5 if "backward" in packet else 1)
            self.work["flops_half" if query.element_size() < 4 else "flops"] += work
        if made or str(getattr(func, "_schema", "")).find("!") >= 0:
            self.calls.add(func, (args, kwargs or {}), is_fake)
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


def is_fake(leaf: Any) -> bool:
    """Whether it is a tensor without content."""
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
        is_mask = isinstance(index, torch.Tensor) and index.dtype == torch.bool and not is_fake(index)
        indices += list(torch.where(index)) if is_mask else [index]
    return (args[0], indices, *args[2:])
