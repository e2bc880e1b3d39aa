"""What the integration tests share: a real Prefect server, and benches: homes in which a tiny chain has run.

Nothing is mocked: Prefect, MLflow on SQLite, Great Expectations and training are the real ones, on 160 rows and a model
of 2 blocks. One chain is run once a session; a test gets a copy of its home and its files, and changes what it likes.
A bench runs the flow in this process, or the command line in one of its own.
"""

from __future__ import annotations

import ast
import contextlib
import csv
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

for _name, _value in {  # before any of them is imported: nothing may ask for the network
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
}.items():
    os.environ.setdefault(_name, _value)

CHECKOUT = Path(__file__).resolve().parents[2]
READ_LATE = ("GADFLY_", "PREFECT_", "PYTHONPATH")
"""Variables that a process reads which `warm_start.py` made; others are read before."""
NUM_ROWS = 160
STAGES = (
    *("ingestion", "validation", "tokenization", "baseline", "training", "evaluation"),
    *("baseline samples", "samples", "comparison"),
)

RECIPE = """\
name: tiny
source: {path: rows.csv, columns: {text: text, author: author}, licence: MIT}
contract: ./contract.yaml
prompt: {template: 'The {author} says: "{text}"'}
base: {model: ./base}
tokenization: {max_seq_len: 96}
training: {learning_rate: 1.0e-3, epochs: 1, lora: {rank: 4, alpha: 8}, precision: float32}
evaluation:
  general: {path: general.txt}
  probes: {in_domain: ['The Heron says: "'], out_of_domain: ['The river']}
  samples_per_probe: 1
  judged_samples: 20
  max_new_tokens: 8
registration: {model: tiny}
"""

CONTRACT = """\
name: tiny
version: 1
min_accepted_rows: 20
max_quarantined_fraction: 0.5
rules:
  - {reason: empty, signal: is_missing, max: 0}
  - {reason: too_short, signal: word_count, min: 3}
  - {reason: too_long, signal: word_count, max: 800}
  - {reason: repetition, signal: longest_character_run, max: 6}
  - {reason: url_only, signal: url_only, max: 0}
  - {reason: duplicate, signal: duplicate_of, max: 0}
  - {reason: near_duplicate, signal: near_duplicate_of, max: 0}
"""

GENERAL = """\
A lighthouse keeper wrote down the weather every evening, and nobody ever asked to see the book.

The train to the coast leaves at seven. It stops wherever somebody waves.
"""

JUNK_ROW = ("https://example.com/aaaaaaa", "Nobody")
"""A row that the contract rejects."""


ONE_PROCESS = """
import contextlib, io, json, sys
from flows.cli import main
told = []
for words in json.loads(sys.argv[1]):
    sys.argv = ["gadfly", *words]
    stdout, stderr, code = io.StringIO(), io.StringIO(), None
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        try:
            main()
        except SystemExit as end:
            code = end.code
    told.append([code, stdout.getvalue(), stderr.getvalue()])
print(json.dumps(told))
"""
"""A program that runs several command lines, as `gadfly` itself does, and prints what each of them printed."""


@dataclass
class Finished:
    """A command that ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The one JSON object on standard output."""
        return json.loads(self.stdout)


