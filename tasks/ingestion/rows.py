"""The `rows` artifact: canonical columns with an identity a row, and the facts of their source."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tasks.errors import SourceError, problems_message
from tasks.ingestion.config import RESERVED_NAMES, SOURCE_FILE, SourceConfig
from tasks.ingestion.row_identity import ids_of, ordinals, row_digests
from tasks.ingestion.sources import Source, text_frame
from tasks.ingestion.spool import TEXT, Batch
from tasks.json_files import write_json
from tasks.tables import TableWriter

ROWS_FORMAT = 1
ROWS_FILE = "rows.parquet"
OWN_COLUMNS = ("row_id", "source_index", "ingest_error")


def canonical_batches(source: Source, config: SourceConfig) -> Iterator[pa.Table]:
    """The source's records under canonical names, in the source's order, batch after batch.

    Returns:
        Columns `row_id`, `source_index` (int64, counts records from 0), `ingest_error` (text), then the canonical
        columns (text). All text may be null but ids.

    Raises:
        SourceError: A mapped column isn't there.
    """
    mapping = config.columns or {_own_name(name): name for name in source.columns}
    _check_columns(mapping, source.columns, config)
    parts = [row_digests(_texts(_content(batch, mapping))) for batch in source.batches()]
    digests = np.concatenate(parts)
    numbers = ordinals(digests)
    start = 0
    for batch, part in zip(source.batches(), parts, strict=True):
        end = start + len(part)
        own = {
            "row_id": pa.array(ids_of(part, numbers[start:end]), TEXT),
            "source_index": np.arange(start, end, dtype=np.int64),
            "ingest_error": batch.errors,
        }
        yield pa.table(own | _content(batch, mapping))
        start = end


def canonical_rows(source: Source, config: SourceConfig) -> pd.DataFrame:
    """`canonical_batches` as one frame, in memory whole."""
    return text_frame(canonical_batches(source, config))


def _content(batch: Batch, mapping: Mapping[str, str]) -> dict[str, pa.Array]:
    return {name: batch.columns[column] for name, column in mapping.items()}


def _texts(columns: Mapping[str, pa.Array]) -> dict[str, list[str | None]]:
    return {name: column.to_pylist() for name, column in columns.items()}


def _own_name(column: str) -> str:
    return f"source_{column}" if column in RESERVED_NAMES else column


def _check_columns(mapping: dict[str, str], present: list[str], config: SourceConfig) -> None:
    missing = {name: column for name, column in mapping.items() if column not in present}
    if not missing:
        return
    problems = [f"the source has the columns {', '.join(present)}"]
    for name, column in missing.items():
        lowered = {known.lower(): known for known in present}
        near = difflib.get_close_matches(column.lower(), lowered, n=1)
        hint = f"; did you mean {lowered[near[0]]}?" if near else ""
        problems.append(f"columns.{name}: there is no column {column}{hint}")
    first = next(iter(missing))
    problems.append(f"to change it: -s source.columns.{first}=… (of gadfly check: --column {first}=…)")
    where = f"hub dataset {config.hub}" if config.hub else config.where
    raise SourceError(problems_message(where, problems[1:-1]) + f"\n  {problems[0]}\n  {problems[-1]}")


def write_rows(source: Source, config: SourceConfig, folder: Path, purged: Collection[str] = ()) -> int:
    """Write `rows.parquet` and `source.json`: equal rows and facts give equal bytes, however they were batched.

    Args:
        source: What was read.
        config: How it was to be read.
        folder: Where the files go.
        purged: Ids of rows that are left out; the others keep their place in the source.

    Returns:
        How many records couldn't be read.
    """
    batches = canonical_batches(source, config)
    first = next(batches)
    num_errors = num_purged = 0
    with TableWriter(folder / ROWS_FILE, first.schema) as writer:
        for batch in chain([first], batches):
            kept = _without(batch, purged)
            writer.write(kept)
            num_errors += len(kept) - kept["ingest_error"].null_count
            num_purged += len(batch) - len(kept)
    columns = [name for name in first.column_names if name not in OWN_COLUMNS]
    facts = source.facts
    if num_purged:
        facts = replace(facts, notes=[*facts.notes, f"{num_purged:,} of its records were purged and are left out"])
    content: dict[str, Any] = {"format_version": ROWS_FORMAT, "columns": columns, **asdict(facts)}
    write_json(folder / SOURCE_FILE, content)
    return num_errors


def _without(rows: pa.Table, purged: Collection[str]) -> pa.Table:
    if not purged:
        return rows
    wanted = [row_id.split("-")[0] not in purged for row_id in rows["row_id"].to_pylist()]
    return rows.filter(pa.array(wanted, pa.bool_()))
