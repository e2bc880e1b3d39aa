"""`gadfly init` writes what it means to, where it is told to, whatever the data calls its columns."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import yaml

from flows import draft as drafting
from flows.draft import draft
from flows.recipe import load_recipe
from tasks.errors import RecipeError

TEXTS = [f"The {animal} waits for the river to forget it." for animal in ("heron", "magpie", "otter", "toad", "eel")]


@pytest.fixture
def make_data(gadfly_home, tmp_path):
    """Writes a CSV file with a column of text and one that has another name."""

    def make(column: str = "stars") -> str:
        file = tmp_path / "quotes.csv"
        with file.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([["text", column], *([text, number] for number, text in enumerate(TEXTS))])
        return str(file)

    return make


@pytest.mark.parametrize(
    "column",
    [
        "x\nevaluation: {samples_per_probe: 7}\n#",
        "x\revaluation: {samples_per_probe: 7}\r#",
        "x\u0085evaluation: {samples_per_probe: 7}\u0085#",
        "x\u2028evaluation: {samples_per_probe: 7}\u2028#",
        "bell\x07 and escape \x1b[31m",
        "very long " * 60,
    ],
)
def test_a_columns_name_never_becomes_part_of_the_recipe(make_data, tiny_base, column):
    made = draft(make_data(column), base=str(tiny_base))
    assert len(made["left_out"]) == 1
    text = Path(made["recipe"]).read_text(encoding="utf-8")
    assert "evaluation" not in yaml.safe_load(text)
    told = [line for line in text.splitlines() if line.startswith("# Column ")]
    assert len(told) == 1
    assert told[0].isprintable()
    assert len(told[0]) <= 120
    assert load_recipe(made["recipe"]).evaluation.samples_per_probe != 7


@pytest.mark.parametrize("name", ["../../evil", "/tmp/evil", ".hidden", "a/b", "a\n", "\x1b[31m"])
def test_a_name_that_leads_elsewhere_is_refused_before_anything_is_read(gadfly_home, name):
    with pytest.raises(RecipeError, match="--name "):
        draft("there/is/none.csv", name=name)
    assert not list(gadfly_home.parent.rglob("*.yaml"))


def test_a_failed_draft_leaves_nothing_behind(make_data, gadfly_home):
    with pytest.raises(RecipeError):
        draft(make_data(), base="./none")
    assert not list(gadfly_home.rglob("*.yaml"))


def test_a_failed_draft_brings_back_what_it_replaced(make_data, tiny_base, monkeypatch):
    made = draft(make_data(), base=str(tiny_base))
    files = [Path(made["recipe"]), Path(made["contract"])]
    for file in files:
        file.write_text("# by hand\n", encoding="utf-8")

    def refused(_: str) -> None:
        raise RecipeError("no")

    monkeypatch.setattr(drafting, "load_recipe", refused)
    with pytest.raises(RecipeError, match="no"):
        draft(make_data(), base=str(tiny_base), force=True)
    assert [file.read_text(encoding="utf-8") for file in files] == ["# by hand\n"] * 2


@pytest.mark.parametrize(("path", "seen"), [("", "a folder"), ("https://example.com/a.txt?part=secret", "a URL")])
def test_general_text_must_be_a_local_file(make_data, tiny_base, tmp_path, path, seen):
    made = draft(make_data(), base=str(tiny_base))
    with pytest.raises(RecipeError, match=f"evaluation.general.path: must be a local file, is {seen}") as caught:
        load_recipe(made["recipe"], [f"evaluation.general={{path: '{path or tmp_path}'}}"])
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("rows", "epochs"), [(600, 3.0), (6_000, 2.0), (24_000, 1.0)])
def test_epochs_are_fewer_where_there_is_more_to_read(gadfly_home, tmp_path: Path, rows: int, epochs: float):
    sentence = "Note {} says that the river rises again today and tomorrow too twenty words in all so to say.\n"
    path = tmp_path / "notes.csv"
    path.write_text("text\n" + "".join(map(sentence.format, range(rows))))
    made = draft(str(path))
    assert yaml.safe_load(Path(made["recipe"]).read_text())["training"]["epochs"] == epochs
