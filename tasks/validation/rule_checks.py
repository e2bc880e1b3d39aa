"""What can be wrong with a contract's rules: unknown signals, bad patterns, columns and files that aren't there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tasks.errors import RecipeError, problems_message
from tasks.validation.contract import INGEST_ERROR, INGEST_RULES, Contract, Rule, nearest


def problems_of(contract: Contract) -> list[str]:
    """What is wrong with a contract whatever the data."""
    problems = [f"rules.{index}: {found}" for index, rule in enumerate(contract.rules) for found in _unknown(rule)]
    files = [(f"rules.{index}.files", name) for index, rule in enumerate(contract.rules) for name in rule.files]
    files += [("released", contract.released)] if contract.released else []
    return problems + [f"{where}: {name} doesn't exist" for where, name in files if not Path(name).is_file()]


def active_rules(contract: Contract, columns: Sequence[str]) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """The rules that apply to data with these columns, ingestion's first, and the optional ones that are skipped.

    Raises:
        RecipeError: Rules or the contract's text columns name columns that the data lacks, or signals that don't exist.
    """
    from tasks.validation.signals import ACROSS_ROWS

    present = {*columns, INGEST_ERROR}
    rules = [as_applied(rule, columns) for rule in contract.rules]
    needed = {rule: _columns(rule, across_rows=rule.signal in ACROSS_ROWS) for rule in rules}
    absent = [rule for rule, names in needed.items() if not present.issuperset(names)]
    listing = f"the data has {', '.join(sorted(columns)) or 'no columns'}"
    wanted = [
        (name, f"rule {rule.reason}")
        for rule in absent
        if not rule.optional
        for name in needed[rule]
        if name not in present
    ]
    if present.isdisjoint(contract.text_columns):
        wanted += [(column, "text_columns") for column in contract.text_columns]
    problems = [
        f"{_several([by for name, by in wanted if name == column])}: "
        f"no column {column}{nearest(column, columns)}; {listing}"
        for column in dict.fromkeys(column for column, _ in wanted)
    ]
    problems += [f"rule {rule.reason}: {problem}" for rule in rules for problem in _unknown(rule)]
    if problems:
        raise RecipeError(problems_message(f"contract {contract.name} v{contract.version}", problems))
    skipped = tuple(rule for rule in rules if rule in absent)
    return INGEST_RULES + tuple(rule for rule in rules if rule not in skipped), skipped


def as_applied(rule: Rule, columns: Sequence[str]) -> Rule:
    """An optional rule without `against` where the data lacks that column and the signal does without it."""
    from tasks.validation.signals import SIGNALS

    does_without = rule.optional and rule.against not in columns and rule.signal in SIGNALS
    return rule.model_copy(update={"against": ""}) if does_without and rule.against else rule


def _columns(rule: Rule, *, across_rows: bool) -> list[str]:
    """The columns a rule looks at, apart from the contract's text columns."""
    return [name for name in ("" if across_rows else rule.column, rule.against) if name]


def _several(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _unknown(rule: Rule) -> list[str]:
    """Problems of a rule that take the table of signals or the `regex` package to see."""
    import regex

    from tasks.validation.repairs import REPAIRS
    from tasks.validation.signals import SIGNALS, TWO_COLUMNS, signal_names

    if rule.signal and rule.signal not in signal_names():
        hint = nearest(rule.signal, signal_names())
        return [f"unknown signal {rule.signal}{hint}; there are {', '.join(signal_names())}"]
    if rule.action == "repair" and rule.signal not in REPAIRS:
        return [f"action repair: nothing mends {rule.signal or 'a pattern'}; there are {', '.join(sorted(REPAIRS))}"]
    if rule.signal in TWO_COLUMNS and rule.signal not in SIGNALS and not rule.against:
        return [f"signal {rule.signal} needs against: the column that {rule.column} is compared with"]
    if rule.against and rule.signal not in TWO_COLUMNS:
        return [f"against goes with {', '.join(TWO_COLUMNS)}"]
    try:
        regex.compile(rule.pattern)
    except regex.error as error:
        return [f"pattern {rule.pattern!r} is no regular expression: {error}"]
    return []
