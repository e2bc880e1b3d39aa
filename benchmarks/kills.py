"""What is lost when a run is killed: SIGKILL on its whole process tree at random moments of training.

    python -m benchmarks.kills                    # twenty kills, half an hour on two busy cores
    python -m benchmarks.kills --kills 3 --seed 1

Each time the same command is typed again and goes to its end. What was trained is compared by its digest, which covers
every bit of the weights and of the curve, with that of a run that nobody disturbed. All runs start in a copy of one
home, in which the data is prepared and nothing is trained.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.printing import Table, at_least

ROOT = Path(__file__).resolve().parents[1]
RECIPE = "demo"
NUM_ROWS = 400
"""Of the demo's: what is around the training is done forty times."""
SETTINGS = [
    "source.path=../rows.csv",
    "training.epochs=4",
    "training.batch_size=8",
    "training.dropout=0.1",
    "training.checkpoint_minutes=0.01",
    "evaluation.samples_per_probe=1",
    "evaluation.judged_samples=10",
    "evaluation.max_new_tokens=8",
]
"""Long enough to be hit in the middle of an epoch; dropout, so that the random numbers count."""
PREPARED = [*SETTINGS, "training.max_steps=1"]
"""Another training, so that all stages before it are cached and its own is not."""


class Killed(NamedTuple):
    """A run that was killed and typed again."""

    moment_s: float
    """After training began."""
    reached: int
    """Steps that the newest checkpoint held when it was killed; 0: there was none."""
    resumed_at: list[int]
    digest: str
    leftovers: int
    """Folders of checkpoints after the end."""
    state: str
    """`cached` where the kill came after training's end."""

    @property
    def went_on(self) -> str:
        """The steps at which training went on."""
        if self.state == "cached":
            return "it had ended"
        return ", ".join(str(step) for step in self.resumed_at) or "the start"


def write_rows(path: Path) -> None:
    """The beginning of the demo's rows."""
    with (ROOT / "demo" / "corpus.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(itertools.islice(csv.reader(stream), NUM_ROWS + 1))
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)


def command(settings: Sequence[str]) -> list[str]:
    """A whole run, its result as JSON."""
    overrides = [word for setting in settings for word in ("-s", setting)]
    return [sys.executable, "-m", "flows.cli", "run", RECIPE, *overrides, "--json"]


def surroundings(home: Path) -> dict[str, str]:
    """The environment of a run: the home, and no server."""
    names = {"GADFLY_HOME": str(home), "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    return {**os.environ, **names, "PREFECT_API_URL": "", "MLFLOW_TRACKING_URI": ""}


def run(home: Path, settings: Sequence[str] = SETTINGS) -> dict[str, Any]:
    """A run to its end; its summary."""
    done = subprocess.run(
        command(settings), cwd=home, env=surroundings(home), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"the run failed with {done.returncode}:\n{done.stderr[-3000:]}")
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


def killed_run(home: Path, moment_s: float) -> Killed:
    """Kill a run so many seconds after its training began, and type the command again."""
    process = subprocess.Popen(
        command(SETTINGS),
        cwd=home,
        env=surroundings(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not list(checkpoints_of(home).glob("*")) and process.poll() is None:
        time.sleep(0.02)
    time.sleep(moment_s)
    kill_tree(process)
    reached = [int(path.name[:8]) for path in checkpoints_of(home).glob("*/[0-9]*")]
    summary = run(home)
    stage, resumed_at = summary["stages"]["training"], summary["training"]["resumed_at"]
    leftovers = len(list(checkpoints_of(home).glob("*")))
    return Killed(moment_s, max(reached, default=0), resumed_at, stage["digests"]["trained"], leftovers, stage["state"])


def checkpoints_of(home: Path) -> Path:
    """Where the trainings of a home keep their checkpoints."""
    return home / ".gadfly" / "checkpoints"


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL on a process and all that descend from it, all stopped first so that none has time to react."""
    import psutil

    try:
        tree = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for kind in (signal.SIGSTOP, signal.SIGKILL):
        for member in tree:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.send_signal(kind)
    process.wait()
    psutil.wait_procs(tree, timeout=10)


def table_of(kills: int, seed: int, folder: Path) -> Table:
    """The kill table."""
    prepared = folder / "prepared"
    prepared.mkdir()
    write_rows(folder / "rows.csv")
    run(prepared, PREPARED)

    def copy(name: str) -> Path:
        return Path(shutil.copytree(prepared, folder / name, symlinks=True))

    undisturbed = run(copy("undisturbed"))
    wanted = undisturbed["stages"]["training"]["digests"]["trained"]
    training_s = undisturbed["stages"]["training"]["seconds"]
    steps = undisturbed["training"]["steps"]
    title = f"{kills} kills of a training of {steps} steps, {training_s:.1f} s undisturbed"
    table = Table(title, ["kill", "s after training began", "newest checkpoint", "went on at step", "same bits"])
    draw, equal = random.Random(seed), 0
    for number in range(1, kills + 1):
        home = copy(str(number))
        found = killed_run(home, draw.uniform(0, training_s))
        equal += found.digest == wanted and found.leftovers == 0
        same = "yes" if found.digest == wanted else "NO"
        table.add(number, f"{found.moment_s:.1f}", found.reached or "none", found.went_on, same)
        print(f"kill {number}: {found}", file=sys.stderr, flush=True)
        shutil.rmtree(home)
    share = equal / max(1, kills)
    table.add("all", "", "", "", f"{equal} of {kills}", figure=share, target=at_least(1.0))
    table.note("same bits: the digest of what was trained, weights and curve; and no checkpoint was left behind")
    return table


def main() -> None:
    """Print the table; ends with 1 where a bit differs."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--seed", type=int, default=0, help="of the moments")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="gadfly-kills-") as folder:
        table = table_of(asked.kills, asked.seed, Path(folder))
    print(table)
    sys.exit(1 if table.missed else 0)


if __name__ == "__main__":
    main()
