"""How soon Gadfly is as good as TRL: small bases that learn from the same rows, each training in a process of its own.

Two questions. With equal rows, steps, rates and schedule, are the held-out losses equal? And with half of TRL's time
(`max_minutes`: the schedule ends with it), is Gadfly's loss as low as TRL's last? TRL pads to the longest row, as it
does by default, or packs. All trainings are full, in float32; seconds are those of steps, for Gadfly those of
evaluations as well. Losses are nats a token over held-out rows, a row at a time for TRL; the base's, measured both
ways, stands beside them.
Run: python -m benchmarks.time_to_quality [--data DIR] [--seeds N]
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.printing import Table, at_most
from benchmarks.seed_noise import ROOT, demo_rows, quotes, tokenized
from benchmarks.training import run

TRAIN_ROWS = 1500
EPOCHS = 3
MORE_EPOCHS = 100
"""More than half of TRL's time allows, so that the time is what ends."""
SHARE_OF_TIME = 0.5
SAME_LOSS = 0.01
"""Nats a token."""
ROW_TOKENS = 256
"""Most that TRL packs into a row."""
TRL_WAYS = ("padded", "packing")


@dataclass(frozen=True)
class Subject:
    """A base and what it learns."""

    name: str
    base: Path
    rows: list[list[int]]
    holdout: list[list[int]]
    learning_rate: float
    batch_size: int


def subjects(data: Path | None) -> Iterator[Subject]:
    """The demo's base on the demo's rows; with data, stories260k on quotes."""
    chosen = [("demo/base, demo", ROOT / "demo" / "base", demo_rows(), 'The {author} says: "{text}"', 2e-3, 16)]
    if data is not None:
        base = data / "models" / "stories260k"
        chosen.append(("stories260k, quotes", base, quotes(data), "Quote by {author}: {text}", 2e-3, 32))
    for name, base, rows, template, rate, batch_size in chosen:
        with tempfile.TemporaryDirectory() as folder:
            tokens = tokenized(rows, template, base, Path(folder), TRAIN_ROWS)
            ids, held_out = (
                [list(map(int, row.input_ids)) for row in split] for split in (tokens.train, tokens.holdout)
            )
        yield Subject(name, base, ids, held_out, rate, batch_size)


def trl(subject: Subject, way: str, seed: int, cache: Path) -> dict[str, Any]:
    """What TRL answers."""
    row_tokens, accumulation = packed(subject.batch_size * statistics.mean(map(len, subject.rows)))
    given = {
        **_shared(subject, seed),
        "way": way,
        "bf16": False,
        "row_tokens": row_tokens,
        "accumulation": accumulation,
        "epochs": EPOCHS,
        "learning_rate": subject.learning_rate,
        "batch_size": subject.batch_size,
    }
    return run("hf_trainers", given, cache)


def packed(step_tokens: float) -> tuple[int, int]:
    """Tokens of a packed row, and such rows a step: together as many tokens as the other ways' steps have."""
    rows = math.ceil(step_tokens / ROW_TOKENS)
    return math.ceil(step_tokens / rows), rows


def gadfly(subject: Subject, seed: int, cache: Path, **settings: Any) -> dict[str, Any]:
    """What Gadfly answers."""
    training = {
        "method": "full",
        "precision": "float32",
        "epochs": EPOCHS,
        "learning_rate": subject.learning_rate,
        "batch_size": subject.batch_size,
        "seed": seed,
        **settings,
    }
    return run("training_process", {**_shared(subject, seed), "training": training}, cache)


def _shared(subject: Subject, seed: int) -> dict[str, Any]:
    return {"base": str(subject.base), "rows": subject.rows, "holdout": subject.holdout, "seed": seed}


