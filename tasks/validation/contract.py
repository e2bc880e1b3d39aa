"""A data contract: what a dataset's rows must be like, and how many may fail.

A contract is one YAML file in `data_contracts/` (see the README there). Reading it finds every problem of the file at
once. Whether its rules fit the data's columns is only known when there is data: see `rule_checks.py`.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from tasks.errors import RecipeError, problems_message
from tasks.stage_config import ContentPath, DisplayOnly, LocalPath, StageConfig
from tasks.yaml_values import read_yaml

INGEST_ERROR = "ingest_error"
INGEST_REASONS = ("undecodable", "unparseable", "ragged")
"""What ingestion may say of a record that it couldn't read."""
HOLDOUT_LEAK = "holdout_leak"
BASE_NLL = "base_nll"
FOUND_IN_FILES = "found_in_files"
BOOKKEEPING = ("row_id", "source_index", INGEST_ERROR)
"""Columns of `rows` that aren't the data's own."""


class Rule(StageConfig):
    """One demand on one column: a measured signal within bounds, or a pattern that is or isn't found.

    A row breaks the rule when the signal is below `min` or above `max` (both bounds are allowed values), or when the
    pattern is found (with `must_match`: isn't found). A null breaks no rule but one on `is_missing`.

    With `action: repair` the text is mended first (what is done: `tasks/validation/repairs.py`), every rule then judges
    the mended text, and a row that still breaks this rule is rejected.
    """

    reason: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Names the defect, in lower case: too_short."""
    column: str = "text"
    """The column that is looked at; signals that compare rows (duplicates) take the contract's `text_columns`."""
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
    against: str = ""
    """The other column, for signals that compare two: echo, attribution_conflict."""
    files: Annotated[tuple[str, ...], ContentPath()] = Field(default=(), strict=False)
    """The files that rows must not be in, for the signal found_in_files; paths start at the contract's folder."""
    action: Literal["quarantine", "repair", "warn"] = "quarantine"
    """Reject the row, mend it where that can be done, or only count it."""
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
        if (self.signal == FOUND_IN_FILES) != bool(self.files):
            raise ValueError(f"files and the signal {FOUND_IN_FILES} go together")
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
    """Columns that make up a row's text, taken together, when rows are compared; those that the data has."""
    min_accepted_rows: int = Field(default=1, ge=1)
    """Fewest rows that must be left; never none."""
    min_near_words: int = Field(default=5, ge=1)
    """Fewest words of a text for it to be nearly another."""
    max_quarantined_fraction: float = Field(default=1.0, ge=0.0, le=1.0)
    """Share of all rows that may be rejected before the contract fails."""
    released: LocalPath = ""
    """File of row ids, one a line, that a person let through in spite of the rules; `#` begins a comment."""
    rules: tuple[Rule, ...] = Field(min_length=1, strict=False)
    """The demands; a row gets the reason of every rule that it breaks."""

    def compared_columns(self, columns: Sequence[str]) -> list[str]:
        """Those of the text columns that the data has."""
        return [name for name in self.text_columns if name in columns]

    @property
    def asks_base(self) -> bool:
        """Whether a rule wants to know what the base model thinks of a text."""
        return any(rule.signal == BASE_NLL for rule in self.rules)

    @model_validator(mode="after")
    def _names_each_rule_once(self) -> Contract:
        names = [f"{rule.reason} ({rule.column} {rule.signal or rule.pattern})" for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"rules given twice: {', '.join(twice)}")
        named = {rule.reason for rule in self.rules if not rule.files}
        taken = sorted(named & {*INGEST_REASONS, HOLDOUT_LEAK})
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
    from tasks.validation.rule_checks import problems_of

    try:
        contract = _contract_of(Path(path).read_text(encoding="utf-8"), str(path), Path(path).absolute().parent)
    except OSError as error:
        raise RecipeError(f"contract {path} can't be read: {error.strerror or error}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RecipeError(problems_message(f"contract {path}", [f"no valid YAML: {error}"])) from error
    except ValidationError as error:
        raise RecipeError(problems_message(f"contract {path}", _problems(error))) from error
    if problems := problems_of(contract):
        raise RecipeError(problems_message(f"contract {path}", problems))
    return contract


@lru_cache(maxsize=32)
def _contract_of(text: str, path: str, folder: Path) -> Contract:
    """What a file says; a run asks for the same again and again."""
    content = read_yaml(text)
    if not isinstance(content, dict):
        raise RecipeError(problems_message(f"contract {path}", ["needs keys and values; see data_contracts/README.md"]))
    return _with_paths(Contract.model_validate(content), folder)


def _with_paths(contract: Contract, folder: Path) -> Contract:
    """The contract with the files it names as absolute paths; relative ones start at its own folder."""

    def absolute(name: str) -> str:
        return name if not name or "://" in name else str((folder / Path(name).expanduser()).resolve())

    rules = tuple(
        rule.model_copy(update={"files": tuple(map(absolute, rule.files))}) if rule.files else rule
        for rule in contract.rules
    )
    return contract.model_copy(update={"rules": rules, "released": absolute(contract.released)})


def released_rows(contract: Contract) -> frozenset[str]:
    """The row ids that a person let through."""
    if not contract.released:
        return frozenset()
    lines = Path(contract.released).read_text(encoding="utf-8").splitlines()
    return frozenset(row_id for line in lines if (row_id := line.partition("#")[0].strip()))


def _problems(error: ValidationError) -> list[str]:
    """Pydantic's findings, one line each, with the nearest known name for an unknown one."""
    lines = []
    for finding in error.errors():
        where = ".".join(map(str, finding["loc"]))
        known = list((Rule if finding["loc"][:1] == ("rules",) else Contract).model_fields)
        if finding["type"] == "extra_forbidden":
            what = f"unknown key{nearest(str(finding['loc'][-1]), known)}"
        else:
            what = finding["msg"].removeprefix("Value error, ")
        lines.append(f"{where}: {what}" if where else what)
    return lines


def nearest(name: str, known: Sequence[str]) -> str:
    """A hint at the known name that was probably meant, or nothing."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def rule_summary(rule: Rule) -> dict[str, Any]:
    """A rule as the report shows it."""
    shown = rule.model_dump(include={"reason", "column", "min", "max", "action", "max_fraction"})
    shown |= {"signal": rule.signal} if rule.signal else {"pattern": rule.pattern}
    return shown | ({"against": rule.against} if rule.against else {})
