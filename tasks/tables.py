"""Arrow tables as Parquet files: equal rows give equal bytes, however they came."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

ROWS_PER_GROUP = 16_384


class TableWriter:
    """Writes tables one after the other; where one ends and the next begins leaves no trace in the file."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._writer = pq.ParquetWriter(
            path,
            schema,
            version="2.6",
            compression="zstd",
            compression_level=3,
            use_dictionary=False,
            store_schema=False,
        )
        self._waiting: list[pa.Table] = []
        self._rows = 0

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush(self._rows)
        self._writer.close()

    def write(self, table: pa.Table) -> None:
        """Add rows; columns are cast to the schema."""
        if not len(table):
            return
        self._waiting.append(table.select(self._schema.names).cast(self._schema))
        self._rows += len(table)
        while self._rows >= ROWS_PER_GROUP:
            self._flush(ROWS_PER_GROUP)

    def _flush(self, rows: int) -> None:
        if rows:
            waiting = pa.concat_tables(self._waiting)
            self._writer.write_table(waiting.slice(0, rows).combine_chunks(), row_group_size=ROWS_PER_GROUP)
            rest = waiting.slice(rows)
            self._waiting, self._rows = ([rest] if len(rest) else []), len(rest)


def write_table(table: pa.Table, path: Path) -> None:
    """Write a whole table."""
    plain = table.replace_schema_metadata(None)
    with TableWriter(path, plain.schema) as writer:
        writer.write(plain)
