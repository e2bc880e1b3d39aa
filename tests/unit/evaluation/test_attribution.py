"""A gain is shared out between data and config; nothing is said to bring one within training's noise."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from tasks.evaluation.attribution import CELLS, EFFECTS, attribute
from tasks.evaluation.intervals import SeedNoise

DOCUMENTS = 400
TOKENS = 20
MODELS = {cell: f"{cell}" for cell in CELLS}


def noise(sd):
    return SeedNoise(sd, 0, "stated floor")


def measured(data, config, both=0.0):
    """Four models on the same documents; what new data, a new config and only both together save, in nats a token."""
    draw = np.random.Generator(np.random.PCG64(7))
    hardness = draw.normal(2.5, 0.5, DOCUMENTS)
    tables = {}
    for cell in CELLS:
        is_new_data, is_new_config = (side == "new" for side in cell)
        saved = data * is_new_data + config * is_new_config + both * (is_new_data and is_new_config)
        own = draw.normal(0, 0.02, DOCUMENTS)
        tables[cell] = pd.DataFrame(
            {
                "row_id": [f"{number:04}" for number in range(DOCUMENTS)],
                "nll_sum": (hardness - saved + own) * TOKENS,
                "num_tokens": TOKENS,
                "num_bytes": 4 * TOKENS,
            }
        )
    return tables


def test_the_effects_add_up_to_the_whole_and_are_what_was_put_in():
    found = attribute(measured(data=0.10, config=0.30), MODELS, noise(0.001), ())
    effects = {name: effect["nll"] for name, effect in found["effects"].items()}
    assert effects["data"] + effects["config"] == pytest.approx(effects["total"])
    assert effects["data"] == pytest.approx(0.10, abs=0.005)
    assert effects["config"] == pytest.approx(0.30, abs=0.005)
    assert found["effects"]["data"]["is_better"]
    assert "the data brought +0.09" in found["judgement"]
    assert "the config brought +0.29" in found["judgement"]


def test_a_change_within_the_seeds_noise_brings_nothing():
    found = attribute(measured(data=0.01, config=0.30), MODELS, noise(0.02), ())
    assert not found["effects"]["data"]["is_better"], "documents alone would call it better"
    assert attribute(measured(data=0.01, config=0.30), MODELS, noise(0.0), ())["effects"]["data"]["is_better"]
    assert "the data brought nothing beyond noise" in found["judgement"]


def test_without_a_gain_there_is_nothing_to_share_out():
    assert "no better beyond noise" in attribute(measured(0.0, 0.0), MODELS, noise(0.02), ())["judgement"]
    worse = attribute(measured(0.1, -0.5), MODELS, noise(0.02), ())
    assert "worse by more than noise" in worse["judgement"]
    assert "brought" not in worse["judgement"]


def test_a_change_that_costs_some_of_the_gain_is_named():
    found = attribute(measured(data=-0.1, config=0.5), MODELS, noise(0.01), ())
    assert "the data cost some of it" in found["judgement"]


def test_what_only_both_bring_shows_in_the_steps():
    effects = attribute(measured(0.0, 0.0, both=0.4), MODELS, noise(0.01), ())["effects"]
    assert not effects["data with old config"]["is_better"]
    assert effects["data with new config"]["is_better"]
    assert effects["data"]["nll"] == pytest.approx(0.2, abs=0.005)


def test_training_noise_counts_by_the_models_that_differ():
    assert EFFECTS["total"].trained_sides(MODELS) == 2
    assert EFFECTS["data"].trained_sides(MODELS) == pytest.approx(1)
    same_data = {cell: cell[1] for cell in CELLS}
    assert EFFECTS["data"].trained_sides(same_data) == 0
    assert EFFECTS["config"].trained_sides(same_data) == 2, "two trainings, not four"


def test_equal_data_bring_exactly_nothing():
    tables = measured(0.0, 0.3)
    tables["new", "old"], tables["old", "new"] = tables["old", "old"], tables["new", "new"]
    found = attribute(tables, {cell: cell[1] for cell in CELLS}, noise(0.02), ())
    assert found["effects"]["data"]["nll"] == 0
    assert not found["effects"]["data"]["is_better"]
    assert found["effects"]["config"]["low"] == pytest.approx(found["effects"]["total"]["low"])


def test_rows_that_the_old_models_saw_dont_count():
    tables = measured(0.1, 0.3)
    seen = list(tables["new", "new"]["row_id"][:390])
    assert attribute(tables, MODELS, noise(0.01), seen)["rows"] == 10
    nothing = attribute(tables, MODELS, noise(0.01), tables["new", "new"]["row_id"].tolist())
    assert (nothing["rows"], nothing["effects"]) == (0, {})
    assert "nothing can be told" in nothing["judgement"]


def test_another_tokenizer_is_scaled_to_the_same_bytes():
    tables = measured(0.1, 0.3)
    for config in ("old", "new"):
        doubled = tables["old", config]
        tables["old", config] = doubled.assign(nll_sum=doubled["nll_sum"] * 2, num_bytes=doubled["num_bytes"] * 2)
    found = attribute(tables, MODELS, noise(0.01), ())["effects"]
    assert math.isclose(found["data"]["nll"], 0.1, abs_tol=0.005)
