"""What a run costs in which nothing is left to do: `gadfly retrain` beside `dvc repro` and plain Prefect.

    python -m benchmarks.overhead [--repeats 5] [--cache DIR]

`gadfly up` runs in a temporary home, in which the demo was trained for a few steps; the same server takes plain
Prefect's flow of six empty cached tasks. DVC has a pipeline of six stages that copy a file, in an environment of its
own under --cache, which a package index is needed for once. All are whole commands, from the shell to the prompt, in
turns; the median counts. Measure on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.environments import SCRIPTS, environment
from benchmarks.live_servers import SHORT, Servers, gadfly, serving, surroundings
from benchmarks.printing import Table, at_most

MAX_COMMAND_S = 4.5
MAX_STAGE_MS = 100
CACHE = Path.home() / ".cache" / "gadfly-benchmarks"
DVC = ("dvc==3.67.1",)
NUM_STAGES = 6


class System(NamedTuple):
    """A command that has nothing to do."""

    name: str
    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    proof: str
    """What it prints where nothing ran."""


def main(arguments: list[str] | None = None) -> int:
    """Command line: 0 where both targets are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--cache", type=Path, default=CACHE, help="where DVC's environment is kept")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        dvc = dvc_pipeline(folder / "dvc", options.cache)
        with serving(folder / "home") as servers:
            systems = [retraining(servers), plain_prefect(servers, folder / "prefect"), dvc]
            for system in systems:
                run(system, proven=False)
            seconds = {system.name: [] for system in systems}  # type: dict[str, list[float]]
            for _ in range(options.repeats):
                for system in systems:
                    seconds[system.name].append(run(system))
            stages = newest_stages(servers)
    tables = [commands_table(seconds), stages_table(stages)]
    print(*tables, sep="\n")
    return int(any(table.missed for table in tables))


def retraining(servers: Servers) -> System:
    """Ours, all stages, the report and the look at the registry included."""
    overrides = [word for override in SHORT for word in ("-s", override)]
    command = gadfly("retrain", "demo", *overrides)
    return System("gadfly retrain", command, servers.home, surroundings(servers.home), "everything is cached")


def plain_prefect(servers: Servers, home: Path) -> System:
    """Six cached tasks against the same server."""
    command = [sys.executable, str(SCRIPTS / "prefect_tasks.py")]
    own = {"PREFECT_HOME": str(home), "PREFECT_LOGGING_ROOT_LEVEL": "CRITICAL"}
    home.mkdir()
    return System("plain Prefect", command, home, servers.environment() | own, " ".join(["Cached"] * NUM_STAGES))


def dvc_pipeline(folder: Path, cache: Path) -> System:
    """Six stages of DVC, each of which copies the file that the one before wrote."""
    dvc = environment(cache / "dvc", DVC).with_name("dvc")
    folder.mkdir()
    stages = [
        f"  stage{number}:\n    cmd: cp {number}.txt {number + 1}.txt\n"
        f"    deps: [{number}.txt]\n    outs: [{number + 1}.txt]"
        for number in range(NUM_STAGES)
    ]
    (folder / "dvc.yaml").write_text("\n".join(["stages:", *stages, ""]), encoding="utf-8")
    (folder / "0.txt").write_text("rows\n", encoding="utf-8")
    quiet = {**os.environ, "DVC_NO_ANALYTICS": "1"}
    subprocess.run([dvc, "init", "--no-scm", "--quiet"], cwd=folder, env=quiet, check=True)
    return System("dvc repro", [str(dvc), "repro"], folder, quiet, "Data and pipelines are up to date.")


def run(system: System, *, proven: bool = True) -> float:
    """The seconds that a command takes.

    Raises:
        RuntimeError: It failed, or did something.
    """
    started = time.perf_counter()
    done = subprocess.run(
        system.command, cwd=system.folder, env=system.environment, capture_output=True, text=True, check=False
    )
    took = time.perf_counter() - started
    if done.returncode or (proven and system.proof not in done.stdout):
        raise RuntimeError(f"{system.name} didn't do nothing:\n{done.stdout}{done.stderr}")
    return took


def newest_stages(servers: Servers) -> dict[str, float]:
    """The seconds of each cached stage of the newest run, as it noted them."""
    newest = json.loads(servers.gadfly("runs", "--json"))["runs"][0]
    return {name: facts["seconds"] for name, facts in newest["stages"].items() if facts["state"] == "cached"}


def commands_table(seconds: Mapping[str, Sequence[float]]) -> Table:
    """The commands."""
    table = Table("Nothing left to do: seconds of a whole command", ["command", "median", "shortest", "longest"])
    for name, took in seconds.items():
        median = statistics.median(took)
        target = at_most(MAX_COMMAND_S) if name == "gadfly retrain" else None
        cells = [f"{value:.2f}" for value in (median, min(took), max(took))]
        table.add(name, *cells, figure=median, target=target)
    table.note(f"load at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return table


def stages_table(stages: Mapping[str, float]) -> Table:
    """The stages of the last `gadfly retrain`."""
    table = Table("A cached stage: milliseconds", ["stage", "ms"])
    for name, took in stages.items():
        table.add(name, f"{1000 * took:.0f}", figure=1000 * took, target=at_most(MAX_STAGE_MS))
    return table


if __name__ == "__main__":
    sys.exit(main())
