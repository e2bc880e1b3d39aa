"""How good Gadfly's data checks are: planted junk, clean genres, real labels, other systems, scale.

Prints every table with its target beside the figure. Minutes on two cores; `--others` and `--scale` add some.
Run: python -m benchmarks.data_quality [--only SECTION …] [--data DIR] [--others] [--scale]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks import genres, labels, others, planted, scale
from benchmarks.printing import Table
from benchmarks.settings import Settings

SECTIONS: dict[str, Callable[[Settings], Iterable[Table]]] = {
    "planted": planted.tables,
    "clean": genres.tables,
    "labels": labels.tables,
    "others": others.tables,
    "scale": scale.tables,
}


def main(arguments: list[str] | None = None) -> int:
    """Command line: 0 where every target is met, 1 where one is missed."""
    options = _parser().parse_args(arguments)
    settings = Settings(
        data=options.data, seed=options.seed, per_kind=options.per_kind, num_clean=options.clean, others=options.others,
        scale=options.scale, cache=options.cache, misses=options.misses,
    )  # fmt: skip
    passed = missed = 0
    for name in options.only or SECTIONS:
        started = time.perf_counter()
        print(f"\n# {name}", flush=True)
        for table in SECTIONS[name](settings):
            print(table, flush=True)
            passed, missed = passed + table.passed, missed + table.missed
        print(f"\n({name}: {time.perf_counter() - started:.0f} s)", flush=True)
    print(f"\n{passed} targets met, {missed} missed")
    return int(missed > 0)


def _parser() -> argparse.ArgumentParser:
    default = Settings()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, help="sections to run (default: all)")
    parser.add_argument("--data", type=Path, help="folder of real data, see benchmarks/README.md")
    parser.add_argument(
        "--others", action="store_true", help="compare with other systems; installs them on the first run"
    )
    parser.add_argument("--scale", action="store_true", help="time and memory from 10,000 to 1,000,000 rows")
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--per-kind", type=int, default=default.per_kind, help="rows of each corruption kind")
    parser.add_argument("--clean", type=int, default=default.num_clean, help="clean rows beside the planted ones")
    parser.add_argument("--misses", type=Path, help="write misjudged rows of the first group to this JSON Lines file")
    parser.add_argument("--cache", type=Path, default=default.cache, help="where other systems are installed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
