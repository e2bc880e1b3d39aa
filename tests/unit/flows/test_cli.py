"""A user's mistake is one message and an exit code, never a traceback; with --json, one JSON object."""

from __future__ import annotations

import json
import os
import sys

import pytest

from flows import cli
from tasks import home


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
    assert err.startswith(f"SourceAbsent: {tmp_path}/none.csv doesn't exist")


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


@pytest.mark.parametrize("program", ["gadfly", "/usr/bin/python", "/srv/flows/cli.py"])
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


QUOTES = [
    f"The {animal} waits by river number {n} for the {n}th rain." for n, animal in enumerate(["toad", "eel"] * 40)
]


def test_contract_init_writes_a_contract_that_check_takes(gadfly, gadfly_home, tmp_path):
    (tmp_path / "a.csv").write_text("\n".join(["quote", *QUOTES]) + "\n")
    code, out, _ = gadfly("contract", "init", str(tmp_path / "a.csv"), "--name", "mine", "--json")
    made = json.loads(out)
    assert (code, made["verdict"]["decision"], made["profile"]) == (0, "train", "short_text")
    file = gadfly_home / "data_contracts" / "mine.yaml"
    assert made["contract"] == str(file)
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=/")
    assert "# Verdict: train" in text
    assert "# - text (the source's quote): text, 11 words on average" in text
    words = made["next"].split()
    code, out, _ = gadfly(*words[words.index("check") :], "--json")
    checked = json.loads(out)
    assert (code, checked["success"], checked["rows"]["accepted"]) == (0, True, made["accepted"])
    assert checked["rows"]["reasons"] == made["would_reject"]
    assert checked["verdict"] == made["verdict"]


def test_contract_init_replaces_only_when_told_and_writes_where_told(gadfly, gadfly_home, tmp_path):
    (tmp_path / "a.csv").write_text("\n".join(["text", *QUOTES]) + "\n")
    out = tmp_path / "deep" / "ours.yaml"
    command = ["contract", "init", str(tmp_path / "a.csv"), "--out", str(out)]
    code, _, err = gadfly(*command)
    assert code == 0
    assert "verdict  train" in err
    assert "name: ours" in out.read_text()
    code, _, err = gadfly(*command)
    assert (code, f"{out} exists" in err) == (2, True)
    assert gadfly(*command, "--force")[0] == 0
    assert not (gadfly_home / "data_contracts").exists()
    code, _, err = gadfly("contract", "init", str(tmp_path / "a.csv"), "--name", "../evil")
    assert (code, "--name ../evil: use letters" in err) == (2, True)


def test_contract_schema_prints_the_file(gadfly):
    code, out, _ = gadfly("contract", "schema")
    shipped = home.CHECKOUT / "data_contracts" / "contract.schema.json"
    assert (code, out) == (0, shipped.read_text(encoding="utf-8"))
    assert json.loads(gadfly("contract", "schema", "--json")[1]) == json.loads(out)


def test_check_gives_a_verdict_that_tells_what_can_be_mended_from_junk(gadfly, tmp_path):
    broken = "\u2019".encode().decode("cp1252")
    damaged = [f"The toad{broken}s {text}" for text in QUOTES[:60]]
    (tmp_path / "a.csv").write_text("\n".join(["text", *QUOTES[60:], *damaged, "N/A"]) + "\n", encoding="utf-8")
    rules = "[{reason: damaged, signal: mojibake, max: 0}, {reason: nothing, signal: placeholder, max: 0}]"
    contract = tmp_path / "mine.yaml"
    contract.write_text(f"name: mine\nversion: 1\nrules: {rules}\n")
    code, out, _ = gadfly("check", str(tmp_path / "a.csv"), "--contract", str(contract), "--json")
    told = json.loads(out)["verdict"]
    assert (code, told["decision"]) == (0, "repair first")
    assert told["reasons"][0].startswith("20 of 81 rows (24.7 %) are left, 220 words: too few; ")
    assert told["reasons"][0].endswith("and 60 more could be mended")
    assert told["reasons"][1].startswith("74.1 % of the rows hold mojibake and are rejected for it")
    assert "verdict  repair first" in gadfly("check", str(tmp_path / "a.csv"), "--contract", str(contract))[2]
