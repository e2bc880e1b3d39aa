"""Whatever happens while a checkpoint is written, one that is whole is there, or nothing that looks like one."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tasks.errors import TrainingError
from tasks.training.checkpoints import (
    FACTS,
    TENSORS,
    Checkpoints,
    forget,
    forgotten,
    held,
    remove_forgotten,
)

ROOT = Path(__file__).resolve().parents[3]


def tensors(value=1.0, size=10):
    return {
        "weights/a": torch.full((size,), float(value)),
        "random/cpu": torch.get_rng_state(),
        "step": torch.tensor(value),
    }


def written(folder, *steps):
    checkpoints = Checkpoints(folder, 1)
    for step in steps:
        checkpoints.write(tensors(step), {"step": step, "nll": [step / 3]})
    return checkpoints


def test_what_was_written_is_read_back_with_its_bits(tmp_path):
    found = written(tmp_path / "new", 7).newest()
    assert found.facts == {"format": 1, "step": 7, "nll": [7 / 3]}
    assert found.tensors.keys() == tensors().keys()
    for name, tensor in tensors(7).items():
        assert found.tensors[name].dtype == tensor.dtype
        assert torch.equal(found.tensors[name], tensor)


def test_only_the_newest_is_kept(tmp_path):
    checkpoints = written(tmp_path, 3, 12, 5)  # 5: gone back after a divergence
    assert [path.name[:8] for path in tmp_path.iterdir()] == ["00000005"]
    assert checkpoints.newest().facts["step"] == 5


def test_nothing_but_json_and_safetensors_is_written(tmp_path):
    written(tmp_path, 3)
    (place,) = tmp_path.iterdir()
    assert sorted(path.name for path in place.iterdir()) == ["manifest.json", FACTS, TENSORS]


def test_it_is_due_at_the_interval():
    seconds = [100.0]
    checkpoints = Checkpoints(Path("unused"), 2, lambda: seconds[0])
    for now, due in ((100, False), (219, False), (220, True)):
        seconds[0] = now
        assert checkpoints.is_due() is due


def test_no_folder_and_an_empty_one_hold_none(tmp_path):
    assert Checkpoints(tmp_path / "none", 1).newest() is None
    assert not (tmp_path / "none").exists()
    assert Checkpoints(tmp_path, 1).newest() is None


@pytest.mark.parametrize("file", [TENSORS, FACTS, "manifest.json"])
@pytest.mark.parametrize("damage", ["flipped", "cut", "gone", "empty"])
def test_a_damaged_checkpoint_is_told_and_passed_over(tmp_path, caplog, file, damage):
    checkpoints = written(tmp_path, 3)
    (place,) = tmp_path.iterdir()
    content = bytearray((place / file).read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "gone":
        (place / file).unlink()
    else:
        changed = {"flipped": content, "cut": content[:-1], "empty": b""}[damage]
        (place / file).write_bytes(changed)
    assert checkpoints.newest() is None
    assert f"checkpoint {place} can't be used (" in caplog.text
    checkpoints.write(tensors(4), {"step": 4})
    assert [path.name[:8] for path in tmp_path.iterdir()] == ["00000004"]


def test_a_newer_format_is_told_and_passed_over(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("tasks.training.checkpoints.FORMAT", 2)
    checkpoints = written(tmp_path, 3)
    monkeypatch.undo()
    assert checkpoints.newest() is None
    assert "written in format 2; this version reads 1" in caplog.text


def test_where_a_kill_left_two_the_newest_sound_one_is_taken(tmp_path):
    """Killed after the rename and before the deletion; then the disk damaged the newer one."""
    written(tmp_path / "a", 3)
    (older,) = (tmp_path / "a").iterdir()
    os.utime(older, (1, 1))
    written(tmp_path / "b", 4)
    (newer,) = (tmp_path / "b").iterdir()
    newer = newer.rename(tmp_path / "a" / newer.name)
    checkpoints = Checkpoints(tmp_path / "a", 1)
    assert checkpoints.newest().facts["step"] == 4
    (newer / TENSORS).write_bytes(b"")
    assert checkpoints.newest().facts["step"] == 3


def write_and_be_killed(checkpoints, moment):
    """In a process of its own: killed before the so-manieth call that changes the folder; its exit status."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    calls = itertools.count(1)

    def watch(event, _):
        changes = event in ("open", "os.rename", "os.mkdir", "shutil.rmtree", "os.remove", "os.rmdir")
        if changes and next(calls) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    checkpoints.write(tensors(2), {"step": 2})
    os._exit(0)


