"""The fourth and the fifth group: rows follow from their seed, differ from each other, and fill every slot."""

from __future__ import annotations

import re
from random import Random

import pytest

from benchmarks import blind4_damage, blind4_exports, blind5_damage, blind5_frames
from benchmarks.blind4_kinds import BLIND4
from benchmarks.blind5_kinds import BLIND5
from benchmarks.clean_texts import distinct
from benchmarks.row_grammars import expand

KINDS = [pytest.param(kind, shapes, id=kind.name) for kinds, shapes in ((BLIND4, 30), (BLIND5, 25)) for kind in kinds]
"""With how many rows of sixty are no near copies of others."""
MAKERS = blind4_damage.DAMAGE | blind4_exports.EXPORTS | blind5_damage.DAMAGE | blind5_frames.FRAMES
GRAMMARS = {
    name: grammar
    for grammars in (blind4_exports.GRAMMARS, blind5_damage.GRAMMARS)
    for name, grammar in grammars.items()
    if name != "reviews with their originals"  # its slots hold pairs
}


@pytest.mark.parametrize(("kind", "shapes"), KINDS)
def test_a_kind_makes_sixty_different_rows_of_many_shapes(kind, shapes, clean_rows, made_by):
    rows = made_by(kind)
    assert rows == made_by(kind)
    assert rows != made_by(kind, seed=4)
    assert len({row.casefold() for row in rows}) >= 60
    assert len(distinct(rows)) >= shapes
    assert not any(row == text for row, text in zip(rows, clean_rows, strict=True))
    assert all(row.strip() and len(row.split()) < 150 for row in rows)


@pytest.mark.parametrize("kind", [*BLIND4, *BLIND5], ids=lambda kind: kind.name)
def test_a_kind_spoils_short_and_odd_texts_too(kind):
    odd = [
        "7 cats and 3 dogs sat here.",
        '"No, not here," he said to us.',
        "A dog barks at the moon.",
        "word " * 60 + "end.",
    ]
    for text in odd:
        for number in range(30):
            assert kind.make(Random(number), text, number).strip() not in ("", text)


@pytest.mark.parametrize("maker", MAKERS.values(), ids=lambda maker: maker.__name__)
def test_a_maker_tells_its_cause_in_one_line(maker):
    assert len(maker.__doc__.strip().splitlines()) == 1


@pytest.mark.parametrize("name", sorted(GRAMMARS))
def test_every_slot_is_filled(name):
    templates, slots = GRAMMARS[name]
    for alternative in [*templates, *(value for values in slots.values() for value in values)]:
        for seed in range(5):
            assert not re.search("[«»⏎\0]", expand(Random(seed), alternative, slots, "One two three four."))
