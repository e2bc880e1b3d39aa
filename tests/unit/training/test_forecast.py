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

    def make(*, packing=True, rows=10, **settings):
        config = TrainingConfig(**{"method": "full", "batch_size": 4, "epochs": 2.0} | settings)
        found = forecast(model_config, config, documents, documents[:3], rows=rows, packing=packing, half=False)
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


def test_a_probe_measures_what_was_run_dry(planned, tiny_base):
    from tasks.training.adapters import make_trainable
    from tasks.training.cost import fit_rates
    from tasks.training.forecast import probe

    config, _, found = planned(packing=False)
    measured = probe(make_trainable(load_model(tiny_base), config), config, found, half=False)
    assert [work for work, _ in measured[:-1]] == [work for _, work in found.shown]
    assert all(taken > 0 for _, taken in measured)
    assert sum(found.seconds(fit_rates(measured))) > 0
