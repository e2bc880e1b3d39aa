"""Row ids come from content: they outlive reordering, re-exports and junk on top."""

import time

from tasks.ingestion.row_identity import row_ids


def ids(*rows, columns=("text", "author")):
    return row_ids(dict(zip(columns, zip(*rows, strict=True), strict=True)))


def test_an_id_is_sixteen_hex_digits():
    (found,) = ids(("Know thyself", "Thales"))
    assert len(found) == 16
    int(found, 16)


def test_ids_outlive_reordering_and_junk_on_top():
    rows = [("one", "a"), ("two", "b"), ("three", None)]
    assert sorted(ids(*rows)) == sorted(ids(*reversed(rows)))
    assert ids(("junk", "junk"), *rows)[1:] == ids(*rows)


def test_the_order_of_columns_does_not_matter():
    assert ids(("one", "a")) == row_ids({"author": ["a"], "text": ["one"]})


def test_what_exports_change_does_not_change_an_id():
    decomposed, composed = "cafe\u0301", "caf\u00e9"
    assert ids((f"{composed}\nx", "a")) == ids((f" {decomposed}\r\nx\n", "a "))
    assert ids(("one", None)) == ids(("one", ""))


def test_copies_get_an_ordinal():
    first, second, other, third = ids(("one", "a"), ("one", "a"), ("two", "a"), (" one", "a"))
    assert (second, third) == (f"{first}-2", f"{first}-3")
    assert other != first


def test_a_value_in_another_column_or_cut_elsewhere_is_another_row():
    assert len({*ids(("ab", "c"), ("a", "bc"), ("c", "ab"), ("abc", ""))}) == 4
    assert ids(("a",), columns=("text",)) != ids(("a",), columns=("body",))


def test_a_hundred_thousand_rows_take_about_a_third_of_a_second():
    columns = {"text": [f"row {number} of ordinary length, café" for number in range(100_000)]}
    started = time.perf_counter()
    assert len(set(row_ids(columns))) == 100_000
    assert time.perf_counter() - started < 3  # ten times what was measured
