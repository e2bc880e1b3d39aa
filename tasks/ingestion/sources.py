"""A source as it stands: every record of a file, folder, URL or hub dataset, as text, with what is known of it.

Nothing is dropped or rewritten here. A record that can't be read is a row with an error; a source that can't be read is
a SourceError. All of it is in memory at once: about four times the size of the files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from tasks import progress
from tasks.errors import SourceError
from tasks.identity import files_identity, public_url
from tasks.ingestion.arrow_tables import read_arrow, read_parquet
from tasks.ingestion.config import SourceConfig
from tasks.ingestion.decoding import decode
from tasks.ingestion.delimited import read_delimited
from tasks.ingestion.files import (
    KNOWN,
    SourceFile,
    decompressed,
    find_files,
    format_by_content,
    format_by_name,
    with_known_format,
)
from tasks.ingestion.json_records import read_json, read_json_lines, read_text
from tasks.ingestion.records import Cell, Records, joined, mended

TEXT_DTYPE = pd.StringDtype("pyarrow")


@dataclass(frozen=True, kw_only=True)
class SourceFacts:
    """What is known of a source: enters the digest of `rows`, so it holds no local path and no time."""

    format: str
    encoding: str = ""
    """Of text files; several are joined by `, `."""
    encoding_declared: bool = False
    """Whether the user named the encoding; otherwise it was detected."""
    identity: str
    """SHA-256 of the content, or the hub dataset and its commit."""
    revision: str = ""
    licence: str = ""
    num_records: int
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Source:
    """A source's records under their own names."""

    frame: pd.DataFrame
    """A nullable string column for each source column."""
    ingest_errors: pd.Series[str]
    """Nullable strings, a value for each record that couldn't be read: undecodable, unparseable or ragged."""
    facts: SourceFacts


@dataclass(frozen=True)
class _ReadFile:
    records: Records
    format: str
    encoding: str
    sha256: str


class _NoRecords(SourceError):
    """A file that is sound and empty; one among others is no error."""


def read_source(config: SourceConfig) -> Source:
    """Read every record of a source.

    Raises:
        SourceError: It isn't there, isn't readable, or holds no records.
        SourceUnreachable: A URL or the hub didn't answer.
    """
    if config.hub:
        from tasks.ingestion.hub import read_hub

        records, commit, licence = read_hub(config)
        place = "/".join(filter(None, (config.subset, config.hub_split)))
        return _source(
            records,
            config,
            SourceFacts(
                format="hub",
                identity=f"hub:{config.hub}@{commit}:{place}",
                revision=commit,
                licence=config.licence or licence,
                num_records=len(records),
            ),
        )
    return _read_path(config)


def _read_path(config: SourceConfig) -> Source:
    found = find_files(config.path)
    files, notes = _chosen(found, config)
    read: dict[str, _ReadFile] = {}
    for number, file in enumerate(files, 1):
        try:
            read[file.name] = _read_file(file, config)
        except _NoRecords as error:
            if len(files) == 1:
                raise
            notes.append(str(error).splitlines()[0].replace(file.where, file.name, 1))
        progress.report("ingestion", number, len(files))
    formats = sorted({part.format for part in read.values()})
    if len(formats) > 1:
        raise SourceError(
            f"{public_url(config.path)} holds files of several formats: {', '.join(formats)}\n"
            f"  choose one: -s source.format={formats[0]}"
        )
    if not read:
        raise SourceError(f"{public_url(config.path)}: none of its {len(files)} files holds a record")
    records = joined([part.records for part in read.values()])
    is_file = _is_file(found, config)
    hashes = {name: part.sha256 for name, part in read.items()}
    encodings = sorted({part.encoding for part in read.values() if part.encoding})
    facts = SourceFacts(
        format=formats[0],
        encoding=", ".join(encodings),
        encoding_declared=bool(config.encoding and encodings),
        identity="sha256:" + next(iter(hashes.values())) if is_file else files_identity(hashes),
        licence=config.licence,
        num_records=len(records),
        notes=notes + [_nameless(note, files[0].name) if is_file else note for note in records.notes],
    )
    return _source(records, config, facts)


