"""What the browser tests share: Debian's Chromium, one `gadfly up`, and one short run of the demo that it shows.

The run is `gadfly run demo` in a process of its own, shortened to a part of the corpus and one epoch. Some of its rows
are hostile: their text is HTML and Markdown, which no page may take for more than text.

Chromium is the one at `/usr/bin/chromium` (`apt-get install chromium`), or the one `GADFLY_BROWSER` names. Without
either the tests are skipped; where the variable names what isn't there they fail, so that CI can't skip them unseen.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
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

NUM_ROWS = 150
HOSTILE_AUTHOR = "<script>window.pwned=1</script><img src=http://b.example/x onerror=window.pwned=2> **bold** [link](http://a.example)"
"""Stands in the author's column, which the contract doesn't search for HTML: it reaches prompts, and so the report."""
HOSTILE_PROBE = "</pre></td><script>window.pwned=3</script># The Ferryman"


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


@dataclass(frozen=True)
class Served:
    """A folder whose home is served by `gadfly up`."""

    folder: Path
    prefect: str
    mlflow: str

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def gadfly(self, *words: str) -> Any:
        """What a command prints with `--json`, typed in the folder."""
        done = subprocess.run(
            [sys.executable, "-m", "flows.cli", *words, "--json"],
            cwd=self.folder,
            env=environment(GADFLY_HOME=str(self.home)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def ask(self, url: str) -> Any:
        """What MLflow's or Prefect's API answers."""
        with urllib.request.urlopen(url, timeout=30) as response:
            return json.load(response)


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
def served(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One `gadfly up` for all browser tests."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "home").mkdir()
    log = folder / "up.log"
    with log.open("wb") as stream:
        up = subprocess.Popen(
            [sys.executable, "-m", "flows.cli", "up"],
            cwd=folder,
            env=environment(GADFLY_HOME=str(folder / "home")),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    try:
        while "Ctrl-C" not in log.read_text(encoding="utf-8"):
            assert up.poll() is None, log.read_text(encoding="utf-8")
            time.sleep(0.2)
        told = json.loads((folder / "home" / ".gadfly" / "services.json").read_text(encoding="utf-8"))
        yield Served(folder, told["prefect"], told["mlflow"])
    finally:
        up.send_signal(signal.SIGINT)
        assert up.wait(timeout=120) == 0, log.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def prefect_address(served: Served) -> str:
    """Where Prefect's pages are."""
    return served.prefect


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
def demo_run(served: Served, hostile_rows: Path) -> DemoRun:
    """One run of the demo, shortened: a part of its rows, one epoch, few and short samples."""
    overrides = {
        "source.path": str(hostile_rows),
        "training.epochs": "1",
        "evaluation.max_new_tokens": "8",
        "evaluation.samples_per_probe": "1",
        "evaluation.judged_samples": "20",
        "evaluation.probes.in_domain": "[]",  # then they are the beginnings of held-out rows
        "evaluation.probes.out_of_domain": json.dumps([HOSTILE_PROBE]),
    }
    words = [word for key, value in overrides.items() for word in ("-s", f"{key}={value}")]
    return DemoRun(served.home, served.gadfly("run", "demo", *words))


@pytest.fixture(scope="session")
def deployment_id(served: Served) -> str:
    """The deployment `finetune`."""
    return str(served.ask(f"{served.prefect}/api/deployments/name/finetune/finetune")["id"])


@pytest.fixture(scope="session")
def mlflow_address(served: Served, demo_run: DemoRun) -> str:
    """Where MLflow's pages are, once they have something to show."""
    return served.mlflow
