"""The one place where the benchmarks call Gadfly's validation: columns and a contract's name in, verdicts out."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.tables import write_table

if TYPE_CHECKING:
    import pandas as pd

    from tasks.validation.contract import Contract

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
    from tasks.validation.contract import load_contract

    has_bytes = any(isinstance(value, bytes) for values in columns.values() for value in values)
    frame = _ingested(columns) if has_bytes else _frame(columns)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_table(_table(frame), folder / "rows.parquet")
        run_validator(folder, _with_leaks(load_contract(CONTRACTS / f"{contract}.yaml"), leak_texts or {}, folder))
        return _verdicts(folder, frame, "completion" if "completion" in columns else "text")


def run_validator(folder: Path, contract: Contract) -> None:
    """Judge a folder's `rows.parquet`, and write what the validation stage writes beside it."""
    from tasks.validation.config import ValidationConfig
    from tasks.validation.quarantine import write_tables
    from tasks.validation.validate import validate

    outcome = validate(folder / "rows.parquet", ValidationConfig(contract=contract), None, folder)
    write_tables(folder / "rows.parquet", outcome.decisions, folder)


def write_rows(texts: Sequence[str], folder: Path) -> None:
    """Write texts as the `rows.parquet` that ingestion leaves."""
    write_table(_table(_frame({"text": texts})), folder / "rows.parquet")


def _with_leaks(contract: Contract, leak_texts: Mapping[str, Sequence[str]], folder: Path) -> Contract:
    """The contract with a rule for each set of texts that must not be trained on."""
    from tasks.validation.contract import Rule

    rules = list(contract.rules)
    for reason, texts in leak_texts.items():
        path = folder / f"{reason}.jsonl"
        path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
        rules.append(Rule(reason=reason, signal="found_in_files", files=(str(path),), max=0))
    return contract.model_copy(update={"rules": tuple(rules)})


def _table(frame: pd.DataFrame) -> pa.Table:
    kinds = {"source_index": pa.int64()}
    schema = pa.schema([(name, kinds.get(name, pa.large_string())) for name in frame.columns])
    return pa.Table.from_pandas(frame, schema=schema, preserve_index=False)


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


def _verdicts(folder: Path, frame: pd.DataFrame, main: str) -> list[Verdict]:
    verdicts = [_ACCEPTED] * len(frame)
    repairs: dict[int, tuple[str, ...]] = {}
    for row in pq.read_table(folder / "repaired.parquet").to_pylist():
        place = int(row["row_id"])
        repairs[place] = (*repairs.get(place, ()), *row["reasons"])
    texts = frame[main].tolist()
    for row in pq.read_table(folder / "accepted.parquet", columns=["row_id", main]).to_pylist():
        place = int(row["row_id"])
        if place in repairs:
            changed = row[main] if row[main] != texts[place] else None
            verdicts[place] = Verdict(repaired=changed, repaired_for=repairs[place])
    for row in pq.read_table(folder / "quarantined.parquet", columns=["row_id", "reasons", "values"]).to_pylist():
        values = json.loads(row["values"])
        kept = values.get("near_duplicate") or values.get("duplicate")
        repeated = int(kept) if isinstance(kept, str) and kept.isdigit() else None
        place = int(row["row_id"])
        verdicts[place] = Verdict(tuple(row["reasons"]), repaired_for=repairs.get(place, ()), kept=repeated)
    return verdicts
