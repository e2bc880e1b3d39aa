"""Flags packed into bits are the flags that were put in."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.validation.rule_flags import RuleFlags


@pytest.mark.parametrize("num_rules", [1, 8, 9, 41])
def test_flags_come_back_by_rule_by_rows_and_together(num_rules: int) -> None:
    broken = np.random.RandomState(num_rules).random_sample((num_rules, 50)) < 0.3
    flags = RuleFlags(num_rules, 50)
    for start in range(0, 50, 7):
        flags.put(start, broken[:, start : start + 7])
    assert all((flags[place] == broken[place]).all() for place in range(num_rules))
    assert (flags.rows(13, 29) == broken[:, 13:29]).all()
    chosen = list(range(0, num_rules, 3))
    assert (flags.any_of(chosen) == broken[chosen].any(axis=0)).all()
    assert not flags.any_of([]).any()


def test_a_rule_is_set_anew_without_touching_others() -> None:
    flags = RuleFlags(10, 4)
    flags[8] = np.array([True, True, False, False])
    flags[9] = np.array([True, False, True, False])
    flags[8] = np.array([False, True, False, True])
    assert flags[8].tolist() == [False, True, False, True]
    assert flags[9].tolist() == [True, False, True, False]
    assert not flags[0].any()


def test_a_bit_is_kept_for_each_rule_and_row() -> None:
    flags = RuleFlags(40, 1000)
    assert flags.size_bytes == 5 * 1000
