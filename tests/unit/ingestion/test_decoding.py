"""Encodings are detected and said aloud; bytes that are no text are never replaced in silence."""

import json
import os
import tracemalloc
from io import BytesIO
from typing import NamedTuple

import pytest

from tasks.errors import SourceError
from tasks.ingestion.config import SourceConfig
from tasks.ingestion.contents import BLOCK_BYTES, Content
from tasks.ingestion.decoding import decoded_text
from tasks.ingestion.detection import find_encoding
from tasks.ingestion.records import UNDECODABLE, UNPARSEABLE
from tasks.ingestion.rows import canonical_rows
from tasks.ingestion.sources import read_source
from tasks.ingestion.stretches import count_stretches

FRENCH = "Voilà l’été déjà fini, “mon ami” – garçon naïf, où êtes-vous ?\n"
RUSSIAN = "Все это довольно срочно. Ты делаешь только то, что предполагал делать.\n"
GREEK = "Ορισμός Επιτροπής παραλαβής του έργου, διακλαδώσεων στο υφιστάμενο δίκτυο.\n"
JAPANESE = "これは日本語のテキストです。明日は晴れるでしょう。\n"


class Decoded(NamedTuple):
    text: str
    encoding: str
    declared: bool
    note: str


def decode(data, name, declared=""):
    content = Content(BytesIO(data), "")
    found, text = find_encoding(content, name, declared), decoded_text(content, name, declared)
    assert text.text() == "".join(text.lines(""))
    return Decoded(text.text(), text.encoding, found.declared, text.note)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_told_by_its_mark_or_its_form_and_needs_no_note(encoding):
    decoded = decode(FRENCH.encode(encoding), "a.txt")
    assert (decoded.text, decoded.note, decoded.declared) == (FRENCH, "", False)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_told_by_its_zero_bytes(encoding):
    decoded = decode(FRENCH.encode(encoding), "a.txt")
    assert (decoded.text, decoded.encoding) == (FRENCH, encoding)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("He said “no” – it’s a cliché.\n", "cp1252"),
        ("plain text\n" * 50 + "one café\n", "cp1252"),
        (FRENCH * 5, "cp1252"),
        (RUSSIAN * 5, "cp1251"),
        (RUSSIAN * 5, "koi8_r"),
        (GREEK * 5, "cp1253"),
        (JAPANESE * 5, "cp932"),
    ],
)
def test_another_encoding_is_detected_and_said_aloud(text, encoding):
    decoded = decode(text.encode(encoding), "quotes.json")
    assert (decoded.text, decoded.encoding) == (text, encoding)
    assert decoded.note == (
        f"quotes.json is not UTF-8: read as {encoding} (detected); set source.encoding to change it"
    )


def test_a_declared_encoding_is_taken_at_its_word():
    decoded = decode("café".encode("cp1252"), "a.txt", "latin-1")
    assert (decoded.text, decoded.encoding, decoded.declared, decoded.note) == ("café", "iso8859-1", True, "")


def test_an_unknown_declared_encoding_is_refused():
    with pytest.raises(SourceError, match=r"source\.encoding: utf-9 is no known encoding; usual ones are utf-8"):
        decode(b"abc", "a.txt", "utf-9")


@pytest.mark.parametrize("encoding", ["rot13", "base64", "zip"])
def test_a_codec_that_is_not_of_text_is_refused(encoding):
    with pytest.raises(SourceError, match="no known encoding"):
        decode(b"abc", "a.txt", encoding)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-32-be", "gb18030"])
def test_a_byte_order_mark_is_no_text(encoding):
    assert decode(("\ufeff" + FRENCH).encode(encoding), "a.txt", encoding).text == FRENCH


