"""A row's traces are found in every spelling, and are gone from the bytes of a file once they were cut out."""

from __future__ import annotations

import html
import json
import sqlite3

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.purged import purged_rows, remember_purged
from tasks.traces import clean_database, cut_out, database_holds, file_holds, needles

TEXT = 'He said "né\tna" & <b>left</b>; it\'s the unique heron\nsecond line'
ROW = "00112233445566aa"
WANTED = needles([f"{ROW}-2"], [TEXT, "short"])


@pytest.mark.parametrize(
    "spelled",
    [
        TEXT,
        json.dumps({"text": TEXT}),
        json.dumps({"text": TEXT}, ensure_ascii=False),
        html.escape(TEXT),
        html.escape(TEXT).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
    ],
)
def test_a_text_is_found_in_every_spelling_and_cut_out(spelled, tmp_path):
    file = tmp_path / "a.log"
    file.write_text(f"before {spelled} after", encoding="utf-8")
    assert file_holds(file, WANTED)
    cut_out(file, WANTED)
    assert not file_holds(file, WANTED)
    assert "unique heron" not in file.read_text(encoding="utf-8")
    assert file.read_text(encoding="utf-8").startswith("before ")


def test_short_cells_give_nobody_away(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("in short, this is another row")
    assert "short" not in WANTED.texts
    assert not file_holds(file, WANTED)


def test_tables_are_searched_by_row_id_whatever_the_ordinal(tmp_path):
    for name, row_id in (("a", f"{ROW}-7"), ("b", ROW), ("c", "00112233445566ab")):
        pq.write_table(pa.table({"row_id": [row_id], "text": ["x"]}), tmp_path / f"{name}.parquet")
    assert [file_holds(tmp_path / f"{name}.parquet", WANTED) for name in "abc"] == [True, True, False]
    table = pa.table({"row_id": [ROW]})
    with pa.OSFile(str(tmp_path / "d.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    assert file_holds(tmp_path / "d.arrow", WANTED)
    (tmp_path / "half.parquet").write_bytes((tmp_path / "c.parquet").read_bytes()[:40])
    assert file_holds(tmp_path / "half.parquet", WANTED), "nobody can say what half a table holds"


def test_a_database_is_cleaned_to_the_last_byte(tmp_path):
    path = tmp_path / "a.db"
    table = f"| reason | row id |\\n| pii | cut and masked heron | `{ROW}` |\\n| other | `ffff` |\\n"
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE log (id INTEGER PRIMARY KEY, message VARCHAR, payload JSON)")
    database.execute("INSERT INTO log (message, payload) VALUES (?, ?)", (f"saw {TEXT}!", json.dumps({"a": TEXT})))
    database.execute("INSERT INTO log (message, payload) VALUES (?, ?)", ("other", f'"{table}"'))
    database.commit()
    database.close()
    assert database_holds(path, WANTED)
    clean_database(path, WANTED)
    assert not database_holds(path, WANTED)
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"heron" not in left
    database = sqlite3.connect(path)
    rows = database.execute("SELECT message, payload FROM log ORDER BY id").fetchall()
    database.close()
    assert rows[0] == ("saw [purged]!", '{"a": "[purged]"}')
    assert rows[1] == ("other", '"| reason | row id |\\n| other | `ffff` |\\n"')


def test_the_list_of_purged_rows_knows_no_ordinals(gadfly_home):
    from datetime import date

    assert purged_rows() is None
    remember_purged([f"{ROW}-2", "ffff000011112222"], date(2026, 1, 2))
    remember_purged([ROW], date(2026, 1, 3))
    assert purged_rows() == [ROW, "ffff000011112222"]
    file = gadfly_home / ".gadfly" / "purged.txt"
    assert file.read_text() == f"# 2026-01-02\n{ROW}\nffff000011112222\n"
    assert file.stat().st_mode & 0o777 == 0o600
