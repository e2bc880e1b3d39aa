"""The form that a row's text has, read backwards: from what a model wrote to the columns.

A model is given the template up to its last field, or the prompt (`generation_prompt`), and writes the rest. The rest
as a regular expression tells whether it kept to the form, and which part is which column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from string import Formatter
from typing import NamedTuple

from tasks.prompt_format import PromptConfig, generation_prompt, render, split_at_last_field, template_fields

MIN_OPENING = 4
"""Characters of a template's beginning that a field mustn't hold: there the model ran on into another row."""


class ReadBack(NamedTuple):
    """A sample as a row."""

    columns: dict[str, str | None]
    """The columns that the model wrote. Without the form all that it wrote is the first of them."""
    adheres: bool | None
    """Whether the whole text has the form; None where the form is nothing but a column."""


class WrittenForm:
    """The part of a row's text that a model writes.

    Args:
        config: The recipe's prompt.
    """

    def __init__(self, config: PromptConfig) -> None:
        halves = (config.prompt, config.completion) if config.prompt else split_at_last_field(config.template)
        self._config = config
        self._head, rest = halves
        self.written = list(dict.fromkeys(template_fields(rest)))
        """Columns that the model writes."""
        self.given = [name for name in dict.fromkeys(template_fields(self._head)) if name not in self.written]
        """Columns that stand in what it is given."""
        self._pattern = re.compile(_as_pattern(rest.rstrip(), next(_literals(self._head), "")), re.DOTALL)
        self._is_bare = not any(_literals(rest))

    def holdout_text(self, row: Mapping[str, str | None]) -> tuple[str, str]:
        """What a model would be given of a row, and what it should write."""
        prompt = generation_prompt(self._config, row)
        _, completion = render(self._config, row)
        return prompt, completion if self._config.prompt else completion.removeprefix(prompt)

    def read(self, row: Mapping[str, str | None], prompt: str, text: str) -> ReadBack:
        """A continuation's columns.

        Args:
            row: That the prompt was made of.
            prompt: Its `generation_prompt`.
            text: The continuation.
        """
        head = self._head.format_map({name: value or "" for name, value in row.items()})
        begins_column = not head.strip()  # then the prompt is the column's first words
        whole = (prompt + text if begins_column else text).rstrip()
        match = self._pattern.fullmatch(whole)
        columns: dict[str, str | None] = {name: match[name].strip() for name in self.written} if match else {}
        adheres = bool(columns) and all(columns.values())
        if not adheres:
            columns = {name: whole.strip() if name == self.written[0] else None for name in self.written}
        return ReadBack(columns, None if self._is_bare else adheres)


def _as_pattern(template: str, opening: str) -> str:
    """A template as a regular expression with a group for each column."""
    character = f"(?:(?!{re.escape(opening.strip())}).)" if len(opening.strip()) >= MIN_OPENING else "."
    parts: list[str] = []
    seen: set[str] = set()
    for literal, name, _, _ in Formatter().parse(template):
        parts.append(re.escape(literal))
        if name is not None:
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>{character}+?)")
            seen.add(name)
    return "".join(parts)


def _literals(template: str) -> Iterator[str]:
    return (literal for literal, *_ in Formatter().parse(template) if literal.strip())
