"""What the modules with `gadfly`'s commands share: common options, printing, and the servers a flow needs."""

from __future__ import annotations

import json
from typing import Annotated, Any

from typer import Option

Json = Annotated[bool, Option("--json", help="Print one JSON object on standard output.")]
Overrides = Annotated[list[str] | None, Option("-s", "--set", metavar="KEY=VALUE", help="Override a recipe's value.")]


def print_result(content: dict[str, Any], as_json: bool, show: Any) -> None:
    """One JSON object on standard output, or what `show` makes of it for a person."""
    if as_json:
        finite = json.loads(json.dumps(content), parse_constant=lambda _: None)  # JSON knows no NaN and no Infinity
        print(json.dumps(finite, ensure_ascii=False, allow_nan=False))
    else:
        show(content)


def start_server() -> None:
    """Have a Prefect server answer before a flow begins."""
    from flows.alive import without_heartbeats
    from flows.own_server import await_own_server, check_named_servers, start_own_server

    start_own_server()
    without_heartbeats()
    check_named_servers()
    await_own_server()
