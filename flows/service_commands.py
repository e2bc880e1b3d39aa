"""`gadfly up`, `down`, `status`, `retrain` and `gc`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from typer import Argument, Option

from flows.command_line import Json, Overrides, print_result
from tasks import side_process
from tasks.quantities import byte_size

app = typer.Typer()


@app.command()
def up() -> None:
    """Run Prefect, MLflow and a worker with every deployment on this machine, until Ctrl-C."""
    from flows.services.state import chosen, running

    if running():
        from flows.services.status import status as look

        _show(look())
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
    from flows.services import state
    from flows.services.up import down as end_all

    if end_all():
        print_result({"state": "stopped"}, as_json, _show)
        return
    dead = state.killed()
    state.forget()
    print_result({"state": "not running"} | ({"killed": asdict(dead)} if dead else {}), as_json, _show)


@app.command()
def status(as_json: Json = False) -> None:
    """Tell what runs, and whether it answers."""
    from flows.services.status import status as look

    print_result(look(), as_json, _show)


@app.command()
def retrain(
    recipe: Annotated[str, Argument(help="A name in recipes/, or a path.")],
    overrides: Overrides = None,
    wait_hours: Annotated[
        float, Option(min=0, max=720, help="How long to wait for an approval in Prefect's page; 0: not at all.")
    ] = 0.0,
    as_json: Json = False,
) -> None:
    """Run a recipe again if its data or config changed, and tell what did; for cron, where `gadfly up` has no part."""
    from flows.command_line import start_server
    from flows.overrides import refuse_credentials

    refuse_credentials(overrides or ())  # before Prefect has them
    with side_process.beside("tasks.registration.look"):
        from flows.retrain import retrain as run_again

        start_server()
        told = run_again(recipe, tuple(overrides or ()), wait_hours=wait_hours)
    print_result(told, as_json, _show_retraining)


@app.command()
def gc(
    older_than: Annotated[str, Option(metavar="AGE", help="What is younger stays: 12h, 30d, 8w.")] = "30d",
    dry_run: Annotated[bool, Option("--dry-run", help="Only tell what would go.")] = False,
    as_json: Json = False,
) -> None:
    """Free what no registered version, no running flow and no recent run needs."""
    from flows.command_line import start_server
    from flows.garbage import collect, find_garbage, parse_age
    from flows.reading import unread

    age = parse_age(older_than)
    start_server()
    with unread() as is_unread:
        garbage = find_garbage(age, keep_artifacts=not is_unread)
        if not dry_run:
            collect(garbage, is_unread=is_unread)
    print_result(garbage.told() | {"removed": not dry_run, "being_read": not is_unread}, as_json, _show_garbage)


def _show_garbage(told: dict[str, Any]) -> None:
    names = ("artifacts", "files", "checkpoints", "mlflow_runs", "prefect_runs")
    parts = [f"{told[name]:,} {name.replace('_', ' ')}" for name in names]
    print(f"{'removed' if told['removed'] else 'would go'}: {', '.join(parts)}; {byte_size(told['bytes'])}")
    if told["being_read"]:
        print("artifacts stayed: they are being read, as by an evaluation or an export\n  later: gadfly gc")


def _show_retraining(told: dict[str, Any]) -> None:
    print(told["told"])
    if model := told.get("model"):
        print(f"{model['name']} version {model['version']} ({', '.join(model['aliases']) or 'no alias'})")
        print(f"gate: {model['gate']['outcome'] or 'no verdict'}")
    if told.get("approval"):
        print(f"approval: {told['approval']}")


def _show(told: dict[str, Any]) -> None:
    if told["state"] != "running":
        print("nothing is running\n  to start it: gadfly up" if told["state"] == "not running" else told["state"])
        if dead := told.get("killed"):
            print(f"the gadfly up of {dead['started']}, process {dead['pid']}, was killed: what it ran ended with it")
        return
    print(f"running since {told['started']}, as process {told['pid']}")
    for name, is_well in told.get("answers", {}).items():
        page = told[name] if name in ("prefect", "mlflow") else ""
        state = ("" if page else "well") if is_well else "it does not answer" if page else "not well"
        again = f"started again {told['restarted'][name]}" if name in told["restarted"] else ""
        print(f"  {name:<8} {': '.join(part for part in (page, state, again) if part)}")
    for line in told.get("queue", []):
        print(f"  {line}")
