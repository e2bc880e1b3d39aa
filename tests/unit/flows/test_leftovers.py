"""`gadfly gc` frees what was forgotten, and nothing that a training holds or that is young."""

from __future__ import annotations

import json
import os
import sys
import time

import pytest

from flows.cli import main
from tasks.training.checkpoints import Checkpoints, held

DAY_S = 86_400


@pytest.fixture
def gc(gadfly_home, monkeypatch, capsys):
    """Types the command; what it prints as JSON."""

    def gc(*words):
        monkeypatch.setattr(sys, "argv", ["gadfly", "gc", *words, "--json"])
        with pytest.raises(SystemExit) as end:
            main()
        assert not end.value.code
        return json.loads(capsys.readouterr().out)

    return gc


@pytest.fixture
def checkpoints(gadfly_home):
    """Checkpoints of a training that were written so many days ago."""
    import torch

    def make(name, days):
        folder = gadfly_home / ".gadfly" / "checkpoints" / name
        Checkpoints(folder, 1).write({"a": torch.ones(1000)}, {"step": 3})
        with held(folder):
            pass
        then = time.time() - days * DAY_S
        for path in [folder, *folder.rglob("*")]:
            os.utime(path, (then, then))
        return folder

    return make


def test_only_what_is_old_and_not_held_is_freed(gc, checkpoints):
    old, young, running = checkpoints("old", 8), checkpoints("young", 1), checkpoints("running", 8)
    with held(running):
        os.utime(running / "lock", (1, 1))
        found = gc()
    assert [one["folder"] for one in found["removed"]] == [str(old)]
    assert found["freed_bytes"] > 4000
    assert (old.exists(), young.exists(), running.exists()) == (False, True, True)
    assert [one["folder"] for one in gc("--days", "0.5")["removed"]] == [str(running), str(young)]


def test_a_home_without_checkpoints_is_fine(gc):
    assert gc() == {"days": 7.0, "removed": [], "freed_bytes": 0}
