"""Whether one model is better than another, by how much, and by how much more than noise.

Both models' nats on the same documents are subtracted, so that hard and easy documents cancel. Where tokenizers differ,
so do tokens and now and then what is predicted of a text (one that adds no begin token can't predict the first, a cut
text ends elsewhere): the other model's nats of a document are then scaled to the same bytes, and everything is divided
by the first model's tokens.

The interval holds two variances: of the documents, resampled in pairs, and of training's seed, once for each model that
was trained. Without the second, a bootstrap over documents alone calls models better that differ only by their seed.
The interval is two-sided: its lower end alone at 95 % would promote more than 5 % of such pairs where the noise is an
estimate (5.1 to 6.1 % by simulation), since Welch and Satterthwaite's degrees of freedom are an approximation.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from tasks.evaluation.intervals import CONFIDENCE, SeedNoise, degrees_of_freedom, half_width, resampled_sums, spread
from tasks.purged import content_id

Against = Literal["base", "champion"]
TRAINED_SIDES: dict[Against, int] = {"base": 1, "champion": 2}
"""How many of the two models have a training's noise in them."""


class Difference(NamedTuple):
    """Nats a token that the other model needs more on the same documents: positive is an improvement."""

    nll: float
    half_width: float
    bits_per_byte: float
    document_sd: float
    freedom: float | None
    rows: int
    tokens: int

    @property
    def low(self) -> float:
        """The interval's lower end."""
        return self.nll - self.half_width

    @property
    def high(self) -> float:
        """The interval's upper end."""
        return self.nll + self.half_width

    @property
    def is_better(self) -> bool:
        """Whether the whole interval is an improvement; one document alone shows none."""
        return self.low > 0 and self.rows > 1


def difference(own: pd.DataFrame, other: pd.DataFrame, noise: SeedNoise, trained_sides: float) -> Difference | None:
    """Compare two models on the documents that both were measured on; None where there is none.

    Args:
        own: `row_id`, `nll_sum`, `num_tokens`, `num_bytes` of the model in question.
        other: The same of the model that it is compared with.
        noise: Of one training.
        trained_sides: In how many of the two that noise is; for means over several, the sum of their squared weights.
    """
    both = own.merge(other, on="row_id", suffixes=("", "_other"), validate="one_to_one")
    tokens = int(both["num_tokens"].sum())
    if tokens == 0:
        return None
    scale = np.where(both["num_bytes_other"] > 0, both["num_bytes"] / both["num_bytes_other"].clip(lower=1), 1.0)
    gained = both["nll_sum_other"] * scale - both["nll_sum"]
    sums = resampled_sums([gained, both["num_tokens"]])
    document_sd = spread(sums[:, 0] / np.maximum(1, sums[:, 1]), len(both))
    variances = document_sd**2, len(both), trained_sides * noise.sd**2, noise.freedom
    return Difference(
        nll=float(gained.sum()) / tokens,
        half_width=half_width(*variances),
        bits_per_byte=float(gained.sum()) / max(1, int(both["num_bytes"].sum())) / math.log(2),
        document_sd=document_sd,
        freedom=degrees_of_freedom(*variances),
        rows=len(both),
        tokens=tokens,
    )


def unseen(measured: pd.DataFrame, trained_on: Collection[str]) -> pd.DataFrame:
    """The rows that another model wasn't trained on; repeats of a row's content count as that row."""
    seen = {content_id(row_id) for row_id in trained_on}
    return measured[[content_id(row_id) not in seen for row_id in measured["row_id"]]]


def judgement(found: Difference, against: Against) -> str:
    """What may be said, in a sentence."""
    other = {"base": "its base", "champion": "the champion"}[against]
    measured = f"{found.nll:+.4f} nats a token, {found.low:+.4f} to {found.high:+.4f} at {CONFIDENCE:.0%}"
    on = f"on {found.rows:,} held-out rows"
    if found.is_better:
        return f"Better than {other}, by more than noise: {measured}, {on}."
    if found.high < 0:
        return f"Worse than {other}, by more than noise: {measured}, {on}."
    return f"No better than {other} beyond noise: {measured}, {on}."


def as_facts(found: Difference) -> dict[str, float]:
    """An improvement as it stands in `comparison.json`."""
    return {
        "nll": found.nll,
        "low": found.low,
        "high": found.high,
        "confidence": CONFIDENCE,
        "bits_per_byte": found.bits_per_byte,
    }


def forgetting(own: pd.DataFrame | None, other: pd.DataFrame | None, noise: SeedNoise, sides: int) -> Any:
    """What the model lost on general text: the difference turned round, so that positive is worse; or None."""
    if own is None or other is None:
        return None
    found = difference(own, other, noise, sides)
    return found and {"forgetting": -found.nll, "low": -found.high, "high": -found.low}


def improvements(
    own: pd.DataFrame | None, other: pd.DataFrame | None, noise: SeedNoise, sides: int
) -> dict[str, dict[str, float]]:
    """The improvement on each named file."""
    if own is None or other is None:
        return {}
    found = {name: difference(table, other[other["file"] == name], noise, sides) for name, table in own.groupby("file")}
    return {str(name): {"improvement": one.nll, "low": one.low, "high": one.high} for name, one in found.items() if one}
