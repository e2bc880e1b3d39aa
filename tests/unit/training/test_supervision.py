"""Training in a process of its own: the same result, its errors are ours, and nothing is left when it is stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tasks import progress
from tasks.errors import TrainingError, TrainingStopped
from tasks.home import CHECKOUT
from tasks.tokenized import write_tokens
from tasks.training import supervision
from tasks.training.config import LoraSettings, TrainingConfig
from tasks.training.run import TrainingJob, run_training
from tasks.training.supervision import train_in_child

LENGTHS = [12, 5, 30, 8, 19, 3, 25, 14, 9, 22, 6, 17]
FULL = {"method": "full", "learning_rate": 1e-3, "epochs": 1, "batch_size": 4, "precision": "float32"}


@pytest.fixture
def make_job(gadfly_home, tmp_path, tiny_base, random_documents):
    """Makes a job on tiny documents; jobs of one test share their tokens, not their folders."""
    folder = tmp_path / "tokens"
    folder.mkdir()
    splits = {
        "train": ([f"t{number}" for number in range(len(LENGTHS))], random_documents(LENGTHS)),
        "holdout": (["h0", "h1"], random_documents([9, 7], seed=1)),
    }
    counts = {"train": {"longest": max(LENGTHS)}}
    write_tokens(folder, splits, {"pad_id": 0, "packing": True, "max_seq_len": 64, "counts": counts})

    def make(name="job", micro_batch_tokens=None, **settings) -> TrainingJob:
        return TrainingJob(
            config=TrainingConfig(**{**FULL, **settings}),
            tokens=folder,
            base=tiny_base,
            base_digest="sha256:" + "2" * 64,
            output=tmp_path / name / "trained",
            checkpoints=tmp_path / name,
            state=tmp_path / "state",
            micro_batch_tokens=micro_batch_tokens,
        )

    return make


def files(job):
    return {path.name: path.read_bytes() for path in job.output.iterdir()}


def at_step(number, action):
    """A listener that acts once, when so many steps are done."""
    acted = []

    def hear(event):
        if event.state == "working" and event.done >= number and not acted:
            acted.append(event)
            action()

    return hear


def child_process() -> psutil.Process:
    """The process at work: a fork of the one that waits for jobs, where there are forks."""
    living = [process for process in psutil.Process().children() if process.status() != psutil.STATUS_ZOMBIE]
    (server,) = [process for process in living if supervision.child.__name__ in process.cmdline()]
    return (server.children() or [server])[0]


def test_a_job_is_the_same_after_json(make_job):
    job = make_job(method="lora", lora=LoraSettings(rank=3, alpha=1 / 3), adam_betas=(0.9, 0.95))
    assert TrainingJob.model_validate_json(json.dumps(job.model_dump(mode="json"))) == job


def test_a_child_trains_what_would_be_trained_here(make_job):
    here, there = make_job("here"), make_job("there")
    heard = []
    cost_here = run_training(here, lambda *_, **__: None, lambda: False)
    with progress.listening(heard.append):
        cost = train_in_child(there)
    assert files(there) == files(here)
    assert [(event.done, event.total) for event in heard if "loss" in event.measures] == [(1, 3), (2, 3), (3, 3)]
    assert not [event for event in heard if "micro_batch_tokens" in event.measures]
    assert cost["interruptions"] == []
    assert {**cost_here, "interruptions": []}.keys() == cost.keys()
    assert cost["peak_memory_bytes"] > 50e6


@pytest.mark.skipif(sys.platform != "linux", reason="forks only on Linux")
def test_a_second_job_is_a_fork_of_the_process_that_has_imported(make_job):
    train_in_child(make_job("first"))
    (waiting,) = supervision._waiting
    assert len(list(Path(f"/proc/{waiting.pid}/task").iterdir())) == 1
    train_in_child(make_job("second"))
    assert supervision._waiting == [waiting]
    assert psutil.Process(waiting.pid).children() == []


def test_a_process_that_ended_before_the_job_came_is_replaced(make_job, monkeypatch):
    ended = subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    ended.wait()
    monkeypatch.setattr(ended, "poll", lambda: None)  # it still lived when we looked
    supervision._waiting.append(ended)
    job = make_job()
    train_in_child(job)
    assert files(job)
    assert ended not in supervision._waiting


def test_errors_of_the_child_are_raised_here_with_their_message(make_job):
    with pytest.raises(TrainingError, match=r"no module is called 'q_proj'") as caught:
        train_in_child(make_job(method="lora", lora=LoraSettings(target_modules="q_proj")))
    assert "make_trainable" in caught.value.__notes__[0]


def test_a_path_that_cant_be_used_stays_an_error_about_that_path(make_job, tmp_path):
    job = make_job().model_copy(update={"tokens": tmp_path / "nothing"})
    with pytest.raises(FileNotFoundError) as caught:
        train_in_child(job)
    assert caught.value.filename == str(tmp_path / "nothing" / "tokens.json")


def test_a_fault_of_the_child_names_its_kind_and_keeps_its_traceback(make_job, tmp_path):
    (tmp_path / "tokens" / "tokens.json").write_text("{}")
    with pytest.raises(RuntimeError, match="KeyError: 'format'") as caught:
        train_in_child(make_job())
    assert "read_tokens" in caught.value.__notes__[0]


def test_a_result_for_which_there_is_no_room_is_one_error_and_the_checkpoint_stays(make_job, small_disk):
    """The result's disk is full to the last page; the checkpoints lie on another one."""
    undisturbed, job = make_job("undisturbed", epochs=10), make_job("full", epochs=10, checkpoint_minutes=1e-6)
    job = job.model_copy(update={"output": small_disk / "trained"})
    train_in_child(undisturbed)
    (small_disk / "others").write_bytes(bytes(2**20 - 8192))
    told = r"(?s)what was trained can't be written to .*: .*free are .*; the checkpoint of step 30 is kept\n.*goes on"
    with pytest.raises(TrainingError, match=told):
        train_in_child(job)
    assert not job.output.exists()
    (small_disk / "others").unlink()
    assert train_in_child(job)["resumed_at"] == [30]
    assert files(job) == files(undisturbed)


