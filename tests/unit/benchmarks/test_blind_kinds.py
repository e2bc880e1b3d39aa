"""The third group: rows follow from their seed, differ from each other, and fill every slot."""

from __future__ import annotations

from random import Random

import pytest

from benchmarks.blind_kinds import BLIND
from benchmarks.clean_texts import distinct
from benchmarks.row_grammars import expand, read_grammars


@pytest.mark.parametrize("kind", BLIND, ids=lambda kind: kind.name)
def test_a_kind_makes_thirty_different_rows_of_many_shapes(kind, clean_rows, made_by):
    rows = made_by(kind)
    assert rows == made_by(kind)
    assert len({row.casefold() for row in rows}) >= 30
    assert len(distinct(rows)) >= 8
    assert not any(row == text for row, text in zip(rows, clean_rows, strict=True))
    assert all(row.strip() for row in rows)


def test_slots_are_filled_and_a_clean_text_is_left_as_it_is():
    lines = ["[]", "= who: Ann~«Bo~Cy»", "[a kind]", "* «who»⏎«99», «2-3×who×; » «text»"]
    ((templates, slots),) = read_grammars(lines).values()
    made = {expand(Random(seed), templates[0], slots, "Say «who»~now.") for seed in range(50)}
    assert all(row.endswith("Say «who»~now.") for row in made)
    names = {row.split("\n")[0] for row in made}
    assert names == {"Ann", "Bo", "Cy"}
    assert {row.count(";") for row in made} == {1, 2}
    assert all(10 <= int(row.split("\n")[1][:2]) < 100 for row in made)


def test_halves_make_up_the_text():
    assert expand(Random(1), "«head»|«tail»", {}, "one two three four") == "one two|three four"


def test_a_slot_that_does_not_exist_is_an_error():
    with pytest.raises(KeyError, match="no slot 'whom'"):
        expand(Random(1), "Ask «whom».", {}, "")
