"""Versions held against each other, and made again, for real: `gadfly diff` and `gadfly reproduce`.

Version 1 learned next to nothing. For version 2 rows came and went, the contract got stricter and training better.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from typing import Any

import pytest

LEARNED = ["training.method=full", "training.lora=null", "training.learning_rate=0.01", "training.epochs=3"]
NEW_ROWS = [
    ("The lantern keeper counts every boat that does not come home.", "Heron"),
    ("Nobody mends a roof while the sun is praised.", "Ferryman"),
]


@pytest.fixture(scope="module")
def two_versions(new_bench: Callable[..., Any], first_run: Any) -> Any:
    """A bench with both versions. Don't change it."""
    bench = new_bench(first_run)
    with bench.rows.open(newline="", encoding="utf-8") as stream:
        header, *rows = list(csv.reader(stream))
    with bench.rows.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows([header, *rows[1:], *NEW_ROWS, ("no", "Nobody")])
    bench.replace(bench.contract, "signal: word_count, min: 3", "signal: word_count, min: 8")
    bench.second = bench.run(*LEARNED)
    assert bench.versions() == [1, 2]
    return bench


@pytest.fixture
def pair(new_bench: Callable[..., Any], two_versions: Any) -> Any:
    """A copy of it for a test."""
    return new_bench(two_versions)


def everything(bench: Any) -> dict[str, bytes]:
    """What a home knows and has made, but for logs, locks and Prefect's own."""
    state = bench.home / ".gadfly"
    folders = ("store", "results", "runs", "splits", "reports")
    files = [path for name in folders for path in (state / name).rglob("*") if path.is_file()]
    return {path.relative_to(state).as_posix(): path.read_bytes() for path in files}


def test_diff_tells_rows_settings_and_results(two_versions: Any):
    as_json, told, bare = two_versions.gadfly(
        ["diff", "tiny@1", "tiny@challenger", "--json"], ["diff", "tiny@1", "tiny@2"], ["diff", "v1", "2", "--json"]
    )
    assert as_json.code == 0, as_json.stderr
    found = as_json.json
    assert bare.json == found
    rows = found["rows"]
    assert rows["added"]["count"] == 3
    assert rows["added"]["reasons"] == {"too_short": 1}
    assert rows["removed"]["count"] == 1
    old = two_versions.frame(two_versions.summary, "accepted")
    new = two_versions.frame(two_versions.second, "quarantined")
    stricter = set(old["row_id"]) & set(new["row_id"])
    assert rows["newly_quarantined"]["count"] == len(stricter) > 0
    assert rows["newly_quarantined"]["reasons"]["too_short"] == len(stricter)
    assert {row["row_id"] for row in rows["newly_quarantined"]["examples"]} <= stricter
    settings = {change["key"]: change for change in found["settings"]}
    assert (settings["training.learning_rate"]["old"], settings["training.learning_rate"]["new"]) == (0.001, 0.01)
    rules = [change for change in found["settings"] if change["key"] == "contract.rules"]
    assert [(change["old"] or change["new"])["min"] for change in rules] == [3, 8]
    assert (found["code"], found["libraries"], found["lost"]) == ([], [], [])
    assert any(line.startswith("config path: sha256:") for line in found["stages"]["ingestion"])
    assert found["comparison"]["is_better"]
    assert "tiny@2 is better than tiny@1, by more than noise" in told.stderr
    assert "newly quarantined" in told.stderr
    assert "--attribute" in told.stderr


def test_diff_names_what_was_lost(pair: Any):
    for name in ("accepted", "quarantined"):
        pair.store.remove(pair.artifact(pair.summary, "validation", name))
    (told,) = pair.gadfly(["diff", "tiny@1", "tiny@2", "--json"])
    assert told.code == 0, told.stderr
    assert told.json["rows"] is None
    assert [line.split(" is not in")[0] for line in told.json["lost"]] == ["tiny@1: accepted", "tiny@1: quarantined"]
    assert told.json["comparison"]["is_better"], "what is there is compared"


