"""What is trained: adapters, all but some layers, or everything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tasks.document_attention import attend_by_document
from tasks.errors import TrainingError
from tasks.json_files import write_json
from tasks.training.config import LoraSettings, PeftOptions, TrainingConfig
from tasks.training.freezing import blocks, freeze, without_numbers
from tasks.training.kernels import fuse_adapters, fuse_gelu


def make_trainable(model: Any, config: TrainingConfig) -> Any:
    """Mark what is trained, wrap the model in adapters where the method is LoRA, and give it faster kernels.

    Raises:
        TrainingError: A pattern matches nothing, or nothing is left to train.
    """
    fuse_gelu(model)
    attend_by_document(model)
    if config.method == "lora":
        return fuse_adapters(_with_adapters(model, config.lora or LoraSettings()))
    model.requires_grad_(True)
    if config.freeze is not None:
        freeze(model, config.freeze)
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise TrainingError("training.freeze leaves nothing to train")
    return model


def parameter_counts(model: Any) -> tuple[int, int]:
    """Trainable parameters, and parameters of the base in all."""
    trainable = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    base = sum(
        parameter.numel()
        for name, parameter in model.named_parameters()
        if "lora_" not in name and ".modules_to_save." not in name
    )
    return trainable, base


def trained_parts(model: Any) -> dict[str, int]:
    """What is trained: names, with each block's number as `*`, to parameters. Its weights are float32, 4 bytes each."""
    parts: dict[str, int] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            (part,) = without_numbers([name.removeprefix("base_model.model.").replace(".default", "")])
            part = re.sub(r"\.lora_\w+", ".lora", part.removesuffix(".weight").removesuffix(".bias"))
            parts[part] = parts.get(part, 0) + parameter.numel()
    return parts


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

    options = settings.peft or PeftOptions()
    _check_patterns(model, options)
    return get_peft_model(
        model,
        LoraConfig(
            task_type="CAUSAL_LM",
            r=settings.rank,
            lora_alpha=settings.alpha,  # type: ignore[arg-type]
            lora_dropout=settings.dropout,
            target_modules=_targets(model, settings),
            fan_in_fan_out=any(isinstance(module, Conv1D) for module in model.modules()),
            **{name: _as_peft_has_it(getattr(options, name)) for name in PeftOptions.model_fields},
        ),
    )


def _targets(model: Any, settings: LoraSettings) -> str | list[str]:
    """The modules that get adapters, as PEFT takes them: `all-linear`, the last parts of names, or whole names."""
    linear = [name for name, module in model.named_modules() if _is_linear(module)]
    names = [name.strip() for name in settings.target_modules.split(",")]
    wants_all = names == ["all-linear"]
    unknown = [] if wants_all else [name for name in names if not _named(name, linear)]
    if unknown:
        known = ", ".join(sorted({name.rsplit(".", 1)[-1] for name in linear}))
        raise TrainingError(
            f"training.lora.target_modules: no module is called {unknown[0]!r}\n  linear modules: {known}"
        )
    if settings.upper_blocks is None:
        return "all-linear" if wants_all else names
    prefix, found = blocks(model)
    if settings.upper_blocks > len(found):
        raise TrainingError(
            f"training.lora.upper_blocks: {settings.upper_blocks}, but the base model has {len(found)} blocks"
        )
    numbers = range(len(found) - settings.upper_blocks, len(found))
    upper = [name for name in linear if name.startswith(tuple(f"{prefix}.{number}." for number in numbers))]
    chosen = upper if wants_all else [target for name in names for target in _named(name, upper)]
    if not chosen:
        known = ", ".join(without_numbers(name.removeprefix(f"{prefix}.") for name in upper))
        raise TrainingError(f"training.lora.target_modules: none of {', '.join(names)} is in a block\n  there: {known}")
    return chosen


def _check_patterns(model: Any, options: PeftOptions) -> None:
    """Refuse names and expressions that would do nothing."""
    modules = [name for name, _ in model.named_modules() if name]
    problems = [
        f"training.lora.peft.{option}: no module is called {name!r}"
        for option in ("exclude_modules", "modules_to_save")
        for name in getattr(options, option)
        if not _named(name, modules)
    ] + [
        f"training.lora.peft.{option}: {pattern!r} matches no module"
        for option in ("rank_pattern", "alpha_pattern")
        for pattern in getattr(options, option)
        if not any(re.match(rf"(.*\.)?({pattern})$", name) for name in modules)
    ]
    if problems:
        raise TrainingError("\n".join([*problems, f"  modules: {', '.join(without_numbers(modules))}"]))


def _named(name: str, modules: Iterable[str]) -> list[str]:
    """The modules that a name means: the whole of theirs, or the end of it after a dot."""
    return [module for module in modules if module == name or module.endswith(f".{name}")]


def _as_peft_has_it(value: Any) -> Any:
    return list(value) or None if isinstance(value, tuple) else value


def _is_linear(module: Any) -> bool:
    from torch.nn import Linear
    from transformers.pytorch_utils import Conv1D

    return isinstance(module, (Linear, Conv1D))


def _in_order(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) and all(isinstance(item, str) for item in value) else value
