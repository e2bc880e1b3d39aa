"""`gadfly gc`: frees what no registered version, no running flow and no recent run needs.

What is younger than the limit, or than a run that is under way, stays: such a run keeps what it makes. What it takes
from the cache is in its record, which is written at each stage. If a stage's artifact goes in the moment before it is
opened, the stage runs again, as for any artifact that is missing. Where something else reads artifacts, all of them
stay (`flows.reading`). What a question shows that waits for a person's approval stays, too.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flows.alive import is_alive, is_known
from flows.databases import shrink_databases
from flows.flow_runs import FLOWS, flow_runs
from flows.run_log import read_runs, runs_folder
from flows.services.state import running, under_way
from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.errors import RecipeError
from tasks.registration.task import kept_artifacts, remove_runs, unneeded_runs
from tasks.stages import results_folder
from tasks.training.task import forgotten_checkpoints, remove_checkpoints

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
AT_ONCE = 50
"""Flow runs that Prefect deletes in one request."""
SCRATCH = ("scratch", "store/staging", "store/damaged")
"""Folders of the state whose entries belong to whoever is at work, and to nobody once they are old."""


@dataclass
class Garbage:
    """What nothing needs any more."""

    artifacts: list[ArtifactRef] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Of the store: keys whose artifacts go."""
    files: list[Path] = field(default_factory=list)
    """Files and folders of this home: results of those keys, reports, logs and records of old runs, scratch."""
    checkpoints: list[Path] = field(default_factory=list)
    """Of trainings that nobody went on with."""
    mlflow_runs: list[str] = field(default_factory=list)
    """MLflow runs of ours that no version was registered from."""
    prefect_runs: list[str] = field(default_factory=list)
    """Runs of our flows that ended."""
    num_bytes: int = 0
    """Of artifacts and files; once it is collected, of the databases too."""

    def told(self) -> dict[str, Any]:
        """Counts, for a person and for `--json`."""
        return {
            "artifacts": len(self.artifacts),
            "files": len(self.files),
            "checkpoints": len(self.checkpoints),
            "mlflow_runs": len(self.mlflow_runs),
            "prefect_runs": len(self.prefect_runs),
            "bytes": self.num_bytes,
        }


