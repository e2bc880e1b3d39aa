"""The forecast counts the steps, the rows and the padding that training then has."""

from __future__ import annotations

import json

import pytest

from tasks.base_model import load_model
from tasks.tokenized import Tokens
from tasks.training.config import TrainingConfig
from tasks.training.cost import Rates


@pytest.fixture
def planned(tiny_base, random_documents):
    from tasks.training.forecast import forecast

    documents = random_documents([5, 9, 30, 12, 22, 40, 7, 7, 15, 21])
    model_config = json.loads((tiny_base / "config.json").read_text())

    def make(*, packing=True, rows=10, half=False, stopwatch=None, **settings):
        config = TrainingConfig(**{"method": "full", "batch_size": 4, "epochs": 2.0} | settings)
        split = {"train": documents, "holdout": documents[:3]}
        found = forecast(model_config, config, **split, rows=rows, packing=packing, half=half, stopwatch=stopwatch)
        return config, documents, found

    return make


@pytest.mark.parametrize("packing", [True, False])
def test_steps_and_padding_are_those_of_the_training(planned, tiny_base, packing):
    from tasks.training.adapters import make_trainable
    from tasks.training.trainer import train

    config, documents, found = planned(packing=packing, epochs=1.0)
    model = make_trainable(load_model(tiny_base), config)
    tokens = Tokens(documents, documents[:3], {"pad_id": 0, "packing": packing})
    curve, _ = train(model, tokens, config, lambda done, total, **measures: None)
    assert found.steps == len(curve.train)
    assert found.padding_fraction == pytest.approx(curve.padding_fraction, abs=1e-6)
    assert found.steps * found.tokens_a_step == pytest.approx(curve.supervised_tokens)


def test_more_rows_take_more_steps_and_no_more_memory(planned):
    _, _, few = planned()
    _, _, many = planned(rows=1000)
    assert many.steps == 500
    assert many.memory(0) == few.memory(0)
    rates = Rates(1e-11, 1e-11, 1e-10, 1e-6)
    assert many.seconds(rates)[0] == pytest.approx(500 / 6 * few.seconds(rates)[0])


def test_times_are_those_of_what_was_run_dry(planned, monkeypatch):
    """A second an operation, and one an update: so a micro-batch takes as many as it has operations."""
    from tasks.training import forecast, operations

    monkeypatch.setattr(operations, "fastest", lambda run, **_: 1.0)
    monkeypatch.setattr(forecast, "update_seconds", lambda shapes: 1.0)
    _, _, found = planned(packing=False, stopwatch=operations.Stopwatch())
    assert found.largest.seconds == found.largest.operations
    steps, held_out = found.seconds()
    assert steps == pytest.approx(found.steps * (found.work_a_step.operations + 1))
    assert held_out == pytest.approx(found.evaluation_batches * found.evaluation.operations)


def test_products_in_bfloat16_are_kept_for_each_shape_up_to_a_cache(planned):
    _, _, exact = planned()
    assert exact.product_bytes == 0
    _, _, few = planned(half=True, epochs=1.0)
    _, _, more = planned(half=True, epochs=2.0)
    _, _, most = planned(half=True, rows=100_000)
    assert 0 < few.product_bytes < more.product_bytes < most.product_bytes == 1024 * 700_000


def test_the_tiny_model_tells_what_is_lost_between_operations():
    from tasks.training.probe import calibrated_stopwatch

    assert 0 < calibrated_stopwatch().seconds_between < 0.1
