"""Which of two changes brought a gain: new data, a new config, or only both together.

Four models are compared on the same held-out documents: trained on old or new data, with the old or the new config (a
2 × 2 factorial; Box, Hunter and Hunter 2005, ch. 5). A change's effect is the mean of what it brings with the other one
old and with the other one new; the effects of both add up to the whole difference. Documents are paired over all four,
and each training's seed noise counts by the square of its weight.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import pandas as pd

from tasks.evaluation.comparison import as_facts, difference, unseen
from tasks.evaluation.intervals import SeedNoise

Cell = tuple[str, str]
"""Data and config, each `old` or `new`."""
CELLS: tuple[Cell, ...] = (("old", "old"), ("new", "old"), ("old", "new"), ("new", "new"))
SUMS = ("nll_sum", "num_tokens", "num_bytes")


class Effect(NamedTuple):
    """A difference of means over cells: what the first ones have less of."""

    better: tuple[Cell, ...]
    worse: tuple[Cell, ...]

    def trained_sides(self, models: Mapping[Cell, str]) -> float:
        """How often a training's noise is in it: the squared weights of the models; cells may share one."""
        weights: defaultdict[str, float] = defaultdict(float)
        for cells, sign in ((self.better, 1.0), (self.worse, -1.0)):
            for cell in cells:
                weights[models[cell]] += sign / len(cells)
        return sum(weight**2 for weight in weights.values())


CHANGES = ("data", "config")
EFFECTS = {
    "total": Effect((("new", "new"),), (("old", "old"),)),
    "data": Effect((("new", "old"), ("new", "new")), (("old", "old"), ("old", "new"))),
    "config": Effect((("old", "new"), ("new", "new")), (("old", "old"), ("new", "old"))),
    "data with old config": Effect((("new", "old"),), (("old", "old"),)),
    "data with new config": Effect((("new", "new"),), (("old", "new"),)),
    "config on old data": Effect((("old", "new"),), (("old", "old"),)),
    "config on new data": Effect((("new", "new"),), (("new", "old"),)),
}
"""What is told, in nats a token that it saves; > 0 is better."""


def attribute(
    measured: Mapping[Cell, pd.DataFrame], models: Mapping[Cell, str], noise: SeedNoise, trained_on: Collection[str]
) -> dict[str, Any]:
    """Effects with intervals, and a sentence.

    Args:
        measured: For each of `CELLS` `row_id`, `nll_sum`, `num_tokens`, `num_bytes` of the same held-out rows.
        models: Each cell's model, by digest.
        noise: Of one training.
        trained_on: The old data's training rows: held-out rows among them don't count.

    Returns:
        `rows`, `effects` (each as in `comparison.json`, with `is_better` and `is_worse`) and `judgement`; no effects
        where no row is left.
    """
    tables = _aligned({cell: unseen(table, trained_on) for cell, table in measured.items()})
    effects: dict[str, Any] = {}
    rows = len(tables["new", "new"])
    for name, effect in EFFECTS.items():
        own, other = (_mean([tables[cell] for cell in cells]) for cells in effect)
        found = difference(own, other, noise, effect.trained_sides(models))
        if found is not None:
            effects[name] = {**as_facts(found), "is_better": found.is_better, "is_worse": found.high < 0}
    return {"rows": rows, "effects": effects, "judgement": judgement(effects)}


def _aligned(tables: Mapping[Cell, pd.DataFrame]) -> dict[Cell, pd.DataFrame]:
    """All tables on the rows that each has, in one order; nats scaled to the new cell's bytes, its tokens counted."""
    reference = tables["new", "new"].set_index("row_id")[list(SUMS)]
    indexed = {cell: table.set_index("row_id") for cell, table in tables.items()}
    for table in indexed.values():
        reference = reference[reference.index.isin(table.index)]
    aligned = {}
    for cell, table in indexed.items():
        own = table.loc[reference.index]
        scale = (reference["num_bytes"] / own["num_bytes"].where(own["num_bytes"] > 0)).fillna(1.0)
        aligned[cell] = reference.assign(nll_sum=own["nll_sum"] * scale)
    return aligned


def _mean(tables: list[pd.DataFrame]) -> pd.DataFrame:
    nats = sum(table["nll_sum"] for table in tables) / len(tables)
    return tables[0].assign(nll_sum=nats).reset_index()


def judgement(effects: Mapping[str, Any]) -> str:
    """Which change brought the gain, in a sentence; nothing is said to bring one within noise."""
    if not effects:
        return "No held-out row is left that the old models never saw: nothing can be told."
    total = effects["total"]
    if not total["is_better"]:
        told = "worse by more than noise" if total["is_worse"] else "no better beyond noise"
        return f"The new model is {told} ({_told(total)}), so there is no gain to share out."
    brought = [name for name in CHANGES if effects[name]["is_better"]]
    if not brought:
        return f"Better by more than noise ({_told(total)}), but neither change shows a gain of its own beyond noise."
    sentences = [f"the {name} brought {_told(effects[name])}" for name in brought]
    for name in CHANGES:
        if effects[name]["is_worse"]:
            sentences.append(f"the {name} cost some of it, {_told(effects[name])}")
        elif name not in brought:
            sentences.append(f"the {name} brought nothing beyond noise, {_told(effects[name])}")
    return f"Better by more than noise ({_told(total)}): {'; '.join(sentences)}."


def _told(effect: Mapping[str, float]) -> str:
    return f"{effect['nll']:+.4f} nats a token, {effect['low']:+.4f} to {effect['high']:+.4f}"
