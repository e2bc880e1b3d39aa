"""The other commands' `--json`: one object each, of the documented shape."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def place(new_bench: Any, first_run: Any) -> Any:
    return new_bench(first_run)


@pytest.fixture(scope="module")
def told(place: Any) -> dict[str, Any]:
    """What each command answers, asked in one process."""
    run_id = place.summary["run_id"]
    commands = {
        "check": ["check", "rows.csv", "--contract", "./contract.yaml", "--out", "checked", "--json"],
        "failed check": ["check", "rows.csv", "--contract", "./strict.yaml", "--json"],
        "quarantine": ["quarantine", run_id[:8], "--json"],
        "quarantine for a reason": ["quarantine", "tiny", "--reason", "url_only", "--json"],
        "runs": ["runs", "--json"],
        "models": ["models", "--json"],
        "one model": ["models", "tiny", "--json"],
        "verify": ["verify", "--json"],
        "generate": ["generate", "tiny@challenger", "--prompt", "The ", "-n", "2", "--max-new-tokens", "5", "--json"],
        "again": ["generate", "tiny@1", "--prompt", "The ", "-n", "2", "--max-new-tokens", "5", "--json"],
        "generate with the base": ["generate", "./base", "--prompt", "The ", "--max-new-tokens", "5", "--json"],
    }
    strict = place.contract.read_text().replace("min_accepted_rows: 20", "min_accepted_rows: 2000")
    (place.folder / "strict.yaml").write_text(strict)
    return dict(zip(commands, place.gadfly(*commands.values()), strict=True))


def answer(told: dict[str, Any], command: str, code: int = 0) -> Any:
    done = told[command]
    assert done.code == code, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stdout.splitlines()) == 1
    return done.json


def test_run_prints_what_is_documented(first_run: Any):
    summary = json.loads(json.dumps(first_run.summary))
    assert summary["recipe"] == "tiny"
    for facts in summary["stages"].values():
        assert facts["state"] in ("ran", "cached")
        assert facts["seconds"] >= 0
        assert all(digest.startswith("sha256:") for digest in facts["digests"].values())
    rows = summary["rows"]
    assert rows["ingested"] == rows["accepted"] + rows["quarantined"] == 160
    assert rows["reasons"]["url_only"] == 1
    assert summary["tokens"]["supervised"] > 1000
    assert 0 <= summary["tokens"]["padding_fraction"] < 1
    assert summary["training"].keys() >= {"method", "tokens_per_second", "peak_memory_bytes"}
    assert summary["training"]["trainable_parameters"] > 0
    assert summary["training"]["steps"] == -(-rows["split"]["train"] // 32)
    assert summary["metrics"]["tuned"]["nll"] < summary["metrics"]["base"]["nll"]
    assert summary["metrics"]["tuned"]["perplexity"] < summary["metrics"]["base"]["perplexity"]
    assert summary["model"].items() >= {"name": "tiny", "version": 1, "aliases": ["challenger"]}.items()
    assert Path(summary["report"]).read_text(encoding="utf-8").lstrip().lower().startswith("<!doctype html>")


def test_check_prints_rows_and_writes_the_quarantine(told: dict[str, Any], place: Any):
    checked = answer(told, "check")
    assert checked["contract"] == "tiny v1"
    assert checked["success"] is True
    rows = {name: place.summary["rows"][name] for name in checked["rows"]}
    assert checked["rows"] == rows
    assert rows.keys() >= {"ingested", "accepted", "quarantined", "reasons"}
    file = place.folder / checked["quarantined"]
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == rows["quarantined"]
    assert all(line.keys() == {"row_id", "source_index", "reasons", "values"} for line in lines)
    (url,) = [line for line in lines if "url_only" in line["reasons"]]
    assert url["source_index"] == 159, "counts the source's records from 0"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_failed_check_says_so_and_exits_with_3(told: dict[str, Any]):
    checked = answer(told, "failed check", code=3)
    assert checked["success"] is False
    (failure,) = checked["failures"]
    assert "at least 2,000 are needed" in failure


def test_quarantine_lists_rows_with_every_reason_and_value(told: dict[str, Any], place: Any):
    listed = answer(told, "quarantine")
    assert listed["run_id"] == place.summary["run_id"]
    assert listed["total"] == place.summary["rows"]["quarantined"] == len(listed["rows"])
    assert [row["source_index"] for row in listed["rows"]] == sorted(row["source_index"] for row in listed["rows"])
    chosen = answer(told, "quarantine for a reason")
    (row,) = chosen["rows"]
    assert row["text"] == "https://example.com/aaaaaaa"
    assert set(row["reasons"]) >= {"url_only", "too_short", "repetition"}
    assert row["values"] == {"url_only": 1, "too_short": 1, "repetition": 7}


def test_runs_lists_what_ran(told: dict[str, Any], place: Any):
    (run,) = answer(told, "runs")["runs"]
    assert run["run_id"] == place.summary["run_id"]
    assert run["recipe"] == "tiny"
    assert run["status"] == "completed"


def test_models_lists_versions_with_aliases(told: dict[str, Any]):
    (version,) = answer(told, "models")["models"]
    assert version.items() >= {"name": "tiny", "version": 1, "aliases": ["challenger"]}.items()
    assert answer(told, "one model")["models"] == [version]


def test_verify_counts_the_artifacts(told: dict[str, Any]):
    verified = answer(told, "verify")
    assert verified["checked"] >= 9
    assert verified["damaged"] == []


def test_generate_continues_a_prompt_the_same_way_each_time(told: dict[str, Any]):
    made = answer(told, "generate")
    assert made["model"] == "tiny@challenger"
    assert len(made["samples"]) == 2
    for sample in made["samples"]:
        assert sample["prompt"] == "The "
        assert 1 <= sample["num_tokens"] <= 5
        assert isinstance(sample["stopped"], bool)
    assert answer(told, "again")["samples"] == made["samples"]
    assert len(answer(told, "generate with the base")["samples"]) == 1
