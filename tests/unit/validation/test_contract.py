"""Contracts: what the file may hold, and what is said when it doesn't."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.errors import RecipeError
from tasks.stage_config import key_material
from tasks.validation.config import ValidationConfig
from tasks.validation.contract import INGEST_REASONS, Contract, Rule, load_contract
from tasks.validation.rule_checks import active_rules

CONTRACTS = sorted((Path(__file__).resolve().parents[3] / "data_contracts").glob("*.yaml"))
MINIMAL = "name: mine\nversion: 1\nrules:\n  - {reason: too_short, signal: word_count, min: 3}\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_there_are_contracts() -> None:
    assert {"short_text", "document", "instruction"} <= {path.stem for path in CONTRACTS}


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.stem)
def test_shipped_contract_loads_and_is_named_as_its_file(path: Path) -> None:
    contract = load_contract(path)
    assert contract.name == path.stem
    rules, skipped = active_rules(contract, contract.text_columns)
    assert len(rules) + len(skipped) == len(contract.rules) + len(INGEST_REASONS)


def test_an_exponent_without_a_point_is_a_number(tmp_path: Path) -> None:
    contract = load_contract(write(tmp_path, MINIMAL.replace("min: 3", "min: 3e-4")))
    assert contract.rules[0].min == 3e-4


def test_all_problems_are_listed_with_the_nearest_name(tmp_path: Path) -> None:
    text = "name: mine\nversoin: 1\n" + (
        "rules:\n  - {reason: Bad Name, signal: word_count, mn: 3}\n  - {reason: x, max: 1}\n"
    )
    with pytest.raises(RecipeError) as caught:
        load_contract(write(tmp_path, text))
    message = str(caught.value)
    assert message.startswith(f"contract {tmp_path / 'mine.yaml'} has ")
    assert "versoin: unknown key; did you mean version?" in message
    assert "rules.0.mn: unknown key; did you mean min?" in message
    assert "version: Field required" in message
    assert "rules.1: needs either a signal or a pattern" in message


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{reason: a, signal: word_cuont, min: 1}", "unknown signal word_cuont; did you mean word_count\\?; there are"),
        ("{reason: a, pattern: '(('}", "pattern '\\(\\(' is no regular expression"),
        ("{reason: a, signal: word_count}", "a signal needs min or max"),
        ("{reason: a, signal: word_count, min: 3, max: 2}", "min 3 is above max 2"),
        ("{reason: a, pattern: x, max: 2}", "min and max go with a signal"),
        ("{reason: a, signal: pii, max: 0, must_match: true}", "must_match goes with a pattern"),
        ("{reason: undecodable, signal: pii, max: 0}", "undecodable: every contract has this reason already"),
        ("{reason: a, signal: pii, max: 0, max_fraction: 20}", "max_fraction: .*less than or equal to 1"),
        ("{reason: a, signal: pii, max: 0, action: drop}", "action: .*'quarantine', 'repair' or 'warn'"),
        ("{reason: a, signal: pii, max: 0}\n  - {reason: a, signal: pii, max: 1}", "rules given twice: a"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(tmp_path: Path, rule: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        load_contract(write(tmp_path, f"name: mine\nversion: 1\nrules:\n  - {rule}\n"))


@pytest.mark.parametrize("text", ["- a\n- b\n", "name: [", ""])
def test_a_file_that_is_no_contract_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(RecipeError, match=r"mine\.yaml"):
        load_contract(write(tmp_path, text))


def test_a_contract_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="can't be read: No such file"):
        load_contract(tmp_path / "nowhere.yaml")


def test_a_rule_on_an_absent_column_names_those_there_are() -> None:
    rule = Rule(reason="missing", column="autor", signal="is_missing", max=0)
    contract = Contract(name="mine", version=1, rules=(rule,))
    with pytest.raises(RecipeError, match=r"no column autor; did you mean author\?; the data has author, text"):
        active_rules(contract, ["text", "author"])


def test_an_optional_rule_on_an_absent_column_is_skipped() -> None:
    rules = (
        Rule(reason="missing", column="author", signal="is_missing", max=0, optional=True),
        Rule(reason="too_short", signal="word_count", min=1),
    )
    active, skipped = active_rules(Contract(name="mine", version=1, rules=rules), ["text"])
    assert [rule.reason for rule in active] == [*INGEST_REASONS, "too_short"]
    assert [rule.reason for rule in skipped] == ["missing"]


def test_rewording_a_source_leaves_the_cache_key_alone(tmp_path: Path) -> None:
    def key(text: str) -> object:
        return key_material(ValidationConfig(contract=load_contract(write(tmp_path, text))), lambda path: path)

    reworded = MINIMAL.replace("min: 3}", "min: 3, source: elsewhere}") + "description: for tests\n"
    assert key(MINIMAL) == key(reworded)
    assert key(MINIMAL) != key(MINIMAL.replace("min: 3", "min: 4"))
