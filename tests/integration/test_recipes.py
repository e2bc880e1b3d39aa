"""Two of the house's recipes from source to registered model, on a few rows and a tiny base: what was wrong in their
originals is told by name."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tasks.errors import ContractError, RecipeError, TokenizationError

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
QUICK = (
    *("training.learning_rate=1e-3", "training.epochs=1", "tokenization.max_seq_len=128", "training.precision=float32"),
    *("evaluation.judged_samples=10", "evaluation.samples_per_probe=1", "evaluation.max_new_tokens=8"),
)


@pytest.fixture(scope="module")
def place(new_bench: Any) -> Any:
    return new_bench()


def run(place: Any, recipe: str, source: Path, base: Path, *overrides: str) -> dict[str, Any]:
    from flows.finetune import finetune

    given = [f"source.path={source}", f"base.model={base}", *QUICK, *overrides]
    return place.call(finetune, str(RECIPES / f"{recipe}.yaml"), given, [])


def aphorisms(place: Any) -> list[str]:
    """The texts of the bench's rows."""
    with place.rows.open(newline="", encoding="utf-8") as stream:
        return [row["text"] for row in csv.DictReader(stream) if len(row["text"].split()) > 4]


@pytest.fixture(scope="module")
def keyword_rows(place: Any) -> Path:
    """As the original's: a keyword, and a marker around each row that is no token of its base."""
    file = place.folder / "keywords.csv"
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["", "text"])
        for number, text in enumerate(aphorisms(place)[:60]):
            writer.writerow([number, f"<|im_end|>hope: {text}<|im_end|>"])
    return file


@pytest.fixture(scope="module")
def endless_base(place: Any, make_model: Any, tiny_tokenizer: Any) -> Path:
    """OPT's architecture, and a tokenizer that names no end token."""
    folder: Path = place.folder / "opt"
    make_model("OPT", max_position_embeddings=128).save_pretrained(folder)
    tiny_tokenizer.save_pretrained(folder)
    file = folder / "tokenizer_config.json"
    settings = json.loads(file.read_text())
    file.write_text(json.dumps({name: value for name, value in settings.items() if name != "eos_token"}))
    (folder / "special_tokens_map.json").unlink(missing_ok=True)
    return folder


def test_keyword_quotes_are_trained_once_their_markers_are_off(place, keyword_rows, endless_base):
    made = run(place, "quotes-galactica", keyword_rows, endless_base, "base.end_token=<|endoftext|>")
    rows = made["rows"]
    assert rows["repaired"]["special_token_in_text"] == rows["accepted"] > 40
    assert made["model"]["version"] == 1
    assert {sample["prompt"] for sample in made["samples"]["tuned"]} >= {"hope:", "virus:", "phosphorylation:"}


def test_markers_that_stay_break_the_contract_for_short_texts(place, keyword_rows, endless_base):
    with pytest.raises(ContractError, match="rows are quarantined"):
        run(place, "quotes-galactica", keyword_rows, endless_base, "contract=short_text")


def test_an_end_token_that_is_plain_text_is_told_before_training(place, keyword_rows, endless_base):
    with pytest.raises(RecipeError, match=r"base\.end_token: '<\|im_end\|>' is plain text to the base's tokenizer"):
        run(place, "quotes-galactica", keyword_rows, endless_base, "base.end_token=<|im_end|>")
    with pytest.raises(TokenizationError, match="names no end token"):
        run(place, "quotes-galactica", keyword_rows, endless_base)


def test_event_notes_are_written_from_their_columns_and_near_copies_stay_on_one_side(place):
    columns = ["event_date", "event_type", "sub_event_type", "actor1", "actor2", "country", "admin1", "location"]
    file = place.folder / "events.csv"
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow([*columns, "fatalities", "notes"])
        for number, text in enumerate(aphorisms(place)[:60]):
            note = f"On that day, as the local paper reported, {text[0].lower()}{text[1:]}"
            told = [note, note.replace("local paper", "regional paper")] if number < 10 else [note]
            for copy in told:
                writer.writerow(["9-May", "Protest", "March", "A", "B", "C", "D", f"Town {number}", 0, copy])
    made = run(place, "acled-gpt2", file, place.folder / "base", "training.batch_size=8")
    assert made["rows"]["warnings"]["near_duplicate"] >= 8
    assert made["comparison"]["leak"]["fraction"] == 0
    assert all("killed: 0" in sample["prompt"] for sample in made["samples"]["tuned"])
