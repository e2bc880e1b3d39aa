"""How long a stage takes on a file, and how much memory: in a fresh process, all processes it starts counted.

Counted is anonymous memory, at its highest: what processes hold of their own. Mapped files are not, since the kernel
drops their pages where it needs room; `ru_maxrss` and `VmHWM` would count them, and each process's peak apart.
Run on its own it is that process: `python -m benchmarks.memory ingestion FILE` or `… validation DIGEST` prints JSON.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROCESSES = Path("/proc")
INTERVAL_S = 0.01
"""Between two looks; the arrays that make a peak live for longer at sizes that matter."""


def can_measure() -> bool:
    """Whether this system tells processes' memory as Linux does."""
    return (PROCESSES / "self" / "task").is_dir()


def measure_stage(stage: str, source: str, home: Path) -> dict[str, Any]:
    """Run a stage in a fresh process.

    Args:
        stage: `ingestion` or `validation`.
        source: The file to ingest, or the digest of the rows to judge by `short_text`.
        home: Where its artifacts go, and come from.

    Returns:
        `wall_s` and `cpu_s` of the stage without imports, `peak_bytes` of anonymous memory with them, and the
        `digests` it made.
    """
    command = [sys.executable, "-m", "benchmarks.memory", stage, source]
    environment = {**os.environ, "GADFLY_HOME": str(home)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        peak = watched_peak(process)
        assert process.stdout is not None
        printed = process.stdout.read()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    measured: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return measured | {"peak_bytes": peak}


def watched_peak(process: subprocess.Popen[Any]) -> int:
    """The most anonymous memory that a process and all below it held at once, in bytes, until it ended."""
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_anonymous_bytes, _tree(process.pid))))
        time.sleep(INTERVAL_S)
    return peak


def _tree(pid: int) -> Iterator[int]:
    """A process and all below it, as far as they still live."""
    yield pid
    for thread in _listed(PROCESSES / str(pid) / "task"):
        for child in _read(thread / "children").split():
            yield from _tree(int(child))


def _anonymous_bytes(pid: int) -> int:
    fields = dict(line.partition(":")[::2] for line in _read(PROCESSES / str(pid) / "status").splitlines())
    return 1024 * int(fields.get("RssAnon", "0").split()[0])


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # it ended meanwhile
        return []


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def main() -> None:
    """The fresh process: run the stage."""
    from benchmarks.detector import CONTRACTS
    from benchmarks.speed import processor_seconds
    from tasks.artifacts import ArtifactRef
    from tasks.ingestion.config import SourceConfig
    from tasks.ingestion.task import ingest_rows
    from tasks.validation.config import ValidationConfig
    from tasks.validation.contract import load_contract
    from tasks.validation.task import judge_rows

    stage, source = sys.argv[1:]
    contract = load_contract(CONTRACTS / "short_text.yaml")
    logging.disable(logging.INFO)
    cpu, wall = processor_seconds(), time.perf_counter()
    if stage == "ingestion":
        made = ingest_rows.fn(SourceConfig(path=source, columns={"text": "text"}))
    else:
        rows = ArtifactRef(kind="rows", digest=source)
        made = judge_rows(ValidationConfig(contract=contract), rows, remember=True)
    cpu, wall = processor_seconds() - cpu, time.perf_counter() - wall
    print(json.dumps({"cpu_s": cpu, "wall_s": wall, "digests": {kind: ref.digest for kind, ref in made.items()}}))


if __name__ == "__main__":
    main()
