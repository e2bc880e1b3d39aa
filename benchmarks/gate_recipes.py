"""What the gate is tried on: recipes over made or real rows, and stages whose outputs are altered on the way."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from benchmarks.seed_noise import ROOT, quotes
from demo.grammar import TEMPLATE, sample_aphorism
from flows.recipe import Recipe
from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.caching import stage_name
from tasks.stages import Outputs, Stages
from tasks.tables import write_table

QUOTES_TEMPLATE = "Quote by {author}: {text}"
QUOTE_CHARACTERS = 120
"""Longer ones would take most of the time."""
Rows = list[dict[str, str]]
Alteration = Callable[[Outputs], Outputs]
"""From a stage's outputs to those that take their place."""


class Subject(NamedTuple):
    """Rows, a base, and a way of training that is known to work."""

    name: str
    recipe: Recipe
    better: dict[str, Any]
    """Changes to `training` that make it about 0.05 nats a token better."""


def demo_subject(folder: Path, rows: int) -> Subject:
    """The demo's base on rows of its grammar, without junk."""
    rng = Random(11)
    drawn = (sample_aphorism(rng) for _ in range(rows))
    source = _source(folder / "aphorisms.csv", [{"text": row.text, "author": row.author} for row in drawn])
    training = {"method": "full", "learning_rate": 2.0e-3, "epochs": 2, "batch_size": 16}
    recipe = _recipe("aphorisms", source, TEMPLATE, ROOT / "demo" / "base", training, 0.49)
    return Subject("demo/base, aphorisms", recipe, {"epochs": 3.25})


def quotes_subject(folder: Path, data: Path) -> Subject:
    """A base that was really pretrained, on real quotes."""
    short = [row for row in quotes(data) if len(row["text"]) <= QUOTE_CHARACTERS]
    source = _source(folder / "quotes.csv", short)
    training = {"method": "full", "learning_rate": 2.0e-3, "epochs": 4, "batch_size": 16}
    recipe = _recipe("quotes", source, QUOTES_TEMPLATE, data / "models" / "stories260k", training, 0.25)
    return Subject("stories260k, quotes", recipe, {"epochs": 5})


def _source(path: Path, rows: Rows) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["text", "author"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def _recipe(name: str, source: Path, template: str, base: Path, training: Mapping[str, Any], held_out: float) -> Recipe:
    return Recipe.model_validate(
        {
            "name": name,
            "source": {"path": str(source)},
            "contract": "short_text",
            "prompt": {"template": template},
            "base": {"model": str(base)},
            "tokenization": {"max_seq_len": 128},
            "training": training,
            "validation": {"holdout_fraction": held_out},
            "registration": {"model": name},
        }
    )


def changed(recipe: Recipe, section: str, **values: Any) -> Recipe:
    """A recipe with some values of a section replaced."""
    content = recipe.model_dump(mode="json")
    content[section] |= values
    return Recipe.model_validate_json(json.dumps(content))


class Altered:
    """Stages of which some have their outputs altered: defects that the chain itself would never let through."""

    def __init__(self, stages: Stages, alterations: Mapping[str, Alteration]) -> None:
        self.stages, self.alterations = stages, alterations
        self.reports = stages.reports

    def __call__(self, task: Any, *, called: str = "", **arguments: Any) -> Outputs:
        """A stage's outputs, altered where its name is among the alterations."""
        outputs = self.stages(task, called=called, **arguments)
        alter = self.alterations.get(stage_name(task))
        return {**outputs, **alter(outputs)} if alter else outputs

    def require(self, check: Callable[[ArtifactRef, str], None], artifact: ArtifactRef) -> None:
        """As the stages do."""
        self.stages.require(check, artifact)


def altered_rows(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Alteration:
    """Other accepted rows than validation let through."""

    def alter(outputs: Outputs) -> Outputs:
        store = home.store()
        table = pa.Table.from_pandas(
            change(pd.read_parquet(store.open(outputs["accepted"]) / "accepted.parquet")), preserve_index=False
        )
        return {
            "accepted": store.put(
                "accepted", lambda folder: write_table(table, folder / "accepted.parquet"), private=True
            )
        }

    return alter


def sized(train: int, holdout: int) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """The first rows of each split by row id, which is a hash: a fair draw."""

    def change(rows: pd.DataFrame) -> pd.DataFrame:
        by_id = rows.sort_values("row_id")
        parts = [by_id[by_id["split"] == split].head(size) for split, size in (("train", train), ("holdout", holdout))]
        return pd.concat(parts)

    return change
