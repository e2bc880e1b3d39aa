"""Personal data stays where only its owner reads it, and a purged row is gone from everything a home holds."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

MAIL, PHONE, CARD = "jane.doe@mail.example.org", "+44 20 7946 0958", "4111 1111 1111 1111"
KEY = "sk-proj-Zq7Lm2Xw9Rt4Bv6Nc8Pd"
SECRETS = (MAIL, PHONE, CARD, KEY)
PRIVATE_KINDS = {"rows", "quarantined", "repaired"}


@pytest.fixture(scope="module")
def place(new_bench: Any) -> Any:
    """A bench whose rows hold personal data, after a run, a check with all its pages, and a look at the quarantine."""
    bench = new_bench()
    bench.add_rows(
        [(f"Whoever asks the <b>heron</b> may find {secret} in the river at dusk.", "Owl") for secret in SECRETS]
    )
    rules = ["{reason: pii, signal: pii, max: 0}", r"{reason: asked, pattern: 'may find \S+( \d+)*'}"]
    rules.append("{reason: markup, signal: html_residue, max: 0, action: repair}")
    bench.contract.write_text(bench.contract.read_text() + "".join(f"  - {rule}\n" for rule in rules))
    bench.summary = bench.run()
    docs = str(bench.root / "out" / "docs")
    commands = (
        ["check", "rows.csv", "--contract", "./contract.yaml", "--docs", docs],
        ["quarantine", "tiny", "--csv", str(bench.root / "out" / "rows.csv")],
        ["quarantine", "tiny", "--reason", "pii"],
        ["quarantine", "tiny", "--reason", "pii", "--json"],
        ["report", "tiny", "--docs", str(bench.root / "out" / "docs2"), "--json"],
    )
    (bench.root / "out").mkdir()
    bench.told = bench.gadfly(*commands)
    assert [done.code for done in bench.told] == [0] * len(commands), [done.stderr for done in bench.told]
    return bench


def artifact_kind(path: Path) -> str:
    """The kind of the artifact that a file belongs to; nothing for other files."""
    manifest = path.parent / "manifest.json"
    is_one = "artifacts" in path.parts and "store" in path.parts and manifest.exists()
    return str(json.loads(manifest.read_text())["kind"]) if is_one else ""


def contents(*folders: Path) -> Iterator[tuple[Path, str]]:
    """Every file below some folders with its content as text; of tables, that of their cells too."""
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        if path.is_file():
            text = path.read_bytes().decode("utf-8", errors="replace")
            if path.suffix == ".parquet":
                text += json.dumps(pq.read_table(path).to_pylist(), ensure_ascii=False)
            yield path, text


def test_personal_data_stands_in_clear_in_private_artifacts_alone(place: Any):
    seen: dict[str, set[str]] = {}
    assert (place.root / "out" / "rows.csv").exists()
    for path, text in contents(place.home, place.root / "out"):
        kind = artifact_kind(path)
        found = {secret for secret in SECRETS if secret in text}
        if kind in PRIVATE_KINDS:
            seen.setdefault(kind, set()).update(found)
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        else:
            assert not found, path
    assert seen == {kind: set(SECRETS) for kind in PRIVATE_KINDS}, "the search finds what is there"


def test_what_people_are_shown_is_masked(place: Any):
    listing, as_json = place.told[2].stderr, place.told[3].json
    assert len(as_json["rows"]) == 4
    assert "[e-mail]" in json.dumps(as_json)
    assert all(row["text"].startswith("Whoever asks the <b>heron</b> may find [") for row in as_json["rows"])
    assert "[key]" in listing
    report = place.told[4].json
    assert report["data_report"] == place.summary["data_report"]
    html = Path(report["data_report"]).read_text(encoding="utf-8")
    assert "may find [card] in the river" in html
    assert "Great Expectations" in Path(report["docs"]).read_text(encoding="utf-8")
    told = "".join(done.stdout + done.stderr for done in place.told) + json.dumps(place.summary)
    assert not [secret for secret in SECRETS if secret in told]


def test_prefect_shows_the_table_of_reasons_masked(place: Any):
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, LogFilter, LogFilterFlowRunId

    run_id = place.summary["run_id"]
    with get_client(sync_client=True) as client:
        wanted = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run_id]))
        artifacts = {artifact.key: artifact for artifact in client.read_artifacts(artifact_filter=wanted)}
        logs = client.read_logs(log_filter=LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run_id])))
    assert artifacts.keys() == {"data-quality-tiny", "report-tiny", "training-tiny"}
    table = artifacts["data-quality-tiny"].data
    assert r"| pii | 4 |" in table
    assert r"\[e\-mail\]" in table
    told = "".join(f"{artifact.data} {artifact.description}" for artifact in artifacts.values()).replace("\\", "")
    told += "".join(log.message for log in logs)
    assert not [secret for secret in SECRETS if secret in told]


def test_a_cached_run_makes_no_table_and_finds_its_report(place: Any, new_bench: Any):
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId

    bench = new_bench(place)
    again = bench.run()
    assert {facts["state"] for facts in again["stages"].values()} == {"cached"}
    assert Path(again["data_report"]).name == Path(place.summary["data_report"]).name
    with get_client(sync_client=True) as client:
        wanted = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[again["run_id"]]))
        assert client.read_artifacts(artifact_filter=wanted) == []


def test_a_purged_row_is_gone_and_stays_away(place: Any, new_bench: Any):
    bench = new_bench(place)
    accepted = bench.frame(bench.summary, "accepted")
    kept = accepted[accepted["split"] == "train"].iloc[5]
    rejected = bench.frame(bench.summary, "quarantined")
    private = rejected[rejected["text"].str.contains(MAIL, na=False, regex=False)].iloc[0]
    ids, texts = [kept["row_id"], private["row_id"]], [kept["text"], private["text"], "may find [e-mail]"]
    held = {text: [path for path, content in contents(bench.home) if text in content] for text in texts}
    assert all(held.values()), "there is something to purge"

    asked, unknown, done = bench.gadfly(
        ["purge", *ids], ["purge", "0123456789abcdef", "--yes"], ["purge", *ids, "--yes", "--json"]
    )
    assert (asked.code, unknown.code, done.code) == (2, 2, 0), done.stderr
    assert f"gadfly purge {' '.join(ids)} --yes" in asked.stderr
    assert "trained on them: tiny@1" in asked.stderr
    assert "0123456789abcdef: no artifact of this home holds such a row" in unknown.stderr
    assert done.json["models"] == ["tiny@1"]
    assert {"rows", "accepted", "quarantined", "tokens"} <= {ref["kind"] for ref in done.json["artifacts"]}
    assert {text: [path for path, content in contents(bench.home) if text in content] for text in texts} == {
        text: [] for text in texts
    }

    (met,) = bench.gadfly(["quarantine", "tiny"])
    assert met.code
    assert "it held a row that was purged on" in met.stderr
    assert "make it again without the row: gadfly run tiny" in met.stderr

    again = bench.run()
    assert again["rows"]["ingested"] == bench.summary["rows"]["ingested"] - 2
    assert "2 of its records were purged and are left out" in again["rows"]["notes"]
    assert again["stages"]["ingestion"]["state"] == again["stages"]["training"]["state"] == "ran"
    assert any("purged" in why for why in again["stages"]["ingestion"]["why"])
    assert {text: [path for path, content in contents(bench.home) if text in content] for text in texts[:2]} == {
        text: [] for text in texts[:2]
    }
