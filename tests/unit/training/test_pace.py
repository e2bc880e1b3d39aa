"""The pace that is told is that of the last steps; the time left has the evaluations in it."""

from __future__ import annotations

import pytest

from tasks.documents import Document
from tasks.training.model_flops import ModelFlops
from tasks.training.pace import RECENT_STEPS, Pace

ROW = Document([1] * 11, [1] * 11)
"""11 tokens, 10 of them predicted."""


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def stepping(pace, clock, seconds, times=1, rows=1):
    for _ in range(times):
        clock.now += seconds
        pace.count([ROW] * rows, seconds)


@pytest.fixture
def clock():
    return Clock()


def test_tokens_and_share_are_of_the_recent_steps(clock):
    pace = Pace(ModelFlops(token=2.0, learned_token=3.0, pair=0.5), 100.0, clock)
    stepping(pace, clock, 10.0)
    stepping(pace, clock, 2.0, times=RECENT_STEPS)
    told = pace.measures(0)
    assert told["tokens_per_second"] == 5.0
    work = 2 * 11 + 3 * 10 + 0.5 * 121
    assert told["peak_share"] == pytest.approx(work / 2 / 100)
    assert pace.peak_share == pytest.approx(work * 21 / 50 / 100, abs=1e-4)


def test_the_time_left_has_evaluations_in_it_and_ends_with_the_budget(clock):
    clock.now = 500.0
    pace = Pace(ModelFlops(1, 1, 1), 0.0, clock)
    clock.now = 600.0  # the first evaluation is none of the steps'
    stepping(pace, clock, 1.0)
    clock.now += 3.0
    stepping(pace, clock, 1.0)
    assert pace.measures(4)["seconds_left"] == 10.0
    assert pace.measures(4, budget_left_s=7.0)["seconds_left"] == 7.0
    assert pace.measures(4, budget_left_s=-1.0)["seconds_left"] == 0.0


def test_without_a_peak_there_is_no_share(clock):
    pace = Pace(ModelFlops(1, 1, 1), 0.0, clock)
    assert pace.peak_share is None
    stepping(pace, clock, 1.0)
    assert set(pace.measures(1)) == {"tokens_per_second", "seconds_left"}
