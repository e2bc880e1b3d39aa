"""Scale: time and memory from 10,000 to 1,000,000 rows, each size in a fresh process on one core."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.metrics import growth_exponent
from benchmarks.printing import Table, at_least, at_most
from benchmarks.settings import Settings
from benchmarks.speed import measure


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
    yield growth_table(settings)


def growth_table(settings: Settings) -> Table:
    sizes = settings.scale_sizes
    table = Table(
        "Scale, rows of 30 words", ["rows", "processor s", "wall s", "rows a second", "peak MB", "bytes a row"]
    )
    results = []
    for size in sizes:
        found = measure(size, settings.seed)
        results.append(found)
        grown = found["peak_bytes"] - found["before_bytes"]
        cells = (size, found["cpu_s"], found["wall_s"], size / found["cpu_s"], found["peak_bytes"] / 1e6)
        table.add(*cells, grown / size)
    exponent = growth_exponent(sizes, [found["cpu_s"] for found in results])
    table.add("growth exponent of the time", exponent, "", "", "", "", figure=exponent, target=at_most(1.05))
    first, last = results[0], results[-1]
    grown = (last["peak_bytes"] - first["peak_bytes"]) / (sizes[-1] - sizes[0])
    table.add("memory per further row, bytes", grown, "", "", "", "")
    table.note("bytes a row: peak memory above what the process held with all rows' text in memory and nothing judged")
    table.note("memory per further row holds the rows' own text as well, about 200 bytes, and the verdicts")
    return table
