"""A whole run whose base and dataset are the hub's, and the same run without network."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def test_a_run_from_the_hub_and_again_without_network(
    hub: Any, new_bench: Callable[..., Any], client_environment: Callable[..., dict[str, str]]
):
    bench = new_bench()
    base = hub.new("models", "someone/tiny").commit_files(
        {file.name: file.read_bytes() for file in (bench.folder / "base").iterdir()}
    )
    rows = hub.new("datasets", "someone/rows").commit_files(
        {"README.md": b"---\nlicense: cc0-1.0\n---\n", "train.csv": bench.rows.read_bytes()}
    )
    source = json.dumps({"hub": "someone/rows", "columns": {"text": "text", "author": "author"}})
    words = ["run", str(bench.recipe), "-s", f"source={source}", "-s", "base.model=someone/tiny", "--json"]
    first = bench.cli(*words, env=client_environment())
    assert first.code == 0, first.stderr
    version = bench.mlflow().get_model_version("tiny", "1")
    assert version.tags["dataset.revision"] == rows
    assert version.tags["dataset.licence"] == "cc0-1.0"
    assert version.tags["dataset.origin"] == "someone/rows on the Hugging Face hub"
    assert version.tags["base"] == f"someone/tiny at {base[:12]}"

    asked = len(hub.requests)
    pinned = json.dumps({**json.loads(source), "revision": rows})
    words[words.index(f"source={source}")] = f"source={pinned}"
    again = bench.cli(*words, env=client_environment(HF_HUB_OFFLINE="1"))
    assert again.code == 0, again.stderr
    assert {facts["state"] for facts in again.json["stages"].values()} == {"cached"}
    assert again.json["model"]["version"] == 1
    assert len(hub.requests) == asked
