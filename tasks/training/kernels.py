"""The same arithmetic in fewer passes over memory: what a model computes stays, to float32's rounding."""

from __future__ import annotations

from typing import Any


def fuse_gelu(model: Any) -> None:
    """Replace the tanh form of GELU that is written as eight operations (GPT-2's) by the one that is a kernel."""
    from transformers.activations import GELUTanh, NewGELUActivation

    for module in model.modules():
        for name, child in module.named_children():
            if isinstance(child, NewGELUActivation):
                setattr(module, name, GELUTanh())


def without_input_copies(model: Any) -> Any:
    """Let autocast choose the dtype of what goes into adapters; peft would first copy it to their own, float32."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    for module in model.modules():
        if isinstance(module, BaseTunerLayer):
            module.cast_input_dtype_enabled = False  # type: ignore[attr-defined]
    return model
