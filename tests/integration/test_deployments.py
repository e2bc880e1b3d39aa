"""Redeploying brings what is declared, and leaves what a person changed."""

from __future__ import annotations

import json
import os
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.services import deployments
from flows.services.processes import Stopped
from tasks import home

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def nothing_deployed(prefect_server: str) -> None:
    """The session's server without what another test deployed."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        for deployment in client.read_deployments():
            client.delete_deployment(deployment.id)


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


def test_what_an_interrupted_deploy_brought_is_not_taken_for_a_persons(
    gadfly_home: Path, prefect_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import DeploymentUpdate

    text = deployments.FILE.read_text(encoding="utf-8")
    declared = tmp_path / "prefect.yaml"
    monkeypatch.setattr(deployments, "FILE", declared)
    stop, done = threading.Event(), threading.Event()

    def stop_after_the_first() -> None:
        while not (done.is_set() or described("finetune/finetune") == "second"):
            time.sleep(0.1)
        stop.set()

    def described(name: str) -> str:
        with urllib.request.urlopen(f"{prefect_server}/deployments/name/{name}", timeout=30) as answer:
            return str(json.load(answer)["description"])

    def declare(description: str) -> None:
        content = yaml.safe_load(text)
        content["deployments"] = content["deployments"][:2]
        content["deployments"][0]["description"] = description
        declared.write_text(yaml.safe_dump(content), encoding="utf-8")

    deployments.make_pool(gadfly_home)
    declare("first")
    deploy(prefect_server)
    with get_client(sync_client=True) as client:
        client.update_deployment(read("finetune/finetune").id, DeploymentUpdate(tags=["mine"]))
    declare("second")
    watcher = threading.Thread(target=stop_after_the_first)
    watcher.start()
    try:
        with pytest.raises(Stopped):
            deploy(prefect_server, stop)
    finally:
        done.set()
        watcher.join()
    assert described("finetune/finetune") == "second"
    declare("third")
    deploy(prefect_server)
    assert described("finetune/finetune") == "third"
    assert read("finetune/finetune").tags == ["mine"]


def test_the_server_stores_no_run_whose_form_holds_credentials(gadfly_home: Path, prefect_server: str) -> None:
    deployments.make_pool(gadfly_home)
    deploy(prefect_server)
    url = f"{prefect_server}/deployments/{read('finetune/finetune').id}/create_flow_run"

    def ask(path: str) -> tuple[int, str]:
        parameters = {"recipe": "demo", "overrides": ["training.epochs=2", f"source.path={path}"]}
        body = json.dumps({"parameters": parameters}).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    status, told = ask("https://ann:sesame@example.com/a.csv")
    assert (status, "should not be valid under" in told) == (409, True), told
    assert ask("https://example.com/a.csv")[0] == 201
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        stored = [run.parameters.get("overrides", []) for run in client.read_flow_runs()]
    assert any("source.path=https://example.com/a.csv" in overrides for overrides in stored)
    assert "sesame" not in str(stored)
