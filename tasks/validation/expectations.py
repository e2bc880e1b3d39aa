"""Great Expectations enforces the contract: the only module that knows it.

Every rule was measured before, shard by shard, so each becomes one expectation over one flag column ("no row is
flagged, but for the allowed fraction"); which rows are flagged is known without asking back.
An expectation over no rows holds, so the number of accepted rows is checked apart, see `validate.py`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from tasks.validation.contract import Rule
from tasks.validation.rule_flags import RuleFlags
from tasks.validation.text_column import Bools

RULES_AT_ONCE = 8
ROUNDING = 1e-9
"""Slack for 1 - 0.7 != 0.3."""
NO_EXCEPTION = {"raised_exception": False, "exception_traceback": None, "exception_message": None}
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class RuleResult:
    """Great Expectations' verdict on one rule, without its metadata."""

    failed: int
    success: bool
    result: dict[str, Any]
    """What Great Expectations itself says of it: what `write_data_docs` shows."""


def enforce(rules: Sequence[Rule], failed: Bools | RuleFlags) -> list[RuleResult]:
    """Run the contract's rules; one result a rule, in their order.

    Great Expectations copies a column a few times, so `RULES_AT_ONCE` make a suite: 60 bytes a row.

    Args:
        rules: The contract's.
        failed: Rows that break each rule, shape (num_rules, num_rows).
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    batch = (
        context.data_sources.add_pandas("rows").add_dataframe_asset("flags").add_batch_definition_whole_dataframe("all")
    )
    results: dict[str, Any] = {}
    for start in range(0, len(rules), RULES_AT_ONCE):
        some = rules[start : start + RULES_AT_ONCE]
        flags = pd.DataFrame({_flag(place): failed[place] for place in range(start, start + len(some))})
        suite = build_suite([rule.max_fraction for rule in some], [described(rule) for rule in some], start)
        outcome = batch.get_batch({"dataframe": flags}).validate(
            suite, result_format={"result_format": "BASIC", "partial_unexpected_count": 0}
        )
        results |= {result.expectation_config.kwargs["column"]: result for result in outcome.results}
    assert len(results) == len(rules), "Great Expectations left out a rule"
    plain = [_plain(results[_flag(place)]) for place in range(len(rules))]
    assert all(result.failed == failed[place].sum() for place, result in enumerate(plain))
    return plain


def build_suite(max_fractions: Sequence[float], descriptions: Sequence[str] = (), first: int = 0) -> Any:
    """One expectation a rule, counted: Great Expectations drops what it doesn't know with a log line.

    Args:
        max_fractions: Share of rows that may break each rule.
        descriptions: The rules in words.
        first: The first rule's place among the contract's.
    """
    import great_expectations as gx
    from great_expectations.expectations.core.expect_column_values_to_be_in_set import ExpectColumnValuesToBeInSet

    suite = gx.ExpectationSuite(name="contract")
    for index, max_fraction in enumerate(max_fractions):
        mostly = min(max(1 - max_fraction - ROUNDING, 0.0), 1.0) if max_fraction else 1.0
        description = descriptions[index] if descriptions else None
        suite.add_expectation(
            ExpectColumnValuesToBeInSet(
                column=_flag(first + index), value_set=[False], mostly=mostly, description=description
            )
        )
    assert len(suite.expectations) == len(max_fractions), "the suite doesn't hold every rule of the contract"
    return suite


def _flag(index: int) -> str:
    return f"rule_{index:03}"


def _plain(result: Any) -> RuleResult:
    assert not result.exception_info.get("raised_exception"), result.exception_info
    return RuleResult(
        failed=int(result.result.get("unexpected_count", 0)),
        success=bool(result.success),
        result=result.to_json_dict(),
    )


def described(rule: Rule) -> str:
    """A rule in one line, for the pages that Great Expectations makes."""
    bounds = [
        f"at least {rule.min:g}" if rule.min is not None else "",
        f"at most {rule.max:g}" if rule.max is not None else "",
    ]
    demand = f"{rule.signal} {' and '.join(filter(None, bounds))}" if rule.signal else _demanded_pattern(rule)
    limit = f"; up to {100 * rule.max_fraction:g} % of the rows may break it" if rule.max_fraction else ""
    allowed = "; any number may break it" if rule.max_fraction == 1 else limit
    return f"{rule.reason}: {rule.column}, {demand}{allowed}"


def _demanded_pattern(rule: Rule) -> str:
    return f"{rule.pattern} is {'' if rule.must_match else 'not '}found"


def write_data_docs(results: Sequence[Mapping[str, Any]], contract: str, folder: Path) -> Path:
    """Great Expectations' own pages on a validation, as a static site that asks for nothing from anywhere.

    Its templates link style sheets, fonts, images and scripts of seven hosts. Those links are taken out, the pages get
    a style sheet of their own and a policy under which a browser fetches nothing. They hold row ids and no row text:
    what was validated are flags.

    Args:
        results: `RuleResult.result` of every rule.
        contract: Its name and version, for the heading.
        folder: Where the pages go.

    Returns:
        The site's first page.
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.render.renderer.page_renderer import (
        ExpectationSuitePageRenderer,
        ValidationResultsPageRenderer,
    )
    from great_expectations.render.view.view import DefaultJinjaPageView

    configs = [ExpectationConfiguration(**_escaped(result["expectation_config"])) for result in results]
    outcomes = [
        ExpectationValidationResult(
            success=result["success"], expectation_config=config, result=result["result"], exception_info=NO_EXCEPTION
        )
        for result, config in zip(results, configs, strict=True)
    ]
    passed = sum(bool(outcome.success) for outcome in outcomes)
    validation = ExpectationSuiteValidationResult(
        success=passed == len(outcomes),
        results=outcomes,
        suite_name=escape(contract),
        statistics={
            "evaluated_expectations": len(outcomes),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(outcomes) - passed,
            "success_percent": 100 * passed / max(len(outcomes), 1),
        },
        meta={"great_expectations_version": gx.__version__},
    )
    suite = gx.ExpectationSuite(name=escape(contract), expectations=configs)
    view: Any = DefaultJinjaPageView()
    results_page: Any = ValidationResultsPageRenderer()
    suite_page: Any = ExpectationSuitePageRenderer()
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        "index.html": (results_page.render(validation), "suite.html", "the contract's rules"),
        "suite.html": (suite_page.render(suite), "index.html", "the validation's results"),
    }
    for name, (content, other, title) in pages.items():
        (folder / name).write_text(offline(view.render(content), other, title), encoding="utf-8")
    return folder / "index.html"


