"""How fast Gadfly judges rows of 30 words: in a fresh process, on one core.

Run on its own it is that process: `python -m benchmarks.speed COUNT SEED` prints one JSON object.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq

WORDS, PIECE = 30, 5
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_NUM_THREADS", "POLARS_MAX_THREADS")


def speed_rows(count: int, seed: int) -> list[str]:
    """Rows of 30 words: pieces of clean English put together, a tenth of them spoilt, a few repeated.

    Pieces of five words are sound in themselves and too short for rows to be near copies.
    """
    import numpy as np

    from benchmarks.clean_texts import library_sentences, written

    texts = [*library_sentences(), *written("sentences.txt"), *written("headlines.txt"), *written("aphorisms.txt")]
    stream = [word for text in texts for word in text.rstrip(".").split()]
    starts = np.random.RandomState(seed).randint(len(stream) - PIECE, size=(count, WORDS // PIECE)).tolist()
    pieces = ([word for start in row for word in stream[start : start + PIECE]] for row in starts)
    return _with_junk(Random(seed), [" ".join(row).capitalize() + "." for row in pieces])


def _with_junk(rng: Random, rows: list[str]) -> list[str]:
    """A tenth of the rows spoilt by kinds that keep their length, 2 % repeated, half of those with a word changed."""
    from benchmarks import corruptions as bad
    from benchmarks import damaged_text as damage

    makers = (
        damage.misread("cp1252"), damage.lost_apostrophes, damage.controls, damage.html_tags, damage.html_entities,
        bad.keyboard_mash, bad.random_letters, bad.special_token, bad.repeated_phrase, bad.cut_after_function_word,
    )  # fmt: skip
    for place in rng.sample(range(len(rows)), len(rows) // 10):
        rows[place] = str(rng.choice(makers)(rng, rows[place], place))
    for place in rng.sample(range(len(rows) // 2, len(rows)), len(rows) // 50):
        text = rows[rng.randrange(len(rows) // 2)]
        rows[place] = text if place % 2 else bad.insert(rng, text, "very")
    return rows


def measure(count: int, seed: int, contract: str = "short_text") -> dict[str, float]:
    """Judge `count` rows in a fresh process that may use one core.

    Returns:
        `cpu_s` and `wall_s` of validation, its tables written, and how many rows were `rejected`.
    """
    environment = {**os.environ, **dict.fromkeys(_THREADS, "1")}
    command = [sys.executable, "-m", "benchmarks.speed", str(count), str(seed), contract]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def processor_seconds() -> float:
    """Processor time of this process and of those it started and that have ended."""
    times: Any = os.times()
    return float(times.user + times.system + times.children_user + times.children_system)


def main() -> None:
    """The fresh process: warm up on a few rows, then judge. Making the rows and reading the verdicts isn't timed."""
    from benchmarks.detector import CONTRACTS, judge, run_validator, write_rows
    from tasks.validation.contract import load_contract

    count, seed, contract = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    texts = speed_rows(count, seed)
    judge({"text": texts[:200]}, contract)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_rows(texts, folder)
        loaded = load_contract(CONTRACTS / f"{contract}.yaml")
        cpu, wall = processor_seconds(), time.perf_counter()
        run_validator(folder, loaded)
        cpu, wall = processor_seconds() - cpu, time.perf_counter() - wall
        rejected = pq.ParquetFile(folder / "quarantined.parquet").metadata.num_rows
    print(json.dumps({"cpu_s": cpu, "wall_s": wall, "rejected": rejected}))


if __name__ == "__main__":
    main()
