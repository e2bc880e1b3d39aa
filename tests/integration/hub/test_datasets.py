"""A dataset from the hub: by commit, as it was put there, or one clear error; its code is never run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., dict[str, Any]]
ROWS = [{"quote": f"The heron says {word}.", "author": "Heron"} for word in ("hope", "wait", "fog", "rope")]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)
CARD = "---\nlicense: cc-by-4.0\n---\n# Quotes\n"


@pytest.fixture
def quotes_of(hub: Any) -> Any:
    """`someone/quotes` on the hub, with one commit."""
    made = hub.new("datasets", "someone/quotes")
    made.first = made.commit_files({"README.md": CARD.encode(), "train.jsonl": LINES.encode()})
    return made


def test_a_dataset_is_its_commit_and_states_its_licence(ask: Ask, quotes_of: Any):
    told = ask(hub="someone/quotes")
    assert told["rows"] == ROWS
    assert told["identity"] == f"hub:someone/quotes@{quotes_of.first}:train"
    assert told["licence"] == "cc-by-4.0"


def test_a_commit_stays_the_same_when_the_branch_moves_on(ask: Ask, quotes_of: Any):
    second = quotes_of.commit_files({"train.jsonl": LINES.replace("hope", "hop").encode()})
    assert ask(hub="someone/quotes")["revision"] == second
    assert ask(hub="someone/quotes", revision=quotes_of.first)["rows"] == ROWS


def test_a_cached_commit_needs_no_network(ask: Ask, hub: Any, quotes_of: Any):
    first = ask(hub="someone/quotes", revision=quotes_of.first)
    asked = len(hub.requests)
    assert ask({"HF_HUB_OFFLINE": "1"}, hub="someone/quotes", revision=quotes_of.first) == first
    assert len(hub.requests) == asked
    assert ask({"HF_ENDPOINT": "http://127.0.0.1:9"}, hub="someone/quotes", revision=quotes_of.first) == first


def test_content_that_is_not_what_its_hash_says_is_never_read(ask: Ask, quotes_of: Any):
    quotes_of.spoilt["train.jsonl"] = LINES.replace("hope", "dope").encode()
    told = ask(hub="someone/quotes")
    assert told["exit_code"] == 2
    assert f"train.jsonl of someone/quotes at {quotes_of.first[:12]} is not what the hub says it is" in told["error"]
    offline = ask({"HF_HUB_OFFLINE": "1"}, hub="someone/quotes", revision=quotes_of.first)
    assert "rows" not in offline, "nothing made of it stays in a cache"
    del quotes_of.spoilt["train.jsonl"]
    assert ask(hub="someone/quotes")["rows"] == ROWS


def test_a_file_that_is_listed_and_is_not_there(ask: Ask, quotes_of: Any):
    quotes_of.lost.add("train.jsonl")
    told = ask(hub="someone/quotes")
    assert told["exit_code"] == 2
    assert "train.jsonl" in told["error"]


@pytest.mark.parametrize("status", [401, 403])
def test_a_gated_dataset_names_the_way_in(names_the_way_in: Callable[..., None], quotes_of: Any, status: int):
    names_the_way_in(quotes_of, status, "https://huggingface.co/datasets/someone/quotes", hub="someone/quotes")


def test_no_such_dataset_and_no_such_revision(ask: Ask, quotes_of: Any):
    assert "someone/none is not on the hub, or private" in ask(hub="someone/none")["error"]
    assert "someone/quotes has no revision v9" in ask(hub="someone/quotes", revision="v9")["error"]
    assert "no revision ffffffffffff" in ask(hub="someone/quotes", revision="f" * 40)["error"]


def test_without_network_the_error_says_what_to_do(ask: Ask, quotes_of: Any):
    told = ask({"HF_ENDPOINT": "http://127.0.0.1:9"}, hub="someone/quotes", revision=quotes_of.first)
    assert "can't be reached" in told["error"]
    assert "-s source.path=" in told["error"]


def test_a_datasets_code_is_never_run(ask: Ask, hub: Any, tmp_path: Any):
    ran = tmp_path / "ran"
    made = hub.new("datasets", "someone/coded")
    made.commit_files({"coded.py": f"open({str(ran)!r}, 'w').close()\n".encode()})
    told = ask(hub="someone/coded")
    assert told["exit_code"] == 2
    assert not ran.exists()
