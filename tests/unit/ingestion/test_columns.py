"""Recognising columns: the draft of a recipe should be right for the shapes that datasets really have."""

import pandas as pd
import pytest

from tasks.ingestion.columns import guess_template, recognise_columns

QUOTES = [f"It is number {number} that shows what a man is made of." for number in range(30)]
AUTHORS = [f"Author Number{number % 7}" for number in range(30)]


def guess(**columns):
    recognised = recognise_columns(pd.DataFrame(columns))
    return recognised.columns, guess_template(recognised)


@pytest.mark.parametrize("names", [("quote", "author"), ("quoteText", "quoteAuthor")])
def test_quotes_with_their_authors(names):
    columns, prompt = guess(**{names[0]: QUOTES, names[1]: AUTHORS})
    assert columns == {"text": names[0], "author": names[1]}
    assert prompt == {"template": 'Quote by {author}: "{text}"'}


def test_tags_are_kept_and_not_named():
    columns, prompt = guess(_id=[f"x{n}Kq" for n in range(30)], content=QUOTES, author=AUTHORS, tags=["wit, life"] * 30)
    assert columns == {"text": "content", "author": "author", "tags": "tags"}
    assert prompt == {"template": "{author}: {text}"}


def test_text_that_begins_with_a_date_is_no_date():
    entries = [f"2026-11-{day + 1:02d} The river rose by {day} feet and nobody slept." for day in range(30)]
    assert guess(text=entries)[0] == {"text": "text"}
    stamps = [f"2026-11-{day + 1:02d}T12:00:07.123+01:00" for day in range(30)]
    assert guess(at=stamps, text=QUOTES)[0] == {"text": "text"}


def test_text_alone():
    assert guess(text=QUOTES) == ({"text": "text"}, {"template": "{text}"})


def test_a_keyword_before_its_text():
    assert guess(keyword=["love", "hope", "faith"] * 10, text=QUOTES)[1] == {"template": "{keyword}: {text}"}


def test_a_title_stands_above_its_text():
    assert guess(title=AUTHORS, body=QUOTES)[1] == {"template": "{title}\n\n{text}"}


@pytest.mark.parametrize(
    ("prompt", "completion"),
    [
        ("question", "answer"),
        ("instruction", "output"),
        ("input", "output"),
        ("prompt", "response"),
        ("Question", "Answer"),
    ],
)
def test_a_pair_is_known_by_its_names(prompt, completion):
    columns, template = guess(**{prompt: QUOTES, completion: ["42"] * 30, "name": AUTHORS})
    assert columns == {"prompt": prompt, "completion": completion}
    assert template == {"prompt": "{prompt}\n", "completion": "{completion}"}


def test_a_pair_is_known_by_its_question_marks():
    columns, _ = guess(left=[f"What is the meaning of number {n}?" for n in range(30)], right=QUOTES)
    assert columns == {"prompt": "left", "completion": "right"}


def test_an_instruction_may_have_an_input():
    columns, template = guess(instruction=QUOTES, input=["", *AUTHORS[1:]], output=QUOTES)
    assert columns == {"prompt": "instruction", "completion": "output", "input": "input"}
    assert template["prompt"] == "{prompt}\n{input}\n"


def test_an_event_table_leaves_out_what_is_no_text():
    frame = pd.DataFrame(
        {
            "data_id": [str(7_079_168 + n) for n in range(30)],
            "event_date": ["9-May-20"] * 30,
            "country": ["Israel", "Yemen", "Chad"] * 10,
            "latitude": [f"32.{n}" for n in range(30)],
            "source": [f"https://example.org/{n}" for n in range(30)],
            "admin3": [None] * 20 + ["x"] * 10,
            "license": ["open"] * 30,
            "spans": ['[{"a": 1}]'] * 30,
            "code": [f"ISR{n}" for n in range(30)],
            "notes": QUOTES,
        }
    )
    recognised = recognise_columns(frame)
    assert recognised.columns == {"text": "notes"}
    assert recognised.left_out == {
        "data_id": "ids",
        "event_date": "dates",
        "country": "not needed",
        "latitude": "numbers",
        "source": "links",
        "admin3": "empty in 67% of the rows",
        "license": "nearly constant: 100% of the rows say the same",
        "spans": "nested data",
        "code": "ids: one word, different in every row",
    }
    assert recognised.reasons["notes"].startswith("the text: free text under a usual name")


def test_the_longest_prose_is_the_text_where_no_name_tells():
    assert guess(a=AUTHORS, b=QUOTES, c=["one two three"] * 30)[0] == {"text": "b"}


def test_a_table_without_text_gives_no_text():
    recognised = recognise_columns(pd.DataFrame({"x": ["1", "2"], "y": ["3", "4"]}))
    assert recognised.columns == {}
    assert recognised.left_out == {"x": "numbers", "y": "numbers"}


def test_every_column_gets_a_kind():
    rows = range(40)
    frame = pd.DataFrame(
        {
            "quote": [f"The heron waits for river number {n} to forget it." for n in rows],
            "genre": ["fable", "proverb"] * 20,
            "year": [str(1900 + n) for n in rows],
            "seen": [f"2020-05-{n % 28 + 1:02}" for n in rows],
            "link": [f"https://example.org/{n}" for n in rows],
            "key": [f"k{n}" for n in rows],
            "half": ["one two three four five six seven eight"] * 10 + [None] * 30,
        },
        dtype="str",
    )
    found = recognise_columns(frame)
    assert found.kinds == {
        "quote": "text, 10 words on average",
        "genre": "category of 2 values",
        "year": "number",
        "seen": "date",
        "link": "url",
        "key": "id",
        "half": "text, 8 words on average, 25% filled",
    }
    assert found.num_structured == 3
