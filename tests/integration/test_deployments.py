"""Redeploying brings what is declared, and leaves what a person changed."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from flows.services import deployments
from tasks import home

pytestmark = pytest.mark.slow


def deploy(api_url: str, stop: threading.Event | None = None) -> None:
    """Deploy as if Gadfly were a newer one."""
    home.state_folder().mkdir(parents=True, exist_ok=True)
    (home.state_folder() / "deployed_from.txt").unlink(missing_ok=True)
    deployments.deploy({**os.environ, "PREFECT_API_URL": api_url}, stop or threading.Event())


def read(name: str) -> Any:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return client.read_deployment_by_name(name)


def test_a_persons_queue_and_job_variables_stay(gadfly_home: Path, prefect_server: str) -> None:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import DeploymentUpdate

    deployments.make_pool(gadfly_home)
    deploy(prefect_server)
    changed = {"work_queue_name": "default", "job_variables": {"env": {"OMP_NUM_THREADS": "1"}}}
    with get_client(sync_client=True) as client:
        client.update_deployment(read("finetune/finetune").id, DeploymentUpdate(**changed))
    deploy(prefect_server)
    assert read("finetune/finetune").model_dump(include=set(changed)) == changed
    untouched = {"work_queue_name": deployments.QUEUE, "job_variables": {}}
    assert read("retrain/retrain").model_dump(include=set(changed)) == untouched
