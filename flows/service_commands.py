"""`gadfly up`, `down`, `status` and `gc`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from typer import Option

from flows.command_line import Json, print_result
from tasks.quantities import byte_size

app = typer.Typer()


@app.command()
def up() -> None:
    """Run Prefect, MLflow and a worker with every deployment on this machine, until Ctrl-C."""
    from flows.services.state import chosen, running

    if found := running():
        _show(asdict(found) | {"state": "running"})
        return
    servers = chosen(Path.cwd())
    os.environ.update(servers.environment())  # before Prefect reads it
    from flows.services.up import up as run_all

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    run_all(servers, lambda text: print(text, file=sys.stderr, flush=True), stop)


@app.command()
def down(as_json: Json = False) -> None:
    """End what `gadfly up` runs."""
    from flows.services.up import down as end_all

    found = end_all()
    print_result({"state": "stopped" if found else "not running"}, as_json, lambda told: print(told["state"]))


@app.command()
def status(as_json: Json = False) -> None:
    """Tell what runs, and whether it answers."""
    from flows.services.status import status as look

    print_result(look(), as_json, _show)


@app.command()
def gc(
    older_than: Annotated[str, Option(metavar="AGE", help="What is younger stays: 12h, 30d, 8w.")] = "30d",
    dry_run: Annotated[bool, Option("--dry-run", help="Only tell what would go.")] = False,
    as_json: Json = False,
) -> None:
    """Free what no registered version, no running flow and no recent run needs."""
    from flows.command_line import start_server
    from flows.garbage import collect, find_garbage, parse_age

    age = parse_age(older_than)
    start_server()
    garbage = find_garbage(age)
    if not dry_run:
        collect(garbage)
    print_result(garbage.told() | {"removed": not dry_run}, as_json, _show_garbage)


def _show_garbage(told: dict[str, Any]) -> None:
    parts = [
        f"{told[name]:,} {name.replace('_', ' ')}" for name in ("artifacts", "files", "mlflow_runs", "prefect_runs")
    ]
    print(f"{'removed' if told['removed'] else 'would go'}: {', '.join(parts)}; {byte_size(told['bytes'])}")


def _show(told: dict[str, Any]) -> None:
    if told["state"] != "running":
        print("nothing is running\n  to start it: gadfly up")
        return
    print(f"running since {told['started']}, as process {told['pid']}")
    for name in ("prefect", "mlflow"):
        answers = told.get("answers", {}).get(name, True)
        print(f"  {name:<8} {told[name]}{'' if answers else ': it does not answer'}")
    for line in told.get("queue", []):
        print(f"  {line}")
