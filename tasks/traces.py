"""Where a row left traces under a home, and how they are removed.

A row is looked for by its id in tables that name rows, and by its texts everywhere else, as they stand in text, JSON
and HTML. Weights are not looked into: what a model learned can't be found or taken out.
"""

from __future__ import annotations

import html
import json
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tasks.json_files import replace_text
from tasks.purged import content_id

SHORTEST_TEXT = 8
"""Characters. A shorter cell (an author, a yes) stands in too many places to be a trace of one row."""
REMOVED = "[purged]"
WEIGHTS = (".safetensors", ".bin", ".pt", ".gguf")
TABLES = (".parquet", ".arrow")
REWRITTEN = (".json", ".log", ".txt", ".md", ".yaml", ".yml")
"""What is kept with the text cut out; other files that hold it are removed."""
QUOTED_ID = "| `"
"""How the table of reasons on a run's page begins the cell with a row's id; the text beside it is cut and masked."""


@dataclass(frozen=True)
class Needles:
    """What gives rows away."""

    row_ids: frozenset[str]
    """Without ordinals."""
    texts: tuple[str, ...]
    """Their cells in every spelling, the longest first."""


def needles(row_ids: Sequence[str], cells: Sequence[str]) -> Needles:
    """What to look for.

    Args:
        row_ids: The rows.
        cells: Their columns' texts; short ones are dropped.
    """
    texts: set[str] = set()
    for cell in cells:
        for text in {cell, cell.strip()}:
            if len(text.strip()) >= SHORTEST_TEXT:
                texts |= {text, html.escape(text), html.escape(text, quote=False), _as_jinja_does(text)}
                texts |= {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
                texts |= {json.dumps(html.escape(text))[1:-1]}
    return Needles(frozenset(map(content_id, row_ids)), tuple(sorted(texts, key=lambda text: (-len(text), text))))


def _as_jinja_does(text: str) -> str:
    return html.escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")


def file_holds(path: Path, wanted: Needles, *, by_id: bool = True) -> bool:
    """Whether a file holds a row.

    Args:
        path: A Parquet or Arrow file, or any other but a database.
        wanted: The rows.
        by_id: Whether a row's id alone counts outside of tables.
    """
    if path.suffix in WEIGHTS:
        return False
    if path.suffix in TABLES:
        return _table_holds(path, wanted)
    try:
        content = path.read_bytes()
    except OSError:
        return False
    found = any(text.encode() in content for text in wanted.texts)
    return found or (by_id and any(row_id.encode() in content for row_id in wanted.row_ids))


def _table_holds(path: Path, wanted: Needles) -> bool:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        if path.suffix == ".parquet":
            file = pq.ParquetFile(path)
            names = file.schema_arrow.names
            batches = file.iter_batches(columns=["row_id"] if "row_id" in names else None)
        else:
            reader = pa.ipc.open_file(pa.memory_map(str(path)))
            names = reader.schema.names
            batches = (reader.get_batch(number) for number in range(reader.num_record_batches))
        for batch in batches:
            if "row_id" in names:
                if any(content_id(str(row_id)) in wanted.row_ids for row_id in batch["row_id"].to_pylist()):
                    return True
            elif any(text in str(value) for column in batch.columns for value in column for text in wanted.texts):
                return True
    except (OSError, pa.ArrowException):
        return True  # half a table, left by a kill: nobody can say what it holds
    return False


def cut_out(path: Path, wanted: Needles) -> None:
    """Rewrite a text file without the rows' texts."""
    text = path.read_text(encoding="utf-8", errors="replace")
    replace_text(path, without(text, wanted))


def without(text: str, wanted: Needles) -> str:
    """Text with the rows' texts replaced."""
    for needle in wanted.texts:
        text = text.replace(needle, REMOVED)
    return text


def database_holds(path: Path, wanted: Needles) -> bool:
    """Whether any cell of an SQLite database holds a row's text, or a table of ours names the row."""
    with closing(_connected(path)) as database:
        return any(_changed_cells(database, table, column, wanted) for table, column in _text_columns(database))


def clean_database(path: Path, wanted: Needles) -> None:
    """Replace the rows' texts in every cell of an SQLite database, and overwrite what lay there."""
    with closing(_connected(path)) as database:
        database.execute("PRAGMA secure_delete = ON")
        for table, column in _text_columns(database):
            for rowid, text in _changed_cells(database, table, column, wanted):
                database.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (text, rowid))
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("VACUUM")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=60)


def _text_columns(database: sqlite3.Connection) -> list[tuple[str, str]]:
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found: list[tuple[str, str]] = []
    for table in tables:
        if table.startswith("sqlite_") or "WITHOUT ROWID" in _definition(database, table):
            continue
        kinds = database.execute(f'PRAGMA table_info("{table}")')
        found += [(table, row[1]) for row in kinds if re.search("CHAR|TEXT|CLOB|JSON|^$", str(row[2]).upper())]
    return found


def _definition(database: sqlite3.Connection, table: str) -> str:
    (text,) = database.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    return str(text).upper()


def _changed_cells(database: sqlite3.Connection, table: str, column: str, wanted: Needles) -> list[tuple[int, str]]:
    """The cells that hold a row, by rowid, as they should read."""
    looked_for = [*wanted.texts, *(f"{QUOTED_ID}{row_id}" for row_id in sorted(wanted.row_ids))]
    changed: dict[int, str] = {}
    for needle in looked_for:
        cells = database.execute(
            f'SELECT rowid, "{column}" FROM "{table}" WHERE instr("{column}", ?) > 0', (needle,)
        ).fetchall()
        changed |= {
            rowid: without(_without_lines(cell, wanted), wanted) for rowid, cell in cells if isinstance(cell, str)
        }
    return list(changed.items())


def _without_lines(text: str, wanted: Needles) -> str:
    """A JSON string of Markdown without the lines that name a row."""
    lines = text.split("\\n")
    return "\\n".join(line for line in lines if not any(f"{QUOTED_ID}{row_id}" in line for row_id in wanted.row_ids))
