"""Several trainings of one recipe held against it, on the held-out rows they share, with both trainings' noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tasks.evaluation.comparison import TRAINED_SIDES, as_facts, difference, forgetting
from tasks.evaluation.intervals import SeedNoise, seed_noise
from tasks.evaluation.scores import read_holdout, read_measured, read_scores


def noise_of(same_recipe: Sequence[Path], floor: float) -> SeedNoise:
    """The noise of a training, from the scores of trainings that differ by their seed alone."""
    return seed_noise([read_scores(scores)["holdout"]["nll"] for scores in same_recipe], floor)


def hold_against(own: Path, reference: Path | None, base: Path, noise: SeedNoise) -> Mapping[str, Any]:
    """One training's results, against the recipe as it is and against its base.

    Args:
        own: Its `scores`.
        reference: Those of the recipe as it is; None where it is that one.
        base: Those of its base, for what it forgot.
        noise: Of one training.

    Returns:
        `nll`, `perplexity`; `difference` to the recipe (positive is better), `judgement`; `forgetting`.
    """
    holdout = read_scores(own)["holdout"]
    found = None
    if reference is not None:
        found = difference(read_holdout(own), read_holdout(reference), noise, TRAINED_SIDES["champion"])
    general = [read_measured(folder / "general.parquet") for folder in (own, base)]
    judgement = ""
    if found is not None:
        judgement = "better" if found.is_better else "worse" if found.high < 0 else "within noise"
    return {
        "nll": holdout["nll"],
        "perplexity": holdout["perplexity"],
        "rows": holdout["rows"],
        "difference": as_facts(found) if found is not None else None,
        "judgement": judgement,
        "forgetting": forgetting(general[0], general[1], noise, TRAINED_SIDES["base"]),
    }
