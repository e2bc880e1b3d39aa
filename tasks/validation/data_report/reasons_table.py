"""The table of reasons as Markdown, for the run's page in Prefect."""

from __future__ import annotations

import json
from pathlib import Path

from tasks.plain_text import markdown
from tasks.quantities import percent
from tasks.validation.data_report.examples import Example, worst_examples
from tasks.validation.data_report.render import verdict
from tasks.validation.masking import shown

LONGEST = 120


def reasons_table(report_folder: Path, quarantined_folder: Path) -> str:
    """A verdict and a line a reason: rows, share, one masked and escaped example with its row id."""
    report = json.loads((report_folder / "report.json").read_text(encoding="utf-8"))
    examples = worst_examples(quarantined_folder / "quarantined.parquet", report["rules"], 1)
    lines = [verdict(report), ""]
    lines += [f"- {markdown(failure)}" for failure in report["failures"]]
    if report["reasons"]:
        lines += ["", "| reason | rows | share | example | row id |", "| --- | ---: | ---: | --- | --- |"]
    for reason, count in sorted(report["reasons"].items(), key=lambda item: (-item[1], item[0])):
        example = examples.get(reason, [None])[0]
        text, row_id = (markdown(_text(example)), f"`{example.row_id}`") if example else ("", "")
        lines.append(f"| {reason} | {count:,} | {percent(count, report['ingested'])} | {text} | {row_id} |")
    warned = ", ".join(f"{reason} {count:,}" for reason, count in report["warnings"].items())
    return "\n".join(lines + (["", f"Kept, with a warning: {warned}"] if warned else [])) + "\n"


def _text(example: Example) -> str:
    printable = "".join(c if c.isprintable() or c.isspace() else "·" for c in " · ".join(example.texts.values()))
    return shown(printable, LONGEST)
