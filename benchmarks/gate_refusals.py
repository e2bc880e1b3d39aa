"""Models with one defect each go through the whole chain, and the gate has to refuse them by that defect's name.

Every defect is put in behind validation, since validation, the split and tokenization would not let it through. A sound
model trained on the same rows is champion, and has to pass the gate itself. What MLflow would reload isn't measured
here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

import pandas as pd

from benchmarks.gate_recipes import Alteration, Altered, Subject, altered_rows, changed, sized
from benchmarks.planted_kinds import SEEN
from benchmarks.printing import Table, at_least
from flows.chain import chain
from flows.recipe import Recipe
from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.documents import Document
from tasks.evaluation.task import compare_models
from tasks.registration.gate import Clause, Evidence, judge, outcome
from tasks.stages import Outputs, Stages
from tasks.tokenized import TokenizedRows, read_tokens, write_tokens

TRAIN_ROWS, HOLDOUT_ROWS = 600, 250
SOURCE_ROWS = 2000
"""Made rows: enough for both splits, and for rows to spoil."""
JUNK_SHARE = 0.3
LEAKED_SHARE = 0.5
PARROT_ROWS, PARROT_EPOCHS = 20, 60
ROWS_STRUNG = 3
JUNK_KINDS = (
    "HTML tags",
    "HTML entities",
    "forum tags",
    "UTF-8 read as cp1252, twice",
    "special token",
    "phrase repeated",
    "sentence repeated",
    "e-mail",
)
"""Kinds that leave most of a text as it was, so that a model learns the language from it too."""

Change = Callable[[pd.DataFrame], pd.DataFrame]


class Defect(NamedTuple):
    """One way for a model to go wrong."""

    name: str
    clause: str
    """What the gate has to call it; empty: it has to pass."""
    alterations: Mapping[str, Alteration]
    training: Mapping[str, Any] = {}


def defects() -> list[Defect]:
    """The sound model first: the others are held against it."""

    def rows(change: Change) -> dict[str, Alteration]:
        return {"validation": altered_rows(change)}

    keep = sized(TRAIN_ROWS, HOLDOUT_ROWS)
    return [
        Defect("sound", "", rows(keep)),
        Defect(f"{JUNK_SHARE:.0%} planted junk", "sample_junk", rows(with_junk)),
        Defect("leak", "leak", rows(lambda accepted: with_leak(keep(accepted)))),
        Defect("parrot", "copying", rows(sized(PARROT_ROWS, HOLDOUT_ROWS)), {"epochs": PARROT_EPOCHS}),
        Defect("never stops", "stopping", rows(keep) | {"tokenization": without_end}),
    ]


def with_junk(accepted: pd.DataFrame) -> pd.DataFrame:
    """The sound model's rows, and spoilt ones made of rows that it never saw, up to `JUNK_SHARE` of all."""
    kept = sized(TRAIN_ROWS, HOLDOUT_ROWS)(accepted)
    fresh = accepted[(accepted["split"] == "train") & ~accepted["row_id"].isin(kept["row_id"])]
    junk = fresh.sort_values("row_id").head(round(TRAIN_ROWS * JUNK_SHARE / (1 - JUNK_SHARE))).copy()
    rng, makers = Random(5), [kind.make for kind in SEEN if kind.name in JUNK_KINDS]
    assert len(makers) == len(JUNK_KINDS)
    junk["text"] = [str(makers[row % len(makers)](rng, text, row)) for row, text in enumerate(junk["text"])]
    return pd.concat([kept, junk])


def with_leak(kept: pd.DataFrame) -> pd.DataFrame:
    """Held-out rows copied into the training rows, under ids of their own."""
    leaked = kept[kept["split"] == "holdout"].head(round(HOLDOUT_ROWS * LEAKED_SHARE)).copy()
    leaked["row_id"] = [f"copy-{row_id}" for row_id in leaked["row_id"]]
    return pd.concat([kept, leaked.assign(split="train")])


def without_end(outputs: Outputs) -> Outputs:
    """Training rows strung together with no end token between or behind them: after a row comes another row."""
    store = home.store()
    tokens = read_tokens(store.open(outputs["tokens"]))
    row_ids, train = _whole(tokens.train)
    strung = [_strung(train[first : first + ROWS_STRUNG]) for first in range(0, len(train), ROWS_STRUNG)]
    splits = {"train": (row_ids[::ROWS_STRUNG], strung), "holdout": _whole(tokens.holdout)}
    return {"tokens": store.put("tokens", lambda folder: write_tokens(folder, splits, tokens.facts), private=True)}


def _strung(documents: Sequence[Document]) -> Document:
    """Documents as one, each without its last token, which is its end."""
    ids = [int(token) for one in documents for token in one.input_ids[:-1]]
    labels = [int(label) for one in documents for label in one.labels[:-1]]
    return Document(ids, labels)


def _whole(split: TokenizedRows) -> tuple[list[str], list[Document]]:
    return split.row_ids, split[:]


def tables(stages: Stages, subject: Subject) -> Iterator[Table]:
    """Every defect's clauses, and whether it was refused by its name."""
    summary = Table(f"Refused by name: {subject.name}", ["model", "held-out NLL", "junk in samples", "gate"])
    champion: Mapping[str, ArtifactRef] = {}
    for defect in defects():
        recipe = changed(subject.recipe, "training", **defect.training)
        made = chain(recipe, Altered(stages, defect.alterations))
        clauses = judge(evidence(stages, recipe, made, champion), recipe.registration.gate)
        yield clause_table(f"{subject.name}: {defect.name}", clauses)
        scores, samples = (
            home.store().read_json(made["tuned_scores"], "scores.json"),
            home.store().read_json(made["tuned_samples"], "verdict.json"),
        )
        refused = [clause.name for clause in clauses if not clause.passed]
        right = defect.clause in refused if defect.clause else not refused
        told = f"{scores['holdout']['nll']:.4f}", f"{samples['junk_rate']:.1%}", outcome(clauses)
        summary.add(defect.name, *told, figure=float(right), target=at_least(1))
        champion = champion or made
    yield summary


def evidence(
    stages: Stages, recipe: Recipe, made: Mapping[str, ArtifactRef], champion: Mapping[str, ArtifactRef]
) -> Evidence:
    """What the gate reads; against its base where there is no champion yet."""
    comparison = made["comparison"]
    if champion:
        comparison = stages(
            compare_models,
            called="champion comparison",
            config=recipe.comparison_config(),
            against="champion",
            scores=made["tuned_scores"],
            other_scores=champion["tuned_scores"],
            accepted=made["accepted"],
            seen_tokens=[champion["tokens"]],
        )["comparison"]
    return Evidence(
        comparison=home.store().read_json(comparison, "comparison.json"),
        from_base=home.store().read_json(made["comparison"], "comparison.json"),
        scores=home.store().read_json(made["tuned_scores"], "scores.json"),
        samples=home.store().read_json(made["tuned_samples"], "verdict.json"),
        base_samples=home.store().read_json(made["base_samples"], "verdict.json"),
        reload_damage="",
        provenance=recipe.provenance(),
    )


def clause_table(title: str, clauses: list[Clause]) -> Table:
    """Seen against allowed."""
    table = Table(title, ["clause", "", "seen", "allowed"])
    for clause in clauses:
        table.add(clause.name, "passed" if clause.passed else "REFUSED", clause.seen, clause.allowed)
    return table
