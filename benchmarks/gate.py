"""Whether the gate can be trusted: what it lets through by mistake, what it sees, and what it refuses by which name.

Prints every table with its target beside the figure. All trainings are real, and each is a cached stage: with `--home`
a second run takes seconds. Run: python -m benchmarks.gate [--only SECTION …] [--quick] [--data DIR] [--home DIR]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from flows.environment import prepare_environment

if TYPE_CHECKING:
    from benchmarks.printing import Table
    from tasks.stages import Stages

SEEDS, QUICK_SEEDS = 12, 4
SECTIONS = ("pairs", "refusals", "forgetting")


class Asked(NamedTuple):
    """What the command line asked for."""

    only: tuple[str, ...]
    data: Path | None
    quick: bool
    sources: Path
    """Where made rows are written."""


def main(arguments: list[str] | None = None) -> int:
    """Command line: 0 where every target is met, 1 where one is missed."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        home = (options.home or Path(temporary)).resolve()
        os.environ["GADFLY_HOME"] = str(home)
        prepare_environment(quiet=True)
        asked = Asked(tuple(options.only or SECTIONS), options.data, options.quick, home / "sources")
        return _run(asked)


def _run(asked: Asked) -> int:
    from prefect import flow, runtime

    from flows.own_server import await_own_server, start_own_server
    from tasks.stages import StageRunner

    start_own_server()
    await_own_server()

    @flow(name="gate-benchmark", persist_result=False)
    def measure() -> int:
        passed = missed = 0
        stages = StageRunner("gate-benchmark", str(runtime.flow_run.id))
        for name in asked.only:
            started = time.perf_counter()
            print(f"\n# {name}", flush=True)
            for table in _sections()[name](stages, asked):
                print(table, flush=True)
                passed, missed = passed + table.passed, missed + table.missed
            print(f"\n({name}: {time.perf_counter() - started:.0f} s)", flush=True)
        print(f"\n{passed} targets met, {missed} missed")
        return int(missed > 0)

    return measure()


def _sections() -> dict[str, Callable[[Stages, Asked], Iterable[Table]]]:
    return {"pairs": _pairs, "refusals": _refusals, "forgetting": _forgetting}


def _pairs(stages: Stages, asked: Asked) -> Iterator[Table]:
    from benchmarks import gate_pairs
    from benchmarks.gate_recipes import demo_subject

    subject = demo_subject(asked.sources, gate_pairs.SOURCE_ROWS)
    yield from gate_pairs.tables(stages, subject, QUICK_SEEDS if asked.quick else SEEDS)


def _refusals(stages: Stages, asked: Asked) -> Iterator[Table]:
    from benchmarks import gate_refusals
    from benchmarks.gate_recipes import demo_subject, quotes_subject

    if asked.data is not None:
        subject = quotes_subject(asked.sources, asked.data)
    else:
        subject = demo_subject(asked.sources, gate_refusals.SOURCE_ROWS)
    yield from gate_refusals.tables(stages, subject)


def _forgetting(stages: Stages, asked: Asked) -> Iterator[Table]:
    from benchmarks import gate_forgetting
    from benchmarks.gate_recipes import quotes_subject

    if asked.data is None:
        print("skipped: needs --data")
        return
    yield from gate_forgetting.tables(stages, quotes_subject(asked.sources, asked.data), asked.data)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, help="sections to run (default: all)")
    parser.add_argument("--data", type=Path, help="folder with quotes/, general/ and models/stories260k")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_SEEDS} seeds instead of {SEEDS}")
    parser.add_argument("--home", type=Path, help="keep trainings here between runs (default: a temporary folder)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
