"""Draw rejected and kept rows at random, to be read by a person: the last word on whether a contract is right.

    python -m benchmarks.reading_sample FILE --contract short_text --out rows.jsonl

Each line of the output holds `decision` (quarantined or kept), `row_id`, `reasons`, the measured `values`, the row's
own columns in `row`, and in `repeats` the kept row that a copy is a copy of. Add a judgement to each, and the share of
right ones among the quarantined is the precision. Personal data and keys are masked.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from flows.check import hold, quarantined_rows
from flows.environment import prepare_environment
from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.errors import GadflyError
from tasks.validation.task import masked_row

OWN = ("row_id", "source_index", "reasons", "values", "split", "ingest_error")
"""Columns of the artifacts that are Gadfly's."""
REPEATS = ("duplicate", "near_duplicate")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    prepare_environment(quiet=True)
    columns = dict(pair.split("=", 1) for pair in options.column)
    try:
        held = hold(options.source, options.contract, columns)
    except GadflyError as error:
        print(f"{type(error).__name__}: {error}")
        return 2
    rows = list(sample(held.judged, options.rows, options.seed))
    options.out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    drawn = sum(row["decision"] == "quarantined" for row in rows)
    print(f"{drawn} quarantined and {len(rows) - drawn} kept rows: {options.out}")
    return 0


def sample(judged: Mapping[str, ArtifactRef], size: int, seed: int) -> Iterator[dict[str, Any]]:
    """At most `size` quarantined and as many kept rows, each drawn uniformly; a seed draws the same rows again.

    Args:
        judged: `quarantined` and `accepted`, as `flows.check.hold` returns them.
        size: Rows of each.
        seed: Of the draw.
    """
    kept = {str(row["row_id"]): row for row in _accepted_rows(judged["accepted"])}
    rejected = list(quarantined_rows(judged["quarantined"]))
    for decision, rows in (("quarantined", rejected), ("kept", list(kept.values()))):
        for row in Random(seed).sample(rows, min(size, len(rows))):
            yield _to_read(decision, row, kept)


def _to_read(decision: str, row: Mapping[str, Any], kept: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    values = row.get("values", {})
    named = next((kept[str(values[reason])] for reason in REPEATS if str(values.get(reason)) in kept), None)
    masked = masked_row(dict(row))
    return {
        "decision": decision,
        "row_id": row["row_id"],
        "reasons": row.get("reasons", []),
        "values": masked.get("values", {}),
        "row": _content(masked),
        **({"repeats": _content(masked_row(dict(named)))} if named else {}),
    }


def _content(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in OWN}


def _accepted_rows(ref: ArtifactRef) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = pq.read_table(home.store().open(ref) / "accepted.parquet").to_pylist()
    return rows


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reading_sample", description="Draw rejected and kept rows to read."
    )
    parser.add_argument("source", help="a file, folder, URL or hub dataset")
    parser.add_argument("--contract", default="short_text", help="a name in data_contracts/, or a path")
    parser.add_argument("--column", action="append", default=[], metavar="NAME=COLUMN", help="map a column: text=quote")
    parser.add_argument("--rows", type=int, default=20, help="quarantined rows, and as many kept ones (20)")
    parser.add_argument("--seed", type=int, default=7, help="of the draw (7)")
    parser.add_argument("--out", type=Path, default=Path("rows.jsonl"), help="the file to write (rows.jsonl)")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
