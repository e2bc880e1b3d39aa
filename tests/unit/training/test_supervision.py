"""Training in a process of its own: same result, its errors ours, and nothing left behind when it is stopped or killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
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
LONG = {**FULL, "epochs": 1000}
"""3,000 steps: long enough to be stopped."""


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
    mine = [process for process in psutil.Process().children() if supervision.child.__name__ in process.cmdline()]
    (server,) = [process for process in mine if process.status() != psutil.STATUS_ZOMBIE]
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
    assert [event.done for event in heard if event.done] == [1, 2, 3]
    assert all(event.total == 3 and event.measures["loss"] > 0 for event in heard if event.done)
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


def test_a_process_that_waited_too_long_is_replaced(make_job):
    train_in_child(make_job("first"))
    (waiting,) = supervision._waiting
    waiting.stdin.close()
    job = make_job("second")
    waiting.wait()
    waiting.poll = lambda: None  # it ended just after we looked
    train_in_child(job)
    assert files(job)
    assert supervision._waiting != [waiting]


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
