"""What MLflow's side of `gadfly gc` knows: what versions need, and which runs nobody needs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from tasks import home
from tasks.registration.registry import versions
from tasks.registration.run_record import STAGES
from tasks.registration.version_record import EVIDENCE_RUN, FILE, read_logged
from tasks.tracking import FLOW_RUN, KIND, connect, tracking_uri

DIGEST = "gadfly.digest."
"""What an MLflow run's tags begin with that name its artifacts."""


def kept_artifacts() -> set[str]:
    """The digests of everything that a registered version was made of and measured on."""
    client = connect()
    kept: set[str] = set()
    for version in versions(client):
        for run_id in {version["run_id"], version["tags"].get(EVIDENCE_RUN, "")} - {""}:
            tags = client.get_run(run_id).data.tags
            kept |= {value for name, value in tags.items() if name.startswith(DIGEST)}
            record = read_logged(client, run_id, FILE) or {}
            kept |= {ref["digest"] for ref in record.get("artifacts", {}).values()}
            stages = read_logged(client, run_id, STAGES) or {}
            kept |= {ref["digest"] for stage in stages.values() for ref in stage["outputs"].values()}
    return kept


def unneeded_runs(before: float) -> list[str]:
    """Flow runs' MLflow runs that ended before a time (in seconds since 1970) and that no version was registered from.

    The promotion log's runs are what says who is champion: they stay, and so does what others log on the same server.
    """
    client = connect()
    listed = versions(client)
    needed = {str(version["run_id"]) for version in listed}
    needed |= {str(version["tags"].get(EVIDENCE_RUN, "")) for version in listed}
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    found: list[str] = []
    token = None
    while experiments:
        page = client.search_runs(
            experiments,
            f"attributes.status != 'RUNNING' and attributes.end_time < {int(1000 * before)}",
            page_token=token,
        )
        ours = [run for run in page if FLOW_RUN in run.data.tags and KIND not in run.data.tags]
        found += [run.info.run_id for run in ours if run.info.run_id not in needed]
        token = page.token
        if not token:
            break
    return found


def remove_runs(run_ids: Sequence[str], *, is_own: bool) -> None:
    """Delete runs, as MLflow does it: they can be restored until the server's own `mlflow gc` runs.

    Args:
        run_ids: The runs.
        is_own: The tracking store is this home's database: they are deleted for good, with their files.
    """
    client = connect()
    for run_id in run_ids:
        client.delete_run(run_id)
    if run_ids and is_own:
        command = [sys.executable, "-m", "mlflow", "gc", "--run-ids", ",".join(run_ids)]
        command += ["--backend-store-uri", f"sqlite:///{home.mlflow_folder() / 'mlflow.db'}"]
        environment = {**os.environ, "MLFLOW_TRACKING_URI": tracking_uri()}
        subprocess.run(command, check=True, capture_output=True, env=environment)