def test_the_missing_cells_tell_what_brought_the_gain(pair: Any, two_versions: Any):
    from flows.attribution import attribute

    latest = pair.store.read_note("latest/tiny/training")
    found = pair.call(attribute, "tiny@1", "tiny@2")
    trained = {(cell["data"], cell["config"]): cell["trained"] for cell in found["cells"]}
    assert trained["old", "old"] == pair.summary["stages"]["training"]["digests"]["trained"]
    assert trained["new", "new"] == two_versions.second["stages"]["training"]["digests"]["trained"]
    assert {name for name in found["ran"] if name.startswith("training")} == {
        "training, old data, new config",
        "training, new data, old config",
    }
    effects = found["effects"]
    assert effects["total"]["nll"] == pytest.approx(effects["data"]["nll"] + effects["config"]["nll"])
    assert effects["config"]["is_better"]
    assert not effects["data"]["is_better"]
    assert "the config brought" in found["judgement"]
    assert found["notes"] == []
    assert pair.versions() == [1, 2]
    assert pair.store.read_note("latest/tiny/training") == latest
    (again,) = pair.gadfly(["diff", "tiny@1", "tiny@2", "--attribute", "--json"])
    assert again.code == 0, again.stderr
    assert again.json["attribution"]["ran"] == []
    assert again.json["attribution"]["effects"] == effects


def test_a_version_is_reproduced_to_the_bit_and_leaves_no_trace(pair: Any, two_versions: Any):
    before, runs = everything(pair), len(pair.mlflow_runs())
    (told,) = pair.gadfly(["reproduce", "tiny@2", "--json"])
    assert told.code == 0, told.stderr
    made = told.json
    assert made["reproduced"]
    assert "to the bit" in made["outcome"]
    assert made["changes"] == []
    outputs = {stage: facts["outputs"] for stage, facts in made["stages"].items()}
    assert outputs["training"]["trained"]["remade"] == two_versions.second["stages"]["training"]["digests"]["trained"]
    assert set(outputs) == set(two_versions.second["stages"]) - {"registration"}
    assert everything(pair) == before
    assert (pair.versions(), len(pair.mlflow_runs())) == ([1, 2], runs)
    assert list((pair.home / ".gadfly" / "scratch").iterdir()) == []


def test_a_source_that_is_gone_or_changed_is_named_before_anything_is_trained(pair: Any):
    (gone,) = pair.gadfly(["reproduce", "2", "-s", "source.path=nowhere.csv"])
    assert gone.code == 2
    assert "tiny@2 can't be made again: " in gone.stderr
    assert "-s source.path=PATH" in gone.stderr
    pair.add_row("A new row that nobody had seen when the model was trained.", "Heron")
    (told,) = pair.gadfly(["reproduce", "2", "-s", f"source.path={pair.rows}", "--json"])
    assert told.code == 4
    made = told.json
    assert not made["reproduced"]
    assert made["changes"][0].startswith("the source changed: sha256:")
    assert not made["stages"]["training"]["reached"]
    assert "stopped before" in made["outcome"]


def test_other_bits_behind_equal_keys_are_held_against_noise(pair: Any):
    """What other hardware does is done to the record here: another digest of what was trained."""
    from tasks.registration.task import read_record

    run_id = pair.call(read_record, "tiny", 2).run_id
    (file,) = (pair.home / "mlruns" / "artifacts" / "tiny").glob(f"{run_id}/**/stages.json")
    recorded = json.loads(file.read_text(encoding="utf-8"))
    recorded["training"]["outputs"]["trained"]["digest"] = "sha256:" + "0" * 64
    file.write_text(json.dumps(recorded), encoding="utf-8")
    (told,) = pair.gadfly(["reproduce", "tiny@2"])
    assert told.code == 0, told.stderr
    assert "reproduced within noise, not to the bit: training differ" in told.stderr