def offline(page: str, other: str, title: str) -> str:
    """A page of Great Expectations' without scripts and without anything from elsewhere, linked to another page."""
    page = re.sub(r"<script\b.*?</script>|<link\b[^>]*>|<!--.*?-->", "", page, flags=re.DOTALL)
    page = re.sub(r"url\([^)]*\)", "none", page)
    page = re.sub(r"<(?:img|iframe|source|embed)\b[^>]*>", "", page)
    page = re.sub(r"\s(?:on\w+|srcset)=(?:\"[^\"]*\"|'[^']*')", "", page)
    page = page.replace("../../../../expectations/contract.html", "suite.html").replace(
        "../../../../index.html", "index.html"
    )
    page = re.sub(r"<a\b[^>]*href=[\"'](?:https?:)?//[^>]*>(.*?)</a>", r"\1", page, flags=re.DOTALL)
    style = (Path(__file__).parent / "data_report" / "data_docs.css").read_text(encoding="utf-8")
    head = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><style>{style}</style>'
    page = re.sub(r"<head[^>]*>", lambda found: found[0] + head, page, count=1)
    return re.sub(
        r"<body[^>]*>", lambda found: f'{found[0]}<p class="other"><a href="{other}">{title}</a></p>', page, count=1
    )


def _escaped(config: Mapping[str, Any]) -> dict[str, Any]:
    """An expectation's configuration whose description is text: the templates take it for HTML."""
    return {**config, "description": escape(config.get("description") or "")}
