"""The arithmetic of the gate's benchmark: which pairs count, and which noise is fair to them."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from benchmarks.gate_pairs import Pair, Trained, all_pairs, estimates, is_promoted, nll, promoted
from tasks.evaluation.comparison import Difference
from tasks.evaluation.intervals import SeedNoise


def trained(seed: int, level: float) -> Trained:
    """Documents of 10 tokens, of which each costs `level` and a little that is the same for all models."""
    own = [10 * (level + row / 100) for row in range(40)]
    names = [f"{row:02}" for row in range(40)]
    return Trained(seed, pd.DataFrame({"row_id": names, "nll_sum": own, "num_tokens": 10, "num_bytes": 40}))


def pair(challenger: int, champion: int, gain: float) -> Pair:
    return Pair(challenger, champion, Difference(gain, 0.0, 0.0, 0.001, None, 100, 1000))


def test_pairs_are_ordered_and_none_is_with_itself():
    models = [trained(seed, 2.0 + seed / 10) for seed in range(3)]
    pairs = all_pairs(models, models, rows=40)
    assert [(one.challenger, one.champion) for one in pairs] == [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]
    assert [one.found.nll for one in pairs[:2]] == pytest.approx([0.1, 0.2])


def test_the_first_documents_are_those_by_row_id():
    model = trained(0, 2.0)
    assert nll(model.first(2)) == pytest.approx(2.005)
    shuffled = Trained(0, model.documents[::-1])
    assert nll(shuffled.first(2)) == pytest.approx(2.005)


def test_more_noise_promotes_less():
    found = pair(0, 1, 0.04).found
    assert is_promoted(found, SeedNoise(0.01, 0, ""))  # 1.96 · √2 · 0.01 = 0.028
    assert not is_promoted(found, SeedNoise(0.02, 0, ""))
    assert not is_promoted(found, SeedNoise(0.01, 3, ""))  # t with three degrees of freedom: 0.045


def test_no_noise_is_estimated_from_the_champion_and_only_a_run_s_own_from_the_challenger():
    high, none = SeedNoise(1.0, 3, ""), SeedNoise(0.001, 0, "")
    noises = {(0, 2, 3): none, (1, 2, 3): none, (2, 3, 4): high}
    pairs = [pair(0, 1, 0.05)]
    assert promoted(pairs, noises) == 0.0
    assert promoted(pairs, noises, with_own=True) == 1.0


def test_every_choice_of_three_gives_an_estimate():
    found = estimates({1: 2.0, 2: 2.1, 3: 2.2, 4: 2.3})
    assert set(found) == {(1, 2, 3), (1, 2, 4), (1, 3, 4), (2, 3, 4)}
    assert found[1, 2, 3].sd == pytest.approx(0.1 * math.sqrt(2 / 3), rel=0.01)  # the floor adds next to nothing
    assert found[1, 2, 3].seeds == 3
