"""The JSON Schema that editors use: it is up to date, takes what is right and finds what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tasks.validation.contract_schema import SCHEMA_FILE, contract_schema, schema_text
from tasks.validation.signals import signal_names
from tasks.yaml_values import read_yaml

FOLDER = Path(__file__).resolve().parents[3] / "data_contracts"
CONTRACTS = sorted(FOLDER.glob("*.yaml"))


def problems(content: Any) -> list[str]:
    return [error.message for error in jsonschema.Draft7Validator(contract_schema()).iter_errors(content)]


def with_rule(rule: str) -> Any:
    return yaml.safe_load(f"name: mine\nversion: 1\nrules:\n  - {rule}\n")


def test_the_schemas_file_is_up_to_date() -> None:
    told = f"type: gadfly contract schema > data_contracts/{SCHEMA_FILE}"
    assert (FOLDER / SCHEMA_FILE).read_text(encoding="utf-8") == schema_text(), told


def test_the_schema_is_one_and_explains_every_key_and_signal() -> None:
    schema = contract_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    rule = schema["$defs"]["Rule"]
    assert rule["properties"]["signal"]["enum"] == signal_names()
    assert all(rule["properties"]["signal"]["enumDescriptions"])
    assert len(rule["properties"]["signal"]["enumDescriptions"]) == len(signal_names())
    assert all(field["description"] for part in (schema, rule) for field in part["properties"].values())


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.stem)
def test_a_shipped_contract_names_the_schema_and_keeps_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.splitlines()[0] == f"# yaml-language-server: $schema=./{SCHEMA_FILE}"
    assert problems(read_yaml(text)) == []


@pytest.mark.parametrize(
    "rule",
    [
        "{reason: a, signal: word_count, min: 3}",
        "{reason: a, pattern: x, must_match: true, action: warn}",
        "{reason: a, signal: attribution_conflict, against: author, max: 0}",
        "{reason: a, signal: found_in_files, files: [b.txt], max: 0}",
    ],
)
def test_a_right_rule_is_taken(rule: str) -> None:
    assert problems(with_rule(rule)) == []


@pytest.mark.parametrize(
    "rule",
    [
        "{reason: a}",
        "{reason: A b, signal: word_count, min: 3}",
        "{reason: a, signal: word_cuont, min: 3}",
        "{reason: a, signal: word_count}",
        "{reason: a, signal: word_count, min: 3, pattern: x}",
        "{reason: a, pattern: x, max: 3}",
        "{reason: a, signal: word_count, min: 3, must_match: true}",
        "{reason: a, signal: attribution_conflict, max: 0}",
        "{reason: a, signal: found_in_files, max: 0}",
        "{reason: a, signal: word_count, min: 3, action: repair}",
        "{reason: a, signal: word_count, mim: 3}",
        "{reason: a, signal: word_count, min: 3, max_fraction: 2}",
    ],
)
def test_a_wrong_rule_is_found(rule: str) -> None:
    assert problems(with_rule(rule))