def test_a_kill_at_any_moment_of_writing_leaves_a_whole_checkpoint(tmp_path):
    """Killed before each call that changes the folder, from the first to the last."""
    left = []
    for moment in range(1, 60):
        folder = tmp_path / str(moment)
        status = write_and_be_killed(written(folder, 1), moment)
        found = Checkpoints(folder, 1).newest()
        left.append(found.facts["step"])
        assert torch.equal(found.tensors["weights/a"], tensors(left[-1])["weights/a"])
        written(folder, 9)
        assert [path.name[:8] for path in folder.iterdir()] == ["00000009"]
        if status == 0:
            break
    assert len(left) > 8
    assert left == sorted(left)
    assert set(left) == {1, 2}


FULL_DISK = """
import resource, sys
from pathlib import Path
import torch
from tasks.errors import TrainingError
from tasks.training.checkpoints import Checkpoints

checkpoints = Checkpoints(Path(sys.argv[1]), 1)
checkpoints.write({"a": torch.ones(10)}, {"step": 1})
resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
try:
    checkpoints.write({"a": torch.ones(2**20)}, {"step": 2})
except TrainingError as error:
    print(error)
print(checkpoints.newest().facts["step"], len(list(checkpoints.folder.iterdir())))
"""


def test_a_file_that_may_not_grow_is_a_clear_error_and_the_checkpoint_before_stays(tmp_path):
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path)]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
    )
    first, needed, advice, left = done.stdout.splitlines()
    assert first.startswith(f"the checkpoint of step 2 can't be written to {tmp_path}: ")
    assert "File too large" in first
    assert "it takes 4 MB, free are" in needed
    assert "the checkpoint of step 1 is kept" in needed
    assert "make room and type the same command again" in advice
    assert left == "1 1"


def test_a_full_disk_is_a_clear_error_and_the_checkpoint_before_stays(small_disk):
    checkpoints = Checkpoints(small_disk / "run", 1)
    checkpoints.write(tensors(1, 100_000), {"step": 1})
    with pytest.raises(
        TrainingError, match=r"(?s)step 2 can't be written.*No space left.*the checkpoint of step 1 is kept"
    ):
        checkpoints.write(tensors(2, 200_000), {"step": 2})
    assert checkpoints.newest().facts["step"] == 1
    assert len(list((small_disk / "run").iterdir())) == 1
    checkpoints.write(tensors(3, 100_000), {"step": 3})
    assert checkpoints.newest().facts["step"] == 3


def test_what_is_held_or_new_is_not_forgotten(tmp_path):
    for name in ("held", "new", "old"):
        written(tmp_path / name, 3)
    now = (tmp_path / "old").stat().st_mtime + 1000
    os.utime(next((tmp_path / "new").iterdir()), (now, now))
    with held(tmp_path / "held"), held(tmp_path / "held"):
        (found,) = forgotten(tmp_path, 900, now)
        assert found.folder == tmp_path / "old"
        assert found.bytes > sum(path.stat().st_size for path in found.folder.rglob(TENSORS))
        assert remove_forgotten(found.folder) is True
        assert remove_forgotten(tmp_path / "held") is False
    assert sorted(path.name for path in tmp_path.iterdir()) == ["held", "new"]
    assert [found.folder.name for found in forgotten(tmp_path, 900, now)] == ["held"]
    forget(tmp_path / "held")
    assert forgotten(tmp_path / "nothing", 0, now) == []
    assert not (tmp_path / "held").exists()


def test_a_holder_that_was_killed_holds_nothing(tmp_path):
    code = (
        "import sys, os, signal; from pathlib import Path; from tasks.training.checkpoints import held\n"
        "with held(Path(sys.argv[1])): os.kill(os.getpid(), signal.SIGKILL)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "run")]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert done.returncode == -9
    assert (tmp_path / "run").is_dir()
    assert remove_forgotten(tmp_path / "run") is True
