"""The sample to read: rows of both kinds, the same for the same seed, a copy beside its original."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.reading_sample import main

CLEAN = [
    f"The {animal} waits {place} until the river forgets it, and then it goes home."
    for animal in ("heron", "magpie", "otter", "toad")
    for place in ("under the bridge", "behind the old mill", "in the reeds")
]
ROWS = [*CLEAN, CLEAN[0].upper(), "N/A", "Write to ada.brook@brook-and-sons.org about the heron and the mill."]


@pytest.fixture
def source(gadfly_home: Path, tmp_path: Path) -> str:
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps({"text": text}) + "\n" for text in ROWS), encoding="utf-8")
    return str(file)


def drawn(source: str, out: Path, *options: str) -> list[dict]:
    assert main([source, "--out", str(out), *options]) == 0
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_every_row_is_drawn_where_there_are_few(source: str, tmp_path: Path) -> None:
    rows = drawn(source, tmp_path / "drawn.jsonl")
    rejected = {row["row"]["text"]: row for row in rows if row["decision"] == "quarantined"}
    assert len(rows) == len(ROWS)
    assert rejected[CLEAN[0].upper()]["repeats"] == {"text": CLEAN[0]}
    assert "placeholder" in rejected["N/A"]["reasons"]
    assert "ada.brook" not in json.dumps(rows)


def test_a_seed_draws_the_same_rows(source: str, tmp_path: Path) -> None:
    def ids(name: str, *options: str) -> list[str]:
        return [row["row_id"] for row in drawn(source, tmp_path / name, "--rows", "2", *options)]

    assert ids("a") == ids("b")
    assert len(ids("a")) == 4
    assert ids("a") != ids("c", "--seed", "8")


def test_a_mistake_is_one_message(source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([source, "--contract", "no-such-contract", "--out", str(tmp_path / "x")]) == 2
    assert "no-such-contract" in capsys.readouterr().out
