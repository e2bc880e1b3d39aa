"""The results a card has as a table, a row an epoch or a text, and those in its metadata (`model-index`)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tasks.card_check.card import Card, Line
from tasks.card_check.figures import MAX_FIGURES, MEASURED, Figure, figure_value, kind_of
from tasks.card_check.written_numbers import only_number, parse_number, plain

MAX_COLUMNS, MAX_TABLES = 40, 20


class Row(NamedTuple):
    """A row of a table of results."""

    line: int
    figures: dict[str, Figure]
    """By kind; `epoch` and `step` besides the measured ones."""


class Table(NamedTuple):
    """A table with at least one column of results."""

    rows: list[Row]
    lines: set[int]
    """All of its lines, header included."""

    def column(self, kind: str) -> list[Figure]:
        """The figures of a kind, in order; empty where not every row has one."""
        found = [row.figures[kind] for row in self.rows if kind in row.figures]
        return found if len(found) == len(self.rows) else []


def read_tables(card: Card) -> list[Table]:
    """The tables with a column of results; a card has a few."""
    tables: list[Table] = []
    block: list[Line] = []
    for line in [*card.prose, Line(0, "", "", False)]:
        if line.text.count("|") > 1:
            block.append(line)
        elif block:
            tables += _table(block)
            block = []
    return tables[:MAX_TABLES]


def _table(block: list[Line]) -> Iterator[Table]:
    if len(block) < 3 or not re.fullmatch(r"[\s|:\-]{3,}", block[1].text):
        return
    kinds = [kind_of(cell) for cell in _cells(block[0].text)]
    if not any(kind in MEASURED for kind in kinds):
        return
    rows = []
    for line in block[2 : MAX_FIGURES // 4]:
        figures: dict[str, Figure] = {}
        for kind, cell in zip(kinds, _cells(line.text), strict=False):
            if kind and kind not in figures and (written := only_number(cell)):
                value, rounding = figure_value(kind, written, plain(cell).partition(written)[2])
                figures[kind] = Figure(kind, value, rounding, line.number, f"row {line.number}", line.section)
        rows.append(Row(line.number, figures))
    yield Table(rows, {line.number for line in block})


def _cells(text: str) -> list[str]:
    return [cell.strip() for cell in text.strip().removeprefix("|").removesuffix("|").split("|")][:MAX_COLUMNS]


def metadata_figures(card: Card) -> list[Figure]:
    """The losses, perplexities and accuracies of the metadata's `model-index`, in order."""
    lines = iter(
        [number for number, text in enumerate(card.front_matter, 2) if re.match(r"\s*(?:-\s+)?value\s*:", text)]
    )
    found = []
    for place, result in enumerate(_results(card.metadata)):
        for metric in _dicts(result.get("metrics")):
            line = next(lines, 1) if "value" in metric else 1
            kind = kind_of(str(metric.get("type") or metric.get("name") or "").replace("eval_", ""))
            value: Any = metric.get("value")
            if kind in MEASURED and _is_number(value):
                _, rounding = parse_number(only_number(repr(value)) or "0")
                kind = "eval_loss" if kind == "loss" else kind
                found.append(Figure(kind, float(value), rounding, line, f"metadata {place}"))
    return found[:MAX_FIGURES]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def evaluation_data(card: Card) -> list[str]:
    """The names of the data that the metadata's results are of, revisions with them."""
    datasets = [result.get("dataset") for result in _results(card.metadata)]
    return [
        " ".join(str(dataset[key]) for key in ("name", "type", "split", "revision") if dataset.get(key))
        for dataset in datasets
        if isinstance(dataset, dict)
    ]


def _results(metadata: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [result for model in _dicts(metadata.get("model-index")) for result in _dicts(model.get("results"))]


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
