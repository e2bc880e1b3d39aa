"""`gadfly check`: data quality alone, without a recipe, a model or a server."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from flows.named_files import contract_file
from flows.reading import reading
from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.identity import is_url, public_url
from tasks.ingestion.config import SourceConfig
from tasks.ingestion.task import BOOK, by_paragraph, ingest_rows, is_book, profile_source, source_facts
from tasks.purged import purged_rows
from tasks.validation.config import ValidationConfig
from tasks.validation.contract import Contract, load_contract
from tasks.validation.task import (
    data_verdict,
    judge_rows,
    masked_row,
    write_data_report,
    write_expectation_pages,
)

LISTED_COLUMNS = ("row_id", "source_index", "reasons", "values")
BATCH = 8192


def source_config(source: str, columns: Mapping[str, str] | None = None) -> SourceConfig:
    """A source given on the command line: a file, folder or URL where there is one, else a hub dataset."""
    columns = dict(columns or {})
    looks_local = Path(source).exists() or "://" in source or source.startswith((".", "/", "~")) or "." in source
    if looks_local:
        return SourceConfig(
            path=source if is_url(source) else str(Path(source.removeprefix("file://")).expanduser().resolve()),
            columns=columns,
        )
    return SourceConfig(hub=source, columns=columns)


class Held(NamedTuple):
    """A source held against a contract."""

    contract: Contract
    columns: Mapping[str, str]
    """Canonical name to source column, as they were given or recognised."""
    rows: ArtifactRef
    judged: dict[str, ArtifactRef]
    """`accepted`, `quarantined`, `repaired`, `validation_report`."""
    notes: list[str]
    """How the source is read, where nobody said so."""


@reading()
def hold(source: str, contract: str, columns: Mapping[str, str]) -> Held:
    """Read a source as a draft of its contract does, and judge its rows; the arguments are those of `check`."""
    loaded = load_contract(contract_file(contract))
    config, purged = source_config(source, columns), purged_rows()
    rows = ingest_rows.fn(config, purged)["rows"]
    recognised = columns or _recognised(rows, config, loaded.text_columns)
    fitting = config.model_copy(update={"columns": dict(recognised)})
    book = source_facts(rows)["format"] == "text" and is_book(config)
    if book:
        fitting = by_paragraph(fitting)
    if fitting != config:
        rows = ingest_rows.fn(fitting, purged)["rows"]
    judged = judge_rows(ValidationConfig(contract=loaded), rows, remember=False)
    return Held(loaded, recognised, rows, judged, [BOOK] if book else [])


@reading()
def check(source: str, contract: str, columns: Mapping[str, str], out: str = "", docs: str = "") -> dict[str, Any]:
    """Hold a source against a contract.

    Args:
        source: File, folder, URL or hub dataset.
        contract: Name or path.
        columns: Canonical name to source column; empty keeps every column under its own name, unless the contract's
            text columns are missing: then the columns are recognised by name and content.
        out: Folder for the report, the accepted and the quarantined rows; empty: one under `.gadfly/checks/`.
        docs: Folder for Great Expectations' pages; empty: none are made.

    Returns:
        `rows`, `contract`, `success`, `verdict`, `failures`, `encoding`, `notes` on the source, and the paths
        `accepted`, `quarantined` (JSON Lines), `report` (HTML) and, if asked for, `docs`.
    """
    held = hold(source, contract, columns)
    loaded, columns, rows, checked = held.contract, held.columns, held.rows, held.judged
    store = home.store()
    report = store.read_json(checked["validation_report"], "report.json")
    facts = source_facts(rows)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    folder = Path(out).expanduser() if out else home.state_folder() / "checks" / stamp
    folder.mkdir(parents=True, exist_ok=True)
    quarantined = write_quarantined(checked["quarantined"], folder / "quarantined.jsonl")
    private_file(folder / "accepted.parquet")
    shutil.copyfile(store.open(checked["accepted"]) / "accepted.parquet", folder / "accepted.parquet")
    write_data_report({**checked, "rows": rows}, folder / "report.html", _command(source, contract, columns))
    pages = write_expectation_pages(checked["validation_report"], Path(docs).expanduser()) if docs else ""
    return {
        "contract": f"{loaded.name} v{loaded.version}",
        "success": report["success"],
        "verdict": data_verdict(loaded, rows, checked),
        "failures": report["failures"],
        "columns": dict(columns),
        "encoding": facts["encoding"],
        "notes": [*facts["notes"], *held.notes],
        "rows": row_counts(report),
        "accepted": str(folder / "accepted.parquet"),
        "quarantined": str(quarantined),
        "report": str(folder / "report.html"),
        **({"docs": pages} if pages else {}),
    }


def row_counts(report: Mapping[str, Any]) -> dict[str, Any]:
    """What a validation report says of the rows, as every command prints it."""
    names = ("ingested", "accepted", "quarantined", "reasons", "warnings", "repaired")
    return {name: report[name] for name in names}


def _command(source: str, contract: str, columns: Mapping[str, str]) -> str:
    """What makes a check again; a URL's credentials are left out."""
    words = ["gadfly", "check", public_url(source), "--contract", contract]
    for name, column in columns.items():
        words += ["--column", f"{name}={column}"]
    return shlex.join(words)


def _recognised(rows: ArtifactRef, config: SourceConfig, wanted: Sequence[str]) -> dict[str, str]:
    """The recognised columns where that finds more of those a contract judges; else none."""
    import pyarrow.parquet as pq

    present = set(wanted) & set(pq.read_schema(home.store().open(rows) / "rows.parquet").names)
    if "text" in present or present == set(wanted):
        return {}
    found = profile_source(config).config.columns
    return found if present < set(wanted) & set(found) else {}


def quarantined_rows(ref: ArtifactRef) -> Iterator[dict[str, Any]]:
    """Rejected rows with their reasons and measured values, in source order, a batch of them in memory."""
    import pyarrow.parquet as pq

    for batch in pq.ParquetFile(home.store().open(ref) / "quarantined.parquet").iter_batches(batch_size=BATCH):
        for row in batch.to_pylist():
            yield row | {"values": json.loads(row["values"])}


def private_file(path: Path) -> None:
    """Make a file, or an older one of that name, readable by its owner alone before it is written."""
    path.touch(mode=0o600)
    path.chmod(0o600)


def write_quarantined(ref: ArtifactRef, path: Path) -> Path:
    """Write rejected rows' reasons and masked values as JSON Lines, readable by their owner alone."""
    private_file(path)
    with path.open("w", encoding="utf-8") as stream:
        for row in quarantined_rows(ref):
            listed = masked_row({name: row[name] for name in LISTED_COLUMNS})
            stream.write(json.dumps(listed, ensure_ascii=False) + "\n")
    return path
