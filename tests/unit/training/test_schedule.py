"""The course of a run is known before its first step."""

from __future__ import annotations

import itertools
import math

import pytest

from tasks.training.config import TrainingConfig
from tasks.training.schedule import batches, learning_rate_factor, num_steps

STEPS = 100


def factors(total=STEPS, **settings):
    config = TrainingConfig(**settings)
    return [learning_rate_factor(step, total, config) for step in range(total)]


@pytest.mark.parametrize("schedule", ["linear", "cosine", "constant"])
def test_the_rate_rises_in_equal_steps_to_its_peak(schedule):
    course = factors(schedule=schedule, warmup_fraction=0.1)
    assert course[:10] == pytest.approx([step / 10 for step in range(1, 11)])
    assert max(course) == course[9] == course[10] == 1


def test_a_linear_schedule_falls_in_equal_steps_and_would_reach_zero_next():
    course = factors(schedule="linear", warmup_fraction=0.2)
    falls = [before - after for before, after in itertools.pairwise(course[20:])]
    assert falls == pytest.approx([1 / 80] * 79)
    assert course[-1] == pytest.approx(1 / 80)


def test_a_cosine_is_at_one_half_half_way_and_point_symmetric_about_it():
    course = factors(schedule="cosine", warmup_fraction=0.2)
    assert course[60] == pytest.approx(0.5)
    for offset in range(1, 40):
        assert course[60 - offset] + course[60 + offset] == pytest.approx(1)
    assert course[-1] == pytest.approx((1 + math.cos(math.pi * 79 / 80)) / 2)


def test_a_constant_schedule_stays_at_the_peak():
    assert set(factors(schedule="constant", warmup_fraction=0)) == {1.0}


@pytest.mark.parametrize("schedule", ["linear", "cosine", "constant"])
@pytest.mark.parametrize("total", [1, 2, 3])
def test_the_shortest_runs_learn_something_in_every_step(schedule, total):
    assert all(0 < factor <= 1 for factor in factors(total, schedule=schedule))


@pytest.mark.parametrize(
    ("documents", "batch_size", "epochs", "expected"),
    [(100, 10, 3, 30), (101, 10, 1, 11), (3, 32, 2, 2), (100, 10, 0.5, 5), (100, 10, 0.01, 1), (100, 10, 1.25, 13)],
)
def test_steps_are_batches_times_epochs_rounded_up(documents, batch_size, epochs, expected):
    config = TrainingConfig(batch_size=batch_size, epochs=epochs)
    assert num_steps(documents, config) == expected
    assert len(list(batches(documents, config))) == expected


def test_every_epoch_sees_every_document_once_in_a_new_order():
    config = TrainingConfig(batch_size=8, epochs=3)
    dealt = list(batches(50, config))
    epochs = [list(itertools.chain(*dealt[start : start + 7])) for start in (0, 7, 14)]
    assert all(sorted(epoch) == list(range(50)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3
    assert {len(batch) for batch in dealt} == {8, 2}


def test_the_order_is_the_seeds():
    def order(seed):
        return list(batches(50, TrainingConfig(seed=seed)))

    assert order(1) == order(1)
    assert order(1) != order(2)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"method": "full", "lora": {}}, "lora is set, but method is full"),
        ({"method": "frozen"}, "freeze belongs to method frozen and is needed there; method is frozen"),
        ({"method": "lora", "freeze": {}}, "freeze belongs to method frozen and is needed there; method is lora"),
    ],
)
def test_settings_belong_to_their_method(values, message):
    with pytest.raises(ValueError, match=message):
        TrainingConfig.model_validate(values)
