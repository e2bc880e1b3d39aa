"""Two models' scores into `comparison.json`: improvement, noise, forgetting, fit, leak."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from tasks.errors import GateError
from tasks.evaluation.comparison import (
    TRAINED_SIDES,
    Against,
    as_facts,
    difference,
    forgetting,
    improvements,
    judgement,
    unseen,
)
from tasks.evaluation.config import ComparisonConfig
from tasks.evaluation.fit import judge_fit
from tasks.evaluation.intervals import seed_noise
from tasks.evaluation.leaks import find_leak
from tasks.evaluation.scores import read_measured, read_scores
from tasks.prompt_format import prompt_columns

COMPARISON_FORMAT = 1


def compare_scores(
    config: ComparisonConfig,
    own: Path,
    other: Path,
    accepted: pd.DataFrame,
    *,
    against: Against,
    seed_nlls: Sequence[float] = (),
    trained_on: Collection[str] = (),
) -> dict[str, Any]:
    """Compare a tuned model with another one.

    Args:
        config: Noise, and the columns that make up a row.
        own: The model's `scores` artifact.
        other: That of its base, or of the champion measured on the same rows.
        accepted: The model's rows.
        against: What the other one is.
        seed_nlls: Held-out NLL of trainings with other seeds; none: the stated floor is used.
        trained_on: Row ids that the other model was trained on; these rows don't count.

    Raises:
        GateError: No held-out row is left that neither was trained on.
    """
    scores, others = read_scores(own), read_scores(other)
    noise = seed_noise([scores["holdout"]["nll"], *seed_nlls], config.noise.floor)
    sides = TRAINED_SIDES[against]

    def both(name: str) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
        return read_measured(own / f"{name}.parquet"), read_measured(other / f"{name}.parquet")

    mine, theirs = both("holdout")
    assert mine is not None
    assert theirs is not None
    fair = unseen(mine, trained_on)
    found = difference(fair, theirs, noise, sides)
    if found is None:
        raise GateError(
            f"no held-out row is left to compare with the {against}: it was trained on {len(mine) - len(fair):,} "
            f"of {len(mine):,}\n  hold out rows that it never saw: validation.split_seed stays, new rows come in"
        )
    leak = find_leak(*(_texts(accepted, split, config) for split in ("train", "holdout")))
    return {
        "format": COMPARISON_FORMAT,
        "against": against,
        "rows": found.rows,
        "tokens": found.tokens,
        "excluded_rows": len(mine) - len(fair),
        "improvement": as_facts(found),
        "noise": {
            "document_sd": found.document_sd,
            "seed_sd": noise.sd,
            "seeds": noise.seeds,
            "source": noise.source,
            "degrees_of_freedom": found.freedom,
        },
        "is_better": found.is_better,
        "judgement": judgement(found, against),
        "general": forgetting(*both("general"), noise, sides),
        "files": improvements(*both("files"), noise, sides),
        "fit": judge_fit(scores, others, found, leak.fraction)._asdict() if against == "base" else None,
        "leak": leak._asdict(),
    }


def _texts(accepted: pd.DataFrame, split: str, config: ComparisonConfig) -> list[tuple[str, ...]]:
    rows = accepted.loc[accepted["split"] == split, prompt_columns(config.prompt)]
    return list(rows.astype(object).where(rows.notna(), "").itertuples(index=False, name=None))
