"""The recipes there are, each with the line that its file begins with; `gadfly run --help` lists them."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

from flows.named_files import known_names, recipe_file


def gallery() -> dict[str, str]:
    """Recipe to the first line of its header; empty where it has none."""
    return {name: _first_line(name) for name in known_names("recipes")}


def _first_line(name: str) -> str:
    with recipe_file(name).open(encoding="utf-8", errors="replace") as stream:
        line = stream.readline().strip()
    return line.lstrip("# ") if line.startswith("#") else ""


class RecipeCommand(TyperCommand):
    """A command on a recipe: its help ends with the gallery."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """List the recipes below the options."""
        super().format_epilog(ctx, formatter)
        with formatter.section("Recipes"):
            formatter.write_dl(list(gallery().items()))
