"""Every format gives the same rows: what is read must not depend on how it was exported."""

import gzip
import io
import json

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import pytest
import zstandard

from tasks.ingestion.config import SourceConfig
from tasks.ingestion.rows import canonical_rows
from tasks.ingestion.sources import Source, read_source
from tasks.ingestion.task import profile_source

ROWS = [
    {"text": 'Know thyself, he said.\nTwice: "slowly".', "author": "Thalès"},
    {"text": "Nothing in excess", "author": ""},
]


def _csv(delimiter: str) -> bytes:
    cells = [["text", "author"], *([row["text"].replace('"', '""'), row["author"]] for row in ROWS)]
    return "\r\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in cells).encode()


def _arrow(*, file: bool) -> bytes:
    table = pa.Table.from_pylist(ROWS)
    sink = io.BytesIO()
    with (pa.ipc.new_file if file else pa.ipc.new_stream)(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _parquet() -> bytes:
    sink = io.BytesIO()
    pa.parquet.write_table(pa.Table.from_pylist(ROWS), sink)
    return sink.getvalue()


FILES = {
    "rows.csv": _csv(","),
    "semicolons.csv": _csv(";"),
    "rows.tsv": _csv("\t"),
    "rows.json": json.dumps(ROWS).encode(),
    "wrapped.json": json.dumps({"version": 2, "dataset": ROWS}).encode(),
    "lines_in_disguise.json": "\n".join(map(json.dumps, ROWS)).encode(),
    "rows.jsonl": "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS).encode(),
    "list_in_disguise.jsonl": json.dumps(ROWS, indent=1).encode(),
    "rows.parquet": _parquet(),
    "rows.arrow": _arrow(file=True),
    "stream.arrow": _arrow(file=False),
}


def read(path, **options):
    return read_source(SourceConfig(path=str(path), **options))


def records(source):
    return source.frame.astype(object).where(source.frame.notna(), None).to_dict("records")


@pytest.mark.parametrize("compress", [bytes, gzip.compress, zstandard.compress], ids=["plain", "gz", "zst"])
@pytest.mark.parametrize("name", FILES)
def test_every_format_and_compression_gives_the_same_rows(tmp_path, name, compress):
    ending = {bytes: "", gzip.compress: ".gz", zstandard.compress: ".zst"}[compress]
    file = tmp_path / f"{name}{ending}"
    file.write_bytes(compress(FILES[name]))
    source = read(file)
    assert records(source) == ROWS
    assert all(batch.errors.null_count == len(batch.errors) for batch in source.batches())
    assert source.facts.num_records == len(ROWS)


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json", "rows.parquet", "rows.arrow", "stream.arrow"])
def test_the_content_tells_the_format_where_the_extension_does_not(tmp_path, name):
    (tmp_path / "export").write_bytes(FILES[name])
    assert records(read(tmp_path / "export")) == ROWS


def test_a_delimited_export_without_extension_is_recognised(tmp_path):
    (tmp_path / "export").write_text("text,author\nKnow thyself,Thales\nNothing in excess,Solon\n")
    assert read(tmp_path / "export").facts.format == "csv"


def test_the_commas_of_a_log_part_no_columns(tmp_path):
    (tmp_path / "server.log").write_text("2026-11-01 12:00:07,123 INFO up\n2026-11-01 12:00:09,001 INFO down\n")
    assert read(tmp_path / "server.log").facts.format == "text"


def test_text_is_a_row_a_line_or_a_paragraph(tmp_path):
    file = tmp_path / "poem.txt"
    file.write_bytes(b"one\r\ntwo\r\n\r\n  \r\nthree\n")
    assert list(read(file).frame["text"]) == ["one", "two", "three"]
    assert list(read(file, unit="paragraph").frame["text"]) == ["one\ntwo", "three"]


BOOK = "It was the best of times,\nit was the worst of times.\n\n" * 20
LIST = "It was the best of times.\nIt was the worst of times.\n\n" * 20


@pytest.mark.parametrize(
    ("text", "unit", "num_rows"),
    [
        (BOOK, "paragraph", 20),
        (LIST, "line", 40),
        (BOOK.replace("\n\n", "\n"), "line", 40),
        (BOOK[: len(BOOK) * 19 // 20], "line", 38),
    ],
)
def test_a_profile_reads_a_book_by_its_paragraphs_and_a_list_by_its_lines(tmp_path, text, unit, num_rows):
    (tmp_path / "a.txt").write_text(text)
    profile = profile_source(SourceConfig(path=str(tmp_path / "a.txt")))
    assert (profile.config.unit, len(profile.rows)) == (unit, num_rows)
    assert [note for note in profile.notes if "source.unit" in note] == profile.notes
    assert bool(profile.notes) == (unit == "paragraph")


def test_a_list_of_strings_is_a_text_column(tmp_path):
    (tmp_path / "a.json").write_text('["one", "two"]')
    assert records(read(tmp_path / "a.json")) == [{"text": "one"}, {"text": "two"}]


def test_values_become_text(tmp_path):
    row = {"tags": ["wit", "life"], "n": 3, "x": 0.5, "b": True, "none": None, "deep": {"k": ["é"]}, "mixed": [1, None]}
    (tmp_path / "a.jsonl").write_text(json.dumps(row))
    expected = {"tags": "wit, life", "n": "3", "x": "0.5", "b": "true", "none": None, "deep": '{"k": ["é"]}'}
    assert records(read(tmp_path / "a.jsonl")) == [{**expected, "mixed": "1"}]


def test_a_parquet_file_gives_the_same_text_as_json_does(tmp_path):
    row = {"tags": ["wit", "life"], "n": 3, "x": 0.5, "b": True, "nothing": None}
    pa.parquet.write_table(pa.Table.from_pylist([row]), tmp_path / "a.parquet")
    (tmp_path / "a.jsonl").write_text(json.dumps(row))
    assert records(read(tmp_path / "a.parquet")) == records(read(tmp_path / "a.jsonl"))


def test_records_may_have_different_keys(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"a": "1"}\n{"b": "2"}\n{"a": "3", "b": "4"}')
    assert records(read(tmp_path / "a.jsonl")) == [
        {"a": "1", "b": None},
        {"a": None, "b": "2"},
        {"a": "3", "b": "4"},
    ]


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path):
    (tmp_path / "b.jsonl").write_text('{"text": "two"}')
    (tmp_path / "a.jsonl").write_text('{"text": "one"}')
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(b'{"text": "three", "author": "x"}'))
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "README.md").write_text("about")
    config = SourceConfig(path=str(tmp_path))
    source = read_source(config)
    rows = canonical_rows(source, config)
    assert list(rows["text"]) == ["one", "two", "three"]
    assert list(rows["source_index"]) == [0, 1, 2]
    assert source.facts.notes[0] == "left out, not data: README.md"
    assert "empty.jsonl is empty" in source.facts.notes[1]


