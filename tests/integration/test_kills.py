"""SIGKILL in the middle of any stage, or Ctrl-C: the same command goes on and ends with an undisturbed run's bytes."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import time
from typing import Any

import psutil
import pytest

KILLED_RUN = """
import os, signal, sys
from tasks import artifacts, progress
from flows import cli

point, _, what = sys.argv[1].partition(" ")

def die(*arguments, **named):
    os.kill(os.getpid(), signal.SIGKILL)

def hear(event):
    if (event.state, event.stage) == (point, what):
        die()

put, write_note = artifacts.ArtifactStore.put, artifacts.ArtifactStore.write_note

def put_or_die(self, kind, write, **named):
    if (point, what) == ("storing", kind):
        real = write
        write = lambda folder: (real(folder), die())
    return put(self, kind, write, **named)

def write_note_or_die(self, name, content):
    if point == "noting" and name.startswith(what):
        die()
    write_note(self, name, content)

artifacts.ArtifactStore.put = put_or_die
artifacts.ArtifactStore.write_note = write_note_or_die
if point == "registering":
    from mlflow import MlflowClient
    setattr(MlflowClient, what, die)
sys.argv = ["gadfly", "run", sys.argv[2]]
with progress.listening(hear):
    cli.main()
"""
"""The command line, in a process that kills itself at a point where a stage is known to be at work."""

OUTPUTS = {
    "ingestion": "rows",
    "validation": "accepted",
    "tokenization": "tokens",
    "baseline": "scores",
    "training": "trained",
    "evaluation": "scores",
    "comparison": "comparison",
}


def killed_run(bench: Any, point: str) -> None:
    done = bench.warm("-c", KILLED_RUN, point, str(bench.recipe))
    assert done.code == -signal.SIGKILL, done.stderr


def goes_on(bench: Any, reference: Any, digests: Any) -> dict[str, Any]:
    """Run again: the same digests as in a home where nothing was ever killed, a sound store, one version."""
    from flows.verify import verify

    summary: dict[str, Any] = bench.run()
    assert digests(summary) == digests(reference.summary)
    assert summary["metrics"] == reference.summary["metrics"]
    assert bench.call(verify)["damaged"] == []
    assert bench.versions() == [1]
    assert summary["model"]["version"] == 1
    assert summary["model"]["aliases"] == ["challenger"]
    again = bench.run()
    assert {facts["state"] for facts in again["stages"].values()} == {"cached"}
    return summary


@pytest.mark.slow
@pytest.mark.parametrize("point", ["storing rows", "working validation", "storing quarantined"])
def test_a_kill_before_tokenization_costs_nothing_but_time(new_bench: Any, first_run: Any, digests: Any, point: str):
    """In a new home. `storing quarantined`: the sides of the rows are remembered already, and `accepted` is stored."""
    bench = new_bench()
    killed_run(bench, point)
    goes_on(bench, first_run, digests)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stage", "point"),
    [
        ("tokenization", "working tokenization"),
        ("tokenization", "storing tokens"),
        ("baseline", "working baseline"),
        ("training", "working training"),
        ("training", "noting keys/training"),
        ("evaluation", "working evaluation"),
        ("comparison", "storing comparison"),
    ],
)
def test_a_kill_in_a_later_stage_costs_nothing_but_time(
    bench: Any, first_run: Any, digests: Any, stage: str, point: str
):
    """In a home where the stage never ran. `noting`: Prefect has the result, the store doesn't know of it."""
    ref = bench.artifact(bench.summary, stage, OUTPUTS[stage])
    (note,) = (bench.home / ".gadfly" / "store" / "keys" / stage).glob("*.json")
    (bench.home / ".gadfly" / "results" / note.stem).unlink()
    note.unlink()
    shutil.rmtree(bench.store.open(ref))
    killed_run(bench, point)
    assert not note.exists()
    assert bench.store.is_whole(ref) == (point == f"noting keys/{stage}")
    summary = goes_on(bench, first_run, digests)
    assert summary["stages"][stage]["state"] == "ran"


