"""`gadfly diff` and `gadfly reproduce`: registered versions held against each other, and against their record."""

from __future__ import annotations

from typing import Annotated

import typer
from typer import Argument, Option

from flows.command_line import Json, Overrides, print_result, start_server
from flows.overrides import refuse_credentials
from flows.reading import reading

app = typer.Typer()


@app.command()
def diff(
    old: Annotated[str, Argument(help="NAME@version or NAME@alias; a bare version where the model is clear.")],
    new: Annotated[str, Argument(help="The same of the newer one.")],
    attribute: Annotated[
        bool, Option("--attribute", help="Train the missing cells of old and new data × old and new config.")
    ] = False,
    limit: Annotated[int, Option(min=0, help="Most rows shown of each kind of change.")] = 5,
    as_json: Json = False,
) -> None:
    """Tell what differs between two versions: rows, settings, code, libraries, results; and what brought the gain."""
    from flows.diff import diff as hold_against
    from flows.version_listings import show_diff
    from flows.versions import full_names

    old, new = full_names(old, new)
    with reading():
        found = hold_against(old, new, limit)
        if attribute:
            start_server()
            from flows.attribution import attribute as attribute_gain
            from flows.display import live_progress

            with live_progress():
                found["attribution"] = attribute_gain(old, new)
    print_result(found, as_json, show_diff)


@app.command()
def reproduce(
    version: Annotated[str, Argument(metavar="NAME@VERSION", help="A registered version, or NAME@alias.")],
    overrides: Overrides = None,
    as_json: Json = False,
) -> None:
    """Make a version again from its record, all of it, and compare. Exit code 4 where it isn't reproduced."""
    from flows.versions import full_names, recorded_version

    (version,) = full_names(version)
    refuse_credentials(overrides or ())  # before Prefect has them
    recorded_version(version)  # what isn't there needs no server
    start_server()
    from flows.display import live_progress
    from flows.reproduce import reproduce as make_again
    from flows.version_listings import show_reproduction

    with reading(), live_progress():
        made = make_again(version, overrides or [])
    print_result(made, as_json, show_reproduction)
    if not made["reproduced"]:
        raise typer.Exit(4)
