"""Text of unknown origin (cells, column names, a model's words) made harmless for a terminal or a comment."""

from __future__ import annotations


def printable(text: str) -> str:
    """Text without what could drive a terminal; line breaks and tabs stay."""
    return "".join(character if character.isprintable() or character in "\n\t" else "·" for character in text)


def one_line(text: str, longest: int = 80) -> str:
    """Text as one printable line: spaces collapsed, what isn't printable dropped, cut to `longest` characters."""
    line = " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def comment(text: str) -> str:
    """A YAML comment that can't end before its line does, no wider than a line of a recipe."""
    return f"# {one_line(text, 116)}"
