"""The worst rejected rows of each reason, as people may see them.

One pass over reasons and measured values keeps a few positions a reason; only those rows' texts are read. Memory is one
batch of rows, whatever was rejected.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.validation.masking import ROW_ID, mask_values, shown

BATCH = 8192
OWN_COLUMNS = ("row_id", "source_index", "reasons", "values")


@dataclass(frozen=True, kw_only=True)
class Example:
    """A rejected row, masked and cut."""

    row_id: str
    source_index: int
    texts: dict[str, str]
    """Column to text; columns without one are left out."""
    measured: str
    """What the rule saw."""
    kept: str
    """Of a duplicate: the id of the row that was kept."""


def worst_examples(quarantined: Path, rules: Sequence[Mapping[str, Any]], per_reason: int) -> dict[str, list[Example]]:
    """The rows that break each reason's rules by most, the worst first; equal ones in the source's order.

    Rows with that reason alone come before those with others: they show what the rule does.

    Args:
        quarantined: The artifact's Parquet file.
        rules: The report's rules: their bounds tell how far a value is off.
        per_reason: Most rows a reason.
    """
    file = pq.ParquetFile(quarantined)
    worst: dict[str, list[tuple[bool, float, int]]] = {}
    position = 0
    for batch in file.iter_batches(batch_size=BATCH, columns=["reasons", "values"]):
        for reasons, values in zip(batch["reasons"].to_pylist(), batch["values"].to_pylist(), strict=True):
            measured = json.loads(values)
            for reason in reasons:
                kept = worst.setdefault(reason, [])
                heapq.heappush(kept, (len(reasons) == 1, _excess(reason, measured, rules), -position))
                if len(kept) > per_reason:
                    heapq.heappop(kept)
            position += 1
    chosen = {reason: [-place for *_, place in sorted(kept, reverse=True)] for reason, kept in worst.items()}
    rows = _rows_at(file, sorted({place for places in chosen.values() for place in places}))
    return {reason: [_example(rows[place], reason) for place in places] for reason, places in sorted(chosen.items())}


def _excess(reason: str, measured: Mapping[str, Any], rules: Sequence[Mapping[str, Any]]) -> float:
    """How far beyond a bound the row's value is, in the bound's own size; 0 where nothing was counted."""
    most = 0.0
    for rule in rules:
        if rule["reason"] != reason:
            continue
        value = _value(reason, rule, measured)
        if isinstance(value, (int, float)):
            low, high = rule.get("min"), rule.get("max")
            if high is not None and value > high:
                most = max(most, (value - high) / max(abs(high), 1.0))
            if low is not None and value < low:
                most = max(most, (low - value) / max(abs(low), 1.0))
    return most


def _value(reason: str, rule: Mapping[str, Any], measured: Mapping[str, Any]) -> Any:
    name = f"{reason}: {rule['column']} {rule.get('signal') or rule.get('pattern')}"
    return measured.get(reason, measured.get(name))


def _rows_at(file: pq.ParquetFile, positions: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Some rows by their position."""
    rows: dict[int, dict[str, Any]] = {}
    start = 0
    for batch in file.iter_batches(batch_size=BATCH):
        here = [place for place in positions if start <= place < start + len(batch)]
        taken = batch.take(pa.array([place - start for place in here], pa.int64())).to_pylist()
        rows |= dict(zip(here, taken, strict=True))
        start += len(batch)
    return rows


def _example(row: Mapping[str, Any], reason: str) -> Example:
    values = {
        name: value
        for name, value in json.loads(row["values"]).items()
        if name == reason or name.startswith(f"{reason}: ")
    }
    kept = next((value for value in values.values() if isinstance(value, str) and ROW_ID.fullmatch(value)), "")
    told = {name.removeprefix(f"{reason}: "): value for name, value in mask_values(values).items() if value != kept}
    return Example(
        row_id=row["row_id"],
        source_index=row["source_index"],
        texts={name: shown(value) for name, value in row.items() if name not in OWN_COLUMNS and isinstance(value, str)},
        measured=", ".join(_told(name, value, reason) for name, value in told.items()),
        kept=kept,
    )


def _told(name: str, value: Any, reason: str) -> str:
    text = f"{value:,.4g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
    if isinstance(value, Mapping):
        text = ", ".join(f"{side}: {row_id}" for side, row_id in value.items())
    return text if name == reason else f"{name} {text}"
