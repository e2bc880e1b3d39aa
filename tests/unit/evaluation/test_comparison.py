"""Nothing is called better unless it is better by more than noise: of the documents and of training's seed."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from tasks.errors import ArtifactError, GateError
from tasks.evaluation.compare_models import compare_scores
from tasks.evaluation.comparison import difference, judgement, unseen
from tasks.evaluation.config import ComparisonConfig, NoiseSettings
from tasks.evaluation.intervals import SeedNoise, half_width, seed_noise
from tasks.evaluation.likelihood import summary
from tasks.evaluation.scores import write_measured
from tasks.json_files import write_json
from tasks.prompt_format import PromptConfig

QUIET = SeedNoise(1e-9, 0, "stated floor")
CONFIG = ComparisonConfig(noise=NoiseSettings(floor=0.01), prompt=PromptConfig(template="{text}"))


def documents(rows: int = 200, nll: float = 2.0, spread: float = 0.0, seed: int = 0, tokens: int = 20) -> pd.DataFrame:
    """Documents of easy and hard kinds, each model's `spread` of its own on top."""
    hardness = np.random.default_rng(7).normal(0, 0.5, rows)
    own = np.random.default_rng(seed).normal(0, spread, rows)
    return pd.DataFrame(
        {
            "row_id": [f"{row:04}" for row in range(rows)],
            "nll_sum": tokens * (nll + hardness + own),
            "num_tokens": tokens,
            "num_bytes": 4 * tokens,
        }
    )


@pytest.fixture
def store(tmp_path):
    """Writes a scores artifact of tables."""

    def write(name: str, holdout: pd.DataFrame, train: pd.DataFrame | None = None, **more: pd.DataFrame):
        folder = tmp_path / name
        folder.mkdir()
        train = holdout if train is None else train
        write_json(folder / "scores.json", {"format": 2, "holdout": summary(holdout), "train": summary(train)})
        for table, frame in {"holdout": holdout, **more}.items():
            write_measured(frame, folder / f"{table}.parquet")
        return folder

    return write


def accepted(train=("a b",), holdout=("c d",)) -> pd.DataFrame:
    split = ["train"] * len(train) + ["holdout"] * len(holdout)
    return pd.DataFrame({"split": split, "text": [*train, *holdout]})


def test_the_improvement_is_in_nats_a_token_of_the_model_in_question():
    found = difference(documents(nll=2.0), documents(nll=2.3), QUIET, 1)
    assert found.nll == pytest.approx(0.3)
    assert found.bits_per_byte == pytest.approx(0.3 / 4 / math.log(2))
    assert (found.rows, found.tokens) == (200, 4000)


def test_hard_documents_cancel():
    """The same shift on every document is no matter of which documents were drawn, however unlike they are."""
    found = difference(documents(nll=2.0), documents(nll=2.01), QUIET, 1)
    assert found.document_sd < 1e-9
    assert found.is_better


def test_a_long_document_counts_by_its_tokens():
    own, other = documents(2), documents(2)
    own.loc[0, ["num_tokens", "num_bytes"]] = other.loc[0, ["num_tokens", "num_bytes"]] = [180, 720]
    other["nll_sum"] += [10.0, 0.0]
    assert difference(own, other, QUIET, 1).nll == pytest.approx(10 / 200)


def test_the_order_of_the_rows_does_not_matter():
    own, other = documents(nll=2.0, spread=0.1), documents(nll=2.1, spread=0.1, seed=1)
    assert difference(own, other, QUIET, 1) == difference(own, other[::-1], QUIET, 1)


def test_a_swap_turns_the_improvement_round():
    own, other = documents(nll=2.0, spread=0.1), documents(nll=2.1, spread=0.1, seed=1)
    there, back = difference(own, other, QUIET, 1), difference(other, own, QUIET, 1)
    assert (there.nll, there.low, there.high) == pytest.approx((-back.nll, -back.high, -back.low))


def test_the_interval_over_documents_holds_the_truth_as_often_as_it_says():
    """Of 200 draws of 100 documents; 95 % ± 4.6 % is three standard deviations of that share."""
    hits = 0
    for seed in range(200):
        found = difference(documents(100, 2.0), documents(100, 2.1, spread=0.4, seed=seed), QUIET, 1)
        hits += found.low < 0.1 < found.high
    assert 0.904 < hits / 200 < 0.996


def test_models_that_differ_by_their_seed_alone_are_seldom_called_better():
    """Each training shifts all documents by its own luck: with that noise known, at most 5 % of pairs are promoted."""
    draw = np.random.default_rng(3)
    luck = draw.normal(0, 0.02, (2, 120))
    better = {0: 0, 1: 0}
    for one, other in luck.T:
        pair = documents(250, 2 + one, 0.05, seed=1), documents(250, 2 + other, 0.05, seed=2)
        for known, noise in enumerate((QUIET, SeedNoise(0.02, 0, "stated floor"))):
            better[known] += difference(*pair, noise, 2).is_better
    assert better[0] / 120 > 0.2  # documents alone would promote these
    assert better[1] / 120 <= 0.05


def test_an_estimate_from_three_seeds_is_trusted_less_than_a_known_spread():
    pair = documents(nll=2.0), documents(nll=2.05)
    known, guessed = (difference(*pair, SeedNoise(0.02, seeds, ""), 1) for seeds in (0, 3))
    assert known.half_width == pytest.approx(1.96 * 0.02, rel=1e-3)
    assert guessed.half_width == pytest.approx(3.1824 * 0.02, rel=1e-3)  # t with three degrees of freedom, 97.5 %
    assert guessed.freedom == pytest.approx(3)  # two of the seeds, one of the floor
    assert known.is_better
    assert not guessed.is_better


