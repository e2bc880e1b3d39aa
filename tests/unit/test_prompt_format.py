"""Templates name columns and nothing else."""

from __future__ import annotations

import pandas as pd
import pytest
from pydantic import ValidationError

from tasks.errors import RecipeError
from tasks.prompt_format import (
    PromptConfig,
    check_columns,
    generation_prompt,
    records,
    render,
    split_at_last_field,
    template_fields,
    written_columns,
    written_part,
)

ROW = {"text": "Know thyself.", "author": "Thales", "tags": None}


@pytest.mark.parametrize(
    "template",
    ["{text.__class__}", "{text[0]}", "{text!r}", "{text:>10}", "{}", "{0}", "{a b}", "{text:{author}}", "{a-b}"],
)
def test_a_field_is_a_columns_name_and_nothing_else(template):
    with pytest.raises(ValidationError, match="a field is a column's name and nothing else"):
        PromptConfig(template=template)


@pytest.mark.parametrize("template", ["{text", "text}", "{text}}", "{{text}"])
def test_an_unbalanced_brace_is_refused(template):
    with pytest.raises(ValidationError, match=r"[Ss]ingle|expected '}'"):
        PromptConfig(template=template)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"prompt": "{a}"},
        {"completion": "{a}"},
        {"template": "{a}", "prompt": "{a}"},
        {"template": "{a}", "completion": "{a}"},
        {"template": "{a}", "prompt": "{a}", "completion": "{a}"},
    ],
)
def test_a_template_or_both_halves(values):
    with pytest.raises(ValidationError, match="give either template, or both prompt and completion"):
        PromptConfig(**values)


def test_fields_are_told_in_order():
    assert template_fields("{b} {a} {b} {{c}}") == ["b", "a", "b"]


def test_a_doubled_brace_is_a_brace():
    assert render(PromptConfig(template="{{{text}}} {{}}"), ROW) == ("", "{Know thyself.} {}")


def test_braces_in_the_data_stay_as_they_are():
    assert render(PromptConfig(template="{text}"), {"text": "{author} {0}"}) == ("", "{author} {0}")


def test_all_of_a_template_is_completion():
    assert render(PromptConfig(template="{author}: {text}"), ROW) == ("", "Thales: Know thyself.")


def test_prompt_and_completion_are_rendered_apart():
    config = PromptConfig(prompt="{author}: ", completion="{text}")
    assert render(config, ROW) == ("Thales: ", "Know thyself.")


def test_a_missing_value_is_empty():
    assert render(PromptConfig(template="[{tags}]"), ROW) == ("", "[]")


def test_an_unknown_column_is_named_with_the_nearest_one():
    with pytest.raises(RecipeError) as caught:
        check_columns(PromptConfig(template="{auhtor}: {text}"), ["text", "author"])
    assert str(caught.value) == (
        "prompt names {auhtor}, which is no column; did you mean {author}?\n"
        "  columns: text, author (mapped in source.columns)"
    )


def test_an_unknown_column_unlike_any_is_named_alone():
    with pytest.raises(RecipeError, match=r"prompt names \{zzz\}, which is no column\n"):
        check_columns(PromptConfig(prompt="{text}", completion="{zzz}"), ["text", "author"])


def test_known_columns_are_fine():
    check_columns(PromptConfig(template="{author}: {text}"), ["text", "author", "tags"])


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"template": 'Quote by {author}: "{text}"'}, 'Quote by Thales: "'),
        ({"template": "{text}"}, "Know"),  # half of two words
        ({"template": "Say: {text} ({author})"}, "Say: Know thyself. ("),
        ({"template": "{text} {author} {text}"}, "Know thyself. Thales"),
        ({"template": "{{{author}}} {text}"}, "{Thales} "),
        ({"template": "{tags}: {text}"}, ": "),
        ({"prompt": "{author}: ", "completion": "{text}"}, "Thales: "),
    ],
)
def test_a_model_is_given_all_but_the_last_field(config, expected):
    assert generation_prompt(PromptConfig(**config), ROW) == expected


def test_a_generation_prompt_begins_the_rows_own_text():
    config = PromptConfig(template='{{{author}}} said: "{text}"')
    assert render(config, ROW)[1].startswith(generation_prompt(config, ROW))


def test_a_frames_rows_become_texts_and_none():
    frame = pd.DataFrame({"text": ["a", None], "author": ["b", "c"]})
    assert records(frame) == [{"text": "a", "author": "b"}, {"text": None, "author": "c"}]
    assert records(frame.convert_dtypes(dtype_backend="pyarrow")) == records(frame)
    assert records(frame[:0]) == []


@pytest.mark.parametrize(
    ("template", "head", "rest"),
    [
        ('Quote by {author}: "{text}"', 'Quote by {author}: "', '{text}"'),
        ("{text} by {author} in {{braces}}", "{text} by ", "{author} in {{braces}}"),
        ("{text} {author} {text}.", "", "{text} {author} {text}."),
        ("no field {{}}", "no field {{}}", ""),
    ],
)
def test_a_template_is_split_where_its_last_fields_column_first_stands(template, head, rest):
    assert split_at_last_field(template) == (head, rest)
    assert "".join(split_at_last_field(template)).format_map(ROW) == template.format_map(ROW)


@pytest.mark.parametrize(
    ("config", "prompt", "completion", "columns"),
    [
        ({"template": 'By {author}: "{text}"'}, "By Thales: ", '"Know thyself."', ["text"]),
        ({"prompt": "{author}:", "completion": " {text}"}, "Thales:", " Know thyself.", ["text"]),
        ({"template": "{text}"}, "", "Know thyself.", ["text"]),
        ({"template": "{text} ({author})"}, "Know thyself. (", "Thales)", ["author"]),
    ],
)
def test_formats_are_compared_on_what_a_model_writes(config, prompt, completion, columns):
    config = PromptConfig(**config)
    part = written_part(config)
    assert "".join(render(part, ROW)) == "".join(render(config, ROW)), "the text is the same"
    assert render(part, ROW)[1].strip('"') == completion.strip('"')
    assert render(part, ROW)[0].startswith(prompt)
    assert written_columns(config) == columns