def parse_age(text: str) -> timedelta:
    """`30d`, `12h`, `90m`, `2w` as a time.

    Raises:
        RecipeError: It is something else.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([mhdw])", text)
    if not found:
        raise RecipeError(f"--older-than {text}: give a number and m, h, d or w, such as 30d")
    return timedelta(**{UNITS[found[2]]: float(found[1])})


def find_garbage(older_than: timedelta, *, keep_artifacts: bool = False) -> Garbage:
    """What could go. Needs the registry: what a version needs is known nowhere else.

    Args:
        older_than: What is younger stays.
        keep_artifacts: They are being read.
    """
    runs, asked_about = read_runs(), _asked_about()
    under_way = [datetime.fromisoformat(str(run["started"])) for run in runs if is_alive(run["run_id"])]
    limit = min([datetime.now(UTC) - older_than, *under_way])
    before = limit.timestamp()
    kept_runs = [
        run
        for run in runs
        if datetime.fromisoformat(str(run["started"])) >= limit
        or run["run_id"] in asked_about
        or is_alive(run["run_id"])
    ]
    needed = kept_artifacts() | {ref["digest"] for run in kept_runs for ref in run["artifacts"].values()}
    found = Garbage()
    store = home.store()
    for ref in () if keep_artifacts else store.refs():
        if ref.digest not in needed and store.modified(ref) < before:
            found.artifacts.append(ref)
            found.num_bytes += store.size(ref)
    gone = {ref.digest for ref in found.artifacts}
    _find_keys(found, gone)
    kept_ids = {run["run_id"] for run in kept_runs}
    old_records = [runs_folder() / f"{run['run_id']}.json" for run in runs if run["run_id"] not in kept_ids]
    shown = " ".join(str(value) for run in kept_runs for value in (run.get("summary") or {}).values())
    reports = [path for path in _old(home.state_folder() / "reports", before) if path.name not in shown]
    scratch = [path for name in SCRATCH if not keep_artifacts for path in _old(home.state_folder() / name, before)]
    logs = [path for path in _old(home.state_folder() / "logs", before) if path.name.startswith("fault-")]
    for path in (*old_records, *reports, *scratch, *logs):
        found.files.append(path)
        found.num_bytes += _size(path)
    checkpoints = home.state_folder() / "checkpoints"
    for folder, size in forgotten_checkpoints(checkpoints, time.time() - before, time.time()):
        found.checkpoints.append(folder)
        found.num_bytes += size
    found.mlflow_runs = unneeded_runs(before)
    found.prefect_runs = [run_id for run in _ended_flow_runs(limit) if (run_id := str(run.id)) not in asked_about]
    return found


def _asked_about() -> set[str]:
    """The runs that registered a version about which a person is asked."""
    store = home.store()
    notes = [store.read_note(name) or {} for name in store.notes("asking")]
    waiting = [note for note in notes if note and (is_alive(note["run_id"]) or not is_known(note["run_id"]))]
    return {str(note["made_by"]) for note in waiting}


def collect(garbage: Garbage, *, is_unread: bool = True) -> None:
    """Let it go. Results first: a key without its result is no hit, whatever happens in between.

    Args:
        garbage: Of `find_garbage`.
        is_unread: Nothing reads artifacts, so nothing works with the databases for that.
    """
    for path in garbage.files:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    for folder in garbage.checkpoints:
        remove_checkpoints(folder)
    store = home.store()
    for name in garbage.notes:
        store.remove_note(name)
    for ref in garbage.artifacts:
        store.remove(ref)
    remove_runs(garbage.mlflow_runs, is_own=_is_own_mlflow())
    _remove_flow_runs(garbage.prefect_runs)
    is_quiet = is_unread and not any(is_alive(run["run_id"]) for run in read_runs())
    if is_quiet and under_way() is None:  # else where `up` ends
        garbage.num_bytes += shrink_databases()


def _is_own_mlflow() -> bool:
    """Whether MLflow's runs are in this home's database: by itself, or behind the server of `gadfly up`."""
    named = os.environ.get("MLFLOW_TRACKING_URI", "")
    servers = running()
    return not named or (servers is not None and named == servers.mlflow)


def _find_keys(found: Garbage, gone: set[str]) -> None:
    store = home.store()
    keys = set()
    for stage in store.note_folders("keys"):
        for name in store.notes(stage):
            outputs = (store.read_note(name) or {}).get("outputs", {})
            if any(ref["digest"] in gone for ref in outputs.values()):
                found.notes.append(name)
                keys.add(name.rpartition("/")[2])
    found.files += [path for key in sorted(keys) if (path := results_folder() / key).is_file()]


def _old(folder: Path, before: float) -> Iterator[Path]:
    """A folder's entries that weren't changed since."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        try:
            if path.stat().st_mtime < before:
                yield path
        except FileNotFoundError:
            continue


def _size(path: Path) -> int:
    inside = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in inside if file.is_file())


def _ended_flow_runs(limit: datetime) -> Sequence[Any]:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.objects import TERMINAL_STATES

    with get_client(sync_client=True) as client:
        return flow_runs(client, sorted(TERMINAL_STATES), before=limit, flows=FLOWS)


def _remove_flow_runs(ids: Sequence[str]) -> None:
    """Delete flow runs; their logs go with them, their artifacts would stay."""
    from uuid import UUID

    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
    from prefect.exceptions import ObjectNotFound

    with get_client(sync_client=True) as client:
        for start in range(0, len(ids), AT_ONCE):
            some = list(ids[start : start + AT_ONCE])
            theirs = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[UUID(run_id) for run_id in some]))
            while artifacts := client.read_artifacts(artifact_filter=theirs):
                for artifact in artifacts:
                    with suppress(ObjectNotFound):  # another `gc` was here
                        client.delete_artifact(artifact.id)
            route: Any = "/flow_runs/bulk_delete"  # the client's list of routes lacks it
            client.request("POST", route, json={"flow_runs": {"id": {"any_": some}}}).raise_for_status()
