"""Rejected rows are found again, exported harmlessly, and released into a list that the contract names."""

from __future__ import annotations

import csv
import json
import os
import stat
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from flows import cli
from flows.quarantine import Wanted, browse, harmless_cell, naming_release_list, release_rows
from flows.run_log import RunLog
from tasks import home
from tasks.errors import RecipeError
from tasks.json_files import write_json
from tasks.stages import StageReport

MAIL = "jane@example.org"
CONTRACT = b"""\
# A comment with a caf\xc3\xa9.
name: tiny
version: 3   # raised often\r
rules:
  - {reason: too_short,   signal: word_count, min: 3}
"""
ROWS = [
    ("0000000000000001", 0, "=cmd|' /C calc'!A0", ["formula"], {"formula": "="}),
    ("0000000000000002", 4, f"Write to {MAIL} or not", ["pii", "contact"], {"pii": 1, "contact": f"to {MAIL}"}),
    ("0000000000000003", 7, "no", ["too_short"], {"too_short": 1}),
    ("0000000000000003-2", 9, "NO way", ["too_short"], {"too_short": 2}),
    ("0000000000000004", 11, None, ["undecodable"], {"undecodable": "undecodable"}),
]


@pytest.fixture
def run(gadfly_home):
    """A run whose contract rejected five rows."""
    columns = ("row_id", "source_index", "text", "reasons", "values")
    table = pa.table(
        {
            name: [json.dumps(row[place]) if name == "values" else row[place] for row in ROWS]
            for place, name in enumerate(columns)
        }
    )
    store = home.store()
    counts = {"formula": 1, "pii": 1, "contact": 1, "too_short": 2, "undecodable": 1}
    report = {"contract": {"name": "tiny", "version": 3}, "reasons": counts, "quarantined": 5}
    outputs = {
        "quarantined": store.put("quarantined", lambda folder: pq.write_table(table, folder / "quarantined.parquet")),
        "validation_report": store.put("validation_report", lambda folder: write_json(folder / "report.json", report)),
    }
    with RunLog("aaaabbbb-1", "tiny") as log:
        log.stages = {"validation": StageReport(state="ran", outputs=outputs)}
    (gadfly_home / "data_contracts").mkdir()
    (gadfly_home / "data_contracts" / "tiny.yaml").write_bytes(CONTRACT)
    return "aaaabbbb"


def found(run, **wanted) -> list[int]:
    return [row["source_index"] for row in browse(run, Wanted(**wanted))["rows"]]


def test_filters_choose_rows(run):
    assert found(run) == [0, 4, 7, 9, 11]
    assert found(run, reasons=("too_short",)) == [7, 9]
    assert found(run, reasons=("too_short", "contact")) == [4, 7, 9]
    assert found(run, contains="no") == [4, 7, 9]
    assert found(run, contains="no", reasons=("too_short",), match="way$") == [9]
    assert found(run, column="text", match=r"^[A-Z]{2}\b") == [9]


def test_pages_follow_each_other(run):
    pages = [browse(run, Wanted(), offset=offset, limit=2) for offset in (0, 2, 4, 6)]
    assert [row["source_index"] for page in pages for row in page["rows"]] == [0, 4, 7, 9, 11]
    assert [page["count"] for page in pages] == [2, 2, 1, 0]
    assert {page["total"] for page in pages} == {5}


def test_personal_data_is_masked_unless_asked_for(run):
    (masked,) = browse(run, Wanted(reasons=("pii",)))["rows"]
    assert masked["text"] == "Write to [e-mail] or not"
    assert masked["values"] == {"pii": 1, "contact": "to [e-mail]"}
    (clear,) = browse(run, Wanted(reasons=("pii",)), clear=True)["rows"]
    assert clear["text"] == f"Write to {MAIL} or not"


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"reasons": ("to_short",)}, "--reason to_short: no row was rejected for it; did you mean too_short"),
        ({"column": "author", "contains": "a"}, "--column author: the rejected rows have text"),
        ({"match": "("}, r"--match \(: no regular expression"),
    ],
)
def test_a_wrong_filter_names_what_there_is(run, wanted, message):
    with pytest.raises(RecipeError, match=message):
        browse(run, Wanted(**wanted))


