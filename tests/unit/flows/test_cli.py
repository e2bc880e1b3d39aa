"""A user's mistake is one message and an exit code, never a traceback; with --json, one JSON object."""

from __future__ import annotations

import json
import os
import sys

import pytest

from flows import cli


@pytest.fixture
def gadfly(gadfly_home, monkeypatch, capsys):
    """Runs the command line in this process; returns the exit code, standard output and standard error."""
    monkeypatch.setattr(os, "environ", os.environ.copy())  # what the command sets for its process stays in the test
    monkeypatch.delenv("GADFLY_DEBUG", raising=False)

    def run(*arguments: str, program: str = "gadfly") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", [program, *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        captured = capsys.readouterr()
        return int(caught.value.code or 0), captured.out, captured.err

    return run


def test_an_unknown_recipe_is_the_users_mistake(gadfly):
    code, out, err = gadfly("run", "dmeo")
    assert (code, out) == (2, "")
    assert err.startswith("RecipeError: no recipe is called dmeo; did you mean demo?\n")
    assert "Traceback" not in err


def test_with_json_an_error_is_one_object_on_standard_output(gadfly):
    code, out, err = gadfly("run", "dmeo", "--json")
    told = json.loads(out)
    assert told["exit_code"] == code == 2
    assert told["error"] in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "Missing argument 'recipe'"),
        (["run", "demo", "--epochs", "2"], "No such option: --epochs"),
        (["run", "demo", "--refresh", "trainign"], "--refresh trainign: stages are ingestion, validation, "),
        (["rnu"], "No such command 'rnu'"),
        (["check", "data.csv", "--column", "text"], "--column text: give NAME=COLUMN, such as text=quote"),
        (["generate", "model", "--prompt", "a", "-n", "0"], "-n'"),
    ],
)
def test_a_wrong_word_is_told_with_the_way_to_help(gadfly, arguments, message):
    code, out, err = gadfly(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert "--help" in err


def test_a_source_that_isnt_there_is_the_users_mistake(gadfly, tmp_path):
    code, _, err = gadfly("run", "demo", "-s", f"source.path={tmp_path}/none.csv")
    assert code == 2
    assert err.startswith(f"SourceError: {tmp_path}/none.csv doesn't exist")


def test_an_unknown_contract_is_the_users_mistake(gadfly, tmp_path):
    (tmp_path / "a.csv").write_text("text\nHope is a waking dream.\n")
    code, _, err = gadfly("check", str(tmp_path / "a.csv"), "--contract", "short_txt")
    assert code == 2
    assert "no contract is called short_txt; did you mean short_text?" in err


def test_a_detected_encoding_is_told(gadfly, tmp_path):
    (tmp_path / "a.csv").write_bytes("text\nHe said “no” to the café.\n".encode("cp1252"))
    _, out, _ = gadfly("check", str(tmp_path / "a.csv"), "--contract", "short_text", "--json")
    told = json.loads(out)
    note = "the file is not UTF-8: read as cp1252 (detected); set source.encoding to change it"
    assert (told["encoding"], told["notes"]) == ("cp1252", [note])
    _, _, err = gadfly("check", str(tmp_path / "a.csv"), "--contract", "short_text")
    assert note in err


def test_a_home_without_runs_has_none(gadfly):
    code, out, _ = gadfly("runs", "--json")
    assert (code, json.loads(out)) == (0, {"runs": []})


def test_a_run_that_isnt_there_is_the_users_mistake(gadfly):
    code, _, err = gadfly("quarantine", "7f3a")
    assert code == 2
    assert "7f3a" in err


def test_an_empty_store_is_sound(gadfly):
    code, out, _ = gadfly("verify", "--json")
    assert code == 0
    assert json.loads(out)["damaged"] == []


def test_damage_in_the_store_is_told_and_gives_exit_code_2(gadfly):
    from tasks import home

    ref = home.store().put("rows", lambda folder: (folder / "a").write_text("12345"))
    (home.store().open(ref) / "a").write_text("12346")
    code, out, _ = gadfly("verify", "--json")
    assert code == 2
    assert ref.digest in out
    assert "a was altered" in out


def test_a_home_that_cant_be_written_is_told(gadfly, gadfly_home, monkeypatch):
    (gadfly_home / "file").touch()
    monkeypatch.setenv("GADFLY_HOME", str(gadfly_home / "file"))
    monkeypatch.delenv("PREFECT_HOME", raising=False)
    code, _, err = gadfly("runs")
    assert code == 2
    assert "can't be written to" in err
    assert "GADFLY_HOME" in err


def test_a_fault_of_ours_is_exit_code_1_and_keeps_its_traceback(gadfly, gadfly_home, monkeypatch):
    def broken() -> None:
        raise ZeroDivisionError("our own")

    monkeypatch.setattr("flows.run_log.read_runs", broken)
    code, out, err = gadfly("runs", "--json")
    assert code == 1
    assert "a fault of Gadfly's own: ZeroDivisionError: our own" in err
    assert "Traceback" not in err
    assert json.loads(out)["exit_code"] == 1
    (log,) = (gadfly_home / ".gadfly" / "logs").glob("fault-*.log")
    assert str(log) in err
    assert "Traceback" in log.read_text()


@pytest.mark.parametrize("program", ["gadfly", "/usr/bin/python", "/work/flows/cli.py"])
def test_gadfly_alone_prints_its_help_however_it_was_started(gadfly, monkeypatch, program):
    code, out, err = gadfly(program=program)
    assert code in (0, 2)
    assert "Usage: gadfly [OPTIONS]" in out + err
    assert "Traceback" not in err


def test_a_ctrl_c_is_one_message_and_exit_code_130(gadfly, monkeypatch):
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("flows.run_log.read_runs", interrupted)
    code, out, err = gadfly("runs", "--json")
    assert (code, json.loads(out)["exit_code"]) == (130, 130)
    assert err.strip() == json.loads(out)["error"]
    assert err.strip() == "stopped. What was finished is kept: the same command goes on from there"
