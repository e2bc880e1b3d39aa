"""The optimizer: AdamW (Loshchilov & Hutter, 2019, arXiv:1711.05101), its decay on matrices only."""

from __future__ import annotations

from typing import Any

from tasks.training.config import TrainingConfig


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


def trained(model: Any) -> list[Any]:
    """The parameters that are trained."""
    return [parameter for parameter in model.parameters() if parameter.requires_grad]
