"""The same arithmetic in fewer passes over memory: what a model computes stays, to float32's rounding."""

from __future__ import annotations

from functools import cache, partial
from typing import Any


def fuse_gelu(model: Any) -> None:
    """Replace the tanh form of GELU that is written as eight operations (GPT-2's) by the one that is a kernel."""
    from transformers.activations import GELUTanh, NewGELUActivation

    for module in model.modules():
        for name, child in module.named_children():
            if isinstance(child, NewGELUActivation):
                setattr(module, name, GELUTanh())


def fuse_adapters(model: Any) -> Any:
    """Let adapters take fewer passes over what goes in and comes out of them, and keep fewer copies of frozen weights.

    Autocast chooses the dtype of what goes in; peft would first copy it to the adapters' own, float32. A plain adapter
    is computed together with its layer: see `_adapted_linear`.
    """
    from peft.tuners.lora.layer import Linear
    from peft.tuners.tuners_utils import BaseTunerLayer

    for module in model.modules():
        if isinstance(module, BaseTunerLayer):
            module.cast_input_dtype_enabled = False  # type: ignore[attr-defined]
        if isinstance(module, Linear) and _is_plain(module):
            module.forward = partial(_forward, module)  # type: ignore[method-assign]
    return model


def _is_plain(layer: Any) -> bool:
    """Whether an adapted layer computes `x W + b + scale x A B`: no variant such as DoRA, no dropout, no other bias."""
    from torch.nn import Identity

    weights = {name for name, weight in layer.named_parameters() if weight.requires_grad}
    is_only_pair = weights == {"lora_A.default.weight", "lora_B.default.weight"}
    return is_only_pair and not layer.lora_variant and isinstance(layer.lora_dropout.default, Identity)


def _forward(layer: Any, x: Any) -> Any:
    """What `peft.tuners.lora.layer.Linear` computes with its one adapter."""
    base = layer.base_layer
    if layer.disable_adapters or layer.merged:
        return base(x)
    weight_IO = base.weight if layer.fan_in_fan_out else base.weight.t()
    pair = layer.lora_A.default.weight, layer.lora_B.default.weight
    return _adapted_linear().apply(x, weight_IO, base.bias, *pair, layer.scaling["default"])


@cache
def _adapted_linear() -> Any:
    """A frozen linear layer and its adapter in one.

    Autograd alone would keep autocast's copy of every frozen weight until its gradient is through, and take three more
    passes over the output and one over the input's gradient. Here a copy is kept where it takes no more than what goes
    in and out, and else made anew: so fewer tokens at once always take less memory.

    Shapes: x (…, I), W (I, O), b (O), A (rank, I), B (O, rank).
    """
    import torch

    class AdaptedLinear(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, weight_IO: Any, bias_O: Any, a_RI: Any, b_OR: Any, scale: float) -> Any:
            device = x.device.type
            dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else x.dtype
            with torch.autocast(device, enabled=False):
                x_NI = x.flatten(0, -2).to(dtype)
                copy_IO = weight_IO.to(dtype)
                inner_NR = x_NI @ a_RI.to(dtype).t()
                out_NO = x_NI @ copy_IO if bias_O is None else torch.addmm(bias_O.to(dtype), x_NI, copy_IO)
                out_NO = torch.addmm(out_NO, inner_NR, b_OR.to(dtype).t(), alpha=scale)
            kept_IO = copy_IO if copy_IO.numel() <= x_NI.numel() + out_NO.numel() else weight_IO
            ctx.save_for_backward(x_NI, inner_NR, kept_IO, a_RI, b_OR)
            ctx.scale, ctx.x_dtype = scale, x.dtype
            return out_NO.view(*x.shape[:-1], -1)

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            x_NI, inner_NR, kept_IO, a_RI, b_OR = ctx.saved_tensors
            dtype = x_NI.dtype
            out_NO = gradient.flatten(0, -2).to(dtype)
            inner_gradient_NR = (out_NO @ b_OR.to(dtype)).mul_(ctx.scale)
            x_gradient_NI = None
            if ctx.needs_input_grad[0]:
                x_gradient_NI = out_NO @ kept_IO.to(dtype).t()
                x_gradient_NI = torch.addmm(x_gradient_NI, inner_gradient_NR, a_RI.to(dtype))
                x_gradient_NI = x_gradient_NI.view(*gradient.shape[:-1], -1).to(ctx.x_dtype)
            a_gradient_RI = (inner_gradient_NR.t() @ x_NI).to(a_RI.dtype)
            b_gradient_OR = (out_NO.t() @ inner_NR).mul_(ctx.scale).to(b_OR.dtype)
            return x_gradient_NI, None, None, a_gradient_RI, b_gradient_OR, None

    return AdaptedLinear
