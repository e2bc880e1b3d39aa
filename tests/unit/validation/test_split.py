"""The split: a row's side holds for ever, and no near copy of a held-out row is trained on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pytest

from tasks.errors import ArtifactError
from tasks.tables import write_table
from tasks.validation.shard_files import ShardedTexts
from tasks.validation.split import NO_SIDE, SIDES, Side, Sides, assign_splits, bridging_rows, own_score, side_names
from tasks.validation.split_memory import SplitMemory, split_memory

NO_PAIRS = np.empty((0, 2), np.int64)


class Split(NamedTuple):
    """A split with its sides' names."""

    sides: list[Side | None]
    leaks: dict[int, dict[str, str]]


def sharded(ids: list[str]) -> ShardedTexts:
    """Ids in shards of three."""
    return ShardedTexts([pa.array(ids[start : start + 3], pa.string()) for start in range(0, len(ids), 3)])


def assign(
    ids: list[str],
    pairs: list[tuple[int, int]] | None = None,
    known: dict[str, Side] | None = None,
    groups: list[int] | None = None,
    rejected: tuple[int, ...] = (),
) -> Split:
    near = np.array(pairs, np.int64) if pairs else NO_PAIRS
    given = np.array([SIDES.index(known[row]) if known and row in known else NO_SIDE for row in ids], np.int8)
    accepted = ~np.isin(np.arange(len(ids)), rejected)
    labels = np.array(range(len(ids)) if groups is None else groups, np.int64)
    split = assign_splits(sharded(ids), accepted, labels, near, given, fraction=0.1, seed=0)
    return Split(side_names(split.sides).to_pylist(), split.leaks)


def sides_by_id(ids: list[str], split: Split) -> dict[str, Side]:
    return {row_id: side for row_id, side in zip(ids, split.sides, strict=True) if side}


def remember(memory: SplitMemory, sides: dict[str, Side]) -> None:
    memory.remember(pa.table({"row_id": list(sides), "split": list(sides.values())}))


def remembered(memory: SplitMemory, *row_ids: str) -> list[Side | None]:
    rows = memory.path.with_name("rows.parquet")
    write_table(pa.table({"row_id": pa.array(row_ids, pa.large_string())}), rows)
    sides: list[Side | None] = side_names(memory.sides(rows)).to_pylist()
    return sides


def test_about_the_asked_share_is_held_out() -> None:
    split = assign([f"row{i}" for i in range(2000)])
    assert split.sides.count("holdout") == pytest.approx(200, abs=60)  # four standard deviations


def test_order_makes_no_difference() -> None:
    ids = [f"row{i}" for i in range(300)]
    pairs = [(0, 7), (7, 9), (20, 21)]
    mirrored = [(299 - a, 299 - b) for a, b in pairs]
    assert sides_by_id(ids, assign(ids, pairs)) == sides_by_id(ids[::-1], assign(ids[::-1], mirrored))


def test_repeats_of_a_text_share_the_draw_of_its_content() -> None:
    assert own_score("abc-2", 0) == own_score("abc", 0) != own_score("abc", 1)


def test_near_duplicates_stay_together() -> None:
    ids = [f"row{i}" for i in range(400)]
    pairs = [(i, i + 1) for i in range(0, 400, 2)]
    sides = assign(ids, pairs).sides
    assert all(sides[a] == sides[b] for a, b in pairs)
    assert {"train", "holdout"} == set(sides)


def test_no_known_row_changes_side_when_rows_are_added_newest_first() -> None:
    old = [f"old{i}" for i in range(500)]
    known = sides_by_id(old, assign(old))
    held_out = [row for row in old if known[row] == "holdout"]
    new = [f"new{i}" for i in range(100)]
    ids = [*new, *old[::-1]]
    pairs = [(i, ids.index(row)) for i, row in enumerate(held_out[:30])]
    after = sides_by_id(ids, assign(ids, pairs, known))
    assert {row: after[row] for row in old} == known
    assert all(after[new[i]] == "holdout" for i in range(30))


