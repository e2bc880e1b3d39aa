"""`gadfly race` on the command line, and its table."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from typer import Argument, Option

from flows.command_line import Json, Overrides, print_result, start_server
from flows.failures import STOPPED

app = typer.Typer()
WIDTH = 110
"""Characters of a line where no terminal says how many there are."""


@app.command()
def race(
    recipe: Annotated[str, Argument(help="A name in recipes/, or a path.")],
    minutes: Annotated[float, Option(min=0.01, help="For all entrants together, once the data is ready.")],
    tries: Annotated[
        list[str] | None,
        Option("--try", metavar="KEY=VALUE …", help="An idea, as overrides; give several. Default: what suits it."),
    ] = None,
    overrides: Overrides = None,
    as_json: Json = False,
) -> None:
    """Try ideas for a recipe within a time: who is better than the recipe as it is, by more than noise."""
    from flows.display import live_progress
    from flows.race import lanes_of

    lanes_of(recipe, minutes, tries or [], overrides or [])  # a mistake is told before a server starts
    start_server()
    from flows.race import race as run_race

    with live_progress():
        found = run_race(recipe, minutes, tuple(tries or ()), tuple(overrides or ()))
    print_result(found, as_json, show_race)
    if found["stopped"]:
        sys.exit(STOPPED)  # what is done was shown


def show_race(found: Mapping[str, Any]) -> None:
    """The table, the best first, and what it means."""
    from rich.table import Table

    from flows.display import console, safe

    table = Table(box=None, pad_edge=False)
    for title in ("entrant", "loss", "better by", "", "forgot", "epochs", "tokens", "time"):
        table.add_column(title, justify="left" if title in ("entrant", "") else "right", no_wrap=title != "entrant")
    colours = {"better": "green", "worse": "red", "within noise": "dim", "": "dim"}
    for row in found["entrants"]:
        if row["nll"] is not None:
            name = safe(row["name"]) if row["overrides"] else f"[bold]{safe(row['name'])}[/]"
            judged = f"[{colours[row['judgement']]}]{row['judgement']}[/]"
            cells = (f"{row['nll']:.4f}", _difference(row), judged, _forgotten(row), _epochs(row))
            table.add_row(name, *cells, f"{row['tokens']:,}", f"{row['seconds']:.0f} s")
    if not console.is_terminal:
        console.width = WIDTH
    console.print(table)
    for row in found["entrants"]:
        if row["note"]:
            console.print(f"[yellow]{safe(row['name'])}: {safe(row['note'])}[/]", soft_wrap=True)
    if noise := found["noise"]:
        console.print(
            f"\nLoss: nats a token on held-out rows; its base has {found['base_nll']:.4f}. Better by: than the\n"
            f"recipe as it is, at 95 %; a training's noise is {noise['seed_sd']:.4f} ({safe(noise['source'])}).\n"
            "Each had the same time, which on a shared machine is not the same work (tokens).\n"
            "What it makes of more is another question. Nothing was registered.",
            soft_wrap=True,
        )
    best = next((row for row in found["entrants"] if row.get("judgement") == "better"), None)
    if best:
        settings = [word for override in (*found["overrides"], *best["overrides"]) for word in ("-s", override)]
        command = shlex.join(["gadfly", "run", found["recipe"], *settings])
        console.print(f"\nBetter by more than noise: {safe(command)}", soft_wrap=True)


def _difference(row: Mapping[str, Any]) -> str:
    if not row["difference"]:
        return ""
    found = row["difference"]
    return f"{found['nll']:+.4f} ± {(found['high'] - found['low']) / 2:.4f}"


def _forgotten(row: Mapping[str, Any]) -> str:
    return f"{row['forgetting']['forgetting']:+.3f}" if row["forgetting"] else "–"


def _epochs(row: Mapping[str, Any]) -> str:
    """How far it came; with what was planned, where its time ended it."""
    cut = f" of {row['planned_epochs']:g}" if row["ended_by"] == "max_minutes" else ""
    return f"{row['epochs']:.3g}{cut}"
