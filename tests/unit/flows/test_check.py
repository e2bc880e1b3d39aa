"""`gadfly check` reads a source as `gadfly contract init` did when it drafted the contract."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.check import check
from flows.contract_draft import init_contract

TURN = (
    "{who}: The {animal} came down to the river in the\nevening, as it had done every day\nsince the flood, and drank."
)
ANIMALS = ("heron", "magpie", "otter", "toad", "eel", "stag", "fox", "badger", "crane", "hare", "mole", "owl", "vole")
SPEAKERS = ("MILLER", "FERRYMAN")
BOOK = "\n\n".join(TURN.format(who=SPEAKERS[place % 2], animal=animal) for place, animal in enumerate(ANIMALS * 2))


@pytest.fixture
def book(gadfly_home: Path, tmp_path: Path) -> str:
    file = tmp_path / "book.txt"
    file.write_text(f"[Pg 3]\n\nTHE RIVER; OR, AN EVENING\n\n{BOOK}\n\nMILLER:\n", encoding="utf-8")
    return str(file)


def test_a_book_is_read_by_its_paragraphs_and_its_furniture_named(book: str) -> None:
    checked = check(book, "dialogue", {})
    assert checked["rows"]["ingested"] == len(ANIMALS) * 2 + 3
    assert [note for note in checked["notes"] if "source.unit" in note]
    assert checked["rows"]["reasons"]["boilerplate"] == 2
    assert checked["rows"]["reasons"]["speaker_only"] == 1
    assert checked["verdict"]["decision"]


def test_a_draft_and_the_check_that_it_names_next_agree(book: str, tmp_path: Path) -> None:
    drafted = init_contract(book, out=str(tmp_path / "book.yaml"))
    rows = check(book, drafted["contract"], {})["rows"]
    assert (rows["ingested"], rows["accepted"]) == (drafted["rows"], drafted["accepted"])


def test_turns_under_other_names_are_found_for_a_contract_of_dialogues(gadfly_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "turns.jsonl"
    turns = [
        {"input": f"Where does the {animal} sleep?", "output": f"Under bridge {n}."}
        for n, animal in enumerate(ANIMALS * 2)
    ]
    file.write_text("".join(json.dumps(turn) + "\n" for turn in turns), encoding="utf-8")
    checked = check(str(file), "dialogue", {})
    assert checked["columns"] == {"prompt": "input", "completion": "output"}
    assert checked["rows"]["ingested"] == len(turns)
