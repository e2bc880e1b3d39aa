"""Scale: judging's speed on one core; and from 10,000 to 1,000,000 rows each stage's time and memory on all cores."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.memory import can_measure, measure_stage
from benchmarks.metrics import growth_exponent
from benchmarks.printing import Table, Target, at_least, at_most
from benchmarks.settings import Settings
from benchmarks.speed import measure, speed_rows

MAX_EXPONENT = 1.05
MAX_BYTES = 200
"""Of validation's memory, a row, duplicate index included."""


def tables(settings: Settings) -> Iterable[Table]:
    """Speed at one size always; growth over `scale_sizes` where it is asked for."""
    measured = measure(settings.num_speed_rows, settings.seed)
    speed = settings.num_speed_rows / measured["cpu_s"]
    table = Table("Speed on one core, rows of 30 words", ["rows", "processor s", "wall s", "rows a second"])
    cells = (settings.num_speed_rows, measured["cpu_s"], measured["wall_s"], speed)
    table.add(*cells, figure=speed, target=at_least(10_000))
    yield table
    if not settings.scale:
        print("growth skipped: it takes its time, ask for it with --scale")
        return
    if not can_measure():
        print("growth skipped: memory is told by Linux's /proc")
        return
    yield from growth_tables(settings.scale_sizes, settings.seed)


def growth_tables(sizes: tuple[int, ...], seed: int) -> Iterable[Table]:
    """Ingestion of CSV and of JSON, and validation; each size of each in a fresh process."""
    measured: dict[str, list[dict[str, Any]]] = {"ingestion of CSV": [], "ingestion of JSON": [], "validation": []}
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_rows(folder, speed_rows(size, seed))
            ingested = measure_stage("ingestion", str(folder / "rows.csv"), folder)
            measured["ingestion of CSV"].append(ingested)
            measured["ingestion of JSON"].append(measure_stage("ingestion", str(folder / "rows.json"), folder))
            measured["validation"].append(measure_stage("validation", ingested["digests"]["rows"], folder))
    for stage, results in measured.items():
        yield _growth_table(stage, sizes, results, at_most(MAX_BYTES) if stage == "validation" else None)


def write_rows(folder: Path, texts: list[str]) -> None:
    """The texts as `rows.csv`, and as one list in `rows.json`."""
    with (folder / "rows.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([["text"], *([text] for text in texts)])
    (folder / "rows.json").write_text(json.dumps([{"text": text} for text in texts]), encoding="utf-8")


def _growth_table(stage: str, sizes: tuple[int, ...], results: list[dict[str, Any]], memory: Target | None) -> Table:
    table = Table(f"Growth of {stage}, rows of 30 words", ["rows", "processor s", "wall s", "peak MB"])
    for size, found in zip(sizes, results, strict=True):
        table.add(size, found["cpu_s"], found["wall_s"], found["peak_bytes"] / 1e6)
    exponent = growth_exponent(sizes, [found["cpu_s"] for found in results])
    table.add("growth exponent of the time", exponent, "", "", figure=exponent, target=at_most(MAX_EXPONENT))
    grown = (results[-1]["peak_bytes"] - results[-2]["peak_bytes"]) / (sizes[-1] - sizes[-2])
    table.add("memory per further row, bytes", "", "", grown, figure=grown, target=memory)
    table.note("peak: anonymous memory of all processes at once; memory per further row: between the last two sizes")
    table.note(f"load of the machine in the last minute: {os.getloadavg()[0]:.1f}")
    return table
