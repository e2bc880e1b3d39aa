"""What the kernel says of memory, and a real control group that kills the process that trains."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from tasks.home import CHECKOUT
from tasks.tokenized import write_tokens
from tasks.training.config import TrainingConfig
from tasks.training.memory_kills import memory_kills, memory_limit
from tasks.training.run import TrainingJob


@pytest.fixture
def write(tmp_path):
    def write(path, content):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)

    return write


def test_version_2_counts_in_the_events_of_the_group(tmp_path, write):
    write("proc/self/cgroup", "0::/user/run\n")
    write("sys/fs/cgroup/user/run/memory.events", "low 0\nmax 12\noom 3\noom_kill 2\n")
    write("sys/fs/cgroup/user/run/memory.max", "max\n")
    write("sys/fs/cgroup/user/memory.max", "4000\n")
    assert (memory_kills(tmp_path), memory_limit(tmp_path)) == (2, 4000)


def test_version_1_counts_in_the_group_of_its_memory_controller(tmp_path, write):
    write("proc/self/cgroup", "9:cpu:/\n4:memory:/box\n0::/\n")
    write("sys/fs/cgroup/memory/box/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n")
    write("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "5000\n")
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n")
    assert (memory_kills(tmp_path), memory_limit(tmp_path)) == (1, 5000)


def test_in_a_container_the_groups_files_are_at_the_mount(tmp_path, write):
    write("proc/self/cgroup", "0::/a/path/of/the/host\n")
    write("sys/fs/cgroup/memory.events", "oom_kill 7\n")
    assert memory_kills(tmp_path) == 7


def test_without_groups_the_host_counts_and_without_a_count_nothing_is_known(tmp_path, write):
    assert (memory_kills(tmp_path), memory_limit(tmp_path)) == (None, None)
    write("proc/vmstat", "pgfault 5\noom_kill 3\n")
    assert memory_kills(tmp_path) == 3


PARENT = """
import json, os, sys
from pathlib import Path
from tasks.training.run import TrainingJob
from tasks.training.supervision import train_in_child

if sys.argv[2]:
    Path(sys.argv[2], "cgroup.procs").write_text(str(os.getpid()))
print(json.dumps(train_in_child(TrainingJob.model_validate_json(sys.argv[1]))))
"""


def empty(group):
    """Wait until the last process has left: the one that waits for a further job ends after its parent."""
    deadline = time.monotonic() + 60
    while (group / "cgroup.procs").read_text():
        assert time.monotonic() < deadline, "a process stays in the group"
        time.sleep(0.05)


@pytest.fixture
def memory_group():
    """A memory control group of version 1 or 2, made for the test; skipped where that isn't allowed."""
    for root in (Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")):
        group = root / f"gadfly-{uuid.uuid4().hex[:8]}"
        try:
            group.mkdir()
        except OSError:
            continue
        if (group / "memory.limit_in_bytes").exists() or (group / "memory.max").exists():
            yield group
            empty(group)
        group.rmdir()
        if (root / "memory.limit_in_bytes").exists() or (root / "memory.max").exists():
            return
    pytest.skip("no memory control group can be made here: that takes root, and a group that passes memory on")


@pytest.fixture
def make_job(tmp_path, make_model, tiny_tokenizer, random_documents):
    """Makes jobs whose steps need hundreds of megabytes where they are computed at once."""
    make_model("GPT2", n_embd=256, n_layer=8).save_pretrained(tmp_path / "base")
    tiny_tokenizer.save_pretrained(tmp_path / "base")
    (tmp_path / "tokens").mkdir()
    train, holdout = random_documents([64] * 128), random_documents([8])
    splits = {"train": ([str(number) for number in range(128)], train), "holdout": (["h"], holdout)}
    facts = {"pad_id": 0, "packing": True, "max_seq_len": 64, "counts": {"train": {"longest": 64}}}
    write_tokens(tmp_path / "tokens", splits, facts)

    def make(name, micro_batch_tokens):
        settings = {"method": "full", "batch_size": 128, "epochs": 2, "precision": "float32"}
        return TrainingJob(
            config=TrainingConfig(**settings, checkpoint_minutes=1e-6),
            tokens=tmp_path / "tokens",
            base=tmp_path / "base",
            base_digest="sha256:" + "2" * 64,
            output=tmp_path / name / "trained",
            checkpoints=tmp_path / name,
            state=tmp_path / "state",
            micro_batch_tokens=micro_batch_tokens,
        )

    return make


def trained(job, group=""):
    command = [sys.executable, "-c", PARENT, job.model_dump_json(), str(group)]
    env = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def set_limit(group, size):
    name = "memory.max" if (group / "memory.max").exists() else "memory.limit_in_bytes"
    (group / name).write_text(str(size))


@pytest.mark.slow
def test_a_real_limit_that_kills_training_halves_what_is_computed_at_once(make_job, memory_group):
    """The limit lies between what 8,192 and 64 tokens at once need."""
    needs = []
    for tokens in (8192, 64):
        done = trained(make_job(f"unlimited {tokens}", tokens))
        assert done.returncode == 0, done.stderr
        needs.append(json.loads(done.stdout)["peak_memory_bytes"])
    assert needs[0] > needs[1] + 200e6
    set_limit(memory_group, int(needs[1] + (needs[0] - needs[1]) * 0.6))
    done = trained(make_job("limited", 8192), memory_group)
    assert done.returncode == 0, done.stderr
    cost = json.loads(done.stdout)
    assert 64 <= cost["micro_batch_tokens"] < 8192
    assert cost["interruptions"]
    assert all("memory ran out after step" in told and "was killed" in told for told in cost["interruptions"])


@pytest.mark.slow
def test_a_real_limit_below_what_a_row_needs_is_one_error(make_job, memory_group):
    set_limit(memory_group, 150_000_000)
    done = trained(make_job("hopeless", 64), memory_group)
    assert "TrainingError: memory ran out before the first step" in done.stderr
    assert "150.0 MB for this run's processes together" in done.stderr
