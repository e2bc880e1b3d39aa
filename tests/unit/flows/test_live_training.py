"""A page that can't be written costs its picture, never the training, and what it missed is written later."""

from __future__ import annotations

import logging
import shutil

import pytest

from flows import live_training
from flows.live_pages import MlflowPage, PrefectPage
from flows.live_training import LiveTraining, _status
from tasks import progress, tracking
from tasks.errors import TrainingError


class NoPage(PrefectPage):
    """A run without a page in Prefect."""

    def write(self) -> None:
        """Nothing."""


@pytest.fixture
def live(gadfly_home, monkeypatch):
    monkeypatch.setattr(live_training, "EVERY_S", 0.01)
    return LiveTraining(MlflowPage("tiny", "f" * 8, "tiny", {"seed": 1}, {}), NoPage("tiny"))


@pytest.fixture
def made_database(gadfly_home, empty_registry):
    """MLflow's tables in a folder beside the home: making them takes seconds."""
    folder = gadfly_home / "made"
    folder.mkdir()
    shutil.copy(empty_registry, folder / "mlflow.db")
    return folder


def tell(steps, stage="training"):
    for step in steps:
        progress.report(stage, step + 1, 10, loss=1.0 / (step + 1), tokens_per_second=100.0)


def test_a_page_that_cannot_be_written_does_not_stop_a_training(live, gadfly_home, caplog):
    (gadfly_home / "mlruns").write_text("a file where a folder belongs")
    with caplog.at_level(logging.WARNING), live:
        tell(range(3))
        assert live.mlflow_run() == ""
    assert len([line for line in caplog.messages if "can't be watched" in line]) == 1


def test_what_a_page_missed_is_written_once_it_can_be(live, gadfly_home, made_database):
    block = gadfly_home / "mlruns"
    block.write_text("a file where a folder belongs")
    with live:
        tell(range(3))
        live.mlflow_run()
        block.unlink()
        made_database.rename(block)
        tell(range(3, 5))
        run = live.mlflow_run()
        client = tracking.connect()
        assert [point.step for point in client.get_metric_history(run, "train/loss")] == [0, 1, 2, 3, 4]
        assert tracking.ALIVE in client.get_run(run).data.tags
    assert client.get_run(run).info.status == "FINISHED"


def test_only_the_recipes_own_training_is_in_mlflow(live, gadfly_home):
    with live:
        tell(range(3), stage="evaluation")
        assert live.mlflow_run() == ""
        tell(range(3), stage="training seed 43")
        assert live.mlflow_run() == ""
    assert not (gadfly_home / "mlruns").exists()


def test_outside_of_the_block_nothing_is_heard(live):
    with live:
        pass
    tell(range(3))
    assert live.mlflow_run() == ""


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (None, "FINISHED"),
        (TrainingError("the loss became nan"), "FAILED"),
        (OSError("disk full"), "FAILED"),
        (KeyboardInterrupt(), "KILLED"),
        (SystemExit(), "KILLED"),
    ],
)
def test_how_a_run_ended_is_told_in_mlflows_words(error, status):
    assert _status(error) == status


def test_a_run_that_gives_signs_is_left_running_by_others(gadfly_home, made_database):
    made_database.rename(gadfly_home / "mlruns")
    client = tracking.connect()
    runs = {name: tracking.start_run(client, "tiny", name, {}) for name in ("alive", "silent", "unsigned")}
    tracking.give_sign(client, runs["alive"])
    old_ms = int(float(client.get_run(runs["alive"]).data.tags[tracking.ALIVE]) - 1000 * tracking.SILENT_S - 1)
    client.set_tag(runs["silent"], tracking.ALIVE, str(old_ms))
    tracking.end_stale_runs(client, "tiny")
    ended = {name: client.get_run(run).info.status for name, run in runs.items()}
    assert ended == {"alive": "RUNNING", "silent": "KILLED", "unsigned": "KILLED"}
    client.set_tag(runs["alive"], tracking.FLOW_RUN, "dead")
    tracking.end_runs_of(client, "tiny", ["other"])
    assert client.get_run(runs["alive"]).info.status == "RUNNING"
    tracking.end_runs_of(client, "tiny", ["dead"])
    assert client.get_run(runs["alive"]).info.status == "KILLED"
