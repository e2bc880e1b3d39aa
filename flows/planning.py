"""`gadfly plan`: what a run would do, without doing it, and what its training would take."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from flows.chain import chain
from flows.reading import reading
from flows.recipe import Recipe, load_recipe
from flows.recipe_checks import how_to_get
from flows.summary import stage_facts
from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.base_files import resolve_base
from tasks.errors import RecipeError
from tasks.ingestion.task import peek_source
from tasks.prompt_format import records
from tasks.stages import StagePlanner
from tasks.token_notes import token_notes, waived_checks
from tasks.tokenization.task import peek_tokens, show_tokens
from tasks.training.task import plan_training
from tasks.validation.task import mask_text

if TYPE_CHECKING:
    import pandas as pd

    from tasks.tokenized import Tokens

PLANNED_ROWS = 2_000
"""Rows that a plan tokenizes, or reads of the tokens that are there; the rest is taken to be like them."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked for besides the stages."""

    cards: Sequence[str] = ()
    """Other hardware, by its names in the table."""
    prices: Mapping[str, float] = field(default_factory=dict)
    """Of an hour, by card; a card with a price is planned for."""
    shown_rows: int = 0
    """Rows shown token by token."""
    with_probe: bool = True
    """Measure what the operations of a step take, where training would run."""


@reading()
def plan(recipe: str, overrides: Sequence[str] = (), refresh: Sequence[str] = ()) -> dict[str, Any]:
    """Look every stage up: cached, or would run and which part of its key changed.

    Raises:
        ContractError: The data is known to break its contract.
    """
    loaded = load_recipe(recipe, overrides)
    return _looked_up(loaded, refresh)[0]


@reading()
def plan_whole(recipe: str, overrides: Sequence[str], refresh: Sequence[str], wanted: Wanted) -> dict[str, Any]:
    """The stages, and what the training would take; nothing is kept of it.

    Raises:
        ContractError: The data is known to break its contract.
        TokenizationError: The base's tokenizer breaks its contract.
        TrainingError: The method doesn't fit the base.
        RecipeError: A card isn't known.
    """
    loaded = load_recipe(recipe, overrides)
    made, outputs = _looked_up(loaded, refresh)
    base = resolve_base(loaded.base)
    rows = _rows(loaded, outputs)
    if wanted.shown_rows:
        made["shown_rows"] = show_tokens(loaded.tokenization_config(), _first(rows.frame, wanted.shown_rows), base)
    tokens, scale = _tokens(loaded, outputs, rows, base)
    counts = {
        name: round(scale * sum(split[name] for split in tokens.facts["counts"].values()))
        for name in ("rows", "tokens", "supervised_tokens", "overlong_rows", "left_out_rows")
    }
    made["tokens"] = {
        **counts,
        "train_rows": round(scale * len(tokens.train)),
        "max_seq_len": tokens.facts["max_seq_len"],
        "from": rows.origin if "tokens" not in outputs else "the tokens that are there",
        "rows_looked_at": len(tokens.train) + len(tokens.holdout),
        "notes": [
            *waived_checks(tokens.facts),
            *token_notes(_with_counts(tokens.facts, lambda count: round(scale * count))),
        ],
    }
    made["training"] = plan_training(
        loaded.training,
        base,
        tokens,
        scale=scale,
        with_probe=wanted.with_probe and made["stages"]["training"]["state"] == "would run",
        cards=list(dict.fromkeys([*wanted.cards, *wanted.prices])),
        prices=wanted.prices,
    )
    made["training"]["seed_trainings"] = sum(
        facts["state"] == "would run" for stage, facts in made["stages"].items() if stage.startswith("training seed ")
    )
    return made


def parse_prices(given: Sequence[str]) -> dict[str, float]:
    """`h100=2.5` as a price an hour.

    Raises:
        RecipeError: It is something else.
    """
    prices = {}
    for item in given:
        name, equals, price = item.partition("=")
        try:
            hour = float(price)
        except ValueError:
            hour = math.nan
        if not (name.strip() and equals and 0 <= hour < math.inf):
            raise RecipeError(f"--price {item}: a price is a card and what its hour costs, such as h100=2.5")
        prices[name.strip().lower()] = hour
    return prices