def test_a_new_row_near_both_sides_leaks_and_names_them() -> None:
    split = assign(["h", "t", "new"], [(0, 2), (1, 2)], {"h": "holdout", "t": "train"})
    assert split.sides == ["holdout", "train", None]
    assert split.leaks == {2: {"holdout": "h", "train": "t"}}


def test_a_chain_from_one_side_to_the_other_loses_one_link_only() -> None:
    ids = ["h", "a", "b", "c", "d", "t"]
    chain = [(i, i + 1) for i in range(5)]
    split = assign(ids, chain, {"h": "holdout", "t": "train"})
    kept = [(a, b) for a, b in chain if split.sides[a] and split.sides[b]]
    assert all(split.sides[a] == split.sides[b] for a, b in kept)
    assert len(split.leaks) == 1


def test_known_rows_keep_their_sides_even_where_their_texts_are_equal() -> None:
    known: dict[str, Side] = {"a": "train", "b": "holdout"}
    split = assign(["a", "b", "c"], known=known, groups=[0, 0, 0])
    assert split.sides == ["train", "holdout", None]
    assert list(split.leaks) == [2]


def test_a_few_rows_still_have_both_sides() -> None:
    for count in range(2, 12):
        assert set(assign([f"x{i}" for i in range(count)]).sides) == {"train", "holdout"}
    assert assign(["alone"]).sides in (["train"], ["holdout"])
    assert assign([]).sides == []


def test_memory_keeps_the_first_side_and_equal_content_gives_equal_bytes(tmp_path: Path) -> None:
    with split_memory(tmp_path, 0.1, 0) as memory:
        remember(memory, {"b": "train", "a": "holdout"})
    first = memory.path.read_bytes()
    with split_memory(tmp_path, 0.1, 0) as memory:
        assert remembered(memory, "c", "b", "a") == [None, "train", "holdout"]
        remember(memory, {"a": "train"})
    assert memory.path.read_bytes() == first
    with split_memory(tmp_path / "other", 0.1, 0) as other:
        remember(other, {"a": "holdout", "b": "train"})
    assert other.path.read_bytes() == first


def test_another_fraction_or_seed_has_its_own_memory(tmp_path: Path) -> None:
    with split_memory(tmp_path, 0.1, 0) as memory:
        remember(memory, {"a": "train"})
    with split_memory(tmp_path, 0.2, 0) as other, split_memory(tmp_path, 0.1, 1) as third:
        assert remembered(other, "a") == remembered(third, "a") == [None]


def test_a_kill_while_writing_leaves_the_old_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with split_memory(tmp_path, 0.1, 0) as memory:
        remember(memory, {"a": "train"})

    def die(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", die)
    with pytest.raises(KeyboardInterrupt), split_memory(tmp_path, 0.1, 0) as memory:
        remember(memory, {"b": "holdout"})
    with split_memory(tmp_path, 0.1, 0) as memory:
        assert remembered(memory, "a", "b") == ["train", None]


def test_a_damaged_memory_is_named(tmp_path: Path) -> None:
    (tmp_path / "holdout-0.1-seed-0.parquet").write_bytes(b"junk")
    with (
        pytest.raises(ArtifactError, match=r"memory of held-out rows .* can't be read"),
        split_memory(tmp_path, 0.1, 0) as memory,
    ):
        remembered(memory, "a")


def test_a_rejected_near_copy_of_both_sides_names_them() -> None:
    groups = np.array([0, 1, 2, 3])
    near = np.array([[0, 2], [1, 2], [0, 3]])
    sides: Sides = np.array([SIDES.index("train"), SIDES.index("holdout"), NO_SIDE, NO_SIDE], np.int8)
    found = bridging_rows(np.array([2, 3]), groups, near, sides, sharded(["a", "b", "c", "d"]))
    assert found == {2: {"holdout": "b", "train": "a"}}


def test_rejected_rows_have_no_side_and_tie_nothing_together() -> None:
    ids = [f"row{i}" for i in range(40)]
    chain = [(i, i + 1) for i in range(39)]
    split = assign(ids, chain, rejected=tuple(range(1, 40, 2)))
    assert split.sides[1::2] == [None] * 20
    assert split.sides[::2] == assign(ids[::2]).sides
    assert not split.leaks
