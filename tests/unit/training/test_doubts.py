"""A foolish plan is told, with the override that mends it; a sound one isn't."""

from __future__ import annotations

import pytest

from tasks.training.config import EarlyStopping, FreezeSettings, LoraSettings, TrainingConfig
from tasks.training.doubts import Planned, doubts, usual_rate

SOUND = {
    "rows": 5000,
    "trainable": 800_000,
    "base": 124_000_000,
    "padding_fraction": 0.01,
    "overlong_fraction": 0.0,
    "max_seq_len": 256,
    "longest": 900,
    "context": 1024,
    "overlong": "truncate",
    "packing": True,
}
SMALL = {"trainable": 375_000, "base": 264_000}
"""Rank 64 on stories260k."""


def told(config: TrainingConfig, **seen) -> list[str]:
    return [doubt.override for doubt in doubts(config, Planned(**SOUND | seen))]


def test_a_sound_plan_has_no_doubts():
    assert told(TrainingConfig(method="lora", learning_rate=2e-4, epochs=3)) == []
    full = {"trainable": 1_604_000, "base": 1_604_000}
    assert told(TrainingConfig(method="full", learning_rate=2e-3, epochs=3), **full) == [], "the demo"


@pytest.mark.parametrize(
    ("config", "seen", "override"),
    [
        (TrainingConfig(method="full", learning_rate=1e-4), {"rows": 300}, "training.method=lora"),
        (TrainingConfig(), {"rows": 20}, "training.lora.rank=4"),
        (TrainingConfig(lora=LoraSettings(rank=2)), {"rows": 20}, "training.lora.rank=1"),
        (TrainingConfig(lora=LoraSettings(rank=1)), {"rows": 20}, "training.epochs=1"),
        (TrainingConfig(lora=LoraSettings(rank=1), epochs=1), {"rows": 20}, "training.lora.upper_blocks=1"),
        (TrainingConfig(method="full", learning_rate=0.01), {}, "training.learning_rate=6.0e-4"),
        (TrainingConfig(learning_rate=1e-7), {}, "training.learning_rate=5.0e-4"),
        (TrainingConfig(lora=LoraSettings(rank=64), learning_rate=2e-3), SMALL, "training.lora.rank=4"),
        (TrainingConfig(), {"padding_fraction": 0.6, "packing": False}, "tokenization.packing=true"),
        (TrainingConfig(batch_size=2), {"padding_fraction": 0.6}, "training.batch_size=8"),
        (TrainingConfig(epochs=50), {}, "training.epochs=5"),
        (
            TrainingConfig(method="frozen", freeze=FreezeSettings(first_blocks=1), learning_rate=1e-4, epochs=20),
            {},
            "training.epochs=3",
        ),
        (TrainingConfig(), {"overlong_fraction": 0.7}, "tokenization.max_seq_len=900"),
        (TrainingConfig(), {"overlong_fraction": 0.7, "max_seq_len": 1024}, "tokenization.overlong=split"),
    ],
)
def test_each_doubt_names_what_mends_it(config, seen, override):
    assert told(config, **seen) == [override]


@pytest.mark.parametrize("ended", [{"max_steps": 500}, {"early_stopping": EarlyStopping()}])
def test_epochs_that_training_will_not_go_through_are_not_doubted(ended):
    """500 steps of 32 rows are 3.2 passes over 5,000."""
    assert told(TrainingConfig(epochs=50, **ended)) == []
    assert told(TrainingConfig(epochs=50, max_steps=5000)) == ["training.epochs=5"]


def test_what_was_seen_is_said():
    config = TrainingConfig(lora=LoraSettings(rank=64), learning_rate=2e-3)
    (doubt,) = doubts(config, Planned(**SOUND | SMALL))
    assert "142%" in doubt.why


def test_the_advised_rate_is_one_that_is_not_doubted_and_that_yaml_reads_as_a_number():
    import yaml

    for parameters in (10_000, 1_600_000, 124_000_000, 7_000_000_000):
        for rate in (1.0, 1e-9):
            (override,) = told(TrainingConfig(learning_rate=rate), base=parameters, trainable=100)
            better = yaml.safe_load(override.partition("=")[2])
            assert isinstance(better, float)
            assert told(TrainingConfig(learning_rate=better), base=parameters, trainable=100) == []


def test_larger_models_take_smaller_rates():
    rates = [usual_rate("full", size) for size in (10**6, 10**8, 10**10)]
    assert rates == sorted(rates, reverse=True)
    assert usual_rate("full", 125_000_000) == pytest.approx(6e-4)