@pytest.mark.parametrize(("text", "encoding"), [(RUSSIAN, "cp1251"), (JAPANESE, "cp932"), (FRENCH, "utf-16")])
def test_a_character_may_lie_across_blocks(text, encoding):
    line = text.replace("\n", "") * 50 + "\n"
    whole = line * (BLOCK_BYTES // len(line.encode(encoding)) + 1)
    for start in ("", "a", "ab"):
        decoded = decode((start + whole).encode(encoding), "a.txt")
        assert (decoded.text == start + whole, decoded.encoding) == (True, encoding)


def test_stretches_are_counted_across_blocks():
    data = (b"a" + b"\xe9" * 999) * 2000 + b"\xff" * (3 * BLOCK_BYTES) + b"z"
    found = count_stretches(Content(BytesIO(data), ""))
    assert found.size == 2000 * 999 + 3 * BLOCK_BYTES
    assert 2000 <= found.number == found.invalid <= 2003


def test_a_file_that_is_not_utf_8_is_never_in_memory_whole(tmp_path):
    path = tmp_path / "quotes.txt"
    line = "plain text " * 2000 + FRENCH
    path.write_bytes(line.encode("cp1252") * (12 * BLOCK_BYTES // len(line)))
    with path.open("rb") as file:
        tracemalloc.start()
        text = decoded_text(Content(file, ""), "quotes.txt")
        num_lines = sum(1 for _ in text.lines("\n"))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert (text.encoding, num_lines) == ("cp1252", 12 * BLOCK_BYTES // len(line))
    assert peak < 6 * BLOCK_BYTES


def test_binary_data_is_refused():
    with pytest.raises(SourceError, match=r"a\.txt is binary, not text"):
        decode(b"\x01\xfe\x02\xfd\x00" * 500, "a.txt")
    with pytest.raises(SourceError, match=r"a\.csv is a ZIP container \(Excel"):
        decode(b"PK\x03\x04" + os.urandom(100), "a.csv")


def test_text_that_fits_no_encoding_asks_for_one():
    with pytest.raises(SourceError, match=r"not UTF-8 and no encoding fits it well\n.*source\.encoding="):
        decode("日本語".encode("shift_jis") + b"\xfd\xfe\xff", "a.txt")


def _rows(path, **options):
    config = SourceConfig(path=str(path), **options)
    source = read_source(config)
    return canonical_rows(source, config), source.facts


def test_undecodable_records_keep_their_text_as_escapes(tmp_path):
    lines = [json.dumps({"text": f"café {number}", "n": "é"}, ensure_ascii=False).encode() for number in range(20)]
    lines[7] = b'{"text": "caf\xe9 7", "n": "x"}'
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines))
    rows, facts = _rows(tmp_path / "a.jsonl")
    assert rows["text"][7] == r"caf\xe9 7"
    assert rows["text"][8] == "café 8"
    assert rows["ingest_error"].dropna().to_dict() == {7: UNDECODABLE}
    assert facts.notes[0].startswith("the file is UTF-8 with damage: 1 of 39 ")  # two é in 19 rows, one in row 7


def test_a_few_bytes_that_read_as_no_language_are_damage_in_ascii(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"text,n\n" + b"plain text,1\n" * 20 + b"bad \xff\xfe\xfa bytes,2\n")
    rows, _ = _rows(tmp_path / "a.csv")
    assert rows["ingest_error"].dropna().to_dict() == {20: UNDECODABLE}
    assert rows["text"][20] == r"bad \xff\xfe\xfa bytes"


@pytest.mark.parametrize("options", [{}, {"encoding": "utf-8"}])
def test_one_repeated_stretch_is_no_evidence_of_an_encoding(tmp_path, options):
    (tmp_path / "a.csv").write_bytes(b"text,n\n" + b"plain words and bad \xff\xfe\xfa bytes,2\n" * 60)
    rows, facts = _rows(tmp_path / "a.csv", **options)
    assert list(rows["ingest_error"]) == [UNDECODABLE] * 60
    assert (facts.encoding, facts.encoding_declared) == ("utf-8", bool(options))
    assert len(facts.notes) == (0 if options else 1)
    assert all("60 of 60 non-ASCII stretches" in note and "set source.encoding" in note for note in facts.notes)


def test_damage_in_a_column_that_is_not_kept_is_not_held_against_the_row(tmp_path):
    (tmp_path / "a.csv").write_bytes("text,note\ncafé,é\n".encode() + b"ok,\xe9\n")
    rows, _ = _rows(tmp_path / "a.csv", columns={"text": "text"})
    assert rows["ingest_error"].isna().all()


def test_half_an_emoji_from_a_json_escape_is_undecodable(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "cut \\ud83d"}\n{"text": "whole \\ud83d\\ude00"}\n')
    rows, _ = _rows(tmp_path / "a.jsonl")
    assert list(rows["text"]) == [r"cut \ud83d", "whole 😀"]
    assert rows["ingest_error"].dropna().to_dict() == {0: UNDECODABLE}


def test_a_json_line_that_does_not_parse_is_a_row_with_its_raw_text(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"quote": "one"}\n{"quote": "cut\n\n[1]\n{"quote": "two"}\n')
    rows, _ = _rows(tmp_path / "a.jsonl", columns={"text": "quote"})
    assert list(rows["text"]) == ["one", '{"quote": "cut', "[1]", "two"]
    assert rows["ingest_error"].dropna().to_dict() == {1: UNPARSEABLE, 2: UNPARSEABLE}
