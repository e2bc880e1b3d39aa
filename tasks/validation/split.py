"""Which rows are held out: decided once a row, by its content, and never so that a near copy is trained on.

A row's side comes from a hash of its row id's content part and the seed, so it needs no other row. Three things bend
that: a row whose side is known keeps it for ever; near duplicates stay together; a new row that is a near duplicate of
known rows on *both* sides would leak whichever way it went, so it has no side. Only direct near duplicates count for
that: sides spread outward from the known rows link by link, so a long chain doesn't pull the whole dataset to one side.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.validation.text_column import COMPILED, Bools, Floats, Ints

Side = Literal["train", "holdout"]
SIDES: tuple[Side, ...] = ("train", "holdout")
NO_SIDE = -1

Sides = npt.NDArray[np.int8]
"""A place in `SIDES` or `NO_SIDE` a row."""


class RowIds(Protocol):
    """The rows' ids, unique."""

    def __getitem__(self, row: int, /) -> str:
        """One row's id."""
        ...

    def each(self, rows: Ints, /) -> Iterator[str]:
        """The ids of some rows, which ascend."""
        ...


@dataclass
class Split:
    """Each row's side."""

    sides: Sides
    """Shape (num_rows,); `NO_SIDE` for a row that is rejected or leaks."""
    leaks: dict[int, dict[str, str]]
    """Row that has no side -> the rows it would leak between, by their side."""
    drawn: Bools
    """Rows whose side no known row decided, shape (num_rows,)."""


@dataclass
class _Group:
    """Rows of equal text."""

    rows: list[int] = field(default_factory=list)
    near: set[int] = field(default_factory=set)
    sides: dict[Side, str] = field(default_factory=dict)
    """Side -> a row that settles it; more than one only for known rows."""


def side_names(sides: Sides) -> pa.Array:
    """Sides as they are written, null where there is none."""
    return COMPILED.take(pa.array(SIDES), pa.array(sides, mask=sides == NO_SIDE))


def side_places(names: pa.ChunkedArray) -> Sides:
    """Written sides as places in `SIDES`."""
    places = COMPILED.fill_null(COMPILED.index_in(names, pa.array(SIDES, names.type)), NO_SIDE)
    return np.asarray(places.to_numpy(), np.int8)


def assign_splits(
    row_ids: RowIds, accepted: Bools, groups: Ints, near: Ints, known: Sides, fraction: float, seed: int
) -> Split:
    """Give every accepted row a side.

    The held-out share is `fraction` on average, not exactly: moving rows to make it exact would move known ones. But
    where there are two texts or more that aren't near duplicates, each side gets one, if nothing known forbids it.
    Only rows that others are tied to take more memory than a few bytes.

    Args:
        row_ids: Of all rows.
        accepted: Shape (num_rows,).
        groups: Each row's first row of equal text, shape (num_rows,).
        near: Pairs of such first rows whose texts are near duplicates, shape (num_pairs, 2).
        known: The side that each row was given before, shape (num_rows,).
        fraction: Share of rows to hold out, 0 to 1.
        seed: Another seed holds out others.
    """
    sides: Sides = np.where(accepted, known, np.int8(NO_SIDE))
    tied = _tied_rows(accepted, groups, near)
    by_label = _groups(np.flatnonzero(tied).tolist(), row_ids, groups, near, sides)
    leaking: dict[int, dict[Side, str]] = {}
    _spread([label for label, group in by_label.items() if group.sides], by_label, leaking, row_ids)
    clusters = _fresh_clusters(by_label, leaking)
    least = [min(row_ids[row] for label in cluster for row in by_label[label].rows) for cluster in clusters]
    alone = np.flatnonzero(accepted & ~tied & (sides == NO_SIDE))
    scores = np.concatenate(
        [own_scores(iter(least), len(least), seed), own_scores(row_ids.each(alone), len(alone), seed)]
    )
    settled = {place for place in range(len(SIDES)) if (sides == place).any()}
    settled |= {SIDES.index(side) for group in by_label.values() for side in group.sides}
    places = _drawn_sides(scores, settled, fraction)
    drawn = np.zeros(len(accepted), bool)
    for cluster, place in zip(clusters, places.tolist(), strict=False):
        for label in cluster:
            by_label[label].sides = {SIDES[place]: row_ids[by_label[label].rows[0]]}
            drawn[by_label[label].rows] = True
    sides[alone] = places[len(clusters) :]
    drawn[alone] = True
    leaks: dict[int, dict[str, str]] = {}
    for label, group in by_label.items():
        for row in group.rows:
            if sides[row] == NO_SIDE and len(group.sides) == 1 and label not in leaking:
                sides[row] = SIDES.index(next(iter(group.sides)))
            elif sides[row] == NO_SIDE:
                leaks[row] = dict(sorted((leaking.get(label) or group.sides).items()))
    return Split(sides, leaks, drawn)


