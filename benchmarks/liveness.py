"""Whether what lives is left alone, what dies is seen, and what is queued comes to its turn: real servers and runs.

    python -m benchmarks.liveness                                   # about two hours
    python -m benchmarks.liveness --healthy 6 --minutes 1 --kills 1 --queued 3

In a temporary home's `gadfly up`: short healthy runs, a few at a time, beside one whose training keeps the processor
busy for ten minutes (no run may be marked as crashed, and no action of an automation may fail); a worker that is killed
together with its run, ten times (each is seen within three minutes, and its place is free); ten recipes queued at once
(all complete, one at a time).
"""

from __future__ import annotations

import argparse
import contextlib
import http
import json
import os
import signal
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

from benchmarks.live_servers import ROOT, SHORT, Servers, serving
from benchmarks.printing import Table, at_least, at_most

AT_A_TIME = 4
"""Healthy runs that are under way together."""
MAX_SEEN_S = 180
PATIENCE_S = 1800
BEFOREHAND = ("SCHEDULED", "PENDING")
"""Types of the states of a run that isn't running yet."""
LONG = ("training.epochs=1000", "training.evaluate_every=1000000")
"""Overrides that make a training go on for hours."""


class Pages:
    """Prefect's API, asked as its page does."""

    def __init__(self, servers: Servers) -> None:
        self.url = servers.environment()["PREFECT_API_URL"]

    def ask(self, path: str, content: Any = None) -> Any:
        """An answer as JSON; with content it is a POST. A busy server is asked again, as Prefect's client does."""
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(f"{self.url}/{path}", body, {"Content-Type": "application/json"})
        for wait_s in (1, 2, 4, 8, 16):
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return json.load(answer)
            except TimeoutError as error:
                why: object = error
            except urllib.error.HTTPError as error:
                if error.code != http.HTTPStatus.SERVICE_UNAVAILABLE:
                    raise
                why = error
            print(f"asked again: {path}: {why}", file=sys.stderr, flush=True)
            time.sleep(wait_s)
        raise TimeoutError(f"no answer: {path}")

    def start(self, deployment: str, **parameters: Any) -> str:
        """Start a run as the form does; its id."""
        found = self.ask(f"deployments/name/{deployment}/{deployment}")
        made = self.ask(
            f"deployments/{found['id']}/create_flow_run", {"parameters": parameters, "idempotency_key": str(uuid4())}
        )
        return str(made["id"])

    def run(self, run: str) -> Any:
        """A run."""
        return self.ask(f"flow_runs/{run}")

    def state(self, run: str) -> str:
        """A run's state, such as `Running`."""
        return str(self.run(run)["state"]["name"])

    def has_ended(self, run: str) -> bool:
        """Whether a run is over."""
        return self.run(run)["state"]["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


def main(arguments: list[str] | None = None) -> int:
    """Command line: 0 where every target is met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--healthy", type=int, default=50, help="short runs")
    parser.add_argument("--minutes", type=float, default=10, help="of the long run's training")
    parser.add_argument("--kills", type=int, default=10, help="of a worker with its run")
    parser.add_argument("--queued", type=int, default=10, help="recipes queued at once")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary, serving(Path(temporary) / "home") as servers:
        pages = Pages(servers)
        parts: tuple[tuple[int, Callable[[], Table]], ...] = (
            (options.healthy, lambda: healthy(pages, options.healthy, options.minutes)),
            (options.kills, lambda: killed(pages, servers, options.kills)),
            (options.queued, lambda: queued(pages, servers.home, options.queued)),
        )
        missed = 0
        for wanted, measure in parts:
            if wanted:
                table = measure()
                print(table, flush=True)  # before the next part, which may fail
                missed += table.missed
    return int(missed > 0)


def healthy(pages: Pages, number: int, minutes: float) -> Table:
    """Short runs beside a long one."""
    long = pages.start("finetune", recipe="demo", overrides=[*LONG, *SHORT[1:], f"training.max_minutes={minutes}"])
    runs: list[str] = []
    while len(runs) < number:
        batch = [pages.start("prepare", recipe="demo") for _ in range(min(AT_A_TIME, number - len(runs)))]
        wait(lambda batch=batch: all(map(pages.has_ended, batch)))  # type: ignore[misc]
        runs += batch
    wait(lambda: pages.has_ended(long))
    table = Table("What lives is left alone", ["runs", "completed", "of", "ever crashed"])
    for name, group in (("short", runs), (f"{minutes:g} minutes of training", [long])):
        completed = sum(pages.state(run) == "Completed" for run in group)
        crashed = sum(ever_crashed(pages, run) for run in group)
        table.add(name, completed, len(group), crashed, figure=completed - crashed, target=at_least(len(group)))
    wanted = {"filter": {"event": {"name": ["prefect.automation.action.failed"]}}, "limit": 50}
    failed = pages.ask("events/filter", wanted)["total"]
    table.add("failed actions", failed, "", "", figure=failed, target=at_most(0))
    return table


def ever_crashed(pages: Pages, run: str) -> bool:
    """Whether a run was ever marked as crashed, whatever came after."""
    return any(state["type"] == "CRASHED" for state in pages.ask(f"flow_run_states/?flow_run_id={run}"))


def killed(pages: Pages, servers: Servers, times: int) -> Table:
    """A worker killed with its run."""
    table = Table("A worker killed with its run: seconds until its run is marked", ["kill", "state", "seconds"])
    for number in range(1, times + 1):
        run = pages.start("finetune", recipe="demo", overrides=[*LONG, *SHORT[1:]])
        wait(lambda run=run: pages.run(run)["state"]["type"] not in BEFOREHAND)  # type: ignore[misc]
        assert pages.state(run) == "Running", pages.run(run)["state"]
        for worker in workers(servers.process.pid):
            os.kill(worker, signal.SIGKILL)
        os.killpg(int(pages.run(run)["infrastructure_pid"]), signal.SIGKILL)
        dead = time.monotonic()
        with contextlib.suppress(TimeoutError):
            wait(lambda run=run: pages.has_ended(run), 2 * MAX_SEEN_S)  # type: ignore[misc]
        took = time.monotonic() - dead
        table.add(number, pages.state(run), f"{took:.0f}", figure=took, target=at_most(MAX_SEEN_S))
    return table


def workers(leader: int) -> list[int]:
    """The process ids of the workers that `gadfly up` started."""
    children = psutil.Process(leader).children()
    return [child.pid for child in children if "prefect worker start" in " ".join(child.cmdline())]


def queued(pages: Pages, home: Path, number: int) -> Table:
    """Different recipes at once."""
    text = (ROOT / "recipes" / "demo.yaml").read_text(encoding="utf-8").replace("../", f"{ROOT}/")
    runs = {}
    for place in range(number):
        name = f"demo-{place}"
        (home / f"{name}.yaml").write_text(text.replace("name: demo", f"name: {name}", 1), encoding="utf-8")
        own = [*SHORT, f"training.seed={place}", f"registration.model={name}"]
        runs[name] = pages.start("finetune", recipe=f"{name}.yaml", overrides=own)
    for run in runs.values():  # each has its own time
        wait(lambda run=run: pages.has_ended(run))  # type: ignore[misc]
    ended = [pages.run(run) for run in runs.values()]
    completed = sum(run["state"]["name"] == "Completed" for run in ended)
    table = Table("Recipes queued at once", ["what", "figure"])
    table.add("completed", completed, figure=completed, target=at_least(number))
    most = most_at_once([(run["start_time"], run["end_time"]) for run in ended])
    table.add("most at once", most, figure=most, target=at_most(1))
    return table


def most_at_once(spans: Sequence[tuple[str, str]]) -> int:
    """The largest number of spans, from and to ISO 8601 times, that overlap."""
    at = datetime.fromisoformat
    return max(sum(at(begin) <= at(start) < at(end) for begin, end in spans) for start, _ in spans)


def wait(found: Callable[[], Any], seconds: float = PATIENCE_S) -> None:
    """Until it is so.

    Raises:
        TimeoutError: It never was.
    """
    deadline = time.monotonic() + seconds
    while not found():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing within {seconds} s")
        time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
