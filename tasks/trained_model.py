"""A base model with what was trained on top of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tasks.artifacts import ArtifactRef
from tasks.base_model import load_model
from tasks.errors import ArtifactError


def load_trained(folder: Path, trained: ArtifactRef, trained_folder: Path) -> Any:
    """The base with an `adapter` or the changed `weights` on top, in evaluation mode.

    Raises:
        ArtifactError: The trained tensors don't fit this base.
    """
    model = load_model(folder)
    if trained.kind == "adapter":
        from peft import PeftModel

        return PeftModel.from_pretrained(model, trained_folder).eval()
    from safetensors.torch import load_file

    weights = load_file(trained_folder / "model.safetensors")
    shapes = {name: tensor.shape for name, tensor in model.named_parameters()}
    strange = [name for name, tensor in weights.items() if shapes.get(name) != tensor.shape]
    if strange:
        trained_shape, base_shape = list(weights[strange[0]].shape), list(shapes.get(strange[0], []))
        raise ArtifactError(
            f"weights {trained.digest[:19]} were trained on another base: "
            f"{strange[0]} is {trained_shape} there and {base_shape} here"
        )
    model.load_state_dict(weights, strict=False)
    return model


def check_made_for(trained_folder: Path, base_digest: str) -> None:
    """Refuse what was trained on another base; where the shapes agree, nothing else would show it.

    Raises:
        ArtifactError: It names another base.
    """
    adapter = trained_folder / "adapter_config.json"
    file, name = (
        (adapter, "base_model_name_or_path") if adapter.is_file() else (trained_folder / "training.json", "base")
    )
    own = str(json.loads(file.read_text(encoding="utf-8")).get(name, base_digest))
    if own != base_digest:
        kind = "adapter was" if adapter.is_file() else "weights were"
        raise ArtifactError(f"the {kind} made for another base: {own[:19]} there and {base_digest[:19]} here")
