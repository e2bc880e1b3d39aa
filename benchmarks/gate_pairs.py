"""Does the gate's improvement clause let through what only another seed made, and does it see a real improvement?

Real trainings, held against each other in all ordered pairs, as a challenger against a champion. The noise of the seed
is never estimated from the pair's champion; where the pair's challenger helps to estimate it, as in a run that asks for
`evaluation.noise.seeds`, the table says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks.gate_recipes import Altered, Subject, altered_rows, changed, sized
from benchmarks.printing import Table, at_least, at_most
from flows.recipe import Recipe
from tasks import home
from tasks.base_files import resolve_base
from tasks.evaluation.comparison import TRAINED_SIDES, Difference, difference
from tasks.evaluation.config import MIN_SEEDS, SEED_SD_FLOOR, EvaluationConfig
from tasks.evaluation.intervals import SeedNoise, half_width, seed_noise
from tasks.evaluation.scores import read_measured
from tasks.evaluation.task import evaluate_model
from tasks.ingestion.task import ingest_rows
from tasks.purged import purged_rows
from tasks.stages import Stages
from tasks.tokenization.task import tokenize_rows
from tasks.training.task import train_model
from tasks.validation.task import validate_rows

TRAIN_ROWS = 600
HOLDOUT_SIZES = (250, 2000)
SOURCE_ROWS = 4700
"""Made rows, of which not quite half are held out."""
TESTED_SEEDS, APART_SEEDS, BETTER_SEEDS = 100, 200, 300
"""The first seed of the trainings that are tested, of those that only tell the noise, and of the better recipe."""
MAX_FALSE, MIN_FOUND = 0.05, 0.90
SIDES = TRAINED_SIDES["champion"]
NO_NOISE = SeedNoise(1e-12, 0, "documents alone")
FLOOR = SeedNoise(SEED_SD_FLOOR, 0, "stated floor")


class Trained(NamedTuple):
    """One training, measured document by document."""

    seed: int
    documents: pd.DataFrame

    def first(self, rows: int) -> pd.DataFrame:
        """The first held-out documents, by row id."""
        return self.documents.sort_values("row_id").head(rows)


def nll(documents: pd.DataFrame) -> float:
    """Nats a token."""
    return float(documents["nll_sum"].sum() / documents["num_tokens"].sum())


class Pair(NamedTuple):
    """A challenger and a champion on the same documents."""

    challenger: int
    champion: int
    found: Difference


def is_promoted(found: Difference, noise: SeedNoise) -> bool:
    """The improvement clause with this noise; the documents' part stays as it was found."""
    width = half_width(found.document_sd**2, found.rows, SIDES * noise.sd**2, noise.freedom)
    return found._replace(half_width=width).is_better


def all_pairs(challengers: Sequence[Trained], champions: Sequence[Trained], rows: int) -> list[Pair]:
    """Every challenger against every champion but itself."""
    return [
        Pair(one.seed, other.seed, difference(one.first(rows), other.first(rows), NO_NOISE, SIDES))  # type: ignore[arg-type]
        for one in challengers
        for other in champions
        if one is not other
    ]


def promoted(pairs: Sequence[Pair], noises: Mapping[tuple[int, ...], SeedNoise], *, with_own: bool = False) -> float:
    """The share of promoted pairs, over every estimate of the noise that is fair to the pair.

    Args:
        pairs: Challengers against champions.
        noises: By the seeds that each was estimated from.
        with_own: Estimates that the challenger's seed is part of, as in a run; else such that it is not.
    """
    verdicts = [
        is_promoted(pair.found, noise)
        for pair in pairs
        for seeds, noise in noises.items()
        if pair.champion not in seeds and (pair.challenger in seeds) == with_own
    ]
    return float(np.mean(verdicts)) if verdicts else float("nan")


def estimates(nlls: Mapping[int, float], count: int = MIN_SEEDS) -> dict[tuple[int, ...], SeedNoise]:
    """The noise as estimated from every choice of `count` trainings."""
    return {seeds: seed_noise([nlls[seed] for seed in seeds], SEED_SD_FLOOR) for seeds in combinations(nlls, count)}


