"""A source as it stands: every record of a file, folder, URL or hub dataset, as text, with what is known of it.

Nothing is dropped or rewritten here. A record that can't be read is a row with an error; a source that can't be read is
a SourceError. Files and hub tables are read a batch at a time; only a JSON document that is one object, and a text file
that isn't UTF-8, are in memory whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa

from tasks import progress
from tasks.errors import SourceError
from tasks.identity import files_identity
from tasks.ingestion.arrow_tables import read_arrow, read_parquet
from tasks.ingestion.chosen_files import chosen_files, is_file_at
from tasks.ingestion.config import SourceConfig
from tasks.ingestion.contents import open_content
from tasks.ingestion.decoding import TextFile, decoded_text
from tasks.ingestion.delimited import read_delimited
from tasks.ingestion.files import (
    KNOWN,
    SourceFile,
    format_by_content,
    format_by_name,
)
from tasks.ingestion.json_lists import first_character
from tasks.ingestion.json_records import read_json, read_json_lines, read_json_list, read_text
from tasks.ingestion.records import Records
from tasks.ingestion.spool import TEXT, Batch, Spool

TEXT_DTYPE = pd.StringDtype("pyarrow")
_HEAD_BYTES = 1 << 20


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
    origin: str = ""
    """As the user states it."""
    num_records: int
    notes: list[str] = field(default_factory=list)


class Source:
    """A source's records under their own names, batch after batch."""

    def __init__(self, facts: SourceFacts, spool: Spool, text_columns: Sequence[str]) -> None:
        """Args:
        facts: What is known of it.
        spool: Its records.
        text_columns: The columns in which a person looks for the text of a record without cells, likeliest first.
        """
        self.facts, self._spool = facts, spool
        named = next((name for name in (*text_columns, *spool.columns) if name in spool.columns), "text")
        self._raw_column = named if spool.has_raw else ""

    @property
    def columns(self) -> list[str]:
        """The names of its columns."""
        return list(dict.fromkeys([*self._spool.columns, *filter(None, [self._raw_column])]))

    def batches(self) -> Iterator[Batch]:
        """The records, from the first one on, with every column."""
        for batch in self._spool.batches():
            yield batch.with_columns(self.columns, self._raw_column)

    @property
    def frame(self) -> pd.DataFrame:
        """A nullable string column for each source column, in memory whole."""
        return text_frame(pa.table(batch.columns) for batch in self.batches())


@dataclass(frozen=True)
class _ReadFile:
    format: str
    encoding: str
    sha256: str
    notes: list[str]


class _NoRecords(SourceError):
    """A file that is sound and empty; one among others is no error."""


def text_frame(tables: Iterable[pa.Table]) -> pd.DataFrame:
    """Tables of text, one below the other, as pandas has them."""
    frame: pd.DataFrame = pa.concat_tables(tables).to_pandas(types_mapper={TEXT: TEXT_DTYPE}.get)
    return frame


def read_source(config: SourceConfig, scratch: Path | None = None) -> Source:
    """Read every record of a source.

    Args:
        config: What to read.
        scratch: An empty folder that the records wait in until all columns are known; None keeps them in memory.

    Raises:
        SourceError: It isn't there, isn't readable, or holds no records.
        SourceUnreachable: A URL or the hub didn't answer.
    """
    spool = Spool(scratch, frozenset(config.columns.values()) or None)
    facts = _read_hub(config, spool) if config.hub else _read_path(config, spool, scratch)
    if not spool.num_rows:
        raise SourceError(f"{config.where} holds no records")
    if not spool.columns and not spool.has_raw:
        raise SourceError(
            f"{config.where}: none of its {spool.num_rows:,} records has a field\n  fetch or export it again"
        )
    return Source(facts, spool, [config.columns.get("text", "text"), *config.columns.values()])


