"""Registered versions in memory, of which one is in use: adapters of one base share it, and change places at once."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from tasks.base_model import on_best_device
from tasks.base_tokenizer import load_tokenizer
from tasks.registration.registry import version_named
from tasks.registration.version_files import VersionFiles, version_files
from tasks.tracking import connect
from tasks.trained_model import check_made_for, load_trained


class OpenVersion(NamedTuple):
    """A version that is in memory."""

    model: Any
    """With adapters, the same object for all that share it."""
    tokenizer: Any
    adapter: str
    """Its name within the model; empty where the model has no adapters that change places."""


class OpenVersions:
    """Opens versions as they are asked for, and keeps them: the price is memory, of each base and each adapter."""

    def __init__(self) -> None:
        self._open: dict[str, OpenVersion] = {}
        self._shared: dict[str, OpenVersion] = {}
        """By the base's digest, the first adapter on it."""

    def use(self, name: str) -> tuple[Any, Any]:
        """The model, as this version, and its tokenizer; a model that was used as another version becomes this one.

        Raises:
            RecipeError: There is no such version.
            ArtifactError: Its base is gone or was changed.
        """
        version = version_named(connect(), name)
        called = f"{version.name}@{version.version}"
        if called not in self._open:
            with tempfile.TemporaryDirectory() as downloads:
                self._open[called] = self._load(called, version_files(version, Path(downloads)))
        opened = self._open[called]
        if opened.adapter:
            opened.model.set_adapter(opened.adapter)
        return opened.model, opened.tokenizer

    def _load(self, called: str, files: VersionFiles) -> OpenVersion:
        check_made_for(files.trained_folder, files.base_digest)
        name = f"version_{len(self._open)}"  # the model's own may hold dots, which PyTorch's modules can't
        if files.trained.kind != "adapter" or _changes_its_base(files.trained_folder):
            model = on_best_device(load_trained(files.base, files.trained, files.trained_folder))
            return OpenVersion(model, load_tokenizer(files.base), "")
        if (first := self._shared.get(files.base_digest)) is None:
            model = on_best_device(load_trained(files.base, files.trained, files.trained_folder))
            opened = OpenVersion(model, load_tokenizer(files.base), model.active_adapter)
            self._shared[files.base_digest] = opened
            return opened
        first.model.load_adapter(files.trained_folder, adapter_name=name)
        first.model.eval()
        return first._replace(adapter=name)


def _changes_its_base(adapter: Path) -> bool:
    """Whether an adapter trains parameters of the base itself, so that no other can share it."""
    settings = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    return bool(settings.get("bias", "none") != "none")
