"""What a model wrote is read back into columns, and whether it kept to the form is told."""

from __future__ import annotations

import pytest

from tasks.evaluation.written_form import WrittenForm
from tasks.prompt_format import PromptConfig, generation_prompt, render

ROW = {"author": "Thales", "text": "Know thyself, and be quiet.", "question": "What is best?", "answer": "Water."}
QUOTE = PromptConfig(template='Quote by {author}: "{text}"')
FORMS = [
    QUOTE,
    PromptConfig(template="{text}"),
    PromptConfig(template="{author}: {text}\n"),
    PromptConfig(template="A {{note}} on {author} {{{text}}} ends"),
    PromptConfig(template="{text} {author} {text}"),
    PromptConfig(prompt="Q: {question}\nA:", completion=" {answer}\n(by {author})"),
]


@pytest.mark.parametrize("config", FORMS)
def test_a_row_written_in_full_is_read_back_as_it_was(config):
    form, prompt = WrittenForm(config), generation_prompt(config, ROW)
    given, rest = form.holdout_text(ROW)
    assert given == prompt
    assert prompt + rest == "".join(render(config, ROW))
    columns, adheres = form.read(ROW, prompt, rest)
    assert columns == {name: ROW[name] for name in form.written}
    assert adheres in (True, None)
    assert set(form.written).isdisjoint(form.given)


def test_what_the_model_writes_is_told_from_what_it_is_given():
    form = WrittenForm(QUOTE)
    assert (form.given, form.written) == (["author"], ["text"])
    form = WrittenForm(FORMS[-1])
    assert (form.given, form.written) == (["question"], ["answer", "author"])


@pytest.mark.parametrize(
    ("text", "adheres"),
    [
        ('Be kind."', True),
        ('Be kind."  \n', True),
        ('He said "no" to me."', True),
        ('Be\nkind."', True),
        ("Be kind.", False),  # cut, or its end forgotten
        ('Be kind." And then', False),
        ('"', False),  # nothing between the marks
        ('  "', False),
        ("", False),
        ('Be kind." Quote by Bias: "Most men are bad."', False),  # ran on into another row
    ],
)
def test_adherence_is_the_whole_form_once(text, adheres):
    found = WrittenForm(QUOTE).read(ROW, generation_prompt(QUOTE, ROW), text)
    assert found.adheres is adheres
    if not adheres:
        assert found.columns == {"text": text.strip()}  # nothing of it is hidden from the contract


def test_without_the_form_columns_that_cannot_be_told_apart_are_null():
    found = WrittenForm(FORMS[-1]).read(ROW, "Q: What is best?\nA:", " Water, they say")
    assert found == ({"answer": "Water, they say", "author": None}, False)


def test_a_text_begun_by_its_own_first_words_is_read_back_whole():
    config = PromptConfig(template="{text}")
    found = WrittenForm(config).read(ROW, "Know thyself, and", " not thy neighbour.")
    assert found == ({"text": "Know thyself, and not thy neighbour."}, None)  # a form that nothing can break


def test_reading_back_is_fast_on_a_long_text_that_never_ends():
    long = 'a "b' * 20_000
    found = WrittenForm(QUOTE).read(ROW, 'Quote by Thales: "', long)
    assert found.adheres is False
