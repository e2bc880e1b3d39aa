"""A chat from a pipe: lines are continued, lines beginning with a slash change how."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from flows.chat import HELP, Settings, chat


@pytest.fixture
def talk(tiny_base: Path, gadfly_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any):
    def run(text: str, quiet: bool = False, **settings: Any) -> tuple[list[dict[str, Any]], str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        told = chat([str(tiny_base)], Settings(**{"max_new_tokens": 5} | settings), quiet=quiet)
        printed = capsys.readouterr()
        return told["turns"], printed.out, printed.err

    return run


def test_every_line_is_continued_and_printed(talk):
    turns, out, _ = talk("Hope is\nBe kind\n")
    assert [turn["prompt"] for turn in turns] == ["Hope is", "Be kind"]
    assert all(turn["num_tokens"] == 5 or turn["stopped"] for turn in turns)
    assert out.count("\n") >= 2
    again, _, _ = talk("Hope is\nBe kind\n")
    assert again == turns, "equal seeds give equal text"


def test_an_empty_line_goes_on_where_the_text_ended(talk):
    turns, _, _ = talk("Hope is\n\n")
    assert turns[1]["prompt"] == "Hope is" + turns[0]["text"]


def test_a_repeated_line_is_continued_anew(talk):
    turns, _, _ = talk("Hope is\nHope is\n")
    assert turns[0]["text"] != turns[1]["text"]
    turns, _, _ = talk("/temperature 0\nHope is\nHope is\n")
    assert turns[0]["text"] == turns[1]["text"]


def test_lines_with_a_slash_change_the_settings(talk):
    turns, out, err = talk("/tokens 2\n/temperature 0\nHope is\n/quit\nnever read\n")
    assert [turn["prompt"] for turn in turns] == ["Hope is"]
    assert turns[0]["num_tokens"] <= 2
    assert "temperature 0, tokens 2, seed 0" in err
    assert "tokens" not in out


@pytest.mark.parametrize("line", ["/nonsense", "/help", "/temperature 9", "/tokens 0"])
def test_an_unknown_line_gets_help(line):
    settings = Settings()
    assert settings.change(line) == HELP
    assert settings == Settings()


def test_a_number_that_is_none_is_told():
    assert Settings().change("/tokens many") == "/tokens takes a number, not many"
    assert Settings().change("/seed") == "/seed takes a number, not nothing"


def test_two_slashes_are_a_prompt(talk):
    turns, _, _ = talk("//etc\n")
    assert turns[0]["prompt"] == "/etc"


def test_a_stop_text_ends_the_continuation(talk):
    (whole,), _, _ = talk("Hope is\n", max_new_tokens=20)
    stop = whole["text"][3:5]
    turns, _, _ = talk(f"/stop {stop}\nHope is\n", max_new_tokens=20)
    assert turns[0]["text"] == whole["text"].partition(stop)[0]
    assert turns[0]["stopped"]


def test_json_prints_nothing_between(talk):
    turns, out, _ = talk("Hope is\n", quiet=True)
    assert len(turns) == 1
    assert out == ""


def test_a_chat_goes_on_with_another_model(talk, tiny_base: Path, make_model: Any, tiny_tokenizer: Any, tmp_path: Path):
    other = tmp_path / "other"
    make_model("GPT2", seed=1).save_pretrained(other)
    tiny_tokenizer.save_pretrained(other)
    turns, _, err = talk(f"/temperature 0\nHope is\n/model {other}\nHope is\n/model {tiny_base}\nHope is\n/model\n")
    assert [turn["model"] for turn in turns] == [str(tiny_base), str(other), str(tiny_base)]
    assert turns[0]["text"] == turns[2]["text"] != turns[1]["text"]
    assert f"[{tiny_base}], {other}" in err


def test_a_model_that_isnt_there_ends_no_chat(talk, tiny_base: Path):
    turns, _, err = talk("/model none@3\nHope is\n")
    assert f"still talking to {tiny_base}" in err
    assert len(turns) == 1
