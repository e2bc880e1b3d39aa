"""`gadfly retrain`: what it does where nothing changed, and what it makes of a retraining that died."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import time
from typing import Any

import pytest

PATIENCE_S = 240
LEARNED = (
    *("-s", "training.learning_rate=0.01", "-s", "training.epochs=3"),
    *("-s", "registration.gate.min_stop_rate=0"),  # samples of 8 tokens hardly ever end
)
"""Overrides with which the tiny model passes the gate."""


def tags(bench: Any, version: int) -> dict[str, str]:
    """A version's tags, read where MLflow keeps them: it is asked many times a second."""
    database = f"file:{bench.home / 'mlruns' / 'mlflow.db'}?mode=ro"
    with contextlib.closing(sqlite3.connect(database, uri=True)) as connection:
        found = connection.execute("SELECT key, value FROM model_version_tags WHERE version = ?", (version,))
        return dict(found.fetchall())


def test_nothing_changed_is_told_and_makes_no_version(bench: Any):
    done = bench.cli("retrain", str(bench.recipe))
    assert done.code == 0, done.stderr
    assert done.stdout.splitlines()[:2] == [
        "nothing changed since the last run: everything is cached",
        "tiny version 1 (challenger)",
    ]
    assert bench.versions() == [1]


def test_a_question_that_is_open_is_not_asked_again(bench: Any):
    from flows.alive import alive

    open_run = "00000000-0000-4000-8000-000000000000"
    bench.store.write_note("asking/tiny", {"run_id": open_run, "version": 1})
    patch = bench.at_home()
    try:
        with alive(open_run):
            told = bench.cli("retrain", str(bench.recipe), "--wait-hours", "1", "--json").json
    finally:
        patch.undo()
    assert told["told"].endswith(f"already asked in run {open_run}")
    assert "model" not in told


@pytest.mark.slow
def test_a_retraining_killed_before_its_gate_is_finished_by_the_next(bench: Any):
    words = ("retrain", str(bench.recipe), *LEARNED)
    killed = bench.start("-m", "flows.cli", *words)
    deadline = time.monotonic() + PATIENCE_S
    while not tags(bench, 2):
        assert killed.poll() is None, killed.communicate()
        assert time.monotonic() < deadline, "no version was registered"
        time.sleep(0.01)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert "gate" not in tags(bench, 2), "the kill came too late to show anything"

    told = bench.cli(*words, "--json").json
    assert told["changed"] == {}
    assert (told["model"]["version"], told["approval"]) == (2, "not asked")  # by --wait-hours 0, or a person would be
    assert tags(bench, 2)["gate"] == told["model"]["gate"]["outcome"] == "passed"
    assert bench.versions() == [1, 2]

    assert bench.cli(*words, "--json").json["approval"] == ""
