"""A list read an item at a time is the list read whole, however it is cut into blocks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tasks.ingestion.json_lists import DECODER, first_character, list_items, members

SOUND = [
    "[]",
    " \n[ ]\n ",
    "[1]",
    "[12, -3.5e10,\n 0 ,true,null, NaN]",
    '["a", "", "\\ud83d\\ude00 \\u00e9 \\n", "[,]", "raw \t tab"]',
    '[{"a": [1, {"b": "]"}], "c": "x, y"}, [], {}]\n',
]
BROKEN = [
    "[",
    "[1",
    "[1,",
    "[1 2]",
    "[1, 2] 3",
    '[{"a": 1},\n {"a": 2,\n  "b" 3}]',
    '["open]',
    '[{"a": 1}\n{"a": 2}]',
    "[tru]",
    "[1.]",
]


def blocks(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def read(text: str, size: int) -> list[Any]:
    return [item for item, _ in list_items(iter(blocks(text, size)))]


@pytest.mark.parametrize("text", SOUND)
def test_items_are_those_of_the_whole_document(text: str) -> None:
    for size in range(1, len(text) + 1):
        assert repr(read(text, size)) == repr(DECODER.decode(text))


@pytest.mark.parametrize("text", BROKEN)
def test_an_error_is_told_at_its_place_in_the_document(text: str) -> None:
    with pytest.raises(json.JSONDecodeError) as whole:
        DECODER.decode(text)
    for size in range(1, len(text) + 1):
        with pytest.raises(json.JSONDecodeError) as found:
            read(text, size)
        expected = (whole.value.msg, whole.value.lineno, whole.value.colno)
        assert (found.value.msg, found.value.lineno, found.value.colno) == expected


def test_a_comma_before_the_end_is_refused() -> None:
    """Apart, since the words for it differ between versions of Python."""
    with pytest.raises(json.JSONDecodeError):
        read("[1,]", 2)


def test_what_was_read_is_handed_out_before_the_rest_is_looked_at() -> None:
    def endless() -> Any:
        yield "["
        while True:
            yield '{"a": "b"},'

    items = list_items(endless())
    assert [next(items) for _ in range(1000)] == [({"a": "b"}, 10)] * 1000


def test_the_first_character_tells_a_list() -> None:
    assert first_character(iter([" \n", "\t", " [1]"])) == "["
    assert first_character(iter(['{"a": [1]}'])) == "{"
    assert first_character(iter([])) == ""


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        ' {"a": 1}\n',
        '{"a": [], "b": [1, {"c": [2]}], "d": {"e": [3]}, "f": "[", "g:": null, "a": [4]}',
        '{"key \\" :": [{"a": "}"}, {"b": "]"}] , "n":12}',
    ],
)
def test_the_lists_of_an_object_are_those_of_the_whole_document(text: str) -> None:
    whole = DECODER.decode(text)
    for size in range(1, len(text) + 1):
        found = [(key, [item for item, _ in items]) for key, items in members(iter(blocks(text, size)))]
        assert {key for key, _ in found} == whole.keys()
        assert {**dict(found)} == {key: value if isinstance(value, list) else [] for key, value in whole.items()}


def test_lists_that_nobody_reads_are_passed_over() -> None:
    text = '{"a": [1, 2, {"b": []}], "c": [3]}'
    assert [key for key, _ in members(iter(blocks(text, 3)))] == ["a", "c"]


@pytest.mark.parametrize(
    "text",
    ["{", '{"a"', '{"a":', '{"a": [1', '{"a": 1 "b": 2}', "{a: 1}", '{"a": 1}\n{"b": 2}', '{"a" 1}', '{"a": tru}'],
)
def test_an_objects_error_is_told_at_its_place(text: str) -> None:
    with pytest.raises(json.JSONDecodeError) as whole:
        DECODER.decode(text)
    for size in range(1, len(text) + 1):
        with pytest.raises(json.JSONDecodeError) as found:
            list(members(iter(blocks(text, size))))
        assert (found.value.lineno, found.value.colno) == (whole.value.lineno, whole.value.colno)
        assert found.value.msg == whole.value.msg
