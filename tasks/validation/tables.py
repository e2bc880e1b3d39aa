"""Arrow tables as Parquet files: equal tables give equal bytes."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROWS_PER_GROUP = 65_536


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table with fixed options and without pandas' metadata."""
    pq.write_table(
        table.replace_schema_metadata(None).combine_chunks(),
        path,
        version="2.6",
        compression="zstd",
        compression_level=3,
        use_dictionary=False,
        row_group_size=ROWS_PER_GROUP,
        store_schema=False,
    )
