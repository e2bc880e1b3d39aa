"""How a row becomes text: one template, or a prompt and a completion.

Fields are column names in braces and nothing else (`{author}`, never `{author.name}`), so that a template can't reach
into Python objects. A literal brace is written twice.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from string import Formatter
from typing import TYPE_CHECKING

from pydantic import model_validator

from tasks.errors import RecipeError
from tasks.stage_config import StageConfig

if TYPE_CHECKING:
    import pandas as pd


FIRST_WORDS = 3


class PromptConfig(StageConfig):
    """How a row becomes the text that the model reads."""

    template: str = ""
    """The whole text with columns in braces, such as `Quote by {author}: "{text}"`. All of it is learned."""
    prompt: str = ""
    """The part the model is given, with columns in braces. Nothing of it is learned."""
    completion: str = ""
    """The part the model learns to write after `prompt`."""

    @model_validator(mode="after")
    def _one_form(self) -> PromptConfig:
        whole, halves = bool(self.template), (bool(self.prompt), bool(self.completion))
        if halves != (not whole, not whole):
            raise ValueError("give either template, or both prompt and completion")
        for text in (self.template, self.prompt, self.completion):
            template_fields(text)
        return self


def template_fields(template: str) -> list[str]:
    """The columns a template names, in order.

    Raises:
        ValueError: A brace is unbalanced, or a field is more than a column's name.
    """
    fields = [(name, spec, conversion) for _, name, spec, conversion in Formatter().parse(template) if name is not None]
    for name, spec, conversion in fields:
        if not name.isidentifier() or spec or conversion:
            raise ValueError(
                f"{{{name}}} in {template!r}: a field is a column's name and nothing else; {{{{ is a brace"
            )
    return [name for name, _, _ in fields]


def prompt_columns(config: PromptConfig) -> list[str]:
    """The columns that make up a row's text, in order, each once."""
    texts = (config.template, config.prompt, config.completion)
    return list(dict.fromkeys(name for text in texts for name in template_fields(text)))


def check_columns(config: PromptConfig, columns: Iterable[str]) -> None:
    """Raise a `RecipeError` where the templates name a column that the rows lack."""
    known = list(columns)
    unknown = [name for name in prompt_columns(config) if name not in known]
    if unknown:
        near = difflib.get_close_matches(unknown[0], known, n=1)
        hint = f"; did you mean {{{near[0]}}}?" if near else ""
        raise RecipeError(
            f"prompt names {{{unknown[0]}}}, which is no column{hint}\n"
            f"  columns: {', '.join(known)} (mapped in source.columns)"
        )


def records(frame: pd.DataFrame) -> list[dict[str, str | None]]:
    """A frame's rows as mappings from column to text."""
    columns = [frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in frame.columns]
    return [dict(zip(frame.columns, values, strict=True)) for values in zip(*columns, strict=True)]


def render(config: PromptConfig, row: Mapping[str, str | None]) -> tuple[str, str]:
    """A row's prompt and completion; with a template the prompt is empty and all text is the completion."""
    values = {name: value or "" for name, value in row.items()}
    if config.template:
        return "", config.template.format_map(values)
    return config.prompt.format_map(values), config.completion.format_map(values)


def generation_prompt(config: PromptConfig, row: Mapping[str, str | None]) -> str:
    """What a model is given to write a row's text: the prompt, or the template up to its last field.

    Where nothing stands before that field, it is the text's first `FIRST_WORDS` words or, of a shorter text, the first
    half: a first token is never learned.
    """
    values = {name: value or "" for name, value in row.items()}
    if config.prompt:
        return config.prompt.format_map(values)
    head, _ = split_at_last_field(config.template)
    head = head.format_map(values)
    if head.strip():
        return head
    words = config.template.format_map(values).split()
    return " ".join(words[: min(FIRST_WORDS, (len(words) + 1) // 2)])


def written_part(config: PromptConfig) -> PromptConfig:
    """The same text of which only what a model writes is predicted: with a template, what begins at its last field.

    Models that were trained on different formats can be compared on that, each given its own beginning of a row.
    """
    head, rest = split_at_last_field(config.template)
    return PromptConfig(prompt=head, completion=rest) if head else config


def written_columns(config: PromptConfig) -> list[str]:
    """The columns in what a model writes."""
    part = written_part(config)
    return list(dict.fromkeys(template_fields(part.completion or part.template)))


def split_at_last_field(template: str) -> tuple[str, str]:
    """A template's part before the first place of its last field's column, and the rest: templates again."""
    fields = template_fields(template)
    head, rest = "", ""
    for literal, name, _, _ in Formatter().parse(template):
        plain = literal.replace("{", "{{").replace("}", "}}")
        field = f"{{{name}}}" if name is not None else ""
        if rest or (fields and name == fields[-1]):
            head, rest = (head, rest + plain + field) if rest else (head + plain, field)
        else:
            head += plain + field
    return head, rest
