"""A data contract: what a dataset's rows must be like, and how many may fail.

A contract is one YAML file in `data_contracts/` (see the README there). Reading it finds every problem of the file at
once. Whether its rules fit the data's columns is only known when there is data: `active_rules` says.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from tasks.errors import RecipeError, problems_message
from tasks.stage_config import DisplayOnly, StageConfig
from tasks.yaml_values import read_yaml

INGEST_ERROR = "ingest_error"
INGEST_REASONS = ("undecodable", "unparseable", "ragged")
"""What ingestion may say of a record that it couldn't read."""
HOLDOUT_LEAK = "holdout_leak"
BOOKKEEPING = ("row_id", "source_index", INGEST_ERROR)
"""Columns of `rows` that aren't the data's own."""


class Rule(StageConfig):
    """One demand on one column: a measured signal within bounds, or a pattern that is or isn't found.

    A row breaks the rule when the signal is below `min` or above `max` (both bounds are allowed values), or when the
    pattern is found (with `must_match`: isn't found). A null breaks no rule but one on `is_missing`.
    """

    reason: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Names the defect, in lower case: too_short."""
    column: str = "text"
    """The column that is looked at; signals of the whole row (duplicates) ignore it."""
    signal: str = ""
    """A measured signal, see data_contracts/README.md."""
    pattern: str = ""
    """A regular expression (of Python's `regex` package), instead of a signal."""
    must_match: bool = False
    """Whether the pattern has to be found, rather than not."""
    min: float | None = None
    """Least allowed value, in the signal's unit."""
    max: float | None = None
    """Greatest allowed value, in the signal's unit."""
    action: Literal["quarantine", "warn"] = "quarantine"
    """Reject the row, or only count it."""
    max_fraction: float = Field(default=1.0, ge=0.0, le=1.0)
    """Share of all rows that may break the rule before the contract fails; 1 is no limit."""
    optional: bool = False
    """Skip the rule, and say so, where the data has no such column."""
    source: Annotated[str, DisplayOnly()] = ""
    """Where the threshold comes from."""

    @model_validator(mode="after")
    def _is_one_demand(self) -> Rule:
        if bool(self.signal) == bool(self.pattern):
            raise ValueError("needs either a signal or a pattern")
        if self.pattern and (self.min is not None or self.max is not None):
            raise ValueError("min and max go with a signal, not with a pattern")
        if self.must_match and not self.pattern:
            raise ValueError("must_match goes with a pattern")
        if self.signal and self.min is None and self.max is None:
            raise ValueError("a signal needs min or max, or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is above max {self.max:g}")
        return self


class Contract(StageConfig):
    """What a dataset's rows must be like, and how many may fail."""

    name: str
    """The contract's name, as in its file's."""
    version: int = Field(ge=1)
    """Raise it with every change of a rule."""
    description: Annotated[str, DisplayOnly()] = ""
    """What data it is for."""
    language: str = Field(default="en", pattern=r"^[a-z]{2}$")
    """ISO 639-1 code of the language the texts are expected to be in."""
    text_columns: tuple[str, ...] = Field(default=("text",), min_length=1, strict=False)
    """Columns that make up a row's text, taken together, when rows are compared."""
    min_accepted_rows: int = Field(default=1, ge=1)
    """Fewest rows that must be left; never none."""
    max_quarantined_fraction: float = Field(default=1.0, ge=0.0, le=1.0)
    """Share of all rows that may be rejected before the contract fails."""
    rules: tuple[Rule, ...] = Field(min_length=1, strict=False)
    """The demands; a row gets the reason of every rule that it breaks."""

    @model_validator(mode="after")
    def _names_each_rule_once(self) -> Contract:
        names = [f"{rule.reason} ({rule.column} {rule.signal or rule.pattern})" for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"rules given twice: {', '.join(twice)}")
        taken = sorted({rule.reason for rule in self.rules} & {*INGEST_REASONS, HOLDOUT_LEAK})
        if taken:
            raise ValueError(f"{', '.join(taken)}: every contract has this reason already; choose another name")
        return self


INGEST_RULES = tuple(Rule(reason=reason, column=INGEST_ERROR, pattern=f"^{reason}$") for reason in INGEST_REASONS)
"""What every contract asks of ingestion."""


def load_contract(path: str | Path) -> Contract:
    """Read a contract's YAML file.

    Raises:
        RecipeError: It can't be read, or has problems; all of them are listed.
    """
    try:
        content = read_yaml(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"contract {path} can't be read: {error.strerror or error}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RecipeError(problems_message(f"contract {path}", [f"no valid YAML: {error}"])) from error
    if not isinstance(content, dict):
        raise RecipeError(problems_message(f"contract {path}", ["needs keys and values; see data_contracts/README.md"]))
    try:
        contract = Contract.model_validate(content)
    except ValidationError as error:
        raise RecipeError(problems_message(f"contract {path}", _problems(error))) from error
    problems = [f"rules.{index}: {problem}" for index, rule in enumerate(contract.rules) for problem in _unknown(rule)]
    if problems:
        raise RecipeError(problems_message(f"contract {path}", problems))
    return contract


def active_rules(contract: Contract, columns: Sequence[str]) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """The rules that apply to data with these columns, ingestion's first, and the optional ones that are skipped.

    Raises:
        RecipeError: Rules or the contract's text columns name columns that the data lacks, or signals that don't exist.
    """
    from tasks.validation.signals import MISSING, SIGNALS

    present = {*columns, INGEST_ERROR}
    needed = [rule for rule in contract.rules if rule.pattern or rule.signal in SIGNALS or rule.signal == MISSING]
    absent = [rule for rule in needed if rule.column not in present]
    listing = f"the data has {', '.join(sorted(columns)) or 'no columns'}"
    wanted = [(rule.column, f"rule {rule.reason}") for rule in absent if not rule.optional]
    wanted += [(column, "text_columns") for column in contract.text_columns if column not in present]
    problems = [
        f"{_several([by for name, by in wanted if name == column])}: "
        f"no column {column}{_nearest(column, columns)}; {listing}"
        for column in dict.fromkeys(column for column, _ in wanted)
    ]
    problems += [f"rule {rule.reason}: {problem}" for rule in contract.rules for problem in _unknown(rule)]
    if problems:
        raise RecipeError(problems_message(f"contract {contract.name} v{contract.version}", problems))
    skipped = tuple(rule for rule in contract.rules if rule in absent)
    return INGEST_RULES + tuple(rule for rule in contract.rules if rule not in skipped), skipped


def _several(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _unknown(rule: Rule) -> list[str]:
    """Problems of a rule that take the table of signals or the `regex` package to see."""
    import regex

    from tasks.validation.signals import signal_names

    if rule.signal and rule.signal not in signal_names():
        nearest = _nearest(rule.signal, signal_names())
        return [f"unknown signal {rule.signal}{nearest}; there are {', '.join(signal_names())}"]
    try:
        regex.compile(rule.pattern)
    except regex.error as error:
        return [f"pattern {rule.pattern!r} is no regular expression: {error}"]
    return []


def _problems(error: ValidationError) -> list[str]:
    """Pydantic's findings, one line each, with the nearest known name for an unknown one."""
    lines = []
    for finding in error.errors():
        where = ".".join(map(str, finding["loc"]))
        known = list((Rule if finding["loc"][:1] == ("rules",) else Contract).model_fields)
        if finding["type"] == "extra_forbidden":
            what = f"unknown key{_nearest(str(finding['loc'][-1]), known)}"
        else:
            what = finding["msg"].removeprefix("Value error, ")
        lines.append(f"{where}: {what}" if where else what)
    return lines


def _nearest(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def rule_summary(rule: Rule) -> dict[str, Any]:
    """A rule as the report shows it."""
    shown = rule.model_dump(include={"reason", "column", "min", "max", "action", "max_fraction"})
    return shown | ({"signal": rule.signal} if rule.signal else {"pattern": rule.pattern})