def measure(subject: Subject, seeds: Sequence[int], cache: Path) -> dict[str, list[dict[str, Any]]]:
    """Every way's answers, one a seed; TRL and Gadfly take turns, so that a busy moment meets both."""
    found: dict[str, list[dict[str, Any]]] = {}
    for seed in seeds:
        answers = {way: trl(subject, way, seed, cache) for way in TRL_WAYS}
        answers["gadfly"] = gadfly(subject, seed, cache)
        for way in TRL_WAYS:
            minutes = SHARE_OF_TIME * answers[way]["seconds"] / 60
            answers[f"half of {way}"] = gadfly(
                subject, seed, cache, epochs=MORE_EPOCHS, max_minutes=minutes, evaluate_every=10**6
            )
        for way, answer in answers.items():
            found.setdefault(way, []).append(answer)
            told = f"{answer['seconds']:.1f} s, {answer['steps']} steps, loss {last(answer):.4f}"
            print(f"{subject.name}, seed {seed}, {way}: {told}", file=sys.stderr, flush=True)
    return found


def last(answer: Mapping[str, Any]) -> float:
    """The held-out loss at the end."""
    return float(answer["holdout"][-1][1])


def mean(answers: Sequence[Mapping[str, Any]], what: str) -> float:
    """Over seeds; of `loss`, `seconds` or `steps`."""
    return statistics.mean(last(answer) if what == "loss" else answer[what] for answer in answers)


def equal_table(name: str, found: Mapping[str, Sequence[Mapping[str, Any]]]) -> Table:
    """Equal rows and steps: the same loss."""
    table = Table(f"{name}: equal rows and steps", ["way", "base", "loss", "steps", "seconds"])
    padded, own = found["padded"], found["gadfly"]
    for label, answers, target in (("TRL, padded", padded, None), ("Gadfly", own, at_most(SAME_LOSS))):
        base, loss = answers[0]["holdout"][0][1], mean(answers, "loss")
        difference = abs(loss - mean(padded, "loss"))
        table.add(label, f"{base:.4f}", f"{loss:.4f}", *_cost(answers), figure=difference, target=target)
    table.note(f"target: nats a token between the two, each the mean of {len(own)} seeds")
    if len(own) > 1:
        table.note(f"Gadfly's seeds lie {statistics.stdev(map(last, own)):.4f} apart (standard deviation)")
    return table


def half_table(name: str, found: Mapping[str, Sequence[Mapping[str, Any]]]) -> Table:
    """Half of TRL's time: at least as low a loss."""
    table = Table(f"{name}: Gadfly in half of TRL's time", ["way", "loss", "steps", "seconds", "of TRL's time"])
    for way, label in zip(TRL_WAYS, ("TRL, padded", "TRL, packed"), strict=True):
        theirs, ours = found[way], found[f"half of {way}"]
        seconds = mean(theirs, "seconds")
        table.add(label, f"{mean(theirs, 'loss'):.4f}", *_cost(theirs), 1.0)
        bound = at_most(round(mean(theirs, "loss"), 4))
        loss, share = mean(ours, "loss"), mean(ours, "seconds") / seconds
        table.add("Gadfly", f"{loss:.4f}", *_cost(ours), share, figure=loss, target=bound)
    table.note(f"load at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return table


def _cost(answers: Sequence[Mapping[str, Any]]) -> tuple[int, float]:
    return round(mean(answers, "steps")), mean(answers, "seconds")


def main(arguments: list[str] | None = None) -> int:
    """Command line: 0 where every target is met, 1 where one is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with quotes/ and models/stories260k")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each way (default: %(default)s)")
    parser.add_argument("--cache", type=Path, default=Path(".gadfly/benchmarks"), help="where TRL is kept")
    options = parser.parse_args(arguments)
    tables: list[Table] = []
    for subject in subjects(options.data):
        found = measure(subject, range(1, 1 + options.seeds), options.cache)
        tables += [equal_table(subject.name, found), half_table(subject.name, found)]
    print(*tables, sep="\n")
    missed = sum(table.missed for table in tables)
    print(f"\n{sum(table.passed for table in tables)} targets met, {missed} missed")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
