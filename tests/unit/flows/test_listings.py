"""What the terminal is shown: nothing in the data drives it, and nothing is cut that was asked for."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from flows import cli, display, listings, run_log
from flows.check import quarantined_rows
from flows.display import safe
from tasks import home
from tasks.errors import RecipeError
from tasks.plain_text import comment, one_line, printable

EVIL = "\x1b]0;owned\x07\x9b2J[red]"


@pytest.fixture
def shown(monkeypatch):
    """Calls a function that prints to the console; returns what it printed."""
    console = Console(width=200, force_terminal=False, record=True, highlight=False)
    for module in (display, listings):
        monkeypatch.setattr(module, "console", console)

    def show(function, *arguments) -> str:
        with console.capture() as capture:
            function(*arguments)
        return capture.get()

    return show


def listed(*rows: dict) -> dict:
    """What `gadfly quarantine` gives the terminal."""
    return {"rows": list(rows), "total": len(rows), "offset": 0, "count": len(rows), "masked": True}


def harmless(text: str) -> bool:
    return not set(text) & {"\x1b", "\x07", "\x9b"} and "[red]" in text


def test_text_is_made_printable_and_keeps_its_blanks():
    assert printable(" a\tb\n\x1b[0m ") == " a\tb\n·[0m "
    assert safe("[red]\x1b") == r"\[red]·"
    assert one_line(" a\n\x1b b\u2028c ") == "a b c"
    assert len(one_line("a" * 200)) == 80
    assert comment("a\nb: c") == "# a b: c"


def test_a_draft_shows_column_names_harmlessly(shown):
    drafted = {
        "rows": 1,
        "judged": 1,
        "accepted": 1,
        "verdict": {"decision": EVIL, "reasons": [EVIL]},
        "would_reject": {EVIL: 1},
        "would_warn": {EVIL: 1},
        "reasons": {EVIL: EVIL},
        "left_out": {EVIL: EVIL},
        "notes": [EVIL],
        "prompt": {"template": EVIL},
        "recipe": f"/{EVIL}",
        "contract": f"/{EVIL}",
        "next": f"gadfly run {EVIL}",
    }
    told = shown(listings.show_draft, drafted)
    assert harmless(told)
    assert told.count("[red]") == 13


def test_a_check_shows_names_notes_and_failures_harmlessly(shown):
    checked = {
        "columns": {EVIL: EVIL},
        "rows": {"ingested": 1, "accepted": 0, "quarantined": 1, "reasons": {EVIL: 1}, "warnings": {EVIL: 1}},
        "notes": [EVIL],
        "failures": [EVIL],
        "success": False,
        "verdict": {"decision": EVIL, "reasons": [EVIL]},
        "contract": EVIL,
        "quarantined": EVIL,
        "accepted": EVIL,
        "report": EVIL,
        "docs": EVIL,
    }
    told = shown(listings.show_check, checked)
    assert harmless(told)
    assert told.count("[red]") == 13


def test_lists_show_errors_and_rows_harmlessly(shown):
    run = {"run_id": "1", "started": "2026", "recipe": "a", "status": "failed", "stages": {}, "summary": {}}
    assert harmless(shown(listings.show_runs, {"runs": [run | {"error": EVIL}]}))
    row = {"source_index": 0, "row_id": "1", "reasons": [EVIL], "values": {EVIL: EVIL}, EVIL: EVIL, "text": None}
    told = shown(listings.show_quarantine, listed(row))
    assert harmless(told)
    assert told.count("[red]") == 5


def test_markup_is_cut_before_it_is_escaped(shown):
    row = {"source_index": 0, "row_id": "1", "reasons": [], "values": {}, "text": "a" * 299 + "[b]"}
    assert "a[" in shown(listings.show_quarantine, listed(row))


def test_samples_keep_the_blank_after_the_prompt(capsys):
    listings.show_samples({"samples": [{"prompt": "The heron", "text": " waits.\x1b[31m "}]})
    assert capsys.readouterr().out == "The heron waits.·[31m \n"


def test_quarantined_rows_have_none_where_a_value_is_missing(gadfly_home):
    columns = {
        "row_id": ["1", "2"],
        "source_index": [0, 1],
        "text": ["a", None],
        "reasons": [["pii"], ["missing", "pii"]],
        "values": ['{"pii":1}', '{"missing":null}'],
    }
    ref = home.store().put(
        "quarantined", lambda folder: pq.write_table(pa.table(columns), folder / "quarantined.parquet")
    )
    rows = list(quarantined_rows(ref))
    assert [row["text"] for row in rows] == ["a", None]
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    assert rows[1]["values"] == {"missing": None}


def test_json_says_null_where_a_number_is_none(capsys):
    cli.print_result({"perplexity": float("inf"), "loss": float("nan"), "text": "café"}, True, None)
    assert capsys.readouterr().out == '{"perplexity": null, "loss": null, "text": "café"}\n'


def test_a_table_in_a_file_cuts_no_name(shown):
    told = shown(lambda names: listings.show_table(["run", "model"], [names]), ["r" * 90, "m" * 90])
    assert f"{'r' * 90}  {'m' * 90}" in told


def test_a_recipes_name_stands_for_its_newest_run_that_has_what_is_asked_for(gadfly_home, monkeypatch):
    made = {"quarantined": {"kind": "quarantined", "digest": "sha256:" + "0" * 64}}
    runs = [
        {"run_id": "b" * 8, "recipe": "demo", "artifacts": {}, "error": "", "status": "running"},
        {"run_id": "a" * 8, "recipe": "demo", "artifacts": made, "error": "", "status": "completed"},
    ]
    monkeypatch.setattr(run_log, "read_runs", lambda: runs)
    assert run_log.find_run("demo")["run_id"] == "b" * 8
    assert run_log.find_run("demo", "quarantined")["run_id"] == "a" * 8
    with pytest.raises(RecipeError, match=r"run bbbbbbbb hasn't made quarantined: running\n  choose another run"):
        run_log.run_artifact(run_log.find_run("bbbb"), "quarantined")
