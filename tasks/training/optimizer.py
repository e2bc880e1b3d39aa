"""The optimizer: AdamW (Loshchilov & Hutter, 2019, arXiv:1711.05101), its decay on matrices only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasks.training.config import TrainingConfig

if TYPE_CHECKING:
    from torch.amp import GradScaler


def make_optimizer(model: Any, config: TrainingConfig) -> Any:
    """AdamW over the trained parameters, fused: one pass over memory a step."""
    import torch

    matrices = [parameter for parameter in trained(model) if parameter.dim() >= 2]
    others = [parameter for parameter in trained(model) if parameter.dim() < 2]
    groups = [{"params": matrices, "weight_decay": config.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(
        [group for group in groups if group["params"]],
        lr=config.learning_rate,
        betas=config.adam_betas,
        eps=config.adam_epsilon,
        fused=True,
    )


def loss_scaler(device: str, precision: str) -> GradScaler:
    """Multiplies losses so that gradients in float16 don't vanish, and leaves out steps whose gradients overflow.

    Micikevicius et al., 2018, arXiv:1710.03740, with torch's settings: from 2^16 down by half at each overflow, and up
    again after 2,000 steps without one. In another precision it does nothing.
    """
    import torch

    return torch.amp.GradScaler(device, enabled=precision == "float16")


def trained(model: Any) -> list[Any]:
    """The parameters that are trained."""
    return [parameter for parameter in model.parameters() if parameter.requires_grad]
