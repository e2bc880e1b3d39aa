"""`gadfly card check`: a model card that a user has lying about, without a model or a server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer import Argument

from flows.command_line import Json, print_result
from tasks.errors import SourceError

CONTRADICTS = 3
"""Exit code where a card contradicts itself: what was checked doesn't hold, as with a contract."""
DATA_FILES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".arrow")

app = typer.Typer(help="Model cards, anyone's: whether their numbers can be true.", no_args_is_help=True)


@app.command("check")
def check(
    file: Annotated[str, Argument(metavar="FILE", help="A model card in Markdown, or a folder with a README.md.")],
    as_json: Json = False,
) -> None:
    """Tell what in a model card contradicts itself (exit code 3), what is doubtful, and what is missing."""
    found = check_file(file)
    print_result(found, as_json, show_card)
    if found["counts"]["contradiction"]:
        raise typer.Exit(CONTRADICTS)


def check_file(name: str) -> dict[str, Any]:
    """The findings on a card's file.

    Raises:
        SourceError: There is no such file, or it is no card.
    """
    from tasks.card_check.card import MAX_BYTES
    from tasks.card_check.check import ORDER, check_card

    file = Path(name).expanduser()
    file = file / "README.md" if file.is_dir() else file
    if not file.is_file():
        raise SourceError(f"{file} is no file\n  give a model card in Markdown, or a folder with a README.md")
    with file.open("rb") as opened:
        content = opened.read(MAX_BYTES + 1)
    if file.suffix.lower() in DATA_FILES:
        raise SourceError(
            f"{file} is a data file, no model card\n  give a Markdown file, such as a README.md; "
            f"for the rows' quality: gadfly check {file}"
        )
    try:
        findings = check_card(content)
    except SourceError as error:
        raise SourceError(f"{file} is no model card: {error}\n  give a Markdown file, such as a README.md") from error
    return {
        "card": str(file),
        "counts": {kind: sum(finding.kind == kind for finding in findings) for kind in ORDER},
        "findings": [finding._asdict() for finding in findings],
    }


def show_card(found: dict[str, Any]) -> None:
    """The findings, a paragraph each."""
    from flows.display import console, safe

    colours = {"contradiction": "red", "doubt": "yellow", "missing": "cyan"}
    for finding in found["findings"]:
        where = f"{found['card']}:{finding['line']}" if finding["line"] else found["card"]
        console.print(
            f"[{colours[finding['kind']]}]{finding['kind']}[/]  {finding['name']}: {safe(finding['seen'])}  "
            f"[dim]{safe(where)}[/]\n  {safe(finding['follows'])}\n  [dim]→ {safe(finding['do'])}[/]",
            soft_wrap=True,
        )
    counts = found["counts"]
    told = "contradicts itself" if counts["contradiction"] else "does not contradict itself"
    of_each = [f"{counts[kind]} {kind}{'' if counts[kind] == 1 else 's'}" for kind in ("contradiction", "doubt")]
    console.print(f"\nThe card {told}: {', '.join(of_each)}, {counts['missing']} missing.")
