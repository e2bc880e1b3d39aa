"""Validation as a Prefect task."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from prefect import task

from tasks import home
from tasks.artifacts import ArtifactRef, write_json
from tasks.caching import stage_options
from tasks.errors import ContractError
from tasks.validation.config import ValidationConfig

if TYPE_CHECKING:
    import pandas as pd

    from tasks.validation.draft import DraftedContract

LOGGER = logging.getLogger("gadfly")


@task(name="validate-rows", **stage_options("validation"))
def validate_rows(config: ValidationConfig, rows: ArtifactRef) -> dict[str, ArtifactRef]:
    """Sort rows into accepted and quarantined; a failed contract loses nothing, see `require_passed`."""
    return judge_rows(config, rows, remember=True)


def judge_rows(config: ValidationConfig, rows: ArtifactRef, *, remember: bool) -> dict[str, ArtifactRef]:
    """Hold rows against the contract.

    Args:
        config: The contract, and how rows are held out.
        rows: What ingestion read.
        remember: Keep the rows' sides for ever, where the contract holds; a mere look leaves no trace.
    """
    from tasks.validation.quarantine import write_tables
    from tasks.validation.split_memory import split_memory
    from tasks.validation.validate import validate

    started = time.perf_counter()
    store = home.store()
    source = store.open(rows) / "rows.parquet"
    state = home.state_folder()
    (state / "scratch").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=state / "scratch") as name:
        scratch = Path(name)
        with split_memory(state / "splits", config.holdout_fraction, config.split_seed) as memory:
            outcome = validate(source, config, memory.known, scratch)
            if remember and outcome.report["success"]:
                memory.remember(outcome.sides)
        write_tables(source, outcome.decisions, scratch)
        report = outcome.report
        record = {"seconds": round(time.perf_counter() - started, 3)}
        LOGGER.info("%s of %s rows accepted", f"{report['accepted']:,}", f"{report['ingested']:,}")

        def put(kind: str, *, private: bool) -> ArtifactRef:
            def write(folder: Path) -> None:
                shutil.move(scratch / f"{kind}.parquet", folder)

            return store.put(kind, write, record=record, private=private)

        return {
            "accepted": put("accepted", private=False),
            "quarantined": put("quarantined", private=True),
            "repaired": put("repaired", private=True),
            "validation_report": store.put(
                "validation_report", lambda folder: write_json(folder / "report.json", report), record=record
            ),
        }


def read_report(report: ArtifactRef) -> dict[str, object]:
    """The content of a validation report."""
    content: dict[str, object] = json.loads((home.store().open(report) / "report.json").read_text(encoding="utf-8"))
    return content


def require_passed(report: ArtifactRef, run: str) -> None:
    """Go on only with data that keeps its contract.

    Args:
        report: A validation report.
        run: The run's id, for the command that the message ends with.

    Raises:
        ContractError: The contract failed, or left no rows.
    """
    content = read_report(report)
    if not content["success"]:
        from tasks.validation.verdict import failure_message

        raise ContractError(failure_message(content, run))


def drafted_contract(rows: pd.DataFrame, columns: list[str], name: str) -> DraftedContract:
    """A first contract for rows, as commented YAML; `columns` are those a model would learn from."""
    from tasks.validation.draft import draft_contract

    return draft_contract(rows, columns, name)
