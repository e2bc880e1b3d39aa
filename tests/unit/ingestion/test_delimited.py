"""CSV and TSV as people really write them: damage stays in its row."""

import io

import pytest

from tasks.errors import SourceError
from tasks.ingestion import delimited
from tasks.ingestion.records import RAGGED, UNPARSEABLE


def read_delimited(text, where, delimiters):
    (found,) = delimited.read_delimited(lambda: io.StringIO(text, newline=""), where, delimiters)
    return found


def test_an_unnamed_index_is_left_out():
    for header in (",text", "Unnamed: 0,text"):
        found = read_delimited(f"{header}\n0,one\n1,two\n", "a.csv", ",")
        assert found.columns == {"text": ["one", "two"]}
        assert "unnamed first column only counts" in found.notes[0]


def test_an_unnamed_column_that_does_not_count_is_kept():
    found = read_delimited(",text\nx,one\ny,two\n", "a.csv", ",")
    assert found.columns == {"column_1": ["x", "y"], "text": ["one", "two"]}


def test_ragged_rows_keep_their_cells_and_say_so():
    found = read_delimited("a,b\n1,2\n3\n4,5,6\n", "a.csv", ",")
    assert found.columns == {"a": ["1", "3", "4"], "b": ["2", None, "5,6"]}
    assert found.errors == [None, RAGGED, RAGGED]


def test_a_delimiter_at_the_end_of_rows_is_not_ragged():
    assert read_delimited("a,b\n1,2,\n3,4,\n", "a.csv", ",").errors == [None, None]


def test_a_single_column_may_hold_the_delimiter():
    found = read_delimited("text\nHello, world\nBye\n", "a.csv", ",;\t|")
    assert (found.columns, found.errors) == ({"text": ["Hello, world", "Bye"]}, [None, None])


def test_a_stray_quote_costs_one_row_and_not_the_rest_of_the_file():
    rows = [f'{number},"text {number}, more"' for number in range(100)]
    rows[40] = '40,"never closed'
    found = read_delimited("id,text\n" + "\n".join(rows), "a.csv", ",")
    assert [number for number, error in enumerate(found.errors) if error] == [40]
    assert found.errors[40] == UNPARSEABLE
    assert found.raw == {40: '40,"never closed'}
    assert found.columns["text"][41] == "text 41, more"


def test_backslash_escaped_quotes_are_understood():
    rows = "\n".join(f'{number},"say \\"hi\\", {number}"' for number in range(10))
    found = read_delimited(f"id,text\n{rows}", "a.csv", ",")
    assert found.columns["text"][3] == 'say "hi", 3'


def test_a_tsv_without_quoting_keeps_its_quotation_marks():
    found = read_delimited('n\ttext\n1\t"Yes," he said.\n2\t"No\n', "a.tsv", "\t")
    assert found.columns["text"] == ['"Yes," he said.', '"No']
    assert found.errors == [None, None]


def test_a_first_row_that_is_data_is_no_header():
    found = read_delimited("y,one\ny,two\nn,three\ny,four\n", "a.csv", ",")
    assert found.columns["column_2"] == ["one", "two", "three", "four"]
    assert "has no header" in found.notes[0]


def test_columns_of_the_same_name_are_told_apart():
    assert list(read_delimited("a,a,,a\n1,2,3,4\n", "a.csv", ",").columns) == ["a", "a_2", "column_3", "a_3"]


def test_a_cell_may_be_larger_than_the_csv_modules_limit():
    long = "x" * 200_000  # the module's limit is 131,072
    assert read_delimited(f"text,b\n{long},1\n", "a.csv", ",").columns["text"] == [long]


def test_a_zero_byte_is_kept():
    assert read_delimited("text,b\nhe\0llo,1\n", "a.csv", ",").columns["text"] == ["he\0llo"]


def test_a_header_without_rows_is_an_error():
    with pytest.raises(SourceError, match=r"a\.csv has a header \(text, author\) and no rows"):
        read_delimited("text,author\n", "a.csv", ",")
