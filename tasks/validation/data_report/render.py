"""The data report: one HTML file that works offline, in light and dark, and asks for nothing from anywhere.

Row text is masked (`masking.py`), cut, and escaped by the template engine; the page's policy lets a browser run no
script and fetch nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from jinja2 import Environment, FileSystemLoader

from tasks.quantities import percent
from tasks.validation.data_report.charts import charts
from tasks.validation.data_report.examples import Example, worst_examples
from tasks.validation.masking import mask, shown
from tasks.validation.signals import ACROSS_ROWS, SIGNALS

EXAMPLES = 4
"""Rows shown a reason."""
BATCH = 8192
TASKS = Path(__file__).parents[2]
"""Where `page.css` lies, the look of every page."""


def render_report(folders: Mapping[str, Path], again: str) -> str:
    """The report's HTML.

    Args:
        folders: Of the opened artifacts `accepted`, `quarantined`, `validation_report` and `rows`.
        again: The command that does it again.
    """
    report = _read_json(folders["validation_report"] / "report.json")
    examples = worst_examples(folders["quarantined"] / "quarantined.parquet", report["rules"], EXAMPLES)
    kept = {example.kept for found in examples.values() for example in found if example.kept}
    environment = Environment(
        loader=FileSystemLoader([Path(__file__).parent, TASKS]), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"percent": percent, "count": lambda number: f"{number:,}"}
    return environment.get_template("data_report.html").render(
        report=report,
        source=masked_facts(_read_json(folders["rows"] / "source.json")),
        verdict=verdict(report),
        reasons=reason_lines(report),
        flags=flag_lines(report),
        charts=charts(report),
        examples=ordered(examples, report["reasons"]),
        kept=texts_of(folders["accepted"] / "accepted.parquet", kept),
        definitions=definitions(report["rules"]),
        digests={name: folder.name for name, folder in sorted(folders.items())},
        again=again,
    )


def verdict(report: Mapping[str, Any]) -> str:
    """What came of it, in a sentence."""
    contract = f"{report['contract']['name']} v{report['contract']['version']}"
    kept = f"{report['accepted']:,} of {report['ingested']:,} rows ({percent(report['accepted'], report['ingested'])})"
    if not report["success"]:
        return f"The data breaks its contract {contract}; {kept} would be accepted."
    if not report["quarantined"]:
        return f"The data keeps its contract {contract}: all {report['ingested']:,} rows are accepted."
    most = max(report["reasons"].items(), key=lambda item: (item[1], item[0]))
    return (
        f"The data keeps its contract {contract}: {kept} are accepted; "
        f"the most frequent defect is {most[0]}, {most[1]:,} rows."
    )


def reason_lines(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Reasons with their rows: rejected, repaired, kept with a warning; a bar's length in percent of the longest."""
    lines = [(reason, count, "quarantine") for reason, count in report["reasons"].items()]
    lines += [(reason, count, "warn") for reason, count in report["warnings"].items()]
    lines += [(reason, count, "repair") for reason, count in report.get("repaired", {}).items()]
    longest = max([count for _, count, _ in lines], default=1)
    lines.sort(key=lambda line: (line[2], -line[1], line[0]))
    return [
        {"reason": reason, "rows": count, "action": action, "width": round(100 * count / longest, 2)}
        for reason, count, action in lines
    ]


def flag_lines(report: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Signals that are 0 or 1, and how many rows have a 1."""
    return [
        (name, sum(count for low, _, count in histogram["bins"] if low >= 1))
        for name, histogram in sorted(report.get("histograms", {}).items())
        if histogram["scale"] == "flag"
    ]


def definitions(rules: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every rule with what it measures; ingestion's own that found nothing are left out."""
    lines = []
    for rule in rules:
        signal = rule.get("signal", "")
        if rule["column"] == "ingest_error" and not rule["failed"]:
            continue
        known = SIGNALS[signal].description if signal in SIGNALS else ACROSS_ROWS.get(signal, "")
        lines.append({**rule, "measures": known, "demand": demand(rule)})
    return lines


def demand(rule: Mapping[str, Any]) -> str:
    """What a rule asks for: `word_count at least 3`."""
    if rule.get("pattern"):
        return f"pattern {mask(rule['pattern'])}"
    bounds = [f"at least {rule['min']:g}"] if rule["min"] is not None else []
    bounds += [f"at most {rule['max']:g}"] if rule["max"] is not None else []
    return f"{rule['signal']} {' and '.join(bounds)}"


def ordered(examples: Mapping[str, list[Example]], reasons: Mapping[str, int]) -> list[tuple[str, list[Example]]]:
    """Reasons' examples in the order of the bars."""
    return sorted(examples.items(), key=lambda item: (-reasons.get(item[0], 0), item[0]))


def texts_of(accepted: Path, row_ids: set[str]) -> dict[str, str]:
    """The texts of some accepted rows, masked and cut: the originals beside their duplicates."""
    found: dict[str, str] = {}
    if not row_ids:
        return found
    for batch in pq.ParquetFile(accepted).iter_batches(batch_size=BATCH):
        names = [name for name in batch.schema.names if name not in ("row_id", "split")]
        for place, row_id in enumerate(batch["row_id"].to_pylist()):
            if row_id in row_ids:
                texts = (batch[name][place].as_py() for name in names)
                found[row_id] = shown(" · ".join(text for text in texts if text))
    return found


def masked_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of the source; notes may name columns and files."""
    return {**facts, "notes": [mask(note) for note in facts.get("notes", [])]}


def _read_json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
