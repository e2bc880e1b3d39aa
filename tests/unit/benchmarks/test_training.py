"""What ways of training are compared by: the same rows, the work that each needs, ratios against targets."""

from __future__ import annotations

import pytest

from benchmarks.training import (
    BLOCK_WEIGHTS,
    HEAD_WEIGHTS,
    TARGETS,
    Measured,
    flops_a_token,
    rows_of,
    target_table,
    ways,
)
from benchmarks.training_bare_loop import packed_rows


def test_every_way_that_a_target_names_is_run():
    keys = {way.key for way in ways(1400)}
    assert {key for way, other, _ in TARGETS for key in (way, other)} <= keys


def test_needed_products_are_those_of_forward_and_of_the_gradients():
    needed = {way.key: flops_a_token(way) for way in ways(1400)}
    assert needed["e"] == 6 * (BLOCK_WEIGHTS + HEAD_WEIGHTS)
    assert needed["f"] == 4 * (BLOCK_WEIGHTS + HEAD_WEIGHTS)
    assert needed["g"] == pytest.approx(2 * BLOCK_WEIGHTS + 4 * HEAD_WEIGHTS + 4 * BLOCK_WEIGHTS / 6)


def test_rows_without_data_end_with_the_end_token_and_are_the_same_each_time():
    rows = rows_of(None, 50)
    assert rows == rows_of(None, 50)
    assert all(row[-1] == 50_256 and 8 <= len(row) <= 900 for row in rows)


def test_a_ratio_below_its_target_is_a_miss():
    fast, slow = Measured(100.0, 100.0, 5), Measured(51.0, 50.0, 4)
    table = target_table({"e": fast, "b": slow})
    assert (table.passed, table.missed) == (0, 2)
    assert target_table({"e": fast, "b": Measured(50.0, 50.0, 5)}).passed == 2


def test_the_bare_loop_splits_no_row():
    rows = [[1] * length for length in (300, 200, 13, 600, 5)]
    assert packed_rows(rows, 512) == [rows[:2], rows[2:3], rows[3:4], rows[4:]]