def tables(stages: Stages, subject: Subject, num_seeds: int) -> Iterator[Table]:
    """The trainings of a subject, null challengers, and challengers that are really better.

    Args:
        stages: Of a run.
        subject: Rows, base and recipe.
        num_seeds: Trainings that differ by their seed; a third as many of the better recipe, and three for the noise.
    """
    tested = trainings(stages, subject.recipe, range(TESTED_SEEDS, TESTED_SEEDS + num_seeds))
    kept = trainings(stages, subject.recipe, range(APART_SEEDS, APART_SEEDS + MIN_SEEDS))
    improved = changed(subject.recipe, "training", **subject.better)
    better = trainings(stages, improved, range(BETTER_SEEDS, BETTER_SEEDS + max(MIN_SEEDS, num_seeds // 3)))
    plain = [*tested, *kept]
    yield spread_table(subject, plain, better)
    yield verdict_table(f"Null challengers: {subject.name}, only the seed differs", tested, tested, kept, is_null=True)
    gain = nll(pd.concat(one.documents for one in plain)) - nll(pd.concat(one.documents for one in better))
    title = f"Challengers that are {gain:.4f} nats a token better: {subject.name}, {_told(subject.better)}"
    yield verdict_table(title, better, tested, kept, is_null=False)


def spread_table(subject: Subject, plain: Sequence[Trained], better: Sequence[Trained]) -> Table:
    """What the trainings came to."""
    table = Table(f"Held-out NLL of {subject.name}, nats a token", ["recipe", "trainings", "rows", "mean", "seed SD"])
    for name, trained in (("plain", plain), (_told(subject.better), better)):
        for rows in HOLDOUT_SIZES:
            found = [nll(one.first(rows)) for one in trained]
            table.add(name, len(found), rows, f"{np.mean(found):.4f}", f"{np.std(found, ddof=1):.4f}")
    return table


def verdict_table(
    title: str, challengers: Sequence[Trained], champions: Sequence[Trained], apart: Sequence[Trained], *, is_null: bool
) -> Table:
    """Shares promoted, for each size and each way to know the noise."""
    table = Table(title, ["held-out rows", "noise of the seed", "pairs", "mean gain", "promoted"])
    for rows in HOLDOUT_SIZES:
        pairs = all_pairs(challengers, champions, rows)
        nlls = {one.seed: nll(one.first(rows)) for one in (*champions, *apart)}
        own_nlls = {one.seed: nll(one.first(rows)) for one in challengers}
        ways: list[tuple[str, float]] = [
            ("none: documents alone", promoted(pairs, {(): NO_NOISE})),
            (f"stated floor, {SEED_SD_FLOOR}", promoted(pairs, {(): FLOOR})),
            ("3 seeds kept apart", promoted(pairs, estimates({one.seed: nlls[one.seed] for one in apart}))),
            ("any 3 other seeds", promoted(pairs, estimates(nlls))),
            ("its own seed and 2 more", promoted(pairs, estimates(own_nlls), with_own=True)),
        ]
        target = at_most(MAX_FALSE) if is_null else at_least(MIN_FOUND)
        for name, share in ways:
            gain = f"{np.mean([pair.found.nll for pair in pairs]):+.4f}"
            told = None if name.startswith("none") else target
            table.add(rows, name, len(pairs), gain, f"{share:.1%}", figure=share, target=told)
    return table


def trainings(stages: Stages, recipe: Recipe, seeds: Sequence[int]) -> list[Trained]:
    """Train with each seed and measure; each is a stage, so it is done once."""
    sized_stages = Altered(stages, {"validation": altered_rows(sized(TRAIN_ROWS, max(HOLDOUT_SIZES)))})
    base = resolve_base(recipe.base)
    rows = stages(ingest_rows, config=recipe.source, purged=purged_rows())["rows"]
    accepted = sized_stages(validate_rows, config=recipe.validation_config(), rows=rows)["accepted"]
    tokens = stages(tokenize_rows, config=recipe.tokenization_config(), accepted=accepted, base=base)["tokens"]
    found = []
    for seed in seeds:
        training = recipe.training.model_copy(update={"seed": seed})
        trained = stages(train_model, called=f"seed {seed}", config=training, tokens=tokens, base=base)["trained"]
        scores = stages(
            evaluate_model,
            called=f"scores {seed}",
            config=_likelihood_only(recipe.evaluation_config()),
            tokens=tokens,
            accepted=accepted,
            base=base,
            trained=trained,
        )["scores"]
        documents = read_measured(home.store().open(scores) / "holdout.parquet")
        assert documents is not None
        found.append(Trained(seed, documents))
    return found


def _likelihood_only(config: EvaluationConfig) -> EvaluationConfig:
    """As few and short samples as can be."""
    few = {"judged_samples": 1, "samples_per_probe": 1, "max_new_tokens": 1}
    return config.model_copy(update={"settings": config.settings.model_copy(update=few)})


def _told(changes: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in changes.items())
