"""`gadfly export`: a registered version as a folder that plain transformers loads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flows.reading import reading
from tasks.errors import RecipeError
from tasks.registration.task import export_registered


@reading()
def export(model: str, folder: str, *, merge: bool) -> dict[str, Any]:
    """Write a registered model, its tokenizer and its card.

    Returns:
        `model`, `version`, `folder`, `kind` (adapter, merged, weights), `base`, `max_logit_difference`,
        `allowed_difference` and `size_bytes`.

    Raises:
        RecipeError: It isn't registered, or the folder isn't empty.
    """
    if "@" not in model:
        raise RecipeError(
            f"{model} is no registered version: give NAME@alias or NAME@version, such as {model}@challenger\n"
            "  see what there is: gadfly models"
        )
    return export_registered(model, Path(folder).expanduser().absolute(), merge=merge)
