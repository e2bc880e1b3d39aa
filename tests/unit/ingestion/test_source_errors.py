"""A source that can't be read is one message: what, what was seen, where, and what to type."""

import gzip
import json

import pytest
import zstandard

from tasks.errors import SourceError
from tasks.ingestion.config import SourceConfig
from tasks.ingestion.files import SourceUnreachable
from tasks.ingestion.rows import canonical_rows
from tasks.ingestion.sources import read_source


def read(path, **options):
    return read_source(SourceConfig(path=str(path), **options))


def test_a_missing_file_names_its_neighbours(tmp_path):
    (tmp_path / "quotes.json").write_text("[]")
    with pytest.raises(SourceError, match=r"qoutes\.json doesn't exist\n  did you mean quotes\.json\?"):
        read(tmp_path / "qoutes.json")
    with pytest.raises(SourceError, match=r"zzz doesn't exist\n  that folder holds quotes\.json"):
        read(tmp_path / "zzz")
    with pytest.raises(SourceError, match=r"nor does its folder"):
        read(tmp_path / "nowhere" / "a.csv")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", r"a\.csv is empty"),
        ("a.txt", b"\xef\xbb\xbf", r"a\.txt holds nothing but blanks"),
        ("a.csv", b"text,author\n", r"has a header \(text, author\) and no rows"),
        ("a.json", b"[]", r"a\.json holds no records"),
        ("a.json", b'[{"a": 1},\n {"a" 2}]', r"doesn't parse as JSON: line 2, column 7: Expecting ':' delimiter"),
        ("a.json", b'{"a": [{}], "b": [{}]}', r"lists under a, b; it should hold exactly one list of objects"),
        ("a.json", b'{"text": "one"}', r"with the keys text; it should hold exactly one"),
        ("a.json", b"[1, 2]", r"a list of int; it should be a list of objects or strings"),
        ("a.json", b"3", r"a single JSON int"),
        ("a.jsonl", b"one\ntwo", r"none of its 2 lines is a JSON object"),
        ("a.parquet", b"PAR1 no such thing", r"a\.parquet can't be read as Parquet"),
        ("a.arrow", b"ARROW1 no such thing", r"a\.arrow can't be read as Arrow"),
        ("a.csv.gz", gzip.compress(b"text\n" * 99, mtime=0)[:-12], r"is compressed and damaged"),
        ("a.csv.zst", zstandard.compress(bytes(range(250)))[:-9], r"is compressed and damaged"),
        (
            "a.xyz",
            b"just words",
            r"of no known format.*\n  known: CSV, TSV, JSON, JSON Lines, Parquet, Arrow, plain text",
        ),
        ("a.xlsx", b"PK\x03\x04", r"of no known format"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=message) as caught:
        read(tmp_path / name)
    assert caught.value.exit_code == 2
    assert str(tmp_path / name) in str(caught.value) or name in str(caught.value)


def test_a_mapped_column_that_is_not_there_names_the_nearest(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps([{"quoteText": "x", "quoteAuthor": "y"}]))
    config = SourceConfig(path=str(tmp_path / "a.json"), columns={"text": "quotetext", "author": "writer"})
    with pytest.raises(SourceError) as caught:
        canonical_rows(read_source(config), config)
    message = str(caught.value)
    assert "has 2 problems" in message
    assert "columns.text: there is no column quotetext; did you mean quoteText?" in message
    assert "columns.author: there is no column writer" in message
    assert "the source has the columns quoteText, quoteAuthor" in message
    assert "-s source.columns.text=" in message


def test_a_folder_of_several_formats_asks_for_one(tmp_path):
    (tmp_path / "a.csv").write_text("text,n\nx,1\n")
    (tmp_path / "b.jsonl").write_text('{"text": "y"}')
    with pytest.raises(SourceError, match=r"several formats: csv, jsonl\n  choose one: -s source\.format=csv"):
        read(tmp_path)
    assert list(read(tmp_path, format="jsonl").frame["text"]) == ["y"]


def test_a_folder_without_data_lists_what_it_holds(tmp_path):
    (tmp_path / "README.md").write_text("x")
    with pytest.raises(SourceError, match=r"no file of a known format, but README\.md"):
        read(tmp_path)


def test_a_url_that_answers_nothing_may_be_tried_again():
    with pytest.raises(SourceUnreachable, match=r"http://127\.0\.0\.1:9/a\.csv can't be reached"):
        read("http://127.0.0.1:9/a.csv")  # the discard port: nothing listens


def test_a_url_of_an_unknown_protocol_is_the_users_mistake():
    with pytest.raises(SourceError, match=r"foo://a/b\.csv can't be opened: Protocol not known: foo") as caught:
        read("foo://a/b.csv")
    assert not isinstance(caught.value, SourceUnreachable)
