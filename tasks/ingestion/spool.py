"""Where records wait until a source is read to its end: only then are all its columns known, and row ids need them all.

A batch is an Arrow file in a scratch folder (uncompressed: as large as the text) or, without a folder, a table in
memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute
import pyarrow.ipc

from tasks.ingestion.records import Records, mended

TEXT = pa.large_string()


@dataclass(frozen=True)
class Batch:
    """Some records as Arrow has them: columns of text of equal length, which may be missing."""

    columns: dict[str, pa.Array]
    errors: pa.Array
    """Why a record couldn't be read; null where it could."""
    raw: pa.Array
    """The text of records that have no cells because they didn't parse."""

    def with_columns(self, names: Sequence[str], raw_column: str) -> Batch:
        """The batch with these columns, null where it has none; raw text stands in the one named for it."""
        nothing = pa.nulls(len(self.errors), TEXT)
        columns = {name: self.columns.get(name, nothing) for name in names}
        if raw_column and self.raw.null_count < len(self.raw):
            columns[raw_column] = pyarrow.compute.coalesce(self.raw, columns[raw_column])
        return Batch(columns, self.errors, self.raw)


class Spool:
    """Batches of records, kept in order.

    Args:
        folder: An empty folder of its own; None keeps the batches in memory.
        watched: The columns whose undecodable bytes are held against their row; None for all.
    """

    def __init__(self, folder: Path | None, watched: frozenset[str] | None) -> None:
        self._folder, self._watched = folder, watched
        self._parts: list[tuple[list[str], Path | pa.Table]] = []
        self._columns: dict[str, None] = {}
        self.num_rows = 0
        self.has_raw = False

    @property
    def columns(self) -> list[str]:
        """All columns, in the order first seen."""
        return list(self._columns)

    def add(self, records: Records) -> None:
        """Keep a batch; bytes that are no text become visible escapes."""
        whole = mended(records, self._watched)
        raw = [records.escaped_raw(number) for number in range(len(records))] if records.raw else [None] * len(records)
        arrays = [pa.array(cells, TEXT) for cells in (whole.errors, raw, *whole.columns.values())]
        table = pa.table(arrays, names=[str(number) for number in range(len(arrays))])
        place: Path | pa.Table = table
        if self._folder:
            place = self._folder / f"records-{len(self._parts):06}.arrow"
            with pa.OSFile(str(place), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table)
        self._parts.append((list(whole.columns), place))
        self._columns |= dict.fromkeys(whole.columns)
        self.num_rows += len(records)
        self.has_raw |= bool(records.raw)

    def batches(self) -> Iterator[Batch]:
        """The batches, from the first one on."""
        for names, place in self._parts:
            table = _read(place) if isinstance(place, Path) else place
            errors, raw, *columns = (column.combine_chunks() for column in table.columns)
            yield Batch(dict(zip(names, columns, strict=True)), errors, raw)


def _read(file: Path) -> pa.Table:
    with pa.memory_map(str(file)) as source:
        return pa.ipc.open_file(source).read_all()
