"""An artifact's manifest: each file with its size and SHA-256, written once and held against the files later."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from pathlib import Path

from tasks.json_files import canonical_json

STORE_FORMAT = 1
MANIFEST = "manifest.json"
SETTLED_NS = 100_000_000
"""How long a file must have lain unchanged before its state tells every later change: clocks of file systems are
coarse, so a second write within a tick of the first may leave the same times."""

_State = dict[str, tuple[int, int, int, int]]
"""Of each file by name: inode, size in bytes, and when content and anything at all last changed, in ns."""
_sound: dict[Path, tuple[str, _State]] = {}
"""Folders that this process has hashed and found sound, with the digest."""


def manifest_of(kind: str, folder: Path) -> bytes:
    """The manifest of a folder's files, as it is written; its SHA-256 is the artifact's digest."""
    files = {
        path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": file_sha256(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    return canonical_json({"format": STORE_FORMAT, "kind": kind, "files": files}).encode()


def folder_damage(folder: Path, digest: str, *, hash_files: bool) -> str | None:
    """What is wrong with an artifact's folder; None where it is what the manifest of that digest says."""
    try:
        manifest = (folder / MANIFEST).read_bytes()
    except OSError:
        return "missing from the store"
    if "sha256:" + hashlib.sha256(manifest).hexdigest() != digest:
        return f"{MANIFEST} was altered"
    content = json.loads(manifest)
    if content["format"] != STORE_FORMAT:
        return f"written in store format {content['format']}; this version reads {STORE_FORMAT}"
    for name, entry in content["files"].items():
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        if path.stat().st_size != entry["size"]:
            return f"{name} has {path.stat().st_size} bytes; the manifest says {entry['size']}"
        if hash_files and file_sha256(path) != entry["sha256"]:
            return f"{name} was altered"
    return None


def damage_since_hashed(folder: Path, digest: str) -> str | None:
    """As `folder_damage` with every byte hashed, but what this process found sound is hashed again only if it changed.

    A run opens the same weights half a dozen times.
    """
    before = _files_state(folder)
    if before and _sound.get(folder) == (digest, before):
        return None
    damage = folder_damage(folder, digest, hash_files=True)
    newest = max((max(modified, changed) for _, _, modified, changed in before.values()), default=0)
    if damage is None and time.time_ns() - newest > SETTLED_NS and before == _files_state(folder):
        _sound[folder] = (digest, before)
    return damage


def _files_state(folder: Path) -> _State:
    try:
        found = {path.as_posix(): path.stat() for path in folder.rglob("*")}
    except OSError:  # it is being moved aside: hash it, and see
        return {}
    return {name: (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns) for name, stat in found.items()}


def copy_files(source: Path, target: Path) -> None:
    """Copy the files of an artifact's folder, without its manifest, into an empty folder."""
    for name in json.loads((source / MANIFEST).read_bytes())["files"]:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