def test_noise_is_estimated_from_seeds_or_stated():
    assert seed_noise([2.0], 0.01) == SeedNoise(0.01, 0, "stated floor")
    variance = (0.01**2 + 2 * 0.1**2) / 3
    assert seed_noise([2.0, 2.1, 2.2], 0.01) == (pytest.approx(math.sqrt(variance)), 3, "3 seeds of this recipe")


def test_seeds_that_happen_to_agree_do_not_show_that_there_is_no_noise():
    assert seed_noise([2.0, 2.0, 2.0], 0.01).sd == pytest.approx(0.01 / math.sqrt(3))
    assert seed_noise([2.0] * 12, 0.01).sd == pytest.approx(0.01 / math.sqrt(12))  # the more agree, the more it counts


@pytest.mark.parametrize("sd", [0.002, 0.01, 0.04])
def test_an_estimate_from_three_seeds_promotes_few_of_the_pairs_that_only_their_seed_makes_differ(sd):
    """As in a run, the challenger's own seed is one of the three; the floor is too high, right, and too low."""
    draw = np.random.default_rng(1)
    promoted = 0
    for own, second, third, champion in draw.normal(2.0, sd, (4000, 4)):
        noise = seed_noise([own, second, third], 0.01)
        promoted += champion - own > half_width(1e-12, 250, 2 * noise.sd**2, noise.freedom)
    assert promoted / 4000 <= 0.05


def test_a_champion_brings_noise_of_its_own():
    pair = documents(nll=2.0), documents(nll=2.05)
    base, champion = (difference(*pair, SeedNoise(0.02, 0, ""), sides) for sides in (1, 2))
    assert champion.half_width == pytest.approx(math.sqrt(2) * base.half_width, rel=1e-3)


def test_another_tokenizer_compares_by_the_same_bytes():
    """The other model cuts a text after half of its bytes: its nats are taken for as many bytes as the first one's."""
    own, other = documents(), documents()
    other["nll_sum"] /= 2
    other["num_bytes"] //= 2
    other["num_tokens"] *= 3
    assert difference(own, other, QUIET, 1).nll == pytest.approx(0)


def test_one_document_shows_nothing():
    assert not difference(documents(1, 2.0), documents(1, 3.0), QUIET, 1).is_better


def test_the_judgement_says_no_more_than_the_interval():
    noise = SeedNoise(0.02, 0, "stated floor")
    told = {
        shift: judgement(difference(documents(nll=2.0), documents(nll=2 + shift), noise, 1), "base")
        for shift in (0.5, 0.01, -0.5)
    }
    assert told[0.5].startswith("Better than its base, by more than noise: +0.5000 nats a token, +0.46")
    assert told[0.01].startswith("No better than its base beyond noise: ")
    assert told[-0.5].startswith("Worse than its base, by more than noise: ")
    assert "on 200 held-out rows" in told[0.5]


def test_rows_that_the_champion_was_trained_on_are_left_out(store):
    own, other = documents(100, 2.0), documents(100, 2.2)
    other.loc[:39, "nll_sum"] -= 20  # what it knows by heart
    folders = store("own", own), store("other", other)
    seen = [f"{row:04}-7" for row in range(40)]  # another repeat of the same content
    found = compare_scores(CONFIG, *folders, accepted(), against="champion", trained_on=seen)
    assert (found["rows"], found["excluded_rows"]) == (60, 40)
    assert found["improvement"]["nll"] == pytest.approx(0.2)
    assert found["fit"] is None
    assert len(unseen(own, [])) == 100
    with pytest.raises(GateError, match=r"no held-out row is left .* it was trained on 100 of 100"):
        compare_scores(CONFIG, *folders, accepted(), against="champion", trained_on=own["row_id"])


def test_the_comparison_holds_all_that_the_gate_asks(store):
    holdout = [f"held-out row number {n} says nothing that the others say" for n in range(10)]
    general = documents(50, 3.0), documents(50, 2.9)
    files = documents(30, 2.0).assign(file="bench"), documents(30, 2.5).assign(file="bench")
    own = store("own", documents(nll=2.0), documents(nll=1.9), general=general[0], files=files[0])
    base = store("base", documents(nll=3.0), documents(nll=3.0), general=general[1], files=files[1])
    nll = summary(documents(nll=2.0))["nll"]
    seeds = [nll + 0.01, nll + 0.02]
    found = compare_scores(CONFIG, own, base, accepted(holdout[:3], holdout), against="base", seed_nlls=seeds)
    assert found["format"] == 1
    assert (found["rows"], found["tokens"], found["excluded_rows"]) == (200, 4000, 0)
    assert found["improvement"]["nll"] == pytest.approx(1.0)
    assert found["improvement"]["low"] < 1 < found["improvement"]["high"]
    assert found["noise"]["source"] == "3 seeds of this recipe"
    assert found["noise"]["seed_sd"] == pytest.approx(0.01)
    assert found["is_better"]
    assert found["general"]["forgetting"] == pytest.approx(0.1)
    assert found["general"]["low"] < 0.1 < found["general"]["high"]
    assert found["files"]["bench"]["improvement"] == pytest.approx(0.5)
    assert found["leak"] == {"rows": 3, "fraction": 0.3}
    assert found["fit"]["judgement"] == "leak"


def test_scores_of_another_format_are_named(store):
    folder = store("own", documents())
    write_json(folder / "scores.json", {"format": 1})
    with pytest.raises(ArtifactError, match="scores of format 1; this version reads 2: run the recipe again"):
        compare_scores(CONFIG, folder, folder, accepted(), against="base")