class Interruption(BaseException):
    """As Ctrl-C, or Prefect's signal."""


def interrupt():
    raise Interruption


def test_an_interruption_stops_the_child_with_a_checkpoint_and_the_same_job_goes_on(make_job):
    undisturbed, job = make_job("undisturbed", epochs=30), make_job("interrupted", epochs=30)
    train_in_child(undisturbed)
    processes = []
    with (
        progress.listening(at_step(40, lambda: (processes.append(child_process()), interrupt()))),
        pytest.raises(Interruption),
    ):
        train_in_child(job)
    assert [process for process in processes if process.is_running()] == []
    assert "state.safetensors" in {path.name for path in job.checkpoints.rglob("*")}
    heard = []
    with progress.listening(heard.append):
        cost = train_in_child(job)
    (resumed_at,) = cost["resumed_at"]
    assert 40 <= resumed_at < 90
    assert heard[0].done == resumed_at
    assert files(job) == files(undisturbed)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_child_stops_it_with_a_checkpoint(make_job, number):
    job = make_job(epochs=1000)
    with (
        progress.listening(at_step(10, lambda: child_process().send_signal(number))),
        pytest.raises(TrainingStopped, match=r"stopped at step \d[\d,]* of 3,000; the same command goes on"),
    ):
        train_in_child(job)
    assert "state.safetensors" in {path.name for path in job.checkpoints.rglob("*")}


def test_a_killed_child_is_started_again_from_its_checkpoint_and_says_so(make_job):
    undisturbed, job = make_job("undisturbed", epochs=30), make_job("killed", epochs=30, checkpoint_minutes=1e-6)
    train_in_child(undisturbed)
    heard = []
    with progress.listening(at_step(40, lambda: child_process().kill())), progress.listening(heard.append):
        cost = train_in_child(job)
    (told,) = cost["interruptions"]
    assert "the process that trains was killed (SIGKILL)" in told
    assert [event.note for event in heard if event.note] == [told]
    assert len(cost["resumed_at"]) == 1
    assert files(job) == files(undisturbed)


def test_a_child_that_is_killed_again_and_again_is_given_up_with_one_error(make_job):
    def hear(event):
        if event.state == "working" and not event.note:
            child_process().kill()

    with progress.listening(hear), pytest.raises(TrainingError, match="killed 3 times") as caught:
        train_in_child(make_job(epochs=1000))
    assert "the same command goes on" in str(caught.value)


def test_a_kill_for_memory_halves_what_is_computed_at_once(make_job, monkeypatch):
    """The counter of the kernel is stood in for; the kill is real. Its real counter: test_memory_kills.py."""
    kills = told = 0
    monkeypatch.setattr(supervision, "memory_kills", lambda: kills)

    def hear(event):
        nonlocal kills, told
        told += bool(event.note)
        if event.state == "working" and event.done >= 5 and not event.note and kills == told and kills < 2:
            kills += 1
            child_process().kill()

    job = make_job(epochs=100, micro_batch_tokens=200, checkpoint_minutes=1e-6)
    with progress.listening(hear):
        cost = train_in_child(job)
    assert cost["micro_batch_tokens"] == 50
    assert [("instead of 200" in told, "with 50 instead of 100" in told) for told in cost["interruptions"]] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize("micro_batch_tokens", [30, 1])
def test_memory_that_suffices_for_no_row_is_one_error_with_what_helps(make_job, monkeypatch, micro_batch_tokens):
    counts = iter(range(100))
    monkeypatch.setattr(supervision, "memory_kills", lambda: next(counts))
    with (
        progress.listening(at_step(5, lambda: child_process().kill())),
        pytest.raises(TrainingError, match="with one row at a time, of up to 30 tokens") as caught,
    ):
        train_in_child(make_job(epochs=100, micro_batch_tokens=micro_batch_tokens))
    for told in ("gadfly plan", "training.gradient_checkpointing=true", "training.method=lora", "max_seq_len=15"):
        assert told in str(caught.value)


PARENT = """
import sys
from pathlib import Path
from tasks import progress
from tasks.training.run import TrainingJob
from tasks.training.supervision import train_in_child

def hear(event):
    if event.done == 10:
        print("training", flush=True)

with progress.listening(hear):
    train_in_child(TrainingJob.model_validate_json(Path(sys.argv[1]).read_text()))
"""


def test_a_killed_parent_leaves_a_checkpoint_and_no_process_and_the_next_waits_its_turn(make_job, tmp_path):
    undisturbed, job = make_job("undisturbed", epochs=100), make_job("orphaned", epochs=100)
    train_in_child(undisturbed)
    (tmp_path / "job.json").write_text(job.model_dump_json())
    command = [sys.executable, "-c", PARENT, str(tmp_path / "job.json")]
    env = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout.readline() == "training\n"
        family = psutil.Process(parent.pid).children(recursive=True)
        assert family
        parent.kill()
        cost = train_in_child(job)
    assert len(cost["resumed_at"]) == 1
    assert cost["resumed_at"][0] >= 10
    assert files(job) == files(undisturbed)
    _, left = psutil.wait_procs(family, timeout=60)
    assert left == []
