"""Checkpoints on disk: what a training needs to go on as though nothing had happened.

A checkpoint is a folder of safetensors and JSON beside a manifest of their hashes. It is written under a temporary
name, fsynced and renamed, and only then is its predecessor deleted: whatever happens, disk full and SIGKILL included,
one whole checkpoint is there. The folder is marked as held by a lock that the kernel frees with the process.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from tasks.durable import sync
from tasks.errors import TrainingError
from tasks.json_files import write_json
from tasks.manifest import MANIFEST, folder_damage, manifest_of

FORMAT = 1
TENSORS, FACTS = "state.safetensors", "state.json"
UNFINISHED = ".unfinished-"
LOCK = "lock"

log = logging.getLogger("gadfly.training")


class Checkpoint(NamedTuple):
    """What was read back."""

    tensors: dict[str, Any]
    facts: dict[str, Any]


class Checkpoints:
    """The checkpoints of one training, of which only the newest is kept.

    Args:
        folder: Theirs alone; made where it is missing.
        minutes: Between two checkpoints.
        clock: Seconds; the first interval starts now.
    """

    def __init__(self, folder: Path, minutes: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder, self.seconds, self._clock = folder, 60 * minutes, clock
        self._written = clock()

    def is_due(self) -> bool:
        """Whether the interval has passed since the last one."""
        return self._clock() - self._written >= self.seconds

    def newest(self) -> Checkpoint | None:
        """The newest sound checkpoint; None where there is none. A damaged one is told in the log and passed over."""
        from safetensors.torch import load_file

        for place in reversed(self._finished()):
            try:
                damage = folder_damage(place, f"sha256:{place.name.partition('-')[2]}", hash_files=True)
                if damage is None:
                    facts = json.loads((place / FACTS).read_text(encoding="utf-8"))
                    if facts["format"] == FORMAT:
                        return Checkpoint(load_file(place / TENSORS), facts)
                    damage = f"written in format {facts['format']}; this version reads {FORMAT}"
            except (OSError, ValueError, KeyError) as error:
                damage = str(error)
            log.warning("checkpoint %s can't be used (%s); training doesn't start from it", place, damage)
        return None

    def write(self, tensors: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
        """Keep this state, and delete what is older.

        Args:
            tensors: By name, on any device, none sharing memory.
            facts: JSON values, `step` among them.

        Raises:
            TrainingError: It can't be written; the checkpoint before it is still there.
        """
        from safetensors import SafetensorError

        unfinished = self.folder / f"{UNFINISHED}{os.getpid()}"
        try:
            self._clear_unfinished()
            unfinished.mkdir(parents=True, mode=0o700)
            place = self._finish(unfinished, tensors, facts)
        except (OSError, SafetensorError) as error:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise TrainingError(self._cannot_write(int(facts["step"]), tensors, error)) from error
        for older in self._finished():
            if older != place:
                self._delete(older)
        self._written = self._clock()

    def _finish(self, unfinished: Path, tensors: Mapping[str, Any], facts: Mapping[str, Any]) -> Path:
        from safetensors.torch import save_file

        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, unfinished / TENSORS)
        write_json(unfinished / FACTS, {"format": FORMAT, **facts})
        manifest = manifest_of("checkpoint", unfinished)
        (unfinished / MANIFEST).write_bytes(manifest)
        for path in (*unfinished.iterdir(), unfinished):
            sync(path)
        place = self.folder / f"{facts['step']:08}-{hashlib.sha256(manifest).hexdigest()}"
        if place.exists():  # the same state once more
            shutil.rmtree(unfinished)
        else:
            unfinished.rename(place)
            sync(self.folder)
        return place

    def _delete(self, older: Path) -> None:
        """Renamed first: one that is half deleted would be taken for the newest. What can't be deleted stays."""
        with suppress(OSError):
            shutil.rmtree(older.rename(self.folder / f"{UNFINISHED}{older.name}"))

    def _finished(self) -> list[Path]:
        """Whole checkpoints' folders, the oldest first."""
        found = self.folder.iterdir() if self.folder.is_dir() else ()
        return sorted(
            (path for path in found if path.is_dir() and not path.name.startswith(".")),
            key=lambda path: (path.stat().st_mtime_ns, path.name),
        )

    def _clear_unfinished(self) -> None:
        """Delete what a process left that was killed while it wrote."""
        if self.folder.is_dir():
            for path in self.folder.glob(f"{UNFINISHED}*"):
                shutil.rmtree(path, ignore_errors=True)

    def _cannot_write(self, step: int, tensors: Mapping[str, Any], error: Exception) -> str:
        needed = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
        what = f"the checkpoint of step {step:,} can't be written to {self.folder}: {error}"
        return f"{what}\n  it takes {needed / 1e6:,.0f} MB, {self.what_is_left()}"

    def what_is_left(self) -> str:
        """What room the disk has, and from where the same command goes on: the end of an error's message."""
        try:
            free = f"{shutil.disk_usage(self.folder).free / 1e6:,.0f} MB"
        except OSError:
            free = "an unknown amount"
        if not (kept := self._finished()):
            there, way = "there is no checkpoint yet", "it starts afresh"
        else:
            there = f"the checkpoint of step {int(kept[-1].name.partition('-')[0]):,} is kept"
            way = "it goes on from there"
        return f"free are {free}; {there}\n  make room and type the same command again: {way}"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Mark a training's checkpoints as in use: `forgotten` passes them over. Several processes may hold them."""
    with _lock(folder, fcntl.LOCK_SH):
        yield


def forget(folder: Path) -> None:
    """Delete a training's checkpoints: its result is in the store."""
    shutil.rmtree(folder, ignore_errors=True)


class Forgotten(NamedTuple):
    """Checkpoints that nobody goes on from."""

    folder: Path
    bytes: int


def forgotten(root: Path, older_than_s: float, now: float) -> list[Forgotten]:
    """The folders of checkpoints that no process holds and nothing was written to for so long.

    Args:
        root: Where every training's folder is.
        older_than_s: Seconds; a training that was interrupted lately will be wanted.
        now: Seconds since 1970.
    """
    found = []
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        paths = [folder, *folder.rglob("*")]
        newest = max((path.stat().st_mtime for path in paths if path.exists()), default=0.0)
        if folder.is_dir() and now - newest >= older_than_s and not _is_held(folder):
            found.append(Forgotten(folder, sum(path.stat().st_size for path in paths if path.is_file())))
    return found


def remove_forgotten(folder: Path) -> bool:
    """Delete a training's checkpoints unless a process holds them; tells whether they were deleted."""
    try:
        with _lock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
            shutil.rmtree(folder)
    except BlockingIOError:
        return False
    return True


def _is_held(folder: Path) -> bool:
    if not (folder / LOCK).exists():
        return False
    try:
        with _lock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
            return False
    except BlockingIOError:
        return True


@contextmanager
def _lock(folder: Path, kind: int) -> Iterator[None]:
    """A lock on the folder; waited for again where the folder was deleted meanwhile."""
    while True:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(descriptor, kind)
            if not (folder / LOCK).exists() or os.fstat(descriptor).st_ino != (folder / LOCK).stat().st_ino:
                continue
            yield
            return
        finally:
            os.close(descriptor)
