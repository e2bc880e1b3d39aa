"""Validation as a Prefect task."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import task

from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.caching import stage_options
from tasks.errors import ArtifactError, ContractError
from tasks.json_files import replace_text, write_json
from tasks.validation.config import ValidationConfig

if TYPE_CHECKING:
    import pandas as pd

    from tasks.validation.contract import Contract
    from tasks.validation.draft import DraftedContract

LOGGER = logging.getLogger("gadfly")


@task(name="validate-rows", **stage_options("validation"))
def validate_rows(
    config: ValidationConfig, rows: ArtifactRef, base: ArtifactRef | None = None
) -> dict[str, ArtifactRef]:
    """Sort rows into accepted and quarantined; a failed contract loses nothing, see `require_passed`."""
    return judge_rows(config, rows, base, remember=True)


def judge_rows(
    config: ValidationConfig, rows: ArtifactRef, base: ArtifactRef | None = None, *, remember: bool
) -> dict[str, ArtifactRef]:
    """Hold rows against the contract.

    Args:
        config: The contract, and how rows are held out.
        rows: What ingestion read.
        base: The base model, for a contract whose rules ask it.
        remember: Keep the rows' sides for ever, where the contract holds; a mere look leaves no trace.
    """
    import pyarrow.parquet as pq

    from tasks.base_files import base_folder
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
            known = memory.sides(source)
            outcome = validate(source, config, known, scratch, base_folder(base) if base else None)
            write_tables(source, outcome.decisions, scratch)
            if remember and outcome.report["success"]:
                memory.remember(pq.read_table(scratch / "accepted.parquet", columns=["row_id", "split"]))
        report = outcome.report
        record = {"seconds": round(time.perf_counter() - started, 3)}
        LOGGER.info("%s of %s rows accepted", f"{report['accepted']:,}", f"{report['ingested']:,}")

        def put(kind: str, *, private: bool) -> ArtifactRef:
            def write(folder: Path) -> None:
                shutil.move(scratch / f"{kind}.parquet", folder)

            return store.put(kind, write, record=record, private=private)

        return {
            "accepted": put("accepted", private=True),
            "quarantined": put("quarantined", private=True),
            "repaired": put("repaired", private=True),
            "validation_report": store.put(
                "validation_report",
                lambda folder: write_json(folder / "report.json", report),
                record=record | {"expectations": outcome.expectations},
            ),
        }


@task(name="judge-samples", **stage_options("samples"))
def judge_samples(config: ValidationConfig, scores: ArtifactRef) -> dict[str, ArtifactRef]:
    """Hold what a model writes against the contract that its data was held against.

    Args:
        config: The contract.
        scores: A model's scores, with its judged samples.
    """
    from tasks.tables import write_table
    from tasks.validation.samples import judge_written

    started = time.perf_counter()
    store = home.store()
    folder = store.open(scores)
    judged_as = json.loads((folder / "scores.json").read_text(encoding="utf-8"))["generation"]["judged"]
    judged = judge_written(folder / "samples.parquet", judged_as["written"], config.contract)

    def write(folder: Path) -> None:
        write_json(folder / "verdict.json", judged.verdict)
        write_table(judged.samples, folder / "samples.parquet")

    record = {"seconds": round(time.perf_counter() - started, 3)}
    return {"sample_verdict": store.put("sample_verdict", write, record=record, private=True)}


def read_report(report: ArtifactRef) -> dict[str, Any]:
    """The content of a validation report."""
    return home.store().read_json(report, "report.json")


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


def drafted_contract(
    rows: pd.DataFrame, columns: list[str], name: str, profiles: Mapping[str, Contract], **about: Any
) -> DraftedContract:
    """A first contract for rows, as commented YAML.

    Args:
        rows: As ingestion leaves them.
        columns: Those a model would learn from.
        name: The contract's.
        profiles: The shipped contracts by name, one of which the draft is based on.
        about: What is known of the source beside its rows: the fields of `draft.About`.
    """
    from tasks.validation.draft import About, draft_contract

    return draft_contract(rows, columns, name, profiles, About(**about))


def data_verdict(contract: Contract, rows: ArtifactRef, judged: Mapping[str, ArtifactRef]) -> dict[str, object]:
    """Whether judged rows are fit to train on: `decision` and `reasons`.

    Args:
        contract: That they were held against.
        rows: What ingestion read.
        judged: What `judge_rows` made of them.
    """
    import pyarrow.parquet as pq

    from tasks.validation.data_facts import judged_facts
    from tasks.validation.readiness import readiness

    store = home.store()
    source = store.open(rows) / "rows.parquet"
    facts = judged_facts(
        read_report(judged["validation_report"]),
        contract.compared_columns(pq.read_schema(source).names),
        source,
        {kind: store.open(judged[kind]) / f"{kind}.parquet" for kind in ("accepted", "quarantined")},
    )
    return readiness(facts).as_dict()


def contract_json_schema() -> str:
    """The JSON Schema of contracts, as text."""
    from tasks.validation.contract_schema import schema_text

    return schema_text()


def write_data_report(artifacts: dict[str, ArtifactRef], path: Path, again: str) -> None:
    """Render the HTML report on a dataset.

    Args:
        artifacts: `accepted`, `quarantined`, `validation_report`, and `rows` for what is known of the source.
        path: The file to write.
        again: The command that does it again.
    """
    from tasks.validation.data_report.render import render_report

    store = home.store()
    folders = {name: store.open(artifacts[name]) for name in ("accepted", "quarantined", "validation_report", "rows")}
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, render_report(folders, again))


def reasons_as_markdown(artifacts: dict[str, ArtifactRef]) -> str:
    """The table of reasons with counts, shares and an example each, masked and escaped."""
    from tasks.validation.data_report.reasons_table import reasons_table

    store = home.store()
    return reasons_table(store.open(artifacts["validation_report"]), store.open(artifacts["quarantined"]))


def write_expectation_pages(report: ArtifactRef, folder: Path) -> str:
    """Write Great Expectations' Data Docs on a validation; returns the first page's path.

    Raises:
        ArtifactError: The validation was made by a version that kept no results.
    """
    from tasks.validation.expectations import write_data_docs

    results = home.store().record(report).get("expectations")
    if results is None:
        raise ArtifactError(
            "this validation's Great Expectations results were not kept\n  gadfly check SOURCE --docs DIR makes them"
        )
    contract = read_report(report)["contract"]
    assert isinstance(contract, dict)
    return str(write_data_docs(results, f"{contract['name']} v{contract['version']}", folder))


def changed_rows(old: Mapping[str, ArtifactRef], new: Mapping[str, ArtifactRef], limit: int) -> dict[str, Any]:
    """What became of the rows between two versions, see `row_changes`; each gives its `accepted` and `quarantined`."""
    from tasks.validation.row_changes import row_changes

    def files(refs: Mapping[str, ArtifactRef]) -> dict[str, Path]:
        return {name: home.store().open(refs[name]) / f"{name}.parquet" for name in ("accepted", "quarantined")}

    return row_changes(files(old), files(new), limit, mask_text)


def mask_text(text: str) -> str:
    """Text with personal data and keys replaced by what they are."""
    from tasks.validation.masking import mask

    return mask(text)


def masked_row(row: dict[str, Any]) -> dict[str, Any]:
    """A quarantined row, its values parsed, with personal data and keys replaced by what they are."""
    from tasks.validation.masking import mask_row

    return mask_row(row)
