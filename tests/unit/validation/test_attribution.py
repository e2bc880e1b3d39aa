"""Whose words they are: tags that name another than the author speak for the row, tags that name the author against."""

from __future__ import annotations

import pyarrow as pa
import pytest

from tasks.validation.attribution import is_doubted
from tasks.validation.contract import Contract, Rule
from tasks.validation.findings import Measurements
from tasks.validation.rule_checks import active_rules

OF_TAGS = Rule(
    reason="disputed_attribution", column="tags", signal="disputed_attribution", against="author", max=0, optional=True
)

DOUBTED = [
    ("misattributed-mark-twain, humor", "Mark Twain"),
    ("misattributed-to-einstein", "Albert Einstein"),
    ("misattributed-to-c-s-lewis", "C.S. Lewis,"),
    ("misattributed to ben franklin", "Benjamin Franklin"),
    ("misattributed-zoe-o-brien, misattributed-plato", "Plato"),
    ("falsely-attributed-to-anais-nin", "Anaïs Nin"),
    ("misattributed-martin-luther-king-jr", "King, Martin Luther"),
    ("widely-misattributed", "Lao Tzu"),
    ("misattributed-quote", "Lao Tzu"),
    ("misattributed-plato, attributed-no-source", "Rumi"),
    ("misattributed-mark-twain, quote-investigator", "Charles H. Clark"),
    ('["misattributed", "life"]', "Rumi"),
]
SETTLED = [
    ("misattributed-mark-twain", "H. Jackson Brown Jr.,"),
    ("misattributed-eleanor-roosevelt, widely-misattributed", "Bill Keane"),
    ("misattributed-apple, misattributed-steve-jobs", "Rob Siltanen"),
    ("misattributed-william-g-t-shedd", "John A. Shedd"),
    ("attributed-to-gandhi", "Nicholas Klein"),
    ("love, contributed", "Rumi"),
]


@pytest.mark.parametrize(("tags", "author"), DOUBTED)
def test_tags_that_name_the_author_or_nobody_dispute_the_row(tags: str, author: str) -> None:
    assert _broken(tags, author)


@pytest.mark.parametrize(("tags", "author"), SETTLED)
def test_tags_that_only_name_others_say_that_the_author_was_put_right(tags: str, author: str) -> None:
    assert not _broken(tags, author)


def test_without_an_author_column_any_such_tag_counts() -> None:
    contract = Contract(name="c", version=1, rules=(OF_TAGS,))
    (*_, rule), skipped = active_rules(contract, ["text", "tags"])
    assert not skipped
    assert (rule.signal, rule.against) == ("disputed_attribution", "")
    assert Measurements(_rows("misattributed-mark-twain", "Bill Keane"), "en").finding(rule).failed.tolist() == [True]


def test_an_author_that_holds_marks_only_is_doubted_by_tags_without_a_name() -> None:
    assert is_doubted("unsourced", "—")
    assert not is_doubted("misattributed-plato", "—")


def _broken(tags: str, author: str) -> bool:
    return bool(Measurements(_rows(tags, author), "en").finding(OF_TAGS).failed[0])


def _rows(tags: str, author: str) -> pa.Table:
    return pa.table({"row_id": ["1"], "ingest_error": pa.nulls(1, pa.string()), "tags": [tags], "author": [author]})
