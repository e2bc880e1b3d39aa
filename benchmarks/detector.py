"""The one place where the benchmarks call Gadfly's validation: columns and a contract's name in, verdicts out."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

CONTRACTS = Path(__file__).resolve().parents[1] / "data_contracts"
Value = str | bytes | None
Columns = Mapping[str, Sequence[Value]]


@dataclass(frozen=True)
class Verdict:
    """What Gadfly makes of one row."""

    reasons: tuple[str, ...] = ()
    """Why it was quarantined; none where it was accepted."""
    repaired: str | None = None
    """Its text as accepted, where that differs from what was given."""
    repaired_for: tuple[str, ...] = ()
    """Why it was repaired, where the validator says so."""
    kept: int | None = None
    """The row that it repeats, by position."""

    @property
    def named(self) -> frozenset[str]:
        """Every defect that was named, whether the row was rejected or repaired for it."""
        return frozenset(self.reasons + self.repaired_for)


_ACCEPTED = Verdict()


def profile(name: str) -> str:
    """The contract of that name where there is one, else `short_text`."""
    return name if (CONTRACTS / f"{name}.yaml").exists() else "short_text"


def judge(
    columns: Columns, contract: str = "short_text", *, leak_texts: Mapping[str, Sequence[str]] | None = None
) -> list[Verdict]:
    """Hold rows against a contract.

    Args:
        columns: Canonical column name to values, all of one length. Bytes stand for what a file held and go through
            ingestion; text goes to validation as it is.
        contract: A file in `data_contracts/`, without its ending.
        leak_texts: `holdout_leak` or `benchmark_leak` to the texts that must not be trained on.

    Returns:
        One verdict a row, in order.
    """
    from tasks.validation.config import ValidationConfig
    from tasks.validation.contract import load_contract
    from tasks.validation.validate import validate

    del leak_texts  # no contract can list such texts so far
    has_bytes = any(isinstance(value, bytes) for values in columns.values() for value in values)
    frame = _ingested(columns) if has_bytes else _frame(columns)
    config = ValidationConfig(contract=load_contract(CONTRACTS / f"{contract}.yaml"))
    outcome = validate(frame, config, {})
    return _verdicts(outcome, frame, "completion" if "completion" in columns else "text")


def _frame(columns: Columns) -> pd.DataFrame:
    """Rows as ingestion leaves them."""
    import pandas as pd

    size = len(next(iter(columns.values())))
    own = {
        "row_id": pd.array([str(place) for place in range(size)], dtype="str"),
        "source_index": range(size),
        "ingest_error": pd.array([None] * size, dtype="str"),
    }
    content = {name: pd.Series(list(values), dtype="str") for name, values in columns.items()}
    return pd.DataFrame(own | content)


def _ingested(columns: Columns) -> pd.DataFrame:
    """Rows as ingestion reads them from a file in which some values are not text."""
    from tasks.ingestion.config import SourceConfig
    from tasks.ingestion.rows import canonical_rows
    from tasks.ingestion.sources import read_source

    names = list(columns)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        path.write_bytes(b"".join(_line(names, row) for row in zip(*columns.values(), strict=True)))
        config = SourceConfig(path=str(path), columns={name: name for name in names})
        frame = canonical_rows(read_source(config), config)
    return frame.assign(row_id=[str(place) for place in frame["source_index"]])


def _line(names: Sequence[str], row: Sequence[Value]) -> bytes:
    cells = [
        json.dumps(name).encode() + b": " + (b'"' + value + b'"' if isinstance(value, bytes) else _json(value))
        for name, value in zip(names, row, strict=True)
    ]
    return b"{" + b", ".join(cells) + b"}\n"


def _json(value: str | None) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _verdicts(outcome: Any, frame: pd.DataFrame, main: str) -> list[Verdict]:
    verdicts = [_ACCEPTED] * len(frame)
    texts = frame[main].tolist()
    for row in outcome.quarantined.select(["row_id", "reasons", "values"]).to_pylist():
        values = json.loads(row["values"])
        kept = values.get("near_duplicate") or values.get("duplicate")
        place = int(kept) if isinstance(kept, str) and kept.isdigit() else None
        verdicts[int(row["row_id"])] = Verdict(tuple(row["reasons"]), kept=place)
    for row in outcome.accepted.select(["row_id", main]).to_pylist():
        place = int(row["row_id"])
        if row[main] != texts[place]:
            verdicts[place] = Verdict(repaired=row[main])
    return verdicts