def _read_hub(config: SourceConfig, spool: Spool) -> SourceFacts:
    from tasks.ingestion.hub import read_hub

    batches, commit, licence = read_hub(config)
    for records in batches:
        spool.add(records)
    place = "/".join(filter(None, (config.subset, config.hub_split)))
    return SourceFacts(
        format="hub",
        identity=f"hub:{config.hub}@{commit}:{place}",
        revision=commit,
        licence=config.licence or licence,
        origin=config.origin,
        num_records=spool.num_rows,
    )


def _read_path(config: SourceConfig, spool: Spool, scratch: Path | None) -> SourceFacts:
    files, notes = chosen_files(config)
    read: dict[str, _ReadFile] = {}
    for number, file in enumerate(files, 1):
        try:
            read[file.name] = _read_file(file, config, spool, scratch)
        except _NoRecords as error:
            if len(files) == 1:
                raise
            notes.append(str(error).splitlines()[0].replace(file.where, file.name, 1))
        progress.report("ingestion", number, len(files))
    formats = sorted({part.format for part in read.values()})
    if len(formats) > 1:
        raise SourceError(
            f"{config.where} holds files of several formats: {', '.join(formats)}\n"
            f"  choose one: -s source.format={formats[0]}"
        )
    if not read:
        raise SourceError(f"{config.where}: none of its {len(files)} files holds a record")
    is_file = isinstance(config.path, str) and is_file_at(files, config.path)
    hashes = {name: part.sha256 for name, part in read.items()}
    encodings = sorted({part.encoding for part in read.values() if part.encoding})
    told = [note for part in read.values() for note in part.notes]
    return SourceFacts(
        format=formats[0],
        encoding=", ".join(encodings),
        encoding_declared=bool(config.encoding and encodings),
        identity="sha256:" + next(iter(hashes.values())) if is_file else files_identity(hashes),
        licence=config.licence,
        origin=config.origin,
        num_records=spool.num_rows,
        notes=notes + [_nameless(note, files[0].name) if is_file else note for note in told],
    )


def _nameless(note: str, name: str) -> str:
    """A note on a single file without its name: equal content gives equal facts."""
    return "the file" + note.removeprefix(name) if note.startswith(name) else note


def _read_file(file: SourceFile, config: SourceConfig, spool: Spool, scratch: Path | None) -> _ReadFile:
    with open_content(file.open, file.where, config.max_expansion, scratch) as content:
        if content.is_blank():
            raise _NoRecords(f"{file.where} is empty\n  fetch or export it again")
        format_name = _format(file, content.head(_HEAD_BYTES), config)
        text = None
        if format_name == "parquet":
            batches = read_parquet(content.file, file.where)
        elif format_name == "arrow":
            batches = read_arrow(content.file, file.where)
        else:
            text = decoded_text(content, file.name, config.encoding)
            if text.is_blank():
                raise _NoRecords(f"{file.where} holds nothing but blanks\n  fetch or export it again")
            batches = _parsed(text, format_name, file, config)
        notes = [text.note] if text and text.note else []
        before = spool.num_rows
        for records in batches:
            spool.add(records)
            notes += records.notes
        if spool.num_rows == before:
            raise _NoRecords(f"{file.where} holds no records\n  fetch or export it again")
    return _ReadFile(format_name, text.encoding if text else "", content.sha256, notes)


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


def _parsed(text: TextFile, format_name: str, file: SourceFile, config: SourceConfig) -> Iterator[Records]:
    auto = config.format == "auto"
    may_be_a_list = format_name == "json" or (format_name == "jsonl" and auto)
    if may_be_a_list and first_character(text.blocks()) == "[":
        return read_json_list(text.blocks(), file.where)
    if format_name == "json":
        return read_json(text, file.where, auto=auto)
    if format_name == "jsonl":
        return read_json_lines(text.lines("\n"), file.where)
    if format_name == "text":
        return read_text(text.lines(None), config.unit)
    delimiters = ("\t,;|" if auto else "\t") if format_name == "tsv" else ",;\t|"
    return read_delimited(lambda: text.lines(""), file.name, delimiters)
