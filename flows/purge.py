"""`gadfly purge`: a row is removed everywhere, and stays away.

What a row left is found by looking at every file of the store, of `.gadfly` and of `mlruns`, not by knowing who wrote
where. An artifact that holds it is deleted, so its stage runs again without it; a report, an export or a leftover is
deleted; a log, a run's record or a database is rewritten. Prefect's and MLflow's databases are cleaned where they lie
under the home. What a model learned can't be taken out: versions that were trained on the row are named.
"""

from __future__ import annotations

import difflib
import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows.reading import reading
from flows.run_log import read_runs
from flows.verify import verify
from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.errors import RecipeError
from tasks.plain_text import one_line
from tasks.purged import FILE, content_id, purged_rows, remember_purged
from tasks.registration.task import versions_by_data
from tasks.traces import REWRITTEN, Needles, clean_database, cut_out, database_holds, file_holds, needles

ROW_TABLES = {"rows": "rows.parquet", "accepted": "accepted.parquet", "quarantined": "quarantined.parquet"}
OWN_COLUMNS = ("row_id", "source_index", "ingest_error", "split", "reasons", "values")
LOOKED_AT_APART = ("store/artifacts/", "store/damaged/", "store/staging/", "splits/", "locks/", FILE)
"""Below `.gadfly`: artifacts; and the memories of ids, which hold no text and must stay."""
DATABASE_HEAD = b"SQLite format 3\x00"


@dataclass
class Traces:
    """What a purge would remove."""

    row_ids: list[str]
    needles: Needles
    artifacts: list[ArtifactRef] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    """Files and leftover folders to delete."""
    redacted: list[Path] = field(default_factory=list)
    """Files and databases to rewrite."""
    models: list[str] = field(default_factory=list)
    """Registered versions that were trained on the rows."""
    notes: list[str] = field(default_factory=list)

    def told(self) -> str:
        """All of it in a sentence."""
        kinds = sorted({ref.kind for ref in self.artifacts})
        told = (
            f"{len(self.row_ids):,} rows; {len(self.artifacts):,} artifacts ({', '.join(kinds) or 'none'}) and "
            f"{len(self.files):,} files would be removed, {len(self.redacted):,} files and databases rewritten"
        )
        return told + (f"; trained on them: {', '.join(self.models)}" if self.models else "")


