"""The JSON Schema of a contract, for editors: completion, and the meaning of every key and signal under the pointer.

Made from the pydantic model, so the two can't differ; what only Python can tell (a column that isn't there, a broken
regular expression) is left to `load_contract`. Draft 7, which the editors' YAML servers know best.
"""

from __future__ import annotations

import json
from typing import Any

from tasks.validation.contract import FOUND_IN_FILES, Contract
from tasks.validation.repairs import REPAIRS
from tasks.validation.signals import ACROSS_ROWS, COLUMN_WIDE, MISSING, PAIR_SIGNALS, SIGNALS, TWO_COLUMNS, signal_names

SCHEMA_FILE = "contract.schema.json"
"""In `data_contracts/`."""


def contract_schema() -> dict[str, Any]:
    """The schema as plain JSON values."""
    schema: dict[str, Any] = Contract.model_json_schema()
    rule = schema["$defs"]["Rule"]
    names = signal_names()
    rule["properties"]["signal"] = {
        "description": rule["properties"]["signal"]["description"],
        "enum": names,
        "enumDescriptions": [_meaning(name) for name in names],
    }
    rule["oneOf"] = [
        {
            "required": ["signal"],
            "anyOf": [{"required": ["min"]}, {"required": ["max"]}],
            "not": {"required": ["pattern"]},
        },
        {"required": ["pattern"], "not": {"anyOf": [{"required": ["min"]}, {"required": ["max"]}]}},
    ]
    rule["dependencies"] = {"must_match": ["pattern"], "files": ["signal"], "against": ["signal"]}
    rule["allOf"] = [
        _where("signal", [name for name in TWO_COLUMNS if name not in SIGNALS], {"required": ["against"]}),
        _where("signal", [FOUND_IN_FILES], {"required": ["files"]}),
        _where("action", ["repair"], {"required": ["signal"], "properties": {"signal": {"enum": sorted(REPAIRS)}}}),
    ]
    for part in (schema, rule):
        for field in part["properties"].values():
            field.pop("title", None)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **schema,
        "title": "Gadfly data contract",
    }


def _where(key: str, values: list[str], then: dict[str, Any]) -> dict[str, Any]:
    return {"if": {"required": [key], "properties": {key: {"enum": values}}}, "then": then}


def schema_text() -> str:
    """The schema as its file has it."""
    return json.dumps(contract_schema(), indent=2, ensure_ascii=False) + "\n"


def _meaning(name: str) -> str:
    if name == MISSING:
        return "null or blank: formats such as CSV can't tell the two apart (0 or 1)"
    signal = SIGNALS.get(name) or PAIR_SIGNALS.get(name)
    return f"{signal.description} ({signal.unit}); {signal.source}" if signal else (COLUMN_WIDE | ACROSS_ROWS)[name]
