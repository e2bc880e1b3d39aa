"""A registered version as a folder that plain transformers loads, without Gadfly and without MLflow.

An adapter stays an adapter beside the name of its base, or is merged into the base's weights; trained weights are
always written whole. Weights are float32, as they were trained. What was written is read back by transformers and its
logits are compared with the registered model's before the folder appears.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tasks.base_files import BASE_FILES
from tasks.errors import GateError, RecipeError
from tasks.json_files import write_json
from tasks.registration.version_files import version_files
from tasks.registration.waiver import read_card
from tasks.trained_model import load_trained

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

TOLERANCE = 1e-4
"""How far logits may move, as a share of the largest: a merge adds products in another order, in float32."""
PROBE_TOKENS = 32
PROBE_ROWS = 4
NOT_TOKENIZER = ("config.json", "generation_config.json", "*.safetensors", "*.safetensors.index.json")


class Exported(NamedTuple):
    """What was written."""

    folder: str
    kind: str
    """`adapter`, `merged` or `weights`."""
    base: str
    """What an adapter needs beside it; empty where nothing is needed."""
    max_logit_difference: float
    """Between the registered model and the folder, read back by transformers."""
    allowed_difference: float
    size_bytes: int


def export_version(client: MlflowClient, version: ModelVersion, folder: Path, *, merge: bool) -> Exported:
    """Write a version's model, tokenizer and card.

    Args:
        client: MLflow's.
        version: The registered version.
        folder: A new or empty folder.
        merge: Add an adapter to its base's weights; trained weights are whole anyway.

    Raises:
        RecipeError: The folder isn't empty.
        ArtifactError: The base is gone or was changed.
        GateError: Read back, the model is another.
    """
    check_empty(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as downloads, tempfile.TemporaryDirectory(dir=folder.parent) as written:
        files = version_files(version, Path(downloads))
        as_adapter = files.trained.kind == "adapter" and not merge
        target = Path(written) / "model"
        target.mkdir()
        _copy_tokenizer(files.base, target)
        registered = load_trained(files.base, files.trained, files.trained_folder)
        expected = _logits(registered)
        if as_adapter:
            _write_adapter(files.trained_folder, files.location, target)
        else:
            _write_whole(registered, files.base, target)
        difference, allowed = _difference(expected, target)
        _write_card(client, version, target, is_adapter=as_adapter)
        for file in target.iterdir():
            file.chmod(0o644)
        size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
        target.chmod(0o755)
        target.replace(folder)  # one step; an empty folder makes way
    kind = "weights" if files.trained.kind != "adapter" else "merged" if merge else "adapter"
    needs = _base_name(files.location) if as_adapter else ""
    return Exported(str(folder), kind, needs, difference, allowed, size)


def check_empty(folder: Path) -> None:
    """Refuse a folder with something in it.

    Raises:
        RecipeError: It holds files, or is a file.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise RecipeError(f"{folder} is not empty\n  give a new folder: nothing is overwritten")
    if folder.exists() and not folder.is_dir():
        raise RecipeError(f"{folder} is a file\n  give a new folder")


def _copy_tokenizer(base: Path, target: Path) -> None:
    for pattern in BASE_FILES:
        if pattern not in NOT_TOKENIZER:
            for file in base.glob(pattern):
                shutil.copyfile(file, target / file.name)


def _base_name(location: dict[str, str]) -> str:
    return location.get("hub") or location["path"]


def _write_adapter(trained: Path, location: dict[str, str], target: Path) -> None:
    shutil.copyfile(trained / "adapter_model.safetensors", target / "adapter_model.safetensors")
    settings = json.loads((trained / "adapter_config.json").read_text(encoding="utf-8"))
    named = {"base_model_name_or_path": _base_name(location), "revision": location.get("commit")}
    write_json(target / "adapter_config.json", settings | named)


def _write_whole(model: Any, base: Path, target: Path) -> None:
    from tasks.base_tokenizer import load_tokenizer

    if hasattr(model, "merge_and_unload"):
        model = model.merge_and_unload(safe_merge=True)
    model.generation_config.eos_token_id = load_tokenizer(base).eos_token_id  # so that plain `generate` stops
    model.save_pretrained(target, safe_serialization=True)


def _difference(expected: Any, target: Path) -> tuple[float, float]:
    """How far the logits of what was written are from those expected, and how far they may be."""
    import torch
    from transformers import AutoModelForCausalLM

    read_back = AutoModelForCausalLM.from_pretrained(target, dtype=torch.float32)
    read_back.eval()  # type: ignore[no-untyped-call]
    difference = float((_logits(read_back) - expected).abs().max())
    allowed = TOLERANCE * float(expected.abs().max())
    if not difference <= allowed:
        raise GateError(
            f"the export is another model: read back, its logits differ by up to {difference:.3g}\n"
            f"  allowed: {allowed:.3g}. Nothing was written"
        )
    return difference, allowed


def _logits(model: Any) -> Any:
    """The logits of some random tokens, the same ones for every model of a vocabulary."""
    import torch

    draw = torch.Generator().manual_seed(0)
    context = getattr(model.config, "max_position_embeddings", None) or PROBE_TOKENS
    shape = (PROBE_ROWS, min(PROBE_TOKENS, context))
    input_ids = torch.randint(model.get_input_embeddings().num_embeddings, shape, generator=draw)
    with torch.inference_mode():
        return model(input_ids).logits


def _write_card(client: MlflowClient, version: ModelVersion, target: Path, *, is_adapter: bool) -> None:
    """The version's card as README.md, where it has one."""
    card = read_card(client, version)
    if not is_adapter:
        card = card.replace("library_name: peft\n", "library_name: transformers\n", 1)
    if card:
        (target / "README.md").write_text(card, encoding="utf-8")
