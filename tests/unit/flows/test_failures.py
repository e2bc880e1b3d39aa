"""How a command that fails ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.failures import tell


def test_a_path_that_cannot_be_used_is_the_users_to_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    taken = Path("taken")
    taken.write_text("")
    with pytest.raises(NotADirectoryError) as caught:
        (taken / "inside").mkdir()
    assert tell(caught.value, as_json=True) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("taken/inside can't be used: Not a directory\n")
    assert json.loads(printed.out)["exit_code"] == 2


def test_what_goes_wrong_when_a_stop_is_told_is_a_stop(capsys: pytest.CaptureFixture[str]):
    """Its own server was ended with it, by a service manager."""
    stop, no_route, refused = KeyboardInterrupt(), OSError("no route"), ConnectionError("Connection refused")
    refused.__context__, no_route.__context__ = no_route, stop
    assert tell(refused, as_json=False) == 130
    message = "stopped. What was finished is kept: the same command goes on from there"
    assert capsys.readouterr().err.splitlines() == [message]


def test_a_fault_of_ours_is_said_to_be_one(gadfly_home: Path, capsys: pytest.CaptureFixture[str]):
    assert tell(KeyError("stage"), as_json=False) == 1
    assert "a fault of Gadfly's own: KeyError" in capsys.readouterr().err