def test_a_url_of_another_file_system_is_read(tmp_path):
    import fsspec

    fs = fsspec.filesystem("memory")
    fs.pipe_file("/gadfly-formats/a.csv", FILES["rows.csv"])
    fs.pipe_file("/gadfly-formats/b.csv", FILES["rows.csv"])
    try:
        assert records(read("memory://gadfly-formats/a.csv")) == ROWS
        assert records(read("memory://gadfly-formats")) == ROWS * 2
    finally:
        fs.rm("/gadfly-formats", recursive=True)


def test_the_identity_is_the_contents_and_not_the_names(tmp_path):
    (tmp_path / "a.csv").write_bytes(FILES["rows.csv"])
    (tmp_path / "b.csv").write_bytes(FILES["rows.csv"])
    (tmp_path / "c.csv").write_bytes(FILES["rows.csv"] + b'\r\n"x","y"')
    first, second, third = (read(tmp_path / f"{name}.csv").facts.identity for name in "abc")
    assert first == second != third
    assert first.startswith("sha256:")


def test_several_paths_are_read_in_their_order_and_known_by_their_names(tmp_path):
    for folder, line in (("one", "First."), ("two", "Second.")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "book.txt").write_text(f"{line}\n")

    def read(*folders: str) -> Source:
        return read_source(SourceConfig(path=tuple(f"{tmp_path}/{name}/book.txt" for name in folders)))

    both = read("one", "two")
    assert both.frame["text"].tolist() == ["First.", "Second."]
    assert read("two", "one").facts.identity != both.facts.identity != read("one").facts.identity
