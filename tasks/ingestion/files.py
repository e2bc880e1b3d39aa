"""The files at a path: a local file, a folder or a URL; and the format they are in.

The binary formats are told by their first bytes, so a wrong extension does no harm. A local file is read where it lies;
what comes from a URL is fetched into a scratch file.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from tasks.errors import SourceAbsent, SourceError
from tasks.identity import cause_of, folder_files, is_url, public_url
from tasks.ingestion.contents import Opener, fetched_opener, local_opener

EXTENSIONS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".txt": "text",
    ".text": "text",
}
_STAMP = re.compile(r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
COMPRESSED = (".gz", ".zst", ".zstd")
KNOWN = "CSV, TSV, JSON, JSON Lines, Parquet, Arrow, plain text; each also .gz or .zst"


class SourceUnreachable(SourceAbsent):
    """A URL or the hub didn't answer: trying again may help."""


@dataclass(frozen=True)
class SourceFile:
    """One file of a source."""

    name: str
    """Relative to the folder it was found in."""
    where: str
    """As errors name it."""
    open: Opener
    """Opens the bytes as they are stored."""


def find_files(path: str) -> list[SourceFile]:
    """The file at a path or URL, or the files of a folder in the order of their names.

    Raises:
        SourceError: Nothing is there, or the URL's protocol isn't known.
        SourceUnreachable: A URL didn't answer.
    """
    if is_url(path):
        return _find_remote(path)
    local = Path(path.removeprefix("file://")).expanduser()
    if local.is_dir():
        return [
            SourceFile(file.relative_to(local).as_posix(), str(file), local_opener(file))
            for file in folder_files(local)
        ]
    if not local.exists():
        raise SourceAbsent(_missing_message(path, local))
    return [SourceFile(local.name, path, local_opener(local))]


def _missing_message(path: str, local: Path) -> str:
    folder = local.parent
    if not folder.is_dir():
        return f"{path} doesn't exist, nor does its folder {folder}\n  paths in a recipe start at the recipe's folder"
    names = [entry.name for entry in folder.iterdir() if not entry.name.startswith(".")]
    near = difflib.get_close_matches(local.name, names, n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(near)}?" if near else f"that folder holds {_listed(sorted(names))}"
    return f"{path} doesn't exist\n  {hint}"


def _listed(names: list[str]) -> str:
    if not names:
        return "nothing"
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def source_name(path: str) -> str:
    """The name of a file at a path or URL; a URL's query is no part of it."""
    if not is_url(path):
        return Path(path.removeprefix("file://")).name
    first = next(part for part in path.split("::") if "://" in part)
    return PurePosixPath(first.split("?")[0]).name


def _find_remote(url: str) -> list[SourceFile]:
    import fsspec

    shown = public_url(url)
    try:
        fs, root = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise SourceError(f"{shown} can't be opened: {cause_of(error)}") from error
    if url.startswith(("http://", "https://")):  # a web server doesn't list folders
        names = [root]
    else:
        is_folder = _reached(shown, lambda: fs.info(root)["type"] == "directory")
        names = sorted(_reached(shown, lambda: fs.find(root))) if is_folder else [root]
    return [
        SourceFile(
            source_name(url) if name == root else name.removeprefix(root).lstrip("/"),
            shown if name == root else f"{shown.rstrip('/')}/{name.removeprefix(root).lstrip('/')}",
            fetched_opener(lambda file, name=name: _reached(shown, lambda: fs.get_file(name, file))),  # type: ignore[misc]
        )
        for name in names
        if not any(part.startswith(".") for part in name.removeprefix(root).split("/"))
    ]


def _reached(url: str, call: Callable[[], Any]) -> Any:
    try:
        return call()
    except FileNotFoundError as error:
        raise SourceAbsent(
            f"{url} doesn't exist\n  check the address, or download the file and give its path"
        ) from error
    except PermissionError as error:
        raise SourceError(f"{url} may not be read: {cause_of(error)}\n  check your credentials for it") from error
    except Exception as error:  # each file system has its own exceptions for a network that fails
        raise SourceUnreachable(
            f"{url} can't be reached: {cause_of(error)}\n  check the network and try again"
        ) from error


def format_by_name(name: str) -> str:
    """The format that a file's extension stands for, compression aside; empty where it is none of ours."""
    path = PurePosixPath(name.lower())
    return EXTENSIONS.get((path.with_suffix("") if path.suffix in COMPRESSED else path).suffix, "")


def format_by_content(data: bytes) -> str:
    """The format that the first bytes show; empty where they show none."""
    if data.startswith(b"PAR1"):
        return "parquet"
    if data.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        return "arrow"
    head = data[: 1 << 20].decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if head.startswith(("{", "[")):
        return "jsonl" if _is_object(head.split("\n", 1)[0]) else "json"
    lines = [line for line in re.split(r"\r?\n", head)[:20] if line]
    if lines and _STAMP.match(lines[0]):
        return "text"  # a log: its stamp's comma parts no columns
    for delimiter, found in (("\t", "tsv"), (",", "csv")):
        counts = {line.count(delimiter) for line in lines}
        if len(lines) > 1 and len(counts) == 1 and counts != {0}:
            return found
    return ""


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def with_known_format(files: list[SourceFile], declared: str) -> Iterator[SourceFile]:
    """Those of a folder's files that have a known extension, and the declared format's where one is declared."""
    for file in files:
        found = format_by_name(file.name)
        if found and declared in ("auto", found):
            yield file
