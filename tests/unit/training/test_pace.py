"""The pace that is told is that of the last steps; the time left has the evaluations in it."""

from __future__ import annotations

import pytest

from tasks.documents import Document
from tasks.training.model_flops import ModelFlops
from tasks.training.pace import RECENT_STEPS, Pace

ROW = Document([1] * 11, [1] * 11)
"""11 tokens, 10 of them predicted."""


def step(pace, seconds, now_s=0.0, times=1):
    for _ in range(times):
        pace.count([ROW], seconds, now_s)


def test_tokens_and_share_are_of_the_recent_steps():
    pace = Pace(ModelFlops(token=2.0, learned_token=3.0, pair=0.5), 100.0)
    step(pace, 10.0)
    step(pace, 2.0, times=RECENT_STEPS)
    told = pace.measures(0)
    assert told["tokens_per_second"] == 5.0
    work = 2 * 11 + 3 * 10 + 0.5 * 121
    assert told["peak_share"] == pytest.approx(work / 2 / 100)
    assert pace.peak_share == pytest.approx(work * 21 / 50 / 100, abs=1e-4)


def test_the_time_left_has_evaluations_in_it_and_ends_with_the_budget():
    pace = Pace(ModelFlops(1, 1, 1), 0.0)
    step(pace, 1.0, now_s=601.0)  # what was before the first step is none of the steps'
    step(pace, 1.0, now_s=605.0)  # 3 s of an evaluation and 1 s
    assert pace.measures(4)["seconds_left"] == 10.0
    assert pace.measures(4, budget_left_s=7.0)["seconds_left"] == 7.0
    assert pace.measures(4, budget_left_s=-1.0)["seconds_left"] == 0.0


def test_without_a_peak_there_is_no_share():
    pace = Pace(ModelFlops(1, 1, 1), 0.0)
    assert pace.peak_share is None
    step(pace, 1.0)
    assert set(pace.measures(1)) == {"tokens_per_second", "seconds_left"}
