"""What is in a key and what isn't: two processes, two folders and two homes agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def test_two_processes_compute_the_same_keys(bench: Any, tmp_path: Path):
    """Under another hash seed and from another folder; the files lie under other paths than in the first run."""
    plans = []
    for seed, folder in (("1", tmp_path), ("2", bench.folder)):
        done = bench.cli("plan", str(bench.recipe), "--json", "--no-probe", cwd=folder, env={"PYTHONHASHSEED": seed})
        assert done.code == 0, done.stderr
        plans.append(done.json)
    assert plans[0]["stages"] == plans[1]["stages"]
    stages = dict(plans[0]["stages"])
    assert stages.pop("registration")["state"] == "looks"
    assert {facts["state"] for facts in stages.values()} == {"cached"}
    assert {facts["made_by"] for facts in stages.values()} == {bench.summary["run_id"]}
    planned, trained = plans[0]["training"], bench.summary["training"]
    for name in ("steps", "trainable_parameters", "base_parameters"):
        assert planned[name] == trained[name], "the plan counts what the run then did"
    assert plans[0]["tokens"]["from"] == "the tokens that are there"
    assert planned["time"] is None, "nothing is probed where nothing would train"


def test_two_processes_write_the_same_key_notes(new_bench: Any):
    """The first two stages' notes, parts and all, of two homes that never met."""
    script = (
        "import sys\n"
        "from flows.recipe import load_recipe\n"
        "from tasks.stages import StageRunner\n"
        "from tasks.ingestion.task import ingest_rows\n"
        "from flows.environment import prepare_environment\n"
        "prepare_environment(quiet=True)\n"
        "recipe = load_recipe(sys.argv[1])\n"
        "StageRunner('tiny', 'a run')(ingest_rows, config=recipe.source)\n"
    )
    notes = []
    for seed in ("1", "2"):
        bench = new_bench()
        done = bench.python("-c", script, str(bench.recipe), env={"PYTHONHASHSEED": seed})
        assert done.code == 0, done.stderr
        (note,) = (bench.home / ".gadfly" / "store" / "keys" / "ingestion").glob("*.json")
        notes.append((note.name, json.loads(note.read_text())))
    assert notes[0] == notes[1]
