"""What a path, URL or hub item holds, as a digest: names never enter a cache key, content does.

Hashing a large file costs seconds, so digests are kept in a memo keyed by path, size, modification time and inode.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tasks.errors import SourceAbsent, SourceError
from tasks.json_files import canonical_json
from tasks.manifest import file_sha256

_MARKS = frozenset(
    {
        "etag",
        "mtime",
        "modified",
        "lastmodified",
        "updated",
        "created",
        "timecreated",
        "generation",
        "versionid",
        "contentmd5",
        "md5",
        "md5hash",
        "digest",
        "checksum",
        "sha",
        "sha256",
        "sha512",
    }
)
"""What file systems call a checksum or a time of change, in small letters without `-` and `_`."""


def is_url(path: str) -> bool:
    """Whether a path is a URL (`s3://…`, `https://…`) rather than a local path."""
    return "://" in path and not path.startswith("file://")


def content_identity(path: str, memo: HashMemo) -> str:
    """The digest of what a local file, a local folder or a URL holds.

    A URL is identified by what its file system tells cheaply (ETag, checksum, time of change, and size): no bytes
    are fetched. A folder behind a URL is its files' names and what is told of each.

    Raises:
        SourceError: Nothing is there, or a URL tells nothing that shows a change; its size alone doesn't.
    """
    if is_url(path):
        return _url_identity(path)
    local = Path(path.removeprefix("file://"))
    if local.is_file():
        return "sha256:" + memo.sha256(local)
    if local.is_dir():
        return files_identity({file.relative_to(local).as_posix(): memo.sha256(file) for file in folder_files(local)})
    raise SourceAbsent(f"{path} doesn't exist\n  seen from {Path.cwd()}; a recipe's paths start at the recipe's folder")


def folder_files(folder: Path) -> list[Path]:
    """The files below a folder in a fixed order, hidden ones left out."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def files_identity(hashes: dict[str, str]) -> str:
    """One digest for named files, from their names and SHA-256 sums."""
    return _digest(hashes)


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


def public_url(url: str) -> str:
    """A URL without user, password and query, which may hold credentials; a local path stays as it is."""
    if not is_url(url):
        return url
    return re.sub(r"://[^/?#]*@", "://", re.sub(r"\?.*?(?=::[a-z0-9+]+://|$)", "", url, flags=re.DOTALL))


def cause_of(error: BaseException) -> str:
    """Why something can't be reached, in a few words and without credentials."""
    cause = error.__cause__ or error
    if getattr(cause, "status", None):  # aiohttp's answers: their text would repeat the whole URL
        return f"status {cause.status} {getattr(cause, 'message', '')}".strip()  # type: ignore[attr-defined]
    text = str(cause) or type(cause).__name__
    return re.sub(r"[a-z0-9+]+://[^\s'\"]+", lambda found: public_url(found[0]), text)


def _url_identity(url: str) -> str:
    import fsspec

    shown = public_url(url)
    try:
        fs, path = fsspec.core.url_to_fs(url)
        fs.invalidate_cache()
        info = fs.info(path)
        if info.get("type") != "directory":
            return _digest(_marks(info, shown))
        found = fs.find(path, detail=True)
    except SourceError:
        raise
    except Exception as error:  # each file system has its own exceptions for a network that fails
        raise SourceAbsent(f"{shown} can't be reached: {cause_of(error)}") from error
    named = {name.removeprefix(path).lstrip("/"): info for name, info in found.items()}
    files = {name: info for name, info in named.items() if not any(part.startswith(".") for part in name.split("/"))}
    return _digest({name: _marks(info, f"{shown.rstrip('/')}/{name}") for name, info in files.items()})


def _marks(info: Mapping[str, Any], shown: str) -> dict[str, str]:
    """What changes with a remote file's content, under the names that file systems give it."""
    named = {re.sub(r"[-_]", "", name).lower(): str(value) for name, value in info.items() if value}
    marks = {name: value for name, value in named.items() if name in _MARKS or name.startswith("crc")}
    if not marks:
        raise SourceError(
            f"{shown} tells no ETag, checksum or time of change, so a change of it can't be noticed; download it first"
        )
    return marks | {"size": named.get("size", "")}


def _digest(content: Any) -> str:
    return "sha256:" + hashlib.sha256(canonical_json(content).encode()).hexdigest()
