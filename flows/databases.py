"""This home's SQLite databases: what was deleted from one is free for its next rows, and its file stays as large."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tasks import home

WORTH = 0.2
"""Share of a file that has to be free before it is written anew."""
PATIENCE_S = 5.0
"""How long to wait for who has the database."""


def shrink_databases() -> int:
    """Write Prefect's and MLflow's databases anew where that is worth it; returns the bytes that this gave back.

    For when nobody works with them: meanwhile nobody can write.
    """
    files = (home.state_folder() / "prefect" / "prefect.db", home.mlflow_folder() / "mlflow.db")
    return sum(_shrink(path) for path in files if path.is_file())


def _shrink(path: Path) -> int:
    before = path.stat().st_size
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE_S)) as database:
            (pages,), (free,) = (
                database.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "freelist_count")
            )
            if free < WORTH * pages:
                return 0
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error:  # somebody has it after all, or the disk is too full for another copy
        return 0
    return max(0, before - path.stat().st_size)
