"""No held-out row stands in a longer training row, unless both sides were known before."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from tasks.validation.duplicates import Resemblance
from tasks.validation.shard_files import ShardedTexts
from tasks.validation.split import NO_SIDE, SIDES, Side, Split
from tasks.validation.split_apart import split_apart

ENDS = ("ark", "ell", "ist", "ond", "ush", "ane", "ope", "ime")
WORDS = [start + end for start in "bdfglmnprt" for end in ENDS]
TRAIN, HOLDOUT = map(SIDES.index, ("train", "holdout"))


def sentences(count: int, length: int = 10, seed: int = 0) -> list[str]:
    """Random ones, which share no five words."""
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, length)) for _ in range(count)]


def apart(
    texts: list[str],
    known: dict[int, Side] | None = None,
    near: tuple[tuple[int, int], ...] = (),
    fraction: float = 0.3,
) -> Split:
    """The split of some texts, in shards of seven."""
    shards = [pa.array(texts[start : start + 7], pa.large_string()) for start in range(0, len(texts), 7)]
    ids = ShardedTexts([pa.array([f"{row:03}" for row in range(len(texts))])])
    given = np.full(len(texts), NO_SIDE, np.int8)
    for row, side in (known or {}).items():
        given[row] = SIDES.index(side)
    resemblance = Resemblance(np.arange(len(texts)), np.array(near, np.int64).reshape(-1, 2))
    return split_apart(ids, ShardedTexts(shards), np.ones(len(texts), bool), resemblance, given, fraction, seed=0)


def standing(texts: list[str], sides: npt.NDArray[np.int8]) -> list[int]:
    """Held-out rows that are part of a training row."""
    training = [text for text, side in zip(texts, sides, strict=True) if side == TRAIN]
    return [
        row for row, side in enumerate(sides) if side == HOLDOUT and any(texts[row] in longer for longer in training)
    ]


def test_a_part_of_a_training_row_is_not_held_out() -> None:
    parts = sentences(60)
    texts = [*parts, *(f"{before} {part} {after}" for before, part, after in zip(*[iter(parts)] * 3, strict=True))]
    alone = apart(parts).sides
    assert (alone == HOLDOUT).sum() > 10
    sides = apart(texts).sides
    assert not standing(texts, sides)
    assert (sides == HOLDOUT).any()
    assert (sides != NO_SIDE).all()


def test_rows_that_stand_in_nothing_keep_the_side_they_drew() -> None:
    texts = sentences(60)
    split = apart(texts)
    with_a_pair = apart([*texts, f"{texts[0]} {texts[1]}"])
    assert split.sides[2:].tolist() == with_a_pair.sides[2:60].tolist()


def test_a_chain_of_ever_longer_rows_ends_with_the_longest() -> None:
    words = sentences(1, length=80)[0].split()
    texts = [" ".join(words[:length]) for length in range(10, 80, 10)] + sentences(40, seed=1)
    for fraction in (0.1, 0.5, 0.9):
        assert not standing(texts, apart(texts, fraction=fraction).sides)


def test_known_rows_stay_and_new_ones_follow_them() -> None:
    part, other = sentences(2)
    texts = [part, other, f"{part} {other}", *sentences(30, seed=1)]
    others: dict[int, Side] = dict.fromkeys(range(3, 33), "train")
    assert apart(texts, {0: "holdout", 1: "holdout", **others}).sides[2] == HOLDOUT
    assert apart(texts, {2: "train", **others, 32: "holdout"}, fraction=0.99).sides[:2].tolist() == [TRAIN, TRAIN]
    split = apart(texts, {0: "holdout", 2: "train"})
    assert split.sides[[0, 2]].tolist() == [HOLDOUT, TRAIN], "what was decided isn't taken back"


def test_near_copies_of_a_part_go_with_it() -> None:
    part = sentences(1)[0]
    texts = [part, f"{part} too", f"{sentences(1, seed=2)[0]} {part} {sentences(1, seed=3)[0]}", *sentences(30, seed=1)]
    known: dict[int, Side] = {2: "train", **dict.fromkeys(range(3, 32), "train"), 32: "holdout"}
    assert apart(texts, known, near=((0, 1),), fraction=0.99).sides[:3].tolist() == [TRAIN] * 3


def test_a_saying_that_many_rows_quote_does_not_hold_them_all_out() -> None:
    part = sentences(1)[0]
    texts = [part, *(f"{before} {part}" for before in sentences(40, seed=1))]
    split = apart(texts, {0: "holdout"}, fraction=0.1)
    assert split.sides[0] == HOLDOUT
    assert (split.sides == TRAIN).sum() > 20


@pytest.mark.parametrize("texts", [[], [""], ["", "a b c"], ["one two three four five"]])
def test_texts_too_short_to_stand_anywhere_are_drawn(texts: list[str]) -> None:
    assert apart(texts).drawn.tolist() == [True] * len(texts)


def test_someone_is_always_held_out() -> None:
    one, other = sentences(2)
    texts = [one, f"{one} {other}"]
    known: dict[int, Side] = {1: "train"}
    assert apart(texts, known).sides.tolist() == [HOLDOUT, TRAIN], "where the only one stands in a training row"
    assert sorted(apart(texts).sides.tolist()) == [TRAIN, HOLDOUT]
