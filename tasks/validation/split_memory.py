"""The memory of which rows are held out, so that a row never changes sides.

One Parquet file a pair of fraction and seed, with columns `row_id` and `split`. The first side a row was given holds
for ever. Only one process has the memory at a time (`flock`, which the kernel frees when its holder dies); the file is
replaced in one step, so a kill leaves the old or the new one. Cost: the file is read and written whole, about 0.1 s a
100,000 rows.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.errors import ArtifactError
from tasks.tables import write_table
from tasks.validation.split import Side

SCHEMA = pa.schema([("row_id", pa.string()), ("split", pa.string())])


class SplitMemory:
    """The sides that rows were given so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known: dict[str, Side] = _read(path)

    def remember(self, sides: Mapping[str, Side]) -> None:
        """Keep the sides of rows that have none yet; what is known stays."""
        new = {row_id: side for row_id, side in sides.items() if row_id not in self.known}
        if not new:
            return
        self.known |= new
        rows = sorted(self.known)
        table = pa.table({"row_id": rows, "split": [self.known[row_id] for row_id in rows]}, schema=SCHEMA)
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


def _read(path: Path) -> dict[str, Side]:
    if not path.exists():
        return {}
    try:
        table = pq.read_table(path, schema=SCHEMA)
    except (OSError, pa.ArrowException) as error:
        raise ArtifactError(
            f"the memory of held-out rows {path} can't be read: {error}\n"
            "  restore it from a backup; deleting it lets rows move between training and holdout"
        ) from error
    return dict(zip(table["row_id"].to_pylist(), table["split"].to_pylist(), strict=True))
