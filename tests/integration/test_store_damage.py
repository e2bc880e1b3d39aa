"""What is missing or damaged in a home is made again, with the same bytes; it never crashes a run nor goes unseen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def stored(bench: Any, stage: str, name: str) -> Path:
    """The folder of an artifact of the first run."""
    folder: Path = bench.store.open(bench.artifact(bench.summary, stage, name))
    return folder


def flip_a_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


def ran(summary: dict[str, Any]) -> set[str]:
    return {stage for stage, facts in summary["stages"].items() if facts["state"] == "ran"}


@pytest.mark.parametrize(
    ("stage", "name"),
    [
        ("ingestion", "rows"),
        ("validation", "accepted"),
        ("tokenization", "tokens"),
        ("baseline", "scores"),
        ("training", "trained"),
        ("evaluation", "scores"),
        ("samples", "sample_verdict"),
        ("comparison", "comparison"),
    ],
)
def test_a_deleted_file_reruns_just_what_made_it(bench: Any, digests: Any, stage: str, name: str):
    folder = stored(bench, stage, name)
    largest = max((file for file in folder.iterdir()), key=lambda file: file.stat().st_size)
    largest.unlink()
    repaired = bench.run()
    assert ran(repaired) == {stage}
    assert repaired["stages"][stage]["why"] == [f"{name}: missing from the store, or cut short"]
    assert digests(repaired) == digests(bench.summary)
    assert largest.is_file()
    assert bench.versions() == [1]


def test_a_file_cut_short_counts_as_missing(bench: Any, digests: Any):
    file = stored(bench, "validation", "accepted") / "accepted.parquet"
    file.write_bytes(file.read_bytes()[:-10])
    repaired = bench.run()
    assert ran(repaired) == {"validation"}
    assert digests(repaired) == digests(bench.summary)


def test_a_flipped_byte_is_found_when_the_artifact_is_opened(bench: Any, digests: Any):
    """Nothing opens tokens but training, which a new learning rate makes run."""
    folder = stored(bench, "tokenization", "tokens")
    largest = max(folder.iterdir(), key=lambda file: file.stat().st_size)
    before = largest.read_bytes()
    flip_a_byte(largest)
    repaired = bench.run("training.learning_rate=0.002")
    assert ran(repaired) == {"tokenization", "training", "evaluation", "samples", "comparison", "registration"}
    assert digests(repaired)["tokenization"] == digests(bench.summary)["tokenization"]
    assert largest.read_bytes() == before


@pytest.mark.parametrize(
    ("stage", "name", "file"),
    [
        ("tokenization", "tokens", "tokens.json"),
        ("training", "trained", "training.json"),
        ("evaluation", "scores", "scores.json"),
        ("validation", "validation_report", "report.json"),
    ],
)
def test_a_flipped_byte_is_repaired_where_only_the_summary_reads_it(
    bench: Any, digests: Any, stage: str, name: str, file: str
):
    flip_a_byte(stored(bench, stage, name) / file)
    repaired = bench.run()
    assert ran(repaired) == {stage}
    assert digests(repaired) == digests(bench.summary)
    assert repaired["metrics"] == bench.summary["metrics"]


def test_verify_finds_a_flipped_byte_and_the_next_run_repairs_it(bench: Any, digests: Any):
    flip_a_byte(stored(bench, "validation", "accepted") / "accepted.parquet")
    (found, again) = bench.gadfly(["verify", "--json"], ["verify", "--json"])
    assert found.code == 2
    (damaged,) = found.json["damaged"]
    assert damaged == {
        "kind": "accepted",
        "digest": bench.summary["stages"]["validation"]["digests"]["accepted"],
        "damage": "accepted.parquet was altered",
    }
    assert found.json["checked"] >= 9
    assert again.code == 0
    assert again.json["damaged"] == []
    repaired = bench.run()
    assert ran(repaired) == {"validation"}
    assert digests(repaired) == digests(bench.summary)


@pytest.mark.parametrize("content", [b"", b'{"metadata": {"stor', b"\x00\xff"])
def test_a_damaged_result_record_runs_its_stage_again(bench: Any, digests: Any, content: bytes):
    """Prefect writes results in place, so a kill or a full disk can leave half of one."""
    (key,) = (bench.home / ".gadfly" / "store" / "keys" / "tokenization").glob("*.json")
    record = bench.home / ".gadfly" / "results" / key.stem
    assert record.is_file()
    record.write_bytes(content)
    repaired = bench.run()
    assert ran(repaired) <= {"tokenization"}
    assert digests(repaired) == digests(bench.summary)
    assert bench.run()["stages"]["tokenization"]["state"] == "cached"


def test_damaged_notes_and_hash_memo_cost_time_only(bench: Any, digests: Any):
    (bench.home / ".gadfly" / "hashes.json").write_text("{")
    notes = list((bench.home / ".gadfly" / "store" / "keys").rglob("*.json"))
    assert len(notes) == 9
    for note in notes:
        note.write_text('{"parts": ')
    assert digests(bench.run()) == digests(bench.summary)


def test_everything_lost_but_the_files_is_made_again(bench: Any, digests: Any):
    """Also the registry still knows what was trained, by its digest."""
    import shutil

    for folder in ("store", "results", "splits"):
        shutil.rmtree(bench.home / ".gadfly" / folder)
    again = bench.run()
    assert ran(again) == set(bench.summary["stages"]) - {"registration"}
    assert digests(again) == digests(bench.summary)
    assert again["model"]["version"] == 1
    assert bench.versions() == [1]
