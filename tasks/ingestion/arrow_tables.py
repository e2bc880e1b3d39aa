"""Parquet and Arrow (file and stream) to records, through pyarrow."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from tasks.errors import SourceError
from tasks.ingestion.records import Cell, Records, as_text


def read_parquet(data: bytes, where: str) -> Records:
    """Records of a Parquet file.

    Raises:
        SourceError: It is not Parquet, or damaged.
    """
    try:
        return records_from_table(pa.parquet.read_table(pa.BufferReader(data)))
    except (pa.ArrowException, OSError) as error:
        raise SourceError(_unreadable(where, "Parquet", error)) from error


def read_arrow(data: bytes, where: str) -> Records:
    """Records of an Arrow IPC file or stream (`datasets` writes streams).

    Raises:
        SourceError: It is neither, or damaged.
    """
    open_ipc = pa.ipc.open_file if data.startswith(b"ARROW1") else pa.ipc.open_stream
    try:
        return records_from_table(open_ipc(pa.BufferReader(data)).read_all())
    except (pa.ArrowException, OSError) as error:
        raise SourceError(_unreadable(where, "Arrow", error)) from error


def _unreadable(where: str, kind: str, error: Exception) -> str:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return (
        f"{where} can't be read as {kind}: {reason}\n  fetch or export it again, or name its format: -s source.format=…"
    )


def records_from_table(table: pa.Table) -> Records:
    """The table's columns as text, without the index that pandas adds."""
    names = [name for name in table.column_names if not name.startswith("__index_level_")]
    return Records({name: _cells(table.column(name)) for name in names}, [None] * table.num_rows)


def _cells(column: pa.ChunkedArray) -> list[Cell]:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        try:
            texts: list[Cell] = column.to_pylist()
        except UnicodeDecodeError:  # a writer that didn't check its bytes
            large = pa.types.is_large_string(column.type)
            return [as_text(value) for value in column.cast(pa.large_binary() if large else pa.binary()).to_pylist()]
        return texts
    values: list[Any] = column.to_pylist()
    return [as_text(value) for value in values]
