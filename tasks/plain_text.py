"""Text of unknown origin (cells, column names, a model's words) made harmless for a terminal, a comment, Markdown."""

from __future__ import annotations

import html
import re


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


def markdown(text: str) -> str:
    """Text that Markdown shows as it is: on one line, and neither HTML nor Markdown."""
    text = html.escape(" ".join(text.split()), quote=False)
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|~>:@])", r"\\\1", text)


def code_block(text: str, language: str = "") -> str:
    """Text as a fenced code block, whose fence is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
