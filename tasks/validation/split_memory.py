"""The memory of which rows are held out, so that a row never changes sides.

One Parquet file a pair of fraction and seed, with columns `row_id` and `split`. The first side a row was given holds
for ever. Only one process has the memory at a time (`flock`, which the kernel frees when its holder dies); the file is
replaced in one step, so a kill leaves the old or the new one. Cost: the file is read and written whole, about 0.1 s and
10 MB a 100,000 rows; nothing of it is held while rows are judged.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tasks.errors import ArtifactError
from tasks.tables import write_table
from tasks.validation.split import NO_SIDE, Sides, side_places
from tasks.validation.text_column import COMPILED

SCHEMA = pa.schema([("row_id", pa.string()), ("split", pa.string())])


class SplitMemory:
    """The sides that rows were given so far."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def sides(self, rows: Path) -> Sides:
        """The side that each row of a Parquet file with `row_id` was given, `NO_SIDE` where it is new."""
        known, row_ids = _read(self.path), _read_alone(rows, columns=["row_id"])["row_id"]
        places = COMPILED.fill_null(
            COMPILED.index_in(row_ids, known["row_id"].cast(row_ids.type)), len(known)
        ).to_numpy()
        sides: Sides = np.append(side_places(known["split"]), np.int8(NO_SIDE))[places]
        del known, row_ids
        pa.default_memory_pool().release_unused()  # it would keep 60 bytes a row, new or known
        return sides

    def remember(self, rows: pa.Table) -> None:
        """Keep the sides of rows that have none yet; what is known stays.

        Args:
            rows: `row_id` and `split`.
        """
        known = _read(self.path)
        new = rows.filter(COMPILED.invert(COMPILED.is_in(rows["row_id"], known["row_id"].cast(rows["row_id"].type))))
        if not len(new):
            return
        table = pa.concat_tables([known, new.select(SCHEMA.names).cast(SCHEMA)]).sort_by("row_id")
        temporary = self.path.with_suffix(f".{os.getpid()}.tmp")
        try:
            write_table(table, temporary)
            with temporary.open("rb") as stream:
                os.fsync(stream.fileno())
            temporary.replace(self.path)
        except OSError as error:
            raise ArtifactError(f"the memory of held-out rows {self.path} can't be written: {error}") from error
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def split_memory(folder: Path, fraction: float, seed: int) -> Iterator[SplitMemory]:
    """The memory for a fraction and a seed, held until the block ends.

    Raises:
        ArtifactError: It can't be read or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"holdout-{fraction:g}-seed-{seed}.parquet"
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield SplitMemory(path)


def _read(path: Path) -> pa.Table:
    if not path.exists():
        return SCHEMA.empty_table()
    try:
        return _read_alone(path, schema=SCHEMA)
    except (OSError, pa.ArrowException) as error:
        raise ArtifactError(
            f"the memory of held-out rows {path} can't be read: {error}\n"
            "  restore it from a backup; deleting it lets rows move between training and holdout"
        ) from error


def _read_alone(path: Path, **asked: Any) -> pa.Table:
    """Read in this thread only: what Arrow's own threads took could not be given back."""
    return pq.read_table(path, use_threads=False, **asked)
