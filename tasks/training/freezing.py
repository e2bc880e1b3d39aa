"""What of the base stays as it is."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any

from tasks.errors import TrainingError
from tasks.training.config import FreezeSettings


def freeze(model: Any, settings: FreezeSettings) -> None:
    """Turn gradients off where the settings say so.

    Raises:
        TrainingError: There are fewer blocks, or a pattern matches nothing.
    """
    from torch.nn import Embedding

    _, found = blocks(model)
    if settings.first_blocks > len(found):
        raise TrainingError(
            f"training.freeze.first_blocks: {settings.first_blocks}, but the base model has {len(found)} blocks"
        )
    for block in found[: settings.first_blocks]:
        block.requires_grad_(False)
    if settings.embeddings:
        for module in model.modules():
            if isinstance(module, Embedding):
                module.requires_grad_(False)
    if settings.head:
        model.get_output_embeddings().requires_grad_(False)
    for pattern in settings.patterns:
        matching = [parameter for name, parameter in model.named_parameters() if fnmatchcase(name, pattern)]
        if not matching:
            names = "\n    ".join(without_numbers(name for name, _ in model.named_parameters()))
            raise TrainingError(f"training.freeze.patterns: {pattern!r} matches no parameter; there are\n    {names}")
        for parameter in matching:
            parameter.requires_grad_(False)


def blocks(model: Any) -> tuple[str, Any]:
    """The name that the list of transformer blocks has in the model, and the blocks, from the input on."""
    from torch.nn import ModuleList

    return next(((name, module) for name, module in model.named_modules() if isinstance(module, ModuleList)), ("", []))


def without_numbers(names: Any) -> list[str]:
    """Names of parameters or modules with each block's number as `*`, each once."""
    return list(dict.fromkeys(re.sub(r"\.\d+(?=\.|$)", ".*", name) for name in names))