@dataclass
class Bench:
    """A home, and a folder with a recipe and all it names."""

    root: Path
    api_url: str
    warm_start: Callable[..., tuple[int, str, str]]
    summary: dict[str, Any] = field(default_factory=dict)
    """The summary of the run that this bench's home starts with."""

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def folder(self) -> Path:
        return self.root / "files"

    @property
    def recipe(self) -> Path:
        return self.folder / "recipe.yaml"

    @property
    def rows(self) -> Path:
        return self.folder / "rows.csv"

    @property
    def contract(self) -> Path:
        return self.folder / "contract.yaml"

    @property
    def store(self) -> Any:
        from tasks.artifacts import ArtifactStore

        return ArtifactStore(str(self.home / ".gadfly" / "store"))

    def at_home(self) -> pytest.MonkeyPatch:
        """Make this bench's home the process's; undo it after use."""
        patch = pytest.MonkeyPatch()
        patch.setenv("GADFLY_HOME", str(self.home))
        for name in ("GADFLY_STORE", "MLFLOW_TRACKING_URI"):
            patch.delenv(name, raising=False)
        if mlflow := sys.modules.get("mlflow.tracking._tracking_service.utils"):
            mlflow._artifact_repos_cache.clear()  # by run id alone, and copies of a bench share their runs' ids
        return patch

    def call(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Call a function with this bench's home as the process's."""
        patch = self.at_home()
        try:
            return function(*arguments, **named)
        finally:
            patch.undo()

    def run(self, *overrides: str, refresh: Sequence[str] = ()) -> dict[str, Any]:
        """Run the chain in this process."""
        from flows.finetune import finetune

        return self.call(finetune, str(self.recipe), list(overrides), list(refresh))

    def plan(self, *overrides: str, refresh: Sequence[str] = ()) -> dict[str, Any]:
        """Plan the chain in this process."""
        from flows.planning import plan

        return self.call(plan, str(self.recipe), overrides, refresh)

    def environment(self, **changes: str) -> dict[str, str]:
        """The environment of a process that works with this home and the session's server."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "GADFLY_"))}
        inherited.pop("MLFLOW_TRACKING_URI", None)
        own = {"GADFLY_HOME": str(self.home), "PREFECT_API_URL": self.api_url, "OMP_NUM_THREADS": "1"}
        return {**inherited, **own, "PYTHONPATH": str(CHECKOUT), **changes}

    def start(
        self, *command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start Python with these arguments, in a session of its own."""
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=cwd or self.folder,
            env={**self.environment(), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def python(self, *command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Finished:
        """Run Python with these arguments in a process of its own."""
        process = self.start(*command, cwd=cwd, env=env)
        stdout, stderr = process.communicate()
        return Finished(process.returncode, stdout, stderr)

    def warm(self, *command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Finished:
        """As `python`, in a process that starts with the large libraries imported."""
        return Finished(*self.warm_start(command, cwd or self.folder, {**self.environment(), **(env or {})}))

    def cli(self, *arguments: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Finished:
        """Run `gadfly` in a process of its own; a warm one, if the large libraries don't read what `env` names."""
        python = self.warm if all(name.startswith(READ_LATE) for name in env or {}) else self.python
        return python("-m", "flows.cli", *arguments, cwd=cwd, env=env)

    def gadfly(self, *commands: Sequence[str]) -> list[Finished]:
        """Run several `gadfly` commands one after the other in one process, which saves its imports."""
        done = self.warm("-c", ONE_PROCESS, json.dumps(commands))
        assert done.code == 0, done.stderr
        return [Finished(*told) for told in json.loads(done.stdout.splitlines()[-1])]

    def mlflow(self) -> Any:
        """An MLflow client of this home."""
        from tasks.tracking import connect

        return self.call(connect)

    def mlflow_runs(self, experiment: str = "tiny") -> list[Any]:
        """The runs that MLflow knows, newest first."""
        client = self.mlflow()
        return list(client.search_runs([client.get_experiment_by_name(experiment).experiment_id]))

    def versions(self, model: str = "tiny") -> list[int]:
        """The numbers of a model's registered versions."""
        found = self.mlflow().search_model_versions(f"name = '{model}'")
        return sorted(int(version.version) for version in found)

    def edit_function(self, file: Path, function: str, line: str) -> None:
        """Put a line of code at the beginning of a function's body."""
        text = file.read_text(encoding="utf-8")
        tree = ast.parse(text)
        (found,) = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == function]
        first = found.body[1] if ast.get_docstring(found) else found.body[0]
        lines = text.splitlines(keepends=True)
        lines.insert(first.lineno - 1, " " * first.col_offset + line + "\n")
        file.write_text("".join(lines), encoding="utf-8")

    def add_row(self, text: str, author: str, *, on_top: bool = False) -> None:
        """Write one more row into the source."""
        self.add_rows([(text, author)], on_top=on_top)

    def add_rows(self, rows: Sequence[tuple[str, str]], *, on_top: bool = False) -> None:
        """Write more rows into the source."""
        with self.rows.open(newline="", encoding="utf-8") as stream:
            header, *old = list(csv.reader(stream))
        new = [list(row) for row in rows]
        write_csv(self.rows, [header, *new, *old] if on_top else [header, *old, *new])

    def replace(self, file: Path, old: str, new: str) -> None:
        """Edit a file of this bench; the text must be there once."""
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {file.name}"
        file.write_text(text.replace(old, new), encoding="utf-8")

    def artifact(self, summary: Mapping[str, Any], stage: str, name: str) -> Any:
        """The reference of an artifact in a run's summary."""
        from tasks.artifacts import ArtifactRef

        digest = summary["stages"][stage]["digests"][name]
        (ref,) = [ref for ref in self.store.refs() if ref.digest == digest]
        return ArtifactRef(kind=ref.kind, digest=digest)

    def frame(self, summary: Mapping[str, Any], name: str) -> Any:
        """The table of an `accepted` or `quarantined` artifact."""
        import pandas as pd

        return pd.read_parquet(self.store.open(self.artifact(summary, "validation", name)) / f"{name}.parquet")


def write_csv(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """Write a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Finds a port on loopback that nobody listens on."""
    return _free_port


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prefect server of this session's own, on loopback; this process and all command lines use it. Its API's URL."""
    home = tmp_path_factory.mktemp("prefect")
    port = _free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    env |= {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_UI_ENABLED": "false",
    }
    url = f"http://127.0.0.1:{port}/api"
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)],
            cwd=home,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        while not _answers(f"{url}/health"):
            assert server.poll() is None, (home / "server.log").read_text()
            time.sleep(0.2)
        from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

        with temporary_settings({PREFECT_API_URL: url, PREFECT_HOME: home}):
            yield url
            _drain()
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _drain() -> None:
    """Send what Prefect still has to tell its server, as its own test harness does; else the process ends late."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    APILogWorker.instance().drain()
    EventsWorker.drain_all()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


@pytest.fixture(scope="session")
def chain_files(tmp_path_factory: pytest.TempPathFactory, make_model: Any, tiny_tokenizer: Any) -> Path:
    """A folder with a recipe and all it names: rows with some junk, a contract, a general text and a tiny base."""
    folder = tmp_path_factory.mktemp("files")
    with (CHECKOUT / "demo" / "corpus.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))[: NUM_ROWS - 1]
    write_csv(folder / "rows.csv", [*rows, ["too short", "Nobody"], list(JUNK_ROW)])
    (folder / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    (folder / "contract.yaml").write_text(CONTRACT, encoding="utf-8")
    (folder / "general.txt").write_text(GENERAL, encoding="utf-8")
    make_model("GPT2", n_positions=128).save_pretrained(folder / "base")
    tiny_tokenizer.save_pretrained(folder / "base")
    return folder


@pytest.fixture(scope="session")
def new_bench(
    tmp_path_factory: pytest.TempPathFactory, prefect_server: str, chain_files: Path, warm_start: Any
) -> Callable[..., Bench]:
    """Makes benches: with an empty home, or with a copy of another bench's files and home."""

    def make(like: Bench | None = None) -> Bench:
        root = tmp_path_factory.mktemp("bench")
        if like is None:
            shutil.copytree(chain_files, root / "files")
            (root / "home").mkdir()
            return Bench(root, prefect_server, warm_start)
        shutil.copytree(like.root, root, dirs_exist_ok=True, symlinks=True)
        _move_mlflow(root / "home" / "mlruns" / "mlflow.db", str(like.root), str(root))
        return Bench(root, prefect_server, warm_start, like.summary)

    return make


def _move_mlflow(database: Path, old: str, new: str) -> None:
    """Let a copied database speak of the copied artifacts: MLflow keeps absolute paths."""
    places = {
        "experiments": "artifact_location",
        "runs": "artifact_uri",
        "logged_models": "artifact_location",
        "model_versions": "storage_location",
    }
    with contextlib.closing(sqlite3.connect(database)) as connection:
        for table, column in places.items():
            connection.execute(f"UPDATE {table} SET {column} = replace({column}, ?, ?)", (old, new))
        connection.commit()


@pytest.fixture(scope="session")
def first_run(new_bench: Callable[..., Bench]) -> Bench:
    """A bench after its first run. Don't change it: `bench` is a copy."""
    bench = new_bench()
    bench.summary = bench.run()
    return bench


@pytest.fixture
def bench(new_bench: Callable[..., Bench], first_run: Bench) -> Bench:
    """A bench of the test's own, in which the chain has run once.

    Its home and files are copies under other paths: where everything is cached there, no path is in any key.
    """
    return new_bench(first_run)


@pytest.fixture(scope="session")
def states() -> Callable[[Mapping[str, Any]], dict[str, str]]:
    """Reads the stages' states, registration's included, out of a summary or plan."""
    return lambda summary: {stage: facts["state"] for stage, facts in summary["stages"].items()}


@pytest.fixture(scope="session")
def digests() -> Callable[[Mapping[str, Any]], dict[str, dict[str, str]]]:
    """Reads the stages' artifacts, by digest, out of a summary or plan."""
    return lambda summary: {stage: facts["digests"] for stage, facts in summary["stages"].items()}


@pytest.fixture(scope="session")
def task_run_states(prefect_server: str) -> Callable[[str], dict[str, str]]:
    """Asks Prefect for a flow run's task runs: name to the name of the state it ended in."""

    def ask(flow_run_id: str) -> dict[str, str]:
        from prefect.client.orchestration import get_client
        from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

        _drain()
        wanted = FlowRunFilter(id=FlowRunFilterId(any_=[UUID(flow_run_id)]))
        with get_client(sync_client=True) as client:
            for _ in range(300):  # the server files events as they come in
                runs = client.read_task_runs(flow_run_filter=wanted)
                if len(runs) == len(STAGES) + 1 and all(run.state and run.state.is_final() for run in runs):
                    break
                time.sleep(0.1)
        return {run.name: run.state.name for run in runs if run.state}

    return ask