def _is_file(found: Sequence[SourceFile], config: SourceConfig) -> bool:
    return len(found) == 1 and found[0].where == public_url(config.path)


def _nameless(note: str, name: str) -> str:
    """A note on a single file without its name: equal content gives equal facts."""
    return "the file" + note.removeprefix(name) if note.startswith(name) else note


def _chosen(found: Sequence[SourceFile], config: SourceConfig) -> tuple[list[SourceFile], list[str]]:
    """The files to read; of a folder, those with a known extension. Others are left out with a note."""
    if _is_file(found, config):
        return list(found), []
    files = list(with_known_format(list(found), config.format))
    if not files and config.format != "auto":
        files = list(found)  # a declared format needs no extension
    if not files:
        names = ", ".join(file.name for file in found[:8]) or "nothing"
        raise SourceError(f"{public_url(config.path)} holds no file of a known format, but {names}\n  known: {KNOWN}")
    left_out = [file.name for file in found if file not in files]
    listed = ", ".join(left_out[:8]) + (f" and {len(left_out) - 8} more" if len(left_out) > 8 else "")
    return files, [f"left out, not data: {listed}"] if left_out else []


def _read_file(file: SourceFile, config: SourceConfig) -> _ReadFile:
    stored = file.read()
    data = decompressed(stored, file.where)
    if not data.strip():
        raise _NoRecords(f"{file.where} is empty\n  fetch or export it again")
    format_name = _format(file, data, config)
    encoding = ""
    if format_name == "parquet":
        records = read_parquet(data, file.where)
    elif format_name == "arrow":
        records = read_arrow(data, file.where)
    else:
        decoded = decode(data, file.name, config.encoding)
        encoding = decoded.encoding
        if not decoded.text.strip():
            raise _NoRecords(f"{file.where} holds nothing but blanks\n  fetch or export it again")
        records = _parsed(decoded.text, format_name, file, config)
        records.notes[:0] = [decoded.note] if decoded.note else []
    if not len(records):
        raise _NoRecords(f"{file.where} holds no records\n  fetch or export it again")
    return _ReadFile(records, format_name, encoding, hashlib.sha256(stored).hexdigest())


def _format(file: SourceFile, data: bytes, config: SourceConfig) -> str:
    if config.format != "auto":
        return config.format
    by_content = format_by_content(data)
    by_name = format_by_name(file.name)
    found = by_content if by_content in ("parquet", "arrow") else by_name or by_content
    if not found:
        raise SourceError(
            f"{file.where} is of no known format, by its extension or its content\n"
            f"  known: {KNOWN}\n  name it: -s source.format=text"
        )
    return found


def _parsed(text: str, format_name: str, file: SourceFile, config: SourceConfig) -> Records:
    auto = config.format == "auto"
    if format_name == "json":
        return read_json(text, file.where, auto=auto)
    if format_name == "jsonl":
        return read_json_lines(text, file.where, auto=auto)
    if format_name == "text":
        return read_text(text, config.unit)
    if format_name == "tsv":
        return read_delimited(text, file.name, "\t,;|" if auto else "\t")
    return read_delimited(text, file.name, ",;\t|")


def _source(records: Records, config: SourceConfig, facts: SourceFacts) -> Source:
    if not len(records):
        raise SourceError(f"{config.hub or public_url(config.path)} holds no records")
    _keep_raw(records, config)
    whole = mended(records, frozenset(config.columns.values()) or None)
    frame = pd.DataFrame({name: pd.array(values, dtype=TEXT_DTYPE) for name, values in whole.columns.items()})
    errors = pd.Series(pd.array(whole.errors, dtype=TEXT_DTYPE), name="ingest_error")
    return Source(frame=frame, ingest_errors=errors, facts=facts)


def _keep_raw(records: Records, config: SourceConfig) -> None:
    """Put the text of unparsed records where a person looks for it: into the text column, or else the first."""
    if not records.raw:
        return
    wanted = [config.columns.get("text", "text"), *config.columns.values(), *records.columns]
    target = next((name for name in wanted if name in records.columns), "text")
    column: list[Cell] = records.columns.setdefault(target, [None] * len(records))
    for number, text in records.raw.items():
        column[number] = text
