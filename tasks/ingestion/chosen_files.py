"""Which files a source is made of: those at its path, or at each of its paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tasks.errors import SourceError
from tasks.identity import public_url
from tasks.ingestion.config import SourceConfig
from tasks.ingestion.files import KNOWN, SourceFile, find_files, with_known_format


def chosen_files(config: SourceConfig) -> tuple[list[SourceFile], list[str]]:
    """The files to read, each under a name of its own, and notes on those that are left out."""
    if isinstance(config.path, str):
        return _at_path(config.path, config)
    files: list[SourceFile] = []
    notes: list[str] = []
    for number, path in enumerate(config.path, 1):
        chosen, told = _at_path(path, config)
        taken = {file.name for file in files}
        clash = any(file.name in taken for file in chosen)
        files += [replace(file, name=f"{number}/{file.name}") if clash else file for file in chosen]
        notes += told
    return files, notes


def is_file_at(found: Sequence[SourceFile], path: str) -> bool:
    """Whether what was found at a path is one file and no folder."""
    return len(found) == 1 and found[0].where == public_url(path)


def _at_path(path: str, config: SourceConfig) -> tuple[list[SourceFile], list[str]]:
    """The files to read at a path; of a folder, those with a known extension. Others are left out with a note."""
    found = find_files(path)
    if is_file_at(found, path):
        return found, []
    files = list(with_known_format(found, config.format))
    if not files and config.format != "auto":
        files = found  # a declared format needs no extension
    if not files:
        names = ", ".join(file.name for file in found[:8]) or "nothing"
        raise SourceError(f"{public_url(path)} holds no file of a known format, but {names}\n  known: {KNOWN}")
    left_out = [file.name for file in found if file not in files]
    listed = ", ".join(left_out[:8]) + (f" and {len(left_out) - 8} more" if len(left_out) > 8 else "")
    return files, [f"left out, not data: {listed}"] if left_out else []
