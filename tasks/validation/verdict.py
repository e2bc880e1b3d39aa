"""The validation report, and the message a person gets when the contract failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tasks.validation.contract import Contract, Rule, rule_summary
from tasks.validation.text_column import Bools, Ints

REPORT_FORMAT = 2
FIRST_ROWS = 3


def rule_entry(rule: Rule, failed: Bools, success: bool, source_index: Ints) -> dict[str, Any]:
    """A rule's line in the report.

    Args:
        rule: The rule.
        failed: Rows that break it, shape (num_rows,).
        success: Whether few enough do.
        source_index: Each row's place in the source, shape (num_rows,).
    """
    rows = np.flatnonzero(failed)
    return rule_summary(rule) | {
        "failed": len(rows),
        "fraction": round(len(rows) / max(len(failed), 1), 6),
        "success": success,
        "first_rows": source_index[rows[:FIRST_ROWS]].tolist(),
    }


def contract_failures(
    contract: Contract, rules: Sequence[Mapping[str, Any]], ingested: int, accepted: int
) -> list[str]:
    """What the contract asks for and the data isn't, a sentence each; none where it holds."""
    failures = [
        f"rule '{rule['reason']}' failed on {rule['failed']:,} of {ingested:,} rows "
        f"({_percent(rule['failed'], ingested)}; at most {_percent(rule['max_fraction'])})"
        for rule in rules
        if not rule["success"]
    ]
    quarantined = ingested - accepted
    if quarantined > contract.max_quarantined_fraction * ingested:
        failures.append(
            f"{quarantined:,} of {ingested:,} rows are quarantined "
            f"({_percent(quarantined, ingested)}; at most {_percent(contract.max_quarantined_fraction)})"
        )
    if accepted < contract.min_accepted_rows:
        failures.append(
            f"{accepted:,} of {ingested:,} rows are accepted; at least {contract.min_accepted_rows:,} are needed"
        )
    return failures


def failure_message(report: Mapping[str, Any], run: str) -> str:
    """A failed contract as one message: what, against what is allowed, where, and what to type next.

    Args:
        report: A validation report.
        run: The run's id, for the command that shows the rows.
    """
    contract = f"{report['contract']['name']} v{report['contract']['version']}"
    broken = [rule for rule in report["rules"] if not rule["success"]]
    lines = [f"{contract}: {report['failures'][0]}."]
    lines += [f"{contract}: {failure}." for failure in report["failures"][1:]]
    for rule in broken:
        rows = ", ".join(f"{row:,}" for row in rule["first_rows"])
        lines.append(f"  first rows: {rows}   see them: gadfly quarantine {run} --reason {rule['reason']}")
    if not broken:
        most = sorted(report["reasons"].items(), key=lambda item: (-item[1], item[0]))[:FIRST_ROWS]
        counts = ", ".join(f"{reason} {count:,}" for reason, count in most) or "no rows came in"
        lines.append(f"  most frequent: {counts}   see them: gadfly quarantine {run}")
    return "\n".join(lines)


def skipped_entry(rule: Rule) -> dict[str, Any]:
    """An optional rule whose column isn't there."""
    return {"reason": rule.reason, "column": rule.column}


def _percent(part: float, whole: float = 1.0) -> str:
    return f"{100 * part / max(whole, 1):.1f}".removesuffix(".0") + " %"
