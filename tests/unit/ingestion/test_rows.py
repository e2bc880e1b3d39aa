"""The `rows` artifact: its columns, and bytes that depend on the content alone."""

import gzip
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from tasks import home
from tasks.errors import SourceError
from tasks.ingestion import arrow_tables, contents, delimited, records
from tasks.ingestion.config import SourceConfig
from tasks.ingestion.rows import canonical_rows, write_rows
from tasks.ingestion.sources import read_source
from tasks.ingestion.task import ingest_rows

CSV = "quote,who,split\nKnow thyself,Thales,train\nKnow thyself,Thales,test\n,Solon,test\n"


@pytest.fixture
def csv_file(tmp_path):
    file = tmp_path / "quotes.csv"
    file.write_text(CSV)
    return file


def rows_of(file, **options):
    config = SourceConfig(path=str(file), **options)
    source = read_source(config)
    return canonical_rows(source, config), source.facts


def write(file, folder, **options):
    config = SourceConfig(path=str(file), **options)
    return write_rows(read_source(config), config, folder)


def test_only_mapped_columns_are_kept_under_their_canonical_names(csv_file):
    rows, _ = rows_of(csv_file, columns={"text": "quote", "author": "who"})
    assert list(rows.columns) == ["row_id", "source_index", "ingest_error", "text", "author"]
    assert rows["source_index"].dtype == np.int64
    assert all(rows[name].dtype == "string" for name in ("row_id", "ingest_error", "text", "author"))
    assert rows["row_id"][1] == f"{rows['row_id'][0]}-2"


def test_without_a_mapping_every_column_is_kept_and_reserved_names_give_way(csv_file):
    rows, _ = rows_of(csv_file)
    assert list(rows.columns[3:]) == ["quote", "who", "source_split"]


def test_a_re_export_in_another_format_keeps_the_ids(csv_file, tmp_path):
    rows, _ = rows_of(csv_file)
    shuffled = pd.read_csv(csv_file).iloc[::-1]
    shuffled.to_parquet(tmp_path / "a.parquet")
    shuffled.to_json(tmp_path / "a.jsonl", orient="records", lines=True)
    for name in ("a.parquet", "a.jsonl"):
        again, _ = rows_of(tmp_path / name)
        assert sorted(again["row_id"]) == sorted(rows["row_id"])


def test_equal_rows_give_equal_bytes_wherever_the_file_lies(csv_file, tmp_path):
    written = []
    for place in ("one", "two"):
        (tmp_path / place / "out").mkdir(parents=True)
        copy = tmp_path / place / "quotes.csv"
        copy.write_bytes(csv_file.read_bytes())
        write(copy, tmp_path / place / "out")
        written.append({path.name: path.read_bytes() for path in (tmp_path / place / "out").iterdir()})
    assert written[0] == written[1]
    assert set(written[0]) == {"rows.parquet", "source.json"}
    assert str(tmp_path).encode() not in b"".join(written[0].values())


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl", "rows.txt", "rows.parquet", "rows.arrow", "indexed.csv"])
def test_where_a_batch_ends_leaves_no_trace(name, tmp_path, monkeypatch):
    """Rows are read a batch at a time; ordinals, columns that come late and damage must not tell."""
    texts = [f"Row {number % 7} says “so”" for number in range(20)]
    table = pa.table({"text": texts, "n": list(range(20))})
    pa.parquet.write_table(table, tmp_path / "rows.parquet")
    pa.feather.write_feather(table, str(tmp_path / "rows.arrow"))
    objects = [{"text": text} | ({"late": "x"} if number > 15 else {}) for number, text in enumerate(texts)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(item) + "\n" for item in objects) + '{"text": broken\n')
    (tmp_path / "rows.txt").write_bytes("\n".join(texts).encode() + b"\n\xff damage\n")
    (tmp_path / "rows.csv").write_text("text,n\n" + "".join(f'"{text}",1\n' for text in texts) + '"open,2\nx\n')
    (tmp_path / "indexed.csv").write_text(",text\n" + "".join(f"{n},{text}\n" for n, text in enumerate(texts)))
    written = []
    for batch_rows in (10_000, 3):
        for module in (arrow_tables, delimited, records):
            monkeypatch.setattr(module, "BATCH_ROWS", batch_rows)
        config = SourceConfig(path=str(tmp_path / name))
        for scratch in (None, tmp_path / f"scratch-{batch_rows}"):
            folder = tmp_path / f"out-{batch_rows}-{bool(scratch)}"
            folder.mkdir()
            if scratch:
                scratch.mkdir()
            write_rows(read_source(config, scratch), config, folder)
            written.append({file.name: file.read_bytes() for file in folder.iterdir()})
    assert all(other == written[0] for other in written)


def test_what_unpacks_to_too_much_is_refused_unless_the_recipe_allows_it(tmp_path, monkeypatch):
    monkeypatch.setattr(contents, "FREE_BYTES", 1_000)
    file = tmp_path / "rows.csv.gz"
    file.write_bytes(gzip.compress(b"text\n" + b"the same words again\n" * 10_000))
    with pytest.raises(SourceError, match=r"unpacks to more than .*\n.*source\.max_expansion=200"):
        read_source(SourceConfig(path=str(file), max_expansion=2.0))
    assert read_source(SourceConfig(path=str(file), max_expansion=1_000.0)).facts.num_records == 10_000


def test_a_files_name_is_not_in_its_facts(tmp_path):
    facts = []
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_bytes("text,n\nHe said “no”.,1\n".encode("cp1252"))
        facts.append(rows_of(tmp_path / name)[1])
    assert facts[0] == facts[1]
    assert facts[0].notes


def test_the_facts_are_kept_beside_the_rows(tmp_path):
    (tmp_path / "a.txt").write_bytes("He said “no”.\n".encode("cp1252"))
    write(tmp_path / "a.txt", tmp_path, licence="CC0-1.0")
    facts = json.loads((tmp_path / "source.json").read_text())
    assert facts["columns"] == ["text"]
    assert (facts["format"], facts["encoding"], facts["encoding_declared"]) == ("text", "cp1252", False)
    assert (facts["licence"], facts["num_records"]) == ("CC0-1.0", 1)
    assert facts["notes"][0].startswith("the file is not UTF-8")


def test_the_task_leaves_rows_in_the_store(csv_file, tmp_path, monkeypatch):
    monkeypatch.setenv("GADFLY_HOME", str(tmp_path / "home"))
    ref = ingest_rows.fn(SourceConfig(path=str(csv_file), columns={"text": "quote"}))["rows"]
    assert ref.kind == "rows"
    table = pyarrow.parquet.read_table(home.store().open(ref) / "rows.parquet")
    assert table["text"].to_pylist() == ["Know thyself", "Know thyself", ""]
    assert home.store().record(ref)["num_records"] == 3
