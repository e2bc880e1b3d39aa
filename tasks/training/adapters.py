"""What is trained: adapters, all but some layers, or everything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tasks.errors import TrainingError
from tasks.json_files import write_json
from tasks.training.config import FreezeSettings, LoraSettings, TrainingConfig


def make_trainable(model: Any, config: TrainingConfig) -> Any:
    """Mark what is trained, and wrap the model in adapters where the method is LoRA.

    Raises:
        TrainingError: A pattern matches nothing, or nothing is left to train.
    """
    if config.method == "lora":
        return _with_adapters(model, config.lora or LoraSettings())
    model.requires_grad_(True)
    if config.freeze is not None:
        _freeze(model, config.freeze)
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise TrainingError("training.freeze leaves nothing to train")
    return model


def parameter_counts(model: Any) -> tuple[int, int]:
    """Trainable parameters, and parameters of the base in all."""
    trainable = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    base = sum(parameter.numel() for name, parameter in model.named_parameters() if "lora_" not in name)
    return trainable, base


def save_trained(model: Any, config: TrainingConfig, base_digest: str, folder: Path) -> None:
    """Write what was trained, and only that: an adapter in peft's format, or the changed tensors by name."""
    if config.method == "lora":
        model.peft_config["default"].base_model_name_or_path = base_digest
        model.save_pretrained(folder, safe_serialization=True, save_embedding_layers=False)  # auto asks the hub
        (folder / "README.md").unlink(missing_ok=True)
        settings = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
        write_json(folder / "adapter_config.json", {name: _in_order(value) for name, value in settings.items()})
        return
    from safetensors.torch import save_file

    tensors = {
        name: parameter.detach().cpu().contiguous()
        for name, parameter in sorted(model.named_parameters())
        if parameter.requires_grad
    }
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def _with_adapters(model: Any, settings: LoraSettings) -> Any:
    from peft import LoraConfig, get_peft_model
    from transformers.pytorch_utils import Conv1D

    names = [name.strip() for name in settings.target_modules.split(",")]
    targets: str | list[str] = "all-linear" if names == ["all-linear"] else names
    known = sorted({name.rsplit(".", 1)[-1] for name, module in model.named_modules() if _is_linear(module)})
    unknown = [] if targets == "all-linear" else [name for name in names if name.rsplit(".", 1)[-1] not in known]
    if unknown:
        raise TrainingError(
            f"training.lora.target_modules: no module is called {unknown[0]!r}\n  linear modules: {', '.join(known)}"
        )
    return get_peft_model(
        model,
        LoraConfig(
            task_type="CAUSAL_LM",
            r=settings.rank,
            lora_alpha=settings.alpha,  # type: ignore[arg-type]
            lora_dropout=settings.dropout,
            target_modules=targets,
            fan_in_fan_out=any(isinstance(module, Conv1D) for module in model.modules()),
        ),
    )


def _is_linear(module: Any) -> bool:
    from torch.nn import Linear
    from transformers.pytorch_utils import Conv1D

    return isinstance(module, (Linear, Conv1D))


def _freeze(model: Any, settings: FreezeSettings) -> None:
    from torch.nn import Embedding, ModuleList

    blocks: Any = next((module for module in model.modules() if isinstance(module, ModuleList)), [])
    if settings.first_blocks > len(blocks):
        raise TrainingError(
            f"training.freeze.first_blocks: {settings.first_blocks}, but the base model has {len(blocks)} blocks"
        )
    for block in blocks[: settings.first_blocks]:
        block.requires_grad_(False)
    if settings.embeddings:
        for module in model.modules():
            if isinstance(module, Embedding):
                module.requires_grad_(False)


def _in_order(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) and all(isinstance(item, str) for item in value) else value
