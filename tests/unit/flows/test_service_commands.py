"""What the commands of `gadfly up`'s kind print for a person."""

from __future__ import annotations

from pathlib import Path

from flows.garbage import Garbage
from flows.service_commands import _show_garbage


def test_all_that_goes_is_told(capsys):
    found = Garbage(checkpoints=[Path("a"), Path("b")], mlflow_runs=["c"], num_bytes=2000)
    _show_garbage(found.told() | {"removed": False, "being_read": True})
    told = capsys.readouterr().out
    assert told.startswith("would go: 0 artifacts, 0 files, 2 checkpoints, 1 mlflow runs, 0 prefect runs; ")
    assert "artifacts stayed: they are being read" in told