def test_a_spreadsheet_finds_no_formula(run, tmp_path):
    browse(run, Wanted(), csv=str(tmp_path / "rows.csv"))
    assert stat.S_IMODE((tmp_path / "rows.csv").stat().st_mode) == 0o600
    with (tmp_path / "rows.csv").open(newline="", encoding="utf-8-sig") as stream:
        lines = list(csv.DictReader(stream))
    assert [line["row_id"] for line in lines] == [row[0] for row in ROWS]
    assert lines[0]["text"] == "'=cmd|' /C calc'!A0"
    assert MAIL not in (tmp_path / "rows.csv").read_text()
    for line in lines:
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in line.values())


@pytest.mark.parametrize("start", ["=1", "+1", "-1", "@A1", "\t=1", "\r=1", "\n=1", "＝1"])
def test_every_beginning_of_a_formula_is_taken_from_a_cell(start):
    assert harmless_cell(start) == "'" + start
    assert harmless_cell("a" + start) == "a" + start
    assert harmless_cell(-1) == -1


def test_a_release_is_a_line_in_a_list_that_the_contract_names(run, gadfly_home):
    made = release_rows(run, ["0000000000000003-2", "0000000000000001"], "Ann: these are\nfine")
    contract = gadfly_home / "data_contracts" / "tiny.yaml"
    changed = contract.read_bytes()
    assert made["contract_changed"] is True
    assert changed == CONTRACT.replace(b"often\r\n", b"often\r\nreleased: tiny.released.txt\r\n")
    assert yaml.safe_load(changed) == {**yaml.safe_load(CONTRACT), "released": "tiny.released.txt"}
    lines = (gadfly_home / "data_contracts" / "tiny.released.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["0000000000000003-2", "0000000000000001"]
    place = lines.index("0000000000000003-2")
    assert lines[place - 1].endswith("too_short: Ann: these are fine")

    again = release_rows(run, ["0000000000000001", "0000000000000003"])
    assert (again["released"], again["known"]) == (["0000000000000003"], ["0000000000000001"])
    assert again["contract_changed"] is False
    assert contract.read_bytes() == changed


def test_a_list_that_the_contract_names_already_is_used(run, gadfly_home):
    contract = gadfly_home / "data_contracts" / "tiny.yaml"
    contract.write_bytes(CONTRACT + b"released: lists/mine.txt\n")
    (gadfly_home / "data_contracts" / "lists").mkdir()
    listed = gadfly_home / "data_contracts" / "lists" / "mine.txt"
    listed.write_text("ffff000000000000  # without an end of line")
    release_rows(run, ["0000000000000001"])
    assert listed.read_text().startswith("ffff000000000000  # without an end of line\n# ")
    assert listed.read_text().endswith("\n0000000000000001\n")


def test_only_rejected_rows_that_could_be_read_are_released(run, gadfly_home):
    with pytest.raises(RecipeError, match="0000000000000009: not among the 5 rejected rows of run aaaabbbb"):
        release_rows(run, ["0000000000000001", "0000000000000009"])
    with pytest.raises(RecipeError, match="0000000000000004: could not be read"):
        release_rows(run, ["0000000000000004"])
    assert [path.name for path in (gadfly_home / "data_contracts").iterdir()] == ["tiny.yaml"]


def test_a_contract_that_no_line_can_be_added_to_stays_as_it_is(tmp_path):
    with pytest.raises(RecipeError, match=r"add to it yourself: released: a\.txt"):
        naming_release_list(b"{name: a, version: 1, rules: []}\n", "a.txt", tmp_path / "a.yaml")
    assert (
        naming_release_list(b"name: a\nversion: 1", "a.txt", tmp_path / "a.yaml")
        == b"name: a\nversion: 1\nreleased: a.txt\n"
    )


def test_the_command_takes_several_ids_and_reasons(run, gadfly_home, monkeypatch, capsys):
    monkeypatch.setattr(os, "environ", os.environ.copy())

    def gadfly(*arguments):
        monkeypatch.setattr(sys, "argv", ["gadfly", *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        captured = capsys.readouterr()
        return caught.value.code, captured.out, captured.err

    code, out, _ = gadfly("quarantine", run, "--reason", "pii", "--reason", "formula", "--json")
    assert (code, [row["source_index"] for row in json.loads(out)["rows"]]) == (0, [0, 4])
    code, _, err = gadfly("quarantine", run, "--limit", "2", "--offset", "1")
    assert "rows 2 to 3 of 5; the next ones: --offset 3" in err
    assert MAIL not in err
    code, out, _ = gadfly("quarantine", run, "--release", "0000000000000001", "0000000000000003", "--json")
    assert json.loads(out)["released"] == ["0000000000000001", "0000000000000003"]
    code, _, err = gadfly("quarantine", run, "--why", "because")
    assert (code, "go with --release" in err) == (2, True)
