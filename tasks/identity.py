"""What a path, URL or hub item holds, as a digest: names never enter a cache key, content does.

Hashing a large file costs seconds, so digests are kept in a memo keyed by path, size, modification time and inode.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from tasks.artifacts import canonical_json, file_sha256
from tasks.errors import SourceError


def is_url(path: str) -> bool:
    """Whether a path is a URL (`s3://…`, `https://…`) rather than a local path."""
    return "://" in path and not path.startswith("file://")


def content_identity(path: str, memo: HashMemo) -> str:
    """The digest of what a local file, a local folder or a URL holds.

    A URL is identified by what its file system tells cheaply (ETag, size, time of change): no bytes are fetched.

    Raises:
        SourceError: Nothing is there.
    """
    if is_url(path):
        return _url_identity(path)
    local = Path(path.removeprefix("file://"))
    if local.is_file():
        return "sha256:" + memo.sha256(local)
    if local.is_dir():
        return files_identity({file.relative_to(local).as_posix(): memo.sha256(file) for file in folder_files(local)})
    raise SourceError(f"{path} doesn't exist\n  seen from {Path.cwd()}; a recipe's paths start at the recipe's folder")


def folder_files(folder: Path) -> list[Path]:
    """The files below a folder in a fixed order, hidden ones left out."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def files_identity(hashes: dict[str, str]) -> str:
    """One digest for named files, from their names and SHA-256 sums."""
    return "sha256:" + hashlib.sha256(canonical_json(hashes).encode()).hexdigest()


class HashMemo:
    """SHA-256 sums of local files, remembered between runs in one JSON file.

    A file is hashed again when its size, modification time or inode changed. Damage to the memo costs time only.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._sums: dict[str, list[object]] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._sums = {}

    def sha256(self, file: Path) -> str:
        """The file's SHA-256 in hex, from the memo where the file is as it was."""
        stat = file.stat()
        state = [stat.st_size, stat.st_mtime_ns, stat.st_ino]
        known = self._sums.get(str(file.resolve()))
        if known is None or known[:3] != state:
            known = [*state, file_sha256(file)]
            self._sums[str(file.resolve())] = known
            self._save()
        return str(known[3])

    def _save(self) -> None:
        temporary = self.path.with_suffix(f".{os.getpid()}.tmp")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(self._sums), encoding="utf-8")
            temporary.replace(self.path)
        except OSError:
            return  # a memo that can't be kept costs time, nothing else


def _url_identity(url: str) -> str:
    import fsspec

    try:
        fs, path = fsspec.core.url_to_fs(url)
        info = fs.info(path)
    except (OSError, ValueError, ImportError) as error:
        raise SourceError(f"{url} can't be reached: {error}") from error
    marks = {name: str(info[name]) for name in ("ETag", "etag", "size", "mtime", "LastModified") if info.get(name)}
    if not marks:
        raise SourceError(f"{url} tells neither ETag nor size, so a change of it can't be noticed; download it first")
    return "sha256:" + hashlib.sha256(canonical_json(marks).encode()).hexdigest()
