"""A run that is bounded by time ends in time, with its rate come down."""

from __future__ import annotations

import pytest

from tasks.training.config import TrainingConfig
from tasks.training.schedule import learning_rate_factor
from tasks.training.time_budget import TimeBudget


class Clock:
    def __init__(self):
        self.seconds = 100.0

    def __call__(self):
        return self.seconds


def course(minutes, total, step_s, evaluation_s=0.0, **settings):
    """The rates of a run whose steps take `step_s` each, and when it ended."""
    clock, config, rates = Clock(), TrainingConfig(**settings), []
    budget = TimeBudget(minutes, total, clock)
    for step in range(total):
        if budget.is_spent(evaluation_s):
            break
        rates.append(learning_rate_factor(budget.place(step), total, config))
        clock.seconds += step_s
        budget.count(step_s)
    return rates, clock.seconds - 100


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_the_schedule_ends_with_the_time(schedule):
    rates, took = course(1, 10_000, 3.0, evaluation_s=6.0, schedule=schedule)
    assert took == 54  # the next step and the evaluation end at 63
    assert len(rates) == 18
    assert rates[1:] == sorted(rates[1:], reverse=True)
    assert rates[1] > 0.9
    assert rates[-1] < 0.2


def test_where_time_suffices_the_schedule_is_that_of_the_steps():
    bounded, _ = course(100, 50, 1.0)
    free, _ = course(None, 50, 1.0)
    assert bounded == free
    assert len(bounded) == 50


def test_a_step_is_done_however_short_the_time():
    rates, _ = course(0.001, 10, 60.0)
    assert len(rates) == 1


def test_a_machine_that_slows_down_is_waited_for_no_longer_than_agreed():
    clock = Clock()
    budget, steps = TimeBudget(1, 1000, clock), 0
    while not budget.is_spent(0):
        clock.seconds += (step_s := 1.0 if steps < 20 else 4.0)
        budget.count(step_s)
        steps += 1
    assert clock.seconds - 100 <= 60
    assert steps > 25
