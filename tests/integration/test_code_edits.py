"""What an edit of the code costs, done in a copy of the checkout and run from there in a process of its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

PLAN = """
import json, sys
from flows import cli, planning
from tasks import code_identity
made = planning.plan(sys.argv[1])
print(json.dumps({"root": str(code_identity.ROOT), "imported": cli.__file__, "stages": made["stages"]}))
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the checkout, to be edited."""
    copy = tmp_path / "elsewhere"
    for folder in ("flows", "tasks", "recipes", "data_contracts"):
        shutil.copytree(CHECKOUT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(CHECKOUT / "pyproject.toml", copy / "pyproject.toml")
    return copy


def planned(bench: Any, checkout: Path) -> dict[str, Any]:
    """The stages of a plan that is made with the copy's code."""
    done = bench.warm("-c", PLAN, str(bench.recipe), cwd=checkout, env={"PYTHONPATH": str(checkout)})
    assert done.code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["root"] == str(checkout)
    assert told["imported"] == str(checkout / "flows" / "cli.py")
    stages: dict[str, Any] = told["stages"]
    return stages


def would_run(stages: dict[str, Any]) -> set[str]:
    return {stage for stage, facts in stages.items() if facts["state"] == "would run"} - {"registration"}


def run_in(checkout: Path, bench: Any) -> dict[str, Any]:
    """A run of the copy's command line."""
    done = bench.cli("run", str(bench.recipe), "--json", cwd=checkout, env={"PYTHONPATH": str(checkout)})
    assert done.code == 0, done.stderr
    summary: dict[str, Any] = done.json
    return summary


def ran(summary: dict[str, Any]) -> set[str]:
    return {stage for stage, facts in summary["stages"].items() if facts["state"] == "ran"}


def test_editing_comments_docstrings_and_layout_reruns_nothing(bench: Any, checkout: Path):
    for file in checkout.glob("tasks/**/*.py"):
        text = file.read_text(encoding="utf-8")
        edited = text.replace('"""', '"""Edited. ', 1) if text.startswith('"""') else text
        file.write_text(edited + "\n\n# A comment.\n", encoding="utf-8")
    field = '    """Peak rate of AdamW."""\n'
    bench.replace(checkout / "tasks" / "training" / "config.py", field, '    """Highest rate of AdamW."""\n')
    assert would_run(planned(bench, checkout)) == set()


def test_editing_plumbing_reruns_nothing(bench: Any, checkout: Path):
    bench.edit_function(checkout / "tasks" / "errors.py", "problems_message", "subject = f'File {subject}'")
    bench.edit_function(checkout / "tasks" / "progress.py", "report", "done = min(done, total)")
    assert would_run(planned(bench, checkout)) == set()


def test_unrelated_edits_to_evaluation_and_registration_leave_training_cached(bench: Any, checkout: Path):
    edited = 0
    for package in ("evaluation", "registration"):
        for file in (checkout / "tasks" / package).rglob("*.py"):
            if file.name not in ("task.py", "__init__.py", "config.py"):
                file.write_text(file.read_text(encoding="utf-8") + "\nEDITED = 1\n", encoding="utf-8")
                edited += 1
    assert edited >= 5
    stages = planned(bench, checkout)
    assert would_run(stages) == {"baseline", "evaluation", "baseline samples", "samples", "comparison"}
    assert any(line.startswith("code tasks.evaluation.") for line in stages["evaluation"]["why"])


def test_editing_a_training_function_reruns_training_and_what_follows(bench: Any, checkout: Path):
    """An edit that changes nothing learned stops after training; one that does goes on to a new version."""
    schedule = checkout / "tasks" / "training" / "schedule.py"
    bench.edit_function(schedule, "learning_rate_factor", "edited = step")
    harmless = run_in(checkout, bench)
    assert ran(harmless) == {"training"}
    assert any(line.startswith("code tasks.training.schedule: ") for line in harmless["stages"]["training"]["why"])
    assert harmless["stages"]["training"]["digests"] == bench.summary["stages"]["training"]["digests"]
    assert harmless["model"]["version"] == 1

    bench.edit_function(schedule, "learning_rate_factor", "return 0.5")
    telling = run_in(checkout, bench)
    assert ran(telling) == {"training", "evaluation", "samples", "comparison", "registration"}
    assert telling["model"]["version"] == 2


def test_a_retraining_tells_edited_code_and_trains_nothing_for_it(bench: Any, checkout: Path):
    bench.edit_function(checkout / "tasks" / "training" / "schedule.py", "learning_rate_factor", "return 0.5")
    done = bench.cli("retrain", str(bench.recipe), "--json", cwd=checkout, env={"PYTHONPATH": str(checkout)})
    assert done.code == 0, done.stderr
    assert list(done.json["changed"]) == ["code"]
    assert done.json["told"].startswith("code changed: code tasks.training.schedule: ")
    assert done.json["told"].endswith("no reason to train, by `because_of`")
    assert not done.json["trained"]
    assert bench.versions() == [1]
