"""The `rows` artifact: canonical columns with an identity a row, and the facts of their source."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tasks.errors import SourceError, problems_message
from tasks.identity import public_url
from tasks.ingestion.config import RESERVED_NAMES, SourceConfig
from tasks.ingestion.row_identity import row_ids
from tasks.ingestion.sources import TEXT_DTYPE, Source, SourceFacts
from tasks.json_files import write_json
from tasks.tables import write_table

ROWS_FORMAT = 1
ROWS_FILE = "rows.parquet"
SOURCE_FILE = "source.json"
OWN_COLUMNS = ("row_id", "source_index", "ingest_error")


def canonical_rows(source: Source, config: SourceConfig) -> pd.DataFrame:
    """The source's records under canonical names, in the source's order.

    Returns:
        Columns `row_id`, `source_index` (int64, counts records from 0), `ingest_error` (nullable string), then the
        canonical columns (nullable strings).

    Raises:
        SourceError: A mapped column isn't there.
    """
    mapping = config.columns or {_own_name(name): name for name in source.frame.columns}
    _check_columns(mapping, list(source.frame.columns), config)
    content = pd.DataFrame({name: source.frame[column] for name, column in mapping.items()})
    own = pd.DataFrame(
        {
            "row_id": pd.array(row_ids(content, list(mapping)), dtype=TEXT_DTYPE),
            "source_index": np.arange(len(content), dtype=np.int64),
            "ingest_error": source.ingest_errors,
        }
    )
    return pd.concat([own, content], axis=1)


def without_purged(rows: pd.DataFrame, facts: SourceFacts, purged: Collection[str]) -> tuple[pd.DataFrame, SourceFacts]:
    """Leave out what was purged, and say how many; the others keep their place in the source."""
    is_purged = rows["row_id"].astype(str).str.split("-").str[0].isin(list(purged))
    if not is_purged.any():
        return rows, facts
    note = f"{int(is_purged.sum()):,} of its records were purged and are left out"
    return rows[~is_purged].reset_index(drop=True), replace(facts, notes=[*facts.notes, note])


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
    where = f"hub dataset {config.hub}" if config.hub else public_url(config.path)
    raise SourceError(problems_message(where, problems[1:-1]) + f"\n  {problems[0]}\n  {problems[-1]}")


def write_rows(frame: pd.DataFrame, facts: SourceFacts, folder: Path) -> None:
    """Write `rows.parquet` and `source.json`: equal rows and facts give equal bytes."""
    kinds = {"source_index": pa.int64()}
    schema = pa.schema([(str(name), kinds.get(str(name), pa.large_string())) for name in frame.columns])
    write_table(pa.Table.from_pandas(frame, schema=schema, preserve_index=False), folder / ROWS_FILE)
    columns = [name for name in frame.columns if name not in OWN_COLUMNS]
    content: dict[str, Any] = {"format_version": ROWS_FORMAT, "columns": columns, **asdict(facts)}
    write_json(folder / SOURCE_FILE, content)
