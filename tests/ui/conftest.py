"""What the browser tests share: Debian's Chromium, one short run of the demo, and the real servers that show it.

The run is `gadfly run demo` in a process of its own, shortened to a part of the corpus and one epoch. Some of its rows
are hostile: their text is HTML and Markdown, which no page may take for more than text.

Chromium is the one at `/usr/bin/chromium` (`apt-get install chromium`), or the one `GADFLY_BROWSER` names. Without
either the tests are skipped; where the variable names what isn't there they fail, so that CI can't skip them unseen.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # a page that asks anyone else gets nothing
]
PATIENCE_MS = 30_000
"""How long a page may take to show what it should: two busy cores are slow."""
START_TIMEOUT_S = 120

NUM_ROWS = 150
HOSTILE_AUTHOR = "<script>window.pwned=1</script><img src=http://b.example/x onerror=window.pwned=2> **bold** [link](http://a.example)"
"""Stands in the author's column, which the contract doesn't search for HTML: it reaches prompts, and so the report."""
HOSTILE_PROBE = "</pre></td><script>window.pwned=3</script># The Ferryman"

DEPLOY = """
from flows.environment import prepare_environment
prepare_environment()
from prefect.deployments.runner import EntrypointType
from flows.finetune import finetune
deployment = finetune.to_deployment("by-hand", entrypoint_type=EntrypointType.MODULE_PATH)
print(deployment.apply())
"""
"""A program that deploys `finetune` and prints the deployment's id."""


@dataclass(frozen=True)
class DemoRun:
    """The run that the pages show."""

    home: Path
    summary: dict[str, Any]

    @property
    def run_id(self) -> str:
        return str(self.summary["run_id"])

    @property
    def report(self) -> Path:
        return Path(self.summary["report"])


def environment(**changes: str) -> dict[str, str]:
    """The environment of a process of ours: nothing of the user's own servers and homes, nobody's analytics."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PREFECT_", "GADFLY_", "MLFLOW_", "COV_"))
    }
    own = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",  # MLflow starts uvicorn by name
        "PYTHONPATH": str(CHECKOUT),
        "DO_NOT_TRACK": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    }
    return kept | own | changes


@contextlib.contextmanager
def serving(*command: str, health: str, log: Path, **changes: str) -> Iterator[None]:
    """A server, as `python -m …`, from when it answers until the block ends."""
    with log.open("w", encoding="utf-8") as stream:
        server = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=log.parent,
            env=environment(**changes),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_TIMEOUT_S
    try:
        while not answers(health):
            assert server.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, f"{command} isn't up after {START_TIMEOUT_S} s"
            time.sleep(0.2)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(timeout=3)  # they wait for connections that nobody uses
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def answers(url: str) -> bool:
    """Whether a server is up."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def free_address() -> str:
    """An address on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path."""
    if named := os.environ.get("GADFLY_BROWSER"):
        assert Path(named).is_file(), f"GADFLY_BROWSER names {named}, and there is no such file"
        return named
    if not Path(CHROMIUM).is_file():
        pytest.skip(f"no {CHROMIUM}: apt-get install chromium, or name a Chromium with GADFLY_BROWSER")
    return CHROMIUM


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """A headless Chromium. For one module: while Playwright runs, its thread can run no other event loop."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """An empty page, of a desktop's size."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def prefect_address(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prefect server with its pages, on loopback."""
    home, address = tmp_path_factory.mktemp("prefect"), free_address()
    command = ["prefect", "server", "start", "--host", "127.0.0.1", "--port", address.rpartition(":")[2]]
    settings = {"PREFECT_HOME": str(home), "PREFECT_SERVER_UI_API_URL": f"{address}/api"}
    with serving(*command, health=f"{address}/api/health", log=home / "server.log", **settings):
        yield address


@pytest.fixture(scope="session")
def hostile_author() -> str:
    """What some rows have for an author."""
    return HOSTILE_AUTHOR


@pytest.fixture(scope="session")
def hostile_probe() -> str:
    """What the recipe has for a probe."""
    return HOSTILE_PROBE


@pytest.fixture(scope="session")
def hostile_rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of the demo's corpus in which every third row's author is hostile, and so is one row's text."""
    with (CHECKOUT / "demo" / "corpus.csv").open(newline="", encoding="utf-8") as stream:
        header, *rows = list(csv.reader(stream))[: NUM_ROWS + 1]
    for row in rows[::3]:
        row[1] = HOSTILE_AUTHOR
    rows.append([f"The river never asks. {HOSTILE_AUTHOR}", "Heron"])
    path = tmp_path_factory.mktemp("corpus") / "rows.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


@pytest.fixture(scope="session")
def demo_run(prefect_address: str, hostile_rows: Path, tmp_path_factory: pytest.TempPathFactory) -> DemoRun:
    """One run of the demo, shortened: a part of its rows, one epoch, short samples."""
    home = tmp_path_factory.mktemp("home")
    overrides = {
        "source.path": str(hostile_rows),
        "training.epochs": "1",
        "evaluation.max_new_tokens": "8",
        "evaluation.samples_per_probe": "1",
        "evaluation.probes.in_domain": "[]",  # then they are the beginnings of held-out rows
        "evaluation.probes.out_of_domain": json.dumps([HOSTILE_PROBE]),
    }
    words = [word for key, value in overrides.items() for word in ("-s", f"{key}={value}")]
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", "run", "demo", "--json", *words],
        cwd=home,
        env=environment(GADFLY_HOME=str(home), PREFECT_API_URL=f"{prefect_address}/api", OMP_WAIT_POLICY="PASSIVE"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return DemoRun(home, json.loads(done.stdout))


@pytest.fixture(scope="session")
def deployment_id(prefect_address: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A deployment of `finetune`, by its module's path."""
    home = tmp_path_factory.mktemp("deploying")
    done = subprocess.run(
        [sys.executable, "-c", DEPLOY],
        cwd=home,
        env=environment(GADFLY_HOME=str(home), PREFECT_API_URL=f"{prefect_address}/api"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-1]


@pytest.fixture(scope="session")
def mlflow_address(demo_run: DemoRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An MLflow server on the home's database, on loopback."""
    folder, address = tmp_path_factory.mktemp("mlflow"), free_address()
    database = f"sqlite:///{demo_run.home / 'mlruns' / 'mlflow.db'}"
    port = address.rpartition(":")[2]
    command = ["mlflow", "server", "--host", "127.0.0.1", "--port", port, "--backend-store-uri", database]
    with serving(*command, "--workers", "1", health=f"{address}/health", log=folder / "server.log"):
        yield address