def bridging_rows(rows: Ints, groups: Ints, near: Ints, sides: Sides, row_ids: RowIds) -> dict[int, dict[str, str]]:
    """Which of some rejected rows are near duplicates of accepted rows on both sides.

    Args:
        rows: Positions of the rejected rows.
        groups: Each row's first row of equal text, shape (num_rows,).
        near: Pairs of such first rows whose texts are near duplicates, shape (num_pairs, 2).
        sides: Of all rows, shape (num_rows,).
        row_ids: Of all rows.

    Returns:
        Position -> side -> an accepted row on that side; only rows with both sides.
    """
    labels = np.unique(groups[rows])
    pairs = np.concatenate([np.stack([labels, labels], axis=1), near, near[:, ::-1]])
    beside = {side: _first_beside(pairs, groups, sides == place) for place, side in enumerate(SIDES)}
    found = rows[np.all([nearest[groups[rows]] >= 0 for nearest in beside.values()], axis=0)]
    return {row: {side: row_ids[int(beside[side][groups[row]])] for side in sorted(SIDES)} for row in found.tolist()}


def _first_beside(pairs: Ints, groups: Ints, chosen: Bools) -> Ints:
    """For each label the first chosen row of the first label that it is paired with and that has one; else -1."""
    first = np.full(len(groups), -1, np.int64)
    rows = np.flatnonzero(chosen)[::-1]
    first[groups[rows]] = rows
    with_one = pairs[first[pairs[:, 1]] >= 0]
    ordered = with_one[np.lexsort((-with_one[:, 1], with_one[:, 0]))]
    nearest = np.full(len(groups), -1, np.int64)
    nearest[ordered[:, 0]] = first[ordered[:, 1]]
    return nearest


def own_score(row_id: str, seed: int) -> float:
    """A row's own draw, uniform in [0, 1): below `fraction` is held out.

    Repeats of a text have row ids `content-1`, `content-2`: only the content part counts.
    """
    content = row_id.split("-", 1)[0]
    return int.from_bytes(hashlib.sha256(f"{seed}:{content}".encode()).digest()[:8], "big") / 2**64


def own_scores(row_ids: Iterator[str], count: int, seed: int) -> Floats:
    """The draws of some rows, shape (count,)."""
    return np.fromiter((own_score(row_id, seed) for row_id in row_ids), np.float64, count)


def _tied_rows(accepted: Bools, groups: Ints, near: Ints) -> Bools:
    """Accepted rows whose text others have or nearly have: few, and all others are drawn, or keep their side, alone."""
    tied = np.bincount(groups[accepted], minlength=len(groups)) > 1
    tied[near.ravel()] = True
    return accepted & tied[groups]


def _groups(rows: Sequence[int], row_ids: RowIds, groups: Ints, near: Ints, sides: Sides) -> dict[int, _Group]:
    by_label: dict[int, _Group] = {}
    for row in rows:
        group = by_label.setdefault(int(groups[row]), _Group())
        group.rows.append(row)
        if sides[row] != NO_SIDE:
            group.sides.setdefault(SIDES[sides[row]], row_ids[row])
    for one, other in near.tolist():
        if one in by_label and other in by_label:
            by_label[one].near.add(other)
            by_label[other].near.add(one)
    return by_label


def _spread(
    frontier: list[int], by_label: dict[int, _Group], leaking: dict[int, dict[Side, str]], row_ids: RowIds
) -> None:
    """Let sides spread from known rows to the new ones near them, ring by ring; who is near both sides leaks."""
    while frontier:
        reached = {other for label in frontier for other in by_label[label].near}
        frontier = []
        for label in sorted(reached):
            group = by_label[label]
            if group.sides or label in leaking:
                continue
            around: dict[Side, str] = {}
            for other in sorted(group.near - leaking.keys()):
                for side in by_label[other].sides:
                    around.setdefault(side, row_ids[by_label[other].rows[0]])
            if len(around) == 1:
                group.sides = around
                frontier.append(label)
            else:
                leaking[label] = around


def _fresh_clusters(by_label: dict[int, _Group], leaking: dict[int, dict[Side, str]]) -> list[list[int]]:
    """The near-duplicate clusters that no known row is part of, each a list of labels."""
    clusters: list[list[int]] = []
    seen = set(leaking)
    for start, group in by_label.items():
        if group.sides or start in seen:
            continue
        seen.add(start)
        cluster = [start]
        for label in cluster:
            fresh = sorted(by_label[label].near - seen)
            seen.update(fresh)
            cluster += fresh
        clusters.append(cluster)
    return clusters


def _drawn_sides(scores: Floats, settled: set[int], fraction: float) -> Sides:
    """Each fresh cluster's side, drawn by its least row id, so the order of the source doesn't matter."""
    train, holdout = map(SIDES.index, ("train", "holdout"))
    sides = np.where(scores < fraction, np.int8(holdout), np.int8(train))
    if len(sides) + bool(settled) >= 2 and len(sides):
        if holdout not in settled and holdout not in sides:
            sides[scores.argmin()] = holdout
        elif train not in settled and train not in sides:
            sides[scores.argmax()] = train
    return sides