class _Rows(NamedTuple):
    """Rows for a look."""

    frame: pd.DataFrame
    origin: str


def _looked_up(loaded: Recipe, refresh: Sequence[str]) -> tuple[dict[str, Any], dict[str, ArtifactRef]]:
    """The stages as they are printed, and the artifacts that are there."""
    planner = StagePlanner(loaded.name, frozenset(refresh))
    chain(loaded, planner)
    stages = {stage: stage_facts(report) for stage, report in planner.reports.items()}
    stages["registration"] = _registration(trains=stages["training"]["state"] != "cached")
    reports = (planner.reports[name] for name in ("ingestion", "validation", "tokenization"))
    outputs = {name: ref for report in reports for name, ref in report.outputs.items()}
    return {"recipe": loaded.name, "stages": stages}, outputs


def _registration(*, trains: bool) -> dict[str, Any]:
    """It has no cache: every run asks the registry, and a model that is there is not registered again."""
    why = (
        "registers what is trained, unless it is there"
        if trains
        else "the model is trained: registered unless it is there"
    )
    return {"state": "looks", "seconds": 0.0, "made_by": "", "digests": {}, "why": [why]}


def _rows(loaded: Recipe, outputs: Mapping[str, ArtifactRef]) -> _Rows:
    """The furthest that the rows have come."""
    import pandas as pd

    store = home.store()
    if "accepted" in outputs:
        return _Rows(pd.read_parquet(store.open(outputs["accepted"]) / "accepted.parquet"), "the accepted rows")
    if "rows" in outputs:
        frame = pd.read_parquet(store.open(outputs["rows"]) / "rows.parquet")
        frame = frame[frame["ingest_error"].isna()]
    else:
        with how_to_get(loaded.source):
            frame = peek_source(loaded.source)
    return _Rows(frame.drop(columns=["source_index", "ingest_error"]), "the source, which no contract has judged yet")


def _tokens(loaded: Recipe, outputs: Mapping[str, ArtifactRef], rows: _Rows, base: ArtifactRef) -> tuple[Tokens, float]:
    """Documents of some rows, and how many rows each stands for."""
    if "tokens" not in outputs:
        fraction, config = loaded.validation.holdout_fraction, loaded.tokenization_config()
        step = max(1, -(-len(rows.frame) // PLANNED_ROWS))
        return peek_tokens(config, rows.frame.iloc[::step], base, fraction), len(rows.frame) / len(rows.frame[::step])
    from tasks.tokenized import read_tokens

    there = read_tokens(home.store().open(outputs["tokens"]))
    step = max(1, -(-len(there.train) // PLANNED_ROWS))
    scale = len(there.train) / len(range(0, len(there.train), step))
    of_sample = _with_counts(there.facts, lambda count: count / scale)
    return there._replace(train=there.train[::step], facts=of_sample), scale


def _with_counts(facts: Mapping[str, Any], counted: Callable[[float], float]) -> dict[str, Any]:
    """Facts whose counts of rows are those of a sample, or of all rows; the longest row stays."""
    counts = {
        split: {name: value if name == "longest" else counted(value) for name, value in values.items()}
        for split, values in facts["counts"].items()
    }
    literal = {name: counted(count) for name, count in facts["literal_special_tokens"].items()}
    return {**facts, "counts": counts, "literal_special_tokens": literal}


def _first(frame: pd.DataFrame, number: int) -> list[dict[str, str | None]]:
    """The first rows that are trained on, masked: what is shown must not tell personal data."""
    if "split" in frame:
        frame = frame[frame["split"] == "train"]
    return [
        {name: value if name == "row_id" else mask_text(value or "") for name, value in row.items()}
        for row in records(frame.head(number))
    ]
