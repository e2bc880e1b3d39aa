"""The task without a flow: what it stores, and that it stores the same again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.errors import ContractError
from tasks.validation.config import ValidationConfig
from tasks.validation.contract import Contract, Rule
from tasks.validation.task import read_report, require_passed, validate_rows

TEXTS = ["One sentence about the sea.", "no", "Quite another thing is the mountain.", "Rivers run, and kings walk."]


def put_rows(texts: list[str]) -> ArtifactRef:
    frame = pd.DataFrame(
        {
            "row_id": [hashlib.sha256(text.encode()).hexdigest()[:16] for text in texts],
            "source_index": range(len(texts)),
            "ingest_error": pd.array([None] * len(texts), dtype="str"),
            "text": texts,
        }
    )
    return home.store().put("rows", lambda folder: frame.to_parquet(folder / "rows.parquet"))


def config(**limits: float) -> ValidationConfig:
    rule = Rule(reason="too_short", signal="word_count", min=3)
    return ValidationConfig(contract=Contract(name="tiny", version=2, rules=(rule,), **limits))


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GADFLY_HOME", str(tmp_path))
    monkeypatch.delenv("GADFLY_STORE", raising=False)


def test_rows_are_sorted_into_artifacts_and_running_again_gives_the_same_digests() -> None:
    first = validate_rows.fn(config(), put_rows(TEXTS))
    second = validate_rows.fn(config(), put_rows(TEXTS))
    assert first == second
    assert sorted(first) == ["accepted", "quarantined", "repaired", "validation_report"]
    accepted = pd.read_parquet(home.store().open(first["accepted"]) / "accepted.parquet")
    assert accepted["text"].tolist() == [text for text in TEXTS if text != "no"]
    quarantined = home.store().open(first["quarantined"]) / "quarantined.parquet"
    assert quarantined.stat().st_mode & 0o777 == 0o600
    require_passed(first["validation_report"], "7f3a")


def test_a_failed_contract_keeps_its_artifacts_and_raises_afterwards() -> None:
    outputs = validate_rows.fn(config(max_quarantined_fraction=0.1), put_rows(TEXTS))
    assert read_report(outputs["validation_report"])["accepted"] == 3
    with pytest.raises(ContractError, match=r"tiny v2: 1 of 4 rows are quarantined \(25 %; at most 10 %\)"):
        require_passed(outputs["validation_report"], "7f3a")
