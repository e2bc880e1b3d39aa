"""Parquet and Arrow (file and stream) to records, a batch at a time, through pyarrow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute
import pyarrow.ipc
import pyarrow.parquet

from tasks.errors import SourceError
from tasks.ingestion.records import BATCH_ROWS, Cell, Records, as_text, each_once

COMPILED: Any = pyarrow.compute
"""Its functions are made at run time, so type checkers can't see them."""


def read_parquet(file: IO[bytes], where: str) -> Iterator[Records]:
    """Records of a Parquet file.

    Raises:
        SourceError: It is not Parquet, or damaged.
    """
    try:
        parquet = pa.parquet.ParquetFile(file, pre_buffer=False)
        for batch in parquet.iter_batches(BATCH_ROWS):
            yield records_from_table(pa.Table.from_batches([batch]))
    except (pa.ArrowException, OSError) as error:
        raise SourceError(_unreadable(where, "Parquet", error)) from error


def read_arrow(file: IO[bytes], where: str) -> Iterator[Records]:
    """Records of an Arrow IPC file or stream (`datasets` writes streams).

    Raises:
        SourceError: It is neither, or damaged.
    """
    file.seek(0)
    is_file = file.read(6) == b"ARROW1"
    file.seek(0)
    try:
        for batch in _file_batches(file) if is_file else pa.ipc.open_stream(pa.PythonFile(file)):
            yield from read_table(pa.Table.from_batches([batch]))
    except (pa.ArrowException, OSError) as error:
        raise SourceError(_unreadable(where, "Arrow", error)) from error


def _file_batches(file: IO[bytes]) -> Iterator[pa.RecordBatch]:
    reader = pa.ipc.open_file(pa.PythonFile(file))
    for number in range(reader.num_record_batches):
        yield reader.get_batch(number)


def _unreadable(where: str, kind: str, error: Exception) -> str:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return (
        f"{where} can't be read as {kind}: {reason}\n  fetch or export it again, or name its format: -s source.format=…"
    )


def read_table(table: pa.Table) -> Iterator[Records]:
    """Records of a table, a batch at a time."""
    for start in range(0, len(table), BATCH_ROWS):
        yield records_from_table(table.slice(start, BATCH_ROWS))


def records_from_table(table: pa.Table) -> Records:
    """The table's columns as text, without the index that pandas adds; a name that comes again gets a number."""
    columns = zip(each_once(table.column_names), table.columns, strict=True)
    kept = {name: _cells(column) for name, column in columns if not name.startswith("__index_level_")}
    return Records(kept, [None] * table.num_rows)


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
    return [as_text(value) for chunk in column.chunks for value in _values(chunk)]


def _values(chunk: pa.Array) -> list[Any]:
    try:
        values: list[Any] = chunk.to_pylist()
        return values
    except (OverflowError, ValueError):  # a date or time beyond Python's, or bytes that are no text
        return [_value(chunk[place]) for place in range(len(chunk))]


def _value(scalar: pa.Scalar) -> Any:
    try:
        return scalar.as_py()
    except (OverflowError, ValueError):
        is_time = pa.types.is_temporal(scalar.type)
        return str(COMPILED.cast(scalar, pa.string())) if is_time else f"<{scalar.type} that can't be read>"