@pytest.mark.slow
@pytest.mark.parametrize(
    "moment", ["log_batch", "create_registered_model", "create_model_version", "set_registered_model_alias"]
)
def test_a_kill_during_registration_makes_one_version_in_the_end(bench: Any, first_run: Any, digests: Any, moment: str):
    """In a home whose registry is empty; the last moment is that between the version and its alias."""
    shutil.rmtree(bench.home / "mlruns")
    killed_run(bench, f"registering {moment}")
    goes_on(bench, first_run, digests)


@pytest.mark.slow
def test_a_killed_run_leaves_no_server_behind(bench: Any):
    """A run without a server has Prefect start one, as a child that a SIGKILL of its parent doesn't reach."""
    process = bench.start("-c", KILLED_RUN, "began ingestion", "recipe.yaml", env={"PREFECT_API_URL": ""})
    servers: dict[int, psutil.Process] = {}
    while process.poll() is None:
        try:
            children = psutil.Process(process.pid).children(recursive=True)
            servers |= {child.pid: child for child in children if "uvicorn" in " ".join(child.cmdline())}
        except psutil.Error:
            pass
        time.sleep(0.1)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    (server,) = servers.values()
    try:
        server.wait(timeout=60)
    except psutil.TimeoutExpired:
        server.kill()
        raise


INTERRUPTED_RUN = """
import signal, sys, time
from pathlib import Path
from tasks import progress
from flows import cli

reached, moment, *sys.argv = sys.argv[1:]
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs inherit it as ignored

def hear(event):
    half_way = event.state != "working" or 2 * event.done >= event.total
    if f"{event.state} {event.stage}" == moment and half_way:
        Path(reached).touch()
        time.sleep(60)  # the signal comes now

with progress.listening(hear):
    cli.console()
"""
"""The command line, in a process that waits for a signal at a point where a stage is known to be at work."""


def interrupted(bench: Any, number: int, moment: str, *options: str) -> tuple[int, str, str]:
    """Exit code and output of a run that gets a signal, as a terminal sends a Ctrl-C to the whole foreground group."""
    reached = bench.root / "reached"
    reached.unlink(missing_ok=True)
    command = ["-c", INTERRUPTED_RUN, str(reached), moment, "gadfly", "run", "recipe.yaml", *options]
    process = bench.start(*command, env={"PREFECT_API_URL": ""})
    family: dict[int, psutil.Process] = {}
    while not reached.exists():
        assert process.poll() is None, process.communicate()
        family |= {child.pid: child for child in psutil.Process(process.pid).children(recursive=True)}
        time.sleep(0.2)
    assert len(family) >= 3, "the server, who looks after it, and the side process"
    os.killpg(process.pid, number)
    stdout, stderr = process.communicate(timeout=60)
    _, left = psutil.wait_procs(family.values(), timeout=20)
    for orphan in left:
        orphan.kill()
    assert not left
    return process.returncode, stdout, stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (signal.SIGINT, "began ingestion"),
        (signal.SIGINT, "began validation"),
        (signal.SIGINT, "working training"),
        (signal.SIGTERM, "working training"),
        (signal.SIGINT, "began registration"),
    ],
)
def test_ctrl_c_or_sigterm_is_one_message_and_the_same_command_goes_on(
    new_bench: Any, first_run: Any, digests: Any, number: int, moment: str
):
    bench = new_bench()
    code, stdout, stderr = interrupted(bench, number, moment, "--json")
    message = "stopped. What was finished is kept: the same command goes on from there"
    assert (code, json.loads(stdout)) == (130, {"error": message, "exit_code": 130})
    assert stderr.count(message) == 1
    assert "Traceback" not in stderr
    progress = re.compile(r"\w[\w ]* +(ran |[\d,]+ of [\d,]+)")  # the second where it takes its time
    told = [line for line in stderr.splitlines() if line != message and not progress.match(line)]
    assert told == []
    (run,) = (json.loads(path.read_text()) for path in (bench.home / ".gadfly" / "runs").glob("*.json"))
    assert run["status"] == "stopped"
    finished = {stage for stage, facts in run["stages"].items() if facts["state"] == "ran"}
    summary = goes_on(bench, first_run, digests)
    assert {stage for stage, facts in summary["stages"].items() if facts["state"] == "cached"} == finished
