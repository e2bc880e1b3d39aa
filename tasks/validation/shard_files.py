"""What is too large for memory of every shard's findings, in files of a scratch folder.

Row ids and normalised texts are mapped from Arrow files, so that any row's can be looked up, and so are the columns'
words; what was measured in rows that break a rule is read back shard by shard when the rows are written.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tasks.validation.cut_words import WordEnds
from tasks.validation.text_column import COMPILED, Bools, Ints

TEXT = pa.large_string()
ENDS = pa.schema(
    {
        "column": TEXT,
        "num_texts": pa.int64(),
        "rows": pa.list_(pa.int64()),
        "last": pa.list_(TEXT),
        "known": pa.list_(TEXT),
    }
)
"""A batch of one row a column."""


@dataclass(frozen=True)
class ShardDetails:
    """What is kept of a shard in files."""

    texts: pa.Array
    """The rows' normalised texts."""
    values: list[dict[int, Any]]
    """For each rule what was measured in the rows that break it."""
    word_ends: dict[str, WordEnds]
    """Column -> how its texts end, where a rule asks for words cut short."""


class ShardedTexts:
    """A column of all shards, one array each."""

    def __init__(self, arrays: Sequence[pa.Array]) -> None:
        self._arrays = arrays
        self._starts = [0, *accumulate(len(array) for array in arrays)]

    @property
    def starts(self) -> list[int]:
        """Each shard's first row."""
        return self._starts[:-1]

    def shards(self) -> Iterator[tuple[int, pa.Array]]:
        """Each shard's first row, and its texts."""
        return zip(self.starts, self._arrays, strict=True)

    def __len__(self) -> int:
        return self._starts[-1]

    @property
    def differ(self) -> bool:
        """Whether no two rows have equal texts."""
        return bool(COMPILED.count_distinct(pa.chunked_array(self._arrays)).as_py() == len(self)) if len(self) else True

    def __getitem__(self, row: int) -> str:
        """One row's text."""
        shard = bisect_right(self._starts, row) - 1
        text: str = self._arrays[shard][row - self._starts[shard]].as_py()
        return text

    def each(self, rows: Ints) -> Iterator[str]:
        """The texts of some rows, which ascend."""
        bounds = np.searchsorted(rows, self._starts)
        for shard, array in enumerate(self._arrays):
            chosen = rows[bounds[shard] : bounds[shard + 1]] - self._starts[shard]
            yield from array.take(pa.array(chosen)).to_pylist()

    def among(self, texts: Collection[str]) -> Bools:
        """Which rows' texts are some of these, shape (num_rows,)."""
        found = np.zeros(len(self), bool)
        for start, array in self.shards():
            is_in = COMPILED.is_in(array, pa.array(list(texts), array.type))
            found[start : start + len(array)] = is_in.to_numpy(zero_copy_only=False)
        return found


def write_shard(folder: Path, shard: int, row_ids: pa.Array, details: ShardDetails) -> None:
    """Keep a shard's row ids and details."""
    texts = pa.record_batch([row_ids, details.texts], names=["row_id", "text"])
    _write(_file(folder, "texts", shard), texts.schema, [texts])
    _write(_file(folder, "ends", shard), ENDS, [_one_row(column, ends) for column, ends in details.word_ends.items()])
    values = [[list(measured), list(measured.values())] for measured in details.values]
    _values_file(folder, shard).write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")


def read_texts(folder: Path, num_shards: int) -> tuple[ShardedTexts, ShardedTexts]:
    """The row ids and the normalised texts of all shards."""
    batches = [_mapped(_file(folder, "texts", shard))[0] for shard in range(num_shards)]
    return ShardedTexts([batch.column(0) for batch in batches]), ShardedTexts([batch.column(1) for batch in batches])


def read_word_ends(folder: Path, num_shards: int) -> list[dict[str, WordEnds]]:
    """Of each shard, column -> how its texts end."""
    shards = [_mapped(_file(folder, "ends", shard)) for shard in range(num_shards)]
    return [dict(map(_word_ends, batches)) for batches in shards]


def read_values(folder: Path, shard: int) -> list[dict[int, Any]]:
    """What was measured in a shard; rows count from its first one."""
    columns = json.loads(_values_file(folder, shard).read_text(encoding="utf-8"))
    return [dict(zip(rows, values, strict=True)) for rows, values in columns]


def _one_row(column: str, ends: WordEnds) -> pa.RecordBatch:
    parts = (pa.array(ends.rows), ends.last, ends.known)
    lists = [pa.ListArray.from_arrays([0, len(part)], part) for part in parts]
    return pa.record_batch([pa.array([column], TEXT), pa.array([ends.num_texts]), *lists], schema=ENDS)


def _word_ends(batch: pa.RecordBatch) -> tuple[str, WordEnds]:
    column, num_texts, rows, last, known = (array[0] for array in batch.columns)
    return column.as_py(), WordEnds(num_texts.as_py(), rows.values.to_numpy(), last.values, known.values)


def _write(file: Path, schema: pa.Schema, batches: Sequence[pa.RecordBatch]) -> None:
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


def _mapped(file: Path) -> list[pa.RecordBatch]:
    reader = pa.ipc.open_file(pa.memory_map(str(file)))
    return [reader.get_batch(number) for number in range(reader.num_record_batches)]


def _file(folder: Path, name: str, shard: int) -> Path:
    return folder / f"{name}-{shard:06}.arrow"


def _values_file(folder: Path, shard: int) -> Path:
    return folder / f"values-{shard:06}.json"
