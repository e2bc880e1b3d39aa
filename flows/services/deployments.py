"""What `prefect.yaml` declares, brought to the server, and what a person changed in the page left as it is."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

from flows.services.processes import Stopped
from tasks import home
from tasks.errors import ServerError
from tasks.json_files import replace_json

FILE = home.CHECKOUT / "prefect.yaml"
FLOWS = home.CHECKOUT / "flows"
LOOK_EVERY_S = 0.1
POOL = "gadfly"
QUEUE = "training"
"""The queue of what trains: its runs go one at a time, and the rest wait. Everything else has the default queue."""
OF_THE_POOL = ("work_queue_name", "job_variables")
"""What a declaration has under `work_pool`; the variables hold the environment of a deployment's runs."""
PERSONS = ("description", "tags", "parameters", "paused", "concurrency_limit", "schedules", *OF_THE_POOL)
"""What a deployment's page lets a person change."""


def make_pool(folder: Path) -> None:
    """Make the work pool and its queue where they are missing; paths that runs are given start at `folder`."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
    from prefect.exceptions import ObjectNotFound
    from prefect.workers.process import ProcessWorker

    with get_client(sync_client=True) as client:
        try:
            template = client.read_work_pool(POOL).base_job_template
            is_new = False
        except ObjectNotFound:
            template, is_new = ProcessWorker.get_default_base_job_template(), True
        fields = template["variables"]["properties"]
        fields["working_dir"]["default"] = str(folder)
        fields["stream_output"]["default"] = False  # a pipe to the worker would break with it; the page has the log
        if is_new:
            client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template))
        else:
            client.update_work_pool(POOL, WorkPoolUpdate(base_job_template=template))
        if QUEUE not in {queue.name for queue in client.read_work_queues(work_pool_name=POOL)}:
            client.create_work_queue(QUEUE, work_pool_name=POOL, concurrency_limit=1)


def deploy(environment: Mapping[str, str], stop: threading.Event) -> list[str]:
    """Deploy all that is declared, unless that is what the server has; returns the deployments' names.

    A value that the server had before and that is not what was deployed last is a person's, and goes into the
    declaration in place of the declared one.

    Raises:
        ServerError: Prefect refuses a declaration.
        Stopped: `stop` was set.
    """
    declared = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    names = [_full_name(deployment) for deployment in declared["deployments"]]
    source, deployed_from = _source_digest(), home.state_folder() / "deployed_from.txt"
    is_known = deployed_from.is_file() and deployed_from.read_text(encoding="utf-8") == source
    if is_known and all(_current(name) is not None for name in names):
        return names
    deployed = _read(_deployed_file())
    persons = _read(_persons_file())  # of a deployment that was interrupted: what differs now may be what it brought
    deployed_from.unlink(missing_ok=True)
    if not persons:
        for name in names:
            persons[name] = _changed_by_a_person(_current(name), deployed.get(name, {}))
        replace_json(_persons_file(), persons)
    for deployment in declared["deployments"]:
        name = _full_name(deployment)
        persons.setdefault(name, {})
        pool = {key: value for key, value in persons[name].items() if key in OF_THE_POOL}
        deployment |= {key: value for key, value in persons[name].items() if key not in pool}
        deployment["work_pool"] = deployment["work_pool"] | pool
        if "schedules" in persons[name]:
            deployment["schedules"] = []  # which leaves the server's as they are
    merged = home.state_folder() / "deployments.yaml"
    merged.write_text(yaml.safe_dump(declared, sort_keys=False, allow_unicode=True), encoding="utf-8")
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(merged)]
    code, told = _run(command, environment, stop)
    if code:
        raise ServerError(f"Prefect refuses {FILE.name}:\n{told}")
    for name, kept in persons.items():
        ours = {key: value for key, value in (_current(name) or {}).items() if key not in kept}
        deployed[name] = deployed.get(name, {}) | ours
    replace_json(_deployed_file(), deployed)
    _persons_file().unlink()
    deployed_from.write_text(source, encoding="utf-8")
    return names


def _source_digest() -> str:
    """What deployments are made of: the declaration, the flows' code (their forms), and who deploys it."""
    parts = [metadata.version("prefect"), sys.executable]
    parts += [path.read_text(encoding="utf-8") for path in (FILE, *sorted(FLOWS.rglob("*.py")))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _run(command: list[str], environment: Mapping[str, str], stop: threading.Event) -> tuple[int, str]:
    """A command's exit code and output; a Ctrl-C is ours to hear."""
    program = subprocess.Popen(
        command,
        cwd=home.CHECKOUT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    while True:
        try:
            told, _ = program.communicate(timeout=LOOK_EVERY_S)
            return program.returncode, told
        except subprocess.TimeoutExpired:
            if stop.is_set():
                program.kill()
                program.communicate()
                raise Stopped from None


def _changed_by_a_person(current: Mapping[str, Any] | None, deployed: Mapping[str, Any]) -> dict[str, Any]:
    """The values on the server that aren't those deployed last."""
    return {key: value for key, value in (current or {}).items() if value != deployed.get(key)}


def _full_name(deployment: Mapping[str, Any]) -> str:
    return f"{deployment['entrypoint'].rpartition('.')[2]}/{deployment['name']}"


def _current(name: str) -> dict[str, Any] | None:
    """What a person may have changed of a deployment, as JSON values; None where there is no such deployment."""
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    with get_client(sync_client=True) as client:
        try:
            found = client.read_deployment_by_name(name).model_dump(mode="json")
        except ObjectNotFound:
            return None
    limit, options = found.get("global_concurrency_limit"), found.get("concurrency_options") or {}
    strategy = {"collision_strategy": options["collision_strategy"]} if options else {}
    found["concurrency_limit"] = {"limit": limit["limit"], **strategy} if limit else None
    found["schedules"] = [
        {key: schedule.get(key) for key in ("slug", "active", "schedule", "parameters")}
        for schedule in found["schedules"]
    ]
    return {key: found[key] for key in PERSONS}


def _deployed_file() -> Path:
    return home.state_folder() / "deployed.json"


def _persons_file() -> Path:
    """A person's values, by deployment; it is there while something is deployed."""
    return home.state_folder() / "deploying.json"


def _read(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return content
