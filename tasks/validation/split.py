"""Which rows are held out: decided once a row, by its content, and never so that a near copy is trained on.

A row's side comes from a hash of its row id's content part and the seed, so it needs no other row. Three things bend
that: a row whose side is known keeps it for ever; near duplicates stay together; a new row that is a near duplicate of
known rows on *both* sides would leak whichever way it went, so it has no side. Only direct near duplicates count for
that: sides spread outward from the known rows link by link, so a long chain doesn't pull the whole dataset to one side.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from tasks.validation.text_column import Bools, Floats, Ints

Side = Literal["train", "holdout"]
SIDES: tuple[Side, ...] = ("train", "holdout")


@dataclass
class Split:
    """Each row's side."""

    sides: list[Side | None]
    """Shape (num_rows,); None for a leak."""
    leaks: dict[int, dict[str, str]]
    """Row that has no side -> the rows it would leak between, by their side."""


@dataclass
class _Group:
    """Rows of equal text."""

    rows: list[int] = field(default_factory=list)
    near: set[int] = field(default_factory=set)
    sides: dict[Side, str] = field(default_factory=dict)
    """Side -> a row that settles it; more than one only for known rows."""


def assign_splits(
    row_ids: Sequence[str], groups: Ints, near: Ints, known: Mapping[str, Side], fraction: float, seed: int
) -> Split:
    """Give every row a side.

    The held-out share is `fraction` on average, not exactly: moving rows to make it exact would move known ones. But
    where there are two texts or more that aren't near duplicates, each side gets one, if nothing known forbids it.

    Args:
        row_ids: Unique, shape (num_rows,).
        groups: Label of each row's text: equal for rows of equal text, shape (num_rows,).
        near: Pairs of labels whose texts are near duplicates, shape (num_pairs, 2); other labels are ignored.
        known: Row id -> side it was given before.
        fraction: Share of rows to hold out, 0 to 1.
        seed: Another seed holds out others.
    """
    sides: list[Side | None] = [known.get(row_id) for row_id in row_ids] if known else [None] * len(row_ids)
    lone = _lone_rows(groups, near, sides)
    by_label = _groups(np.flatnonzero(~lone).tolist(), row_ids, groups, near, sides)
    leaking: dict[int, dict[Side, str]] = {}
    _spread([label for label, group in by_label.items() if group.sides], by_label, leaking, row_ids)
    clusters = _fresh_clusters(by_label, leaking)
    least = [min(row_ids[row] for label in cluster for row in by_label[label].rows) for cluster in clusters]
    alone = np.flatnonzero(lone).tolist()
    scores = np.array([own_score(row_id, seed) for row_id in [*least, *(row_ids[row] for row in alone)]])
    drawn = _drawn_sides(scores, {side for group in by_label.values() for side in group.sides}, fraction)
    for cluster, side in zip(clusters, drawn, strict=False):
        for label in cluster:
            by_label[label].sides = {side: row_ids[by_label[label].rows[0]]}
    for row, side in zip(alone, drawn[len(clusters) :], strict=True):
        sides[row] = side
    leaks: dict[int, dict[str, str]] = {}
    for label, group in by_label.items():
        for row in group.rows:
            if sides[row] is None and len(group.sides) == 1 and label not in leaking:
                sides[row] = next(iter(group.sides))
            elif sides[row] is None:
                leaks[row] = dict(sorted((leaking.get(label) or group.sides).items()))
    return Split(sides, leaks)


def bridging_rows(
    rows: Sequence[int], groups: Ints, near: Ints, sides: Mapping[int, Side], row_ids: Sequence[str]
) -> dict[int, dict[str, str]]:
    """Which of some rejected rows are near duplicates of accepted rows on both sides.

    Args:
        rows: Positions of the rejected rows.
        groups: Label of each row's text, shape (num_rows,).
        near: Pairs of labels whose texts are near duplicates, shape (num_pairs, 2).
        sides: Position of each accepted row -> its side.
        row_ids: Shape (num_rows,).

    Returns:
        Position -> side -> an accepted row on that side; only rows with both sides.
    """
    beside: dict[int, dict[Side, str]] = {}
    for row, side in sides.items():
        beside.setdefault(int(groups[row]), {}).setdefault(side, row_ids[row])
    around: dict[int, set[int]] = {int(groups[row]): {int(groups[row])} for row in rows}
    for one, other in near.tolist():
        if one in around:
            around[one].add(other)
        if other in around:
            around[other].add(one)
    found: dict[int, dict[str, str]] = {}
    for row in rows:
        named: dict[str, str] = {}
        for label in sorted(around[int(groups[row])]):
            for side, row_id in beside.get(label, {}).items():
                named.setdefault(side, row_id)
        if len(named) == len(SIDES):
            found[row] = dict(sorted(named.items()))
    return found


def own_score(row_id: str, seed: int) -> float:
    """A row's own draw, uniform in [0, 1): below `fraction` is held out.

    Repeats of a text have row ids `content-1`, `content-2`: only the content part counts.
    """
    content = row_id.split("-", 1)[0]
    return int.from_bytes(hashlib.sha256(f"{seed}:{content}".encode()).digest()[:8], "big") / 2**64


def _lone_rows(groups: Ints, near: Ints, sides: Sequence[Side | None]) -> Bools:
    """Rows that nothing ties to another row or to a side: nearly all, and each is drawn for itself."""
    if not len(groups):
        return np.zeros(0, bool)
    tied = np.bincount(groups) > 1
    inside = near[(near < len(tied)).all(axis=1)]
    tied[inside.ravel()] = True
    known = np.fromiter((side is not None for side in sides), bool, len(sides))
    tied[groups[known]] = True
    return ~tied[groups]


def _groups(
    rows: Sequence[int], row_ids: Sequence[str], groups: Ints, near: Ints, sides: Sequence[Side | None]
) -> dict[int, _Group]:
    by_label: dict[int, _Group] = {}
    for row in rows:
        group = by_label.setdefault(int(groups[row]), _Group())
        group.rows.append(row)
        if side := sides[row]:
            group.sides.setdefault(side, row_ids[row])
    for one, other in near.tolist():
        if one in by_label and other in by_label:
            by_label[one].near.add(other)
            by_label[other].near.add(one)
    return by_label


def _spread(
    frontier: list[int], by_label: dict[int, _Group], leaking: dict[int, dict[Side, str]], row_ids: Sequence[str]
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


def _drawn_sides(scores: Floats, settled: set[Side], fraction: float) -> list[Side]:
    """Each fresh cluster's side, drawn by its least row id, so the order of the source doesn't matter."""
    sides: list[Side] = ["holdout" if held_out else "train" for held_out in (scores < fraction).tolist()]
    if len(sides) + bool(settled) >= 2 and sides:
        if "holdout" not in settled | set(sides):
            sides[int(scores.argmin())] = "holdout"
        elif "train" not in settled | set(sides):
            sides[int(scores.argmax())] = "train"
    return sides
