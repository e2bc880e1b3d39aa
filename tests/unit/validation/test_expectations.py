"""The real Great Expectations: nothing is cut, nothing is dropped."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.validation import expectations
from tasks.validation.contract import Rule
from tasks.validation.expectations import build_suite, enforce

TOO_SHORT = Rule(reason="too_short", signal="word_count", min=3)


def test_great_expectations_counts_beyond_its_usual_200() -> None:
    failed = np.arange(1000) < 500
    result = enforce([TOO_SHORT.model_copy(update={"max_fraction": 0.5})], failed[None])[0]
    assert result.success
    assert result.failed == 500


def test_the_suite_holds_as_many_expectations_as_there_are_rules() -> None:
    assert len(build_suite([1.0, 0.5, 0.0]).expectations) == 3


def test_a_rule_that_great_expectations_drops_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expectations, "_flag", lambda index: "rule_0")
    with pytest.raises(AssertionError, match="doesn't hold every rule"):
        build_suite([1.0, 1.0])


def test_a_limit_that_is_just_met_holds() -> None:
    """1 - 0.7 is not 0.3 in floating point: 3 of 10 rows at most 0.3 must pass, 4 must not."""
    rule = TOO_SHORT.model_copy(update={"max_fraction": 0.3})
    results = enforce([rule, rule], np.array([np.arange(10) < failed for failed in (3, 4)]))
    assert [result.success for result in results] == [True, False]
