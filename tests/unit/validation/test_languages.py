"""Which languages a column is in."""

from __future__ import annotations

import pytest

from tasks.validation.languages import UNKNOWN_LATIN, expected_language, language_shares
from tasks.validation.text_column import TextColumn

SENTENCES = {
    "en": "The heron waits for the river to forget it, and the river does.",
    "de": "Der Reiher wartet auf den Fluss, und er ist nicht mehr da.",
    "fr": "Le héron attend que la rivière oublie, et elle ne le fait pas.",
    "zh": "苍 鹭 在 等 河 流 忘 记 它",
    "el": "Ο ερωδιός περιμένει το ποτάμι να τον ξεχάσει",
    UNKNOWN_LATIN: "Računarska nauka tiče računara koliko astronomija teleskopa",
    "unknown, in Cyrillic script": "Цапля ждёт, пока река забудет о ней",
}


@pytest.mark.parametrize(("language", "text"), SENTENCES.items())
def test_a_language_is_told_by_its_script_or_its_function_words(language: str, text: str) -> None:
    assert language_shares(TextColumn([text])) == {language: 1.0}


def test_shares_are_of_the_texts_long_enough_to_tell_the_commonest_first() -> None:
    texts = [SENTENCES["de"]] * 3 + [SENTENCES["en"]] + ["Too short."] * 5
    assert language_shares(TextColumn(texts)) == {"de": 0.75, "en": 0.25}
    assert language_shares(TextColumn(["Too short."])) == {}


def test_a_contract_expects_only_a_language_that_can_be_told() -> None:
    assert expected_language({"de": 0.5, "en": 0.5}) == "de"
    assert expected_language({"de": 0.49, "en": 0.3, UNKNOWN_LATIN: 0.21}) == ""
    assert expected_language({UNKNOWN_LATIN: 1.0}) == ""
    assert expected_language({}) == ""
