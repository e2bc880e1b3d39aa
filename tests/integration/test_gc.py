"""`gadfly gc` frees what nothing needs, and nothing else."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path

import pytest

from tasks.errors import RecipeError


def garbage(bench, older_than="0m"):
    from flows.garbage import find_garbage, parse_age

    return bench.call(find_garbage, parse_age(older_than))


def collect(bench, found):
    from flows.garbage import collect

    bench.call(collect, found)


FILLED = 5_000_000
"""Bytes; a tiny home's databases are smaller."""


def fill(database):
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE gone AS SELECT randomblob(?) AS content", (FILLED,))
        connection.execute("DROP TABLE gone")
        connection.commit()


def left_in_prefect(run):
    """How many flow runs of that id Prefect has, and how many artifacts of it."""
    from uuid import UUID

    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import (
        ArtifactFilter,
        ArtifactFilterFlowRunId,
        FlowRunFilter,
        FlowRunFilterId,
    )

    wanted = [UUID(run)]
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=wanted)))
        theirs = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=wanted))
        return len(runs), len(client.read_artifacts(artifact_filter=theirs))


def test_what_a_version_needs_stays_and_the_rest_goes(bench):
    kinds = {ref.digest: ref.kind for ref in bench.store.refs()}
    other = bench.run("training.epochs=2")
    bench.mlflow().delete_registered_model_alias("tiny", "challenger")
    bench.mlflow().delete_model_version("tiny", "2")
    only_of_the_other = {ref.digest for ref in bench.store.refs()} - set(kinds)
    assert len(only_of_the_other) >= 3

    assert garbage(bench, "1h").artifacts == []  # young
    found = garbage(bench)
    assert {ref.digest for ref in found.artifacts} == only_of_the_other
    assert found.mlflow_runs == [other["model"]["mlflow_run_id"]]
    assert other["run_id"] in found.prefect_runs
    assert found.num_bytes > 10_000
    told = bench.cli("gc", "--older-than", "0m", "--dry-run", "--json").json
    assert (told["removed"], told["artifacts"], told["mlflow_runs"]) == (False, len(found.artifacts), 1)
    assert garbage(bench).artifacts == found.artifacts
    runs, artifacts = left_in_prefect(other["run_id"])
    assert runs == 1
    assert artifacts >= 1
    collect(bench, found)
    assert left_in_prefect(other["run_id"]) == (0, 0)
    assert {ref.digest: ref.kind for ref in bench.store.refs()} == kinds
    assert [run.info.run_id for run in bench.mlflow_runs()] == [bench.summary["model"]["mlflow_run_id"]]
    assert garbage(bench).artifacts == []

    assert {stage["state"] for stage in bench.run()["stages"].values()} == {"cached"}
    again = bench.run("training.epochs=2")
    assert again["stages"]["training"]["state"] == "ran"
    assert again["stages"]["training"]["digests"] == other["stages"]["training"]["digests"]


def test_other_peoples_runs_on_the_same_servers_stay(bench):
    from prefect import flow

    client = bench.mlflow()
    theirs = client.create_run(client.create_experiment("theirs"), tags={"team": "other"}).info.run_id
    beside_ours = client.create_run(client.get_experiment_by_name("tiny").experiment_id).info.run_id
    for run_id in (theirs, beside_ours):
        client.set_terminated(run_id)

    @flow(name="their-reports")
    def reports():
        from prefect import runtime

        return str(runtime.flow_run.id)

    flow_run = reports()
    found = garbage(bench)
    assert flow_run not in found.prefect_runs
    assert not {theirs, beside_ours} & set(found.mlflow_runs)


def test_a_run_that_is_under_way_keeps_what_it_makes(bench):
    going_on = bench.start("-m", "flows.cli", "run", str(bench.recipe), "-s", "training.epochs=20", "--json")
    while going_on.poll() is None:
        collect(bench, garbage(bench))
        time.sleep(1)  # else the run hardly gets a turn
    stdout, stderr = going_on.communicate()
    assert going_on.returncode == 0, stderr
    assert '"version": 2' in stdout


EVALUATION = """
import sys
from flows.environment import prepare_environment
prepare_environment(quiet=True)
from flows.evaluation import evaluate
evaluate("tiny@1", sys.argv[1], ("prompt.template=By {author}, {text}", "contract=./other.yaml"))
"""
"""On rows and in a format of which no record tells that they are needed."""


def test_an_evaluation_that_is_under_way_keeps_what_it_reads(bench):
    (bench.folder / "other.yaml").write_text(bench.contract.read_text().replace("min: 3", "min: 4"))
    going_on = bench.start("-c", EVALUATION, str(bench.recipe))
    told = []
    while going_on.poll() is None:
        told.append(bench.cli("gc", "--older-than", "0m", "--json").json)
    _, stderr = going_on.communicate()
    assert going_on.returncode == 0, stderr
    assert any(one["being_read"] and not one["artifacts"] for one in told)
    told.append(bench.cli("gc", "--older-than", "0m", "--json").json)
    assert not told[-1]["being_read"]
    assert sum(one["artifacts"] for one in told) > 0  # what it made, once it was over


def test_what_a_question_shows_stays_until_it_is_answered(bench):
    from flows.alive import alive

    summary, asking = bench.run(), "00000000-0000-4000-8000-000000000000"
    made_by = summary["run_id"]
    bench.store.write_note("asking/tiny", {"run_id": asking, "version": 1, "made_by": made_by})
    shown = {bench.home / ".gadfly" / "reports" / Path(summary[name]).name for name in ("report", "data_report")}
    assert all(path.is_file() for path in shown)
    patch = bench.at_home()
    try:
        with alive(asking):
            waits = garbage(bench)
    finally:
        patch.undo()
    answered = garbage(bench)
    assert not shown & set(waits.files)
    assert shown <= set(answered.files)
    assert (made_by in waits.prefect_runs, made_by in answered.prefect_runs) == (False, True)


def test_a_database_is_as_small_as_what_is_left_in_it(bench):
    database = bench.home / "mlruns" / "mlflow.db"
    fill(database)
    before = database.stat().st_size
    told = bench.cli("gc", "--json").json
    after = database.stat().st_size
    assert before > FILLED > after
    assert told["bytes"] == before - after
    assert bench.versions() == [1]


def test_checkpoints_that_nobody_went_on_with_go_and_held_ones_stay(bench):
    import torch

    from tasks.training.checkpoints import Checkpoints, held

    forgotten, running = (bench.home / ".gadfly" / "checkpoints" / name for name in ("forgotten", "running"))
    for folder in (forgotten, running):
        Checkpoints(folder, 1).write({"a": torch.ones(1000)}, {"step": 3})
    assert garbage(bench, "1h").checkpoints == []  # young
    with held(running):
        found = garbage(bench)
        assert found.checkpoints == [forgotten]
        assert found.num_bytes > 4000
        collect(bench, found)
    assert (forgotten.exists(), running.exists()) == (False, True)


@pytest.mark.parametrize("age", ["30", "d", "-1d", "30 days", ""])
def test_an_age_that_is_none_is_one_clear_error(age):
    from flows.garbage import parse_age

    with pytest.raises(RecipeError, match=f"--older-than {age}: give a number and m, h, d or w, such as 30d"):
        parse_age(age)