@reading()
def find_traces(row_ids: Sequence[str]) -> Traces:
    """Look for rows everywhere.

    Raises:
        RecipeError: An id is in no artifact and wasn't purged before, or a run is under way.
    """
    running = [run["run_id"][:8] for run in read_runs() if run["status"] == "running"]
    if running:
        raise RecipeError(f"run {', '.join(running)} is under way and would write rows again; wait for it or stop it")
    wanted = sorted({content_id(row_id) for row_id in row_ids})
    known: set[str] = set()
    cells: dict[str, set[str]] = {}
    verify()  # moves aside what is damaged: it is looked at with the leftovers
    for ref in home.store().refs():
        if ref.kind in ROW_TABLES:
            ids, found = _rows_of(home.store().open(ref) / ROW_TABLES[ref.kind], set(wanted))
            known |= ids
            for row_id, texts in found.items():
                cells.setdefault(row_id, set()).update(texts)
    unknown = [row_id for row_id in wanted if row_id not in cells and row_id not in (purged_rows() or ())]
    if unknown:
        near = difflib.get_close_matches(unknown[0], known, n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; it holds {len(known):,} rows"
        raise RecipeError(
            f"{', '.join(map(one_line, unknown))}: no artifact of this home holds such a row{hint}\n"
            "  rejected rows and their ids: gadfly quarantine RUN"
        )
    traces = Traces(wanted, needles(wanted, sorted(text for texts in cells.values() for text in texts)))
    _find_artifacts(traces)
    _find_files(traces)
    trained_on = {ref.digest for ref in traces.artifacts if ref.kind == "accepted"}
    there = {ref.digest for ref in home.store().refs() if ref.kind == "accepted"}
    by_data = versions_by_data()
    traces.models = [name for name, digest in by_data if digest in trained_on]
    untold = [name for name, digest in by_data if digest not in there]
    if untold:
        traces.notes.append(f"{', '.join(untold)}: their training data is no longer in the store, so nobody can tell")
    for name in ("PREFECT_API_URL", "MLFLOW_TRACKING_URI"):
        if os.environ.get(name, "").startswith("http"):
            traces.notes.append(f"{name} names a server: what it keeps elsewhere is not looked at")
    return traces


def _rows_of(path: Path, wanted: set[str]) -> tuple[set[str], dict[str, set[str]]]:
    """A table's row ids without ordinals, and the texts of the wanted rows."""
    import pyarrow.parquet as pq

    known: set[str] = set()
    found: dict[str, set[str]] = {}
    for batch in pq.ParquetFile(path).iter_batches():
        ids = [content_id(row_id) for row_id in batch["row_id"].to_pylist()]
        known.update(ids)
        for place, row_id in enumerate(ids):
            if row_id in wanted:
                row = batch.slice(place, 1).to_pylist()[0]
                texts = {value for name, value in row.items() if name not in OWN_COLUMNS and isinstance(value, str)}
                found.setdefault(row_id, set()).update(texts)
    return known, found


def _find_artifacts(traces: Traces) -> None:
    store = home.store()
    traces.artifacts += [ref for ref in store.refs() if _holds(store.open(ref), traces.needles)]


def _holds(folder: Path, wanted: Needles) -> bool:
    return any(file_holds(path, wanted) for path in folder.rglob("*") if path.is_file())


def _find_files(traces: Traces) -> None:
    """Everything else below the home: what was moved aside and what a kill left goes, whoever wrote it."""
    state = home.state_folder()
    store = state / "store"
    left = [path for name in ("damaged", "staging") for path in sorted((store / name).glob("*"))]
    traces.files += [folder for folder in left if _holds(folder, traces.needles)]
    for path in _files(state, home.mlflow_folder()):
        where = path.relative_to(state).as_posix() if path.is_relative_to(state) else ""
        if where.startswith(LOOKED_AT_APART):
            continue
        if _is_database(path):
            if database_holds(path, traces.needles):
                traces.redacted.append(path)
        elif file_holds(path, traces.needles, by_id=path.suffix not in REWRITTEN):
            (traces.redacted if path.suffix in REWRITTEN else traces.files).append(path)


def _files(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.endswith(("-wal", "-shm")):
                yield path


def _is_database(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(DATABASE_HEAD)) == DATABASE_HEAD


def _why_removed(ref: ArtifactRef) -> str:
    """What a later command says of an artifact that held a purged row, and which one makes it again without the row."""
    made = (run["recipe"] for run in read_runs() if ref.model_dump() in run["artifacts"].values())
    again = f"gadfly run {one_line(next(made, 'RECIPE'))}"
    today = datetime.now(UTC).date().isoformat()
    return f"it held a row that was purged on {today}\n  make it again without the row: {again}"


@reading()
def carry_out(traces: Traces) -> dict[str, Any]:
    """Remove what was found; the list of purged rows is written first, so that nothing comes back meanwhile."""
    remember_purged(traces.row_ids, datetime.now(UTC).date())
    store = home.store()
    for ref in traces.artifacts:
        store.remove(ref, _why_removed(ref))
    for path in traces.files:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    for path in traces.redacted:
        try:
            (clean_database if _is_database(path) else cut_out)(path, traces.needles)
        except sqlite3.OperationalError as error:
            again = f"gadfly purge {' '.join(traces.row_ids)} --yes"
            traces.notes.append(f"{path} can't be cleaned ({error}): stop the server that uses it, then {again}")
    return {
        "row_ids": traces.row_ids,
        "artifacts": [ref.model_dump() for ref in traces.artifacts],
        "files": [str(path) for path in traces.files],
        "redacted": [str(path) for path in traces.redacted],
        "models": traces.models,
        "notes": traces.notes,
    }
