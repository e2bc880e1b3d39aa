"""`gadfly card check`: an exit code of its own where a card contradicts itself."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from flows.card import app, check_file
from tasks.errors import SourceError

BAD = "# A\n\ntrain loss 0.99, validation loss 6.2712, perplexity 17.583\n"


def test_a_contradiction_has_an_exit_code_and_what_is_missing_has_none(tmp_path):
    card = tmp_path / "README.md"
    card.write_text(BAD)
    told = CliRunner().invoke(app, [str(tmp_path), "--json"])
    assert told.exit_code == 3
    found = json.loads(told.stdout)
    assert found["card"] == str(card)
    assert found["findings"][0]["line"] == 3
    assert found["counts"]["contradiction"] == 1
    card.write_text("# A\n\nvalidation loss 2.8670, perplexity 17.583\n")
    told = CliRunner().invoke(app, [str(card)])
    assert told.exit_code == 0
    assert "The card does not contradict itself: 0 contradictions, 0 doubts, 6 missing." in " ".join(
        told.stderr.split()
    )


def test_what_a_card_says_does_not_drive_the_terminal(tmp_path):
    card = tmp_path / "card.md"
    card.write_bytes(b"# A\n\nfine-tuned on an unknown dataset\n\nBatch 2 x 3 = 7 [red]\x1b[2J\n")
    told = CliRunner().invoke(app, [str(card)])
    assert told.exit_code == 3
    assert "\x1b[2J" not in told.stderr


def test_what_is_no_card_is_the_users_mistake(tmp_path):
    with pytest.raises(SourceError, match=r"is no file\n  give a model card"):
        check_file(str(tmp_path / "none.md"))
    with pytest.raises(SourceError, match="is no file"):
        check_file("/dev/zero")
    (tmp_path / "large.md").write_bytes(b"a" * 10_000_000)
    with pytest.raises(SourceError, match=r"is no model card: it has more than 1\.0 MB"):
        check_file(str(tmp_path / "large.md"))


def test_data_is_named_for_what_it_is(tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"text": "loss: 1"}\n')
    with pytest.raises(SourceError, match="is a data file, no model card"):
        check_file(str(tmp_path / "rows.jsonl"))
    (tmp_path / "program").write_bytes(b"\x7fELF\0\0")
    with pytest.raises(SourceError, match="is no model card: it holds NUL bytes"):
        check_file(str(tmp_path / "program"))


def test_one_contradiction_is_one(tmp_path):
    card = tmp_path / "card.md"
    card.write_text("# A\n\nBatch 2 x 3 = 7\n")
    assert "contradicts itself: 1 contradiction, 0 doubts," in " ".join(
        CliRunner().invoke(app, [str(card)]).stderr.split()
    )
