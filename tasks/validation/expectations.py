"""Great Expectations enforces the contract: the only module that knows it.

Every rule was measured before, shard by shard, so each becomes one expectation over one flag column ("no row is
flagged, but for the allowed fraction"); which rows are flagged is known without asking back.
An expectation over no rows holds, so the number of accepted rows is checked apart, see `validate.py`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tasks.validation.contract import Rule
from tasks.validation.text_column import Bools

ROUNDING = 1e-9
"""Slack for 1 - 0.7 != 0.3."""


@dataclass(frozen=True)
class RuleResult:
    """Great Expectations' verdict on one rule, without its metadata."""

    failed: int
    success: bool


def enforce(rules: Sequence[Rule], failed: Bools) -> list[RuleResult]:
    """Run the contract's rules as one suite; one result a rule, in their order.

    Args:
        rules: The contract's.
        failed: Rows that break each rule, shape (num_rules, num_rows).
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx

    flags = pd.DataFrame({_flag(i): broken for i, broken in enumerate(failed)})
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    batch = (
        context.data_sources.add_pandas("rows").add_dataframe_asset("flags").add_batch_definition_whole_dataframe("all")
    )
    suite = build_suite([rule.max_fraction for rule in rules])
    outcome = batch.get_batch({"dataframe": flags}).validate(
        suite, result_format={"result_format": "BASIC", "partial_unexpected_count": 0}
    )
    results = {result.expectation_config.kwargs["column"]: result for result in outcome.results}
    assert len(results) == len(rules), "Great Expectations left out a rule"
    plain = [_plain(results[_flag(i)]) for i in range(len(rules))]
    assert all(result.failed == broken.sum() for result, broken in zip(plain, failed, strict=True))
    return plain


def build_suite(max_fractions: Sequence[float]) -> Any:
    """One expectation a rule, counted: Great Expectations drops what it doesn't know with a log line."""
    import great_expectations as gx
    from great_expectations.expectations.core.expect_column_values_to_be_in_set import ExpectColumnValuesToBeInSet

    suite = gx.ExpectationSuite(name="contract")
    for index, max_fraction in enumerate(max_fractions):
        mostly = min(max(1 - max_fraction - ROUNDING, 0.0), 1.0) if max_fraction else 1.0
        suite.add_expectation(ExpectColumnValuesToBeInSet(column=_flag(index), value_set=[False], mostly=mostly))
    assert len(suite.expectations) == len(max_fractions), "the suite doesn't hold every rule of the contract"
    return suite


def _flag(index: int) -> str:
    return f"rule_{index}"


def _plain(result: Any) -> RuleResult:
    assert not result.exception_info.get("raised_exception"), result.exception_info
    return RuleResult(failed=int(result.result.get("unexpected_count", 0)), success=bool(result.success))
