"""The rules of a draft: a shipped contract's, fitted to the columns and lengths of the data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from tasks.validation.contract import BASE_NLL, FOUND_IN_FILES, Contract, Rule
from tasks.validation.findings import Measurements
from tasks.validation.repairs import REPAIRS
from tasks.validation.rule_checks import as_applied
from tasks.validation.signals import ACROSS_ROWS, MISSING, PAIR_SIGNALS, SIGNALS, signal_names
from tasks.validation.text_column import Floats, Ints

LENGTHS = ("word_count", "char_count")
FRAGMENT = "fragment"
TAIL = 0.2
"""Share of the rows that a profile's bound on lengths may cut off, as for every rule of a draft; one that would cut off
more was made for other data and is moved to the data's own quantile."""
NO_BOUND = 1e12
LONG_QUANTILE, LONG_FACTOR = 0.995, 2
"""A text twice as long as the longest but 0.5 % is more likely several that ran together."""
COMPACT = 3
"""Times the median that the same quantile is at most where lengths are much the same. Paragraphs and turns have long
tails of sound rows, one in 2,000 of them over twice the quantile, so a profile's looser bound stays."""
SHORT_QUANTILE = 0.01
MIN_MENDED = 0.5
"""Share of the rows that break a rule which its repair has to mend, for the rule to repair rather than to reject."""

BY_LANGUAGE = {name for name, signal in SIGNALS.items() if signal.by_language}

OF_AUTHORS = Rule(reason="attribution_conflict", signal="attribution_conflict", against="author", max=0)
OF_TAGS = Rule(
    reason="disputed_attribution", column="tags", signal="disputed_attribution", against="author", max=0, optional=True
)


def fitted_rules(profile: Contract, columns: Sequence[str], texts: Sequence[str], *, any_language: bool) -> list[Rule]:
    """A profile's rules as they apply to other columns, and those on authors and tags where the data has them.

    A rule on a text column of the profile that the data lacks goes to each of the data's text columns. What names
    another column that isn't there, files or the base model is dropped.

    Args:
        profile: A shipped contract.
        columns: The data's columns.
        texts: Those that a model would learn from.
        any_language: Leave out what depends on it, as nobody can tell the data's language.
    """
    rules = []
    for rule in (as_applied(rule, columns) for rule in profile.rules):
        if rule.signal in (BASE_NLL, FOUND_IN_FILES) or (any_language and rule.signal in BY_LANGUAGE):
            continue
        for column in _targets(rule, profile, columns, texts):
            rules.append(_plain(rule, profile).model_copy(update={"column": column, "optional": False}))
    of_tags = as_applied(OF_TAGS, columns).model_copy(update={"optional": False})
    rules += [rule for rule in (OF_AUTHORS, of_tags) if _fits(rule, columns) and rule.signal in signal_names()]
    kept: dict[tuple[object, ...], Rule] = {}
    for rule in rules:
        column = "" if rule.signal in ACROSS_ROWS else rule.column
        kept.setdefault((column, rule.signal, rule.pattern, rule.against, rule.min is None), rule)
    return list(kept.values())


def missing_rules(columns: Iterable[str], rules: Sequence[Rule]) -> list[Rule]:
    """A rule for each column that a template names and no rule asks to be there."""
    asked = {rule.column for rule in rules if rule.signal == MISSING}
    return [Rule(reason="missing", column=name, signal=MISSING, max=0) for name in columns if name not in asked]


def with_lengths(rules: Sequence[Rule], texts: Sequence[str], measurements: Measurements) -> list[Rule]:
    """The rules with bounds on lengths that suit the data, and a longest length where the profile has none.

    Where two words are what the data's texts have, they needn't be sentences.
    """
    tail = TAIL * len(measurements.rows)
    kept = [rule for rule in rules if rule.signal != FRAGMENT or measurements.finding(rule).failed.sum() <= tail]
    fitted = [_with_length(rule, measurements) if rule.signal in LENGTHS else rule for rule in kept]
    bounded = {rule.column for rule in rules if rule.signal in LENGTHS and rule.max is not None}
    for column in texts:
        values = _words(measurements, column, "word_count")
        if column not in bounded and len(values):
            fitted.append(_longest(Rule(reason="too_long", column=column, signal="word_count", max=NO_BOUND), values))
    return fitted


def with_repair(rule: Rule, measurements: Measurements, language: str) -> tuple[Rule, Ints, int]:
    """The rule, told to repair where that mends most; the rows that break it, and how many of them are mended."""
    if rule.signal not in REPAIRS or rule.action == "warn":
        return rule, np.empty(0, np.int64), 0
    broken: Ints = np.flatnonzero(measurements.finding(rule).failed)
    if not len(broken):
        return rule, broken, 0
    trial = Measurements(measurements.rows, language)
    trial.repair(rule)
    mended = len(broken) - int(trial.finding(rule).failed.sum())
    action = "repair" if mended >= MIN_MENDED * len(broken) else "quarantine"
    return rule.model_copy(update={"action": action}), broken, mended


def _targets(rule: Rule, profile: Contract, columns: Sequence[str], texts: Sequence[str]) -> Sequence[str]:
    if not _fits(rule, [*columns, rule.column]):
        return ()
    if rule.signal in ACROSS_ROWS:
        return (rule.column,) if rule.signal in signal_names() else ()
    if rule.column in columns:
        return (rule.column,)
    return texts if rule.column in profile.text_columns and rule.signal not in PAIR_SIGNALS else ()


def _fits(rule: Rule, columns: Sequence[str]) -> bool:
    """Whether the columns are there that a rule looks at."""
    named = [rule.against] if rule.signal in ACROSS_ROWS else [rule.column, rule.against]
    return all(name in columns for name in named if name)


def _plain(rule: Rule, profile: Contract) -> Rule:
    """The rule with its bound's source: the profile's word for it, or the profile."""
    bound = rule.max if rule.max is not None else rule.min
    return rule if rule.source or not bound else rule.model_copy(update={"source": f"as in {profile.name}"})


def _with_length(rule: Rule, measurements: Measurements) -> Rule:
    values = _words(measurements, rule.column, rule.signal)
    if not len(values):
        return rule
    if rule.max is not None:
        return _longest(rule, values)
    shortest = float(np.floor(np.quantile(values, SHORT_QUANTILE)))
    if rule.min is None or (values < rule.min).mean() <= TAIL:
        return rule
    source = f"the {100 * SHORT_QUANTILE:g} % quantile; {rule.min:g} would reject {(values < rule.min).mean():.0%}"
    return rule.model_copy(update={"min": max(1.0, shortest), "source": source})


def _longest(rule: Rule, values: Floats) -> Rule:
    """Twice the quantile where lengths are much the same; else the profile's bound, where it cuts off but a tail."""
    quantile = float(np.quantile(values, LONG_QUANTILE))
    own = float(np.ceil(LONG_FACTOR * quantile))
    bound = NO_BOUND if rule.max is None else rule.max
    fits = bound < NO_BOUND and (values > bound).mean() <= TAIL
    if fits and (bound <= own or quantile > COMPACT * np.median(values)):
        return rule
    source = f"{LONG_FACTOR} × the {100 * LONG_QUANTILE:g} % quantile ({quantile:,.0f})"
    return rule.model_copy(update={"max": own, "source": source})


def _words(measurements: Measurements, column: str, signal: str) -> Floats:
    """Lengths of the texts that have any."""
    values = measurements.column(column).signal(signal)
    return np.asarray(values[values > 0], np.float64)
