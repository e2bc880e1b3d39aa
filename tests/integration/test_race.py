"""A race for real: ideas are trained on shared data, held against the recipe as it is, cached, and never registered."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from typing import Any

LEARNS = ("-s", "training.method=full", "-s", "training.lora=null", "-s", "training.learning_rate=0.01")


def by_name(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in told["entrants"]}


def test_ideas_are_held_against_the_recipe_and_nothing_is_registered(bench: Any):
    words = ["race", str(bench.recipe), "--minutes", "5", *LEARNS, "--json"]
    words += ["--try", "training.learning_rate=1e-7", "--try", "training.learning_rate=1.0 training.max_grad_norm=1e9"]
    first, again = bench.gadfly(words, words)
    assert first.code == 0, first.stderr
    rows = by_name(first.json)
    assert list(rows) == [row["name"] for row in sorted(rows.values(), key=lambda row: row["nll"] or 1e9)]
    slow = rows["training.learning_rate=1e-7"]
    assert slow["judgement"] == "worse"
    assert slow["difference"]["high"] < 0
    assert abs(slow["nll"] - first.json["base_nll"]) < 0.01, "at such a rate nothing is learned"
    assert rows["another seed"]["judgement"] in ("within noise", "better", "worse")
    assert rows["as it is"]["difference"] is None
    assert first.json["noise"]["source"] == "2 seeds of this recipe"
    wild = rows["training.learning_rate=1.0 training.max_grad_norm=1e9"]
    assert wild["note"].startswith("failed: ") or wild["judgement"] == "worse"
    assert bench.versions() == [1]
    assert len(bench.mlflow_runs()) == 1
    assert by_name(again.json).keys() == rows.keys()
    assert {row.get("state", "cached") for row in again.json["entrants"]} == {"cached"}
    assert again.json["entrants"] == [row | ({"state": "cached"} if "state" in row else {}) for row in rows.values()]


def test_a_ctrl_c_shows_what_is_done(new_bench: Callable[..., Any], first_run: Any):
    bench = new_bench(first_run)
    words = ["race", str(bench.recipe), "--minutes", "30", *LEARNS, "--json", "-s", "training.epochs=1"]
    process = bench.start("-m", "flows.cli", *words, "--try", "training.epochs=1000")
    seen = ""
    while "training, another seed" not in seen or "evaluation, another seed" not in seen:
        line = process.stderr.readline()
        assert line, seen
        seen += line
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    rows = by_name(json.loads(out))
    assert rows["as it is"]["nll"] is not None
    assert rows["training.epochs=1000"]["note"] == "stopped"
