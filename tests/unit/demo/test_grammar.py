"""The grammar is the oracle that a tuned model is judged against, so its log-probabilities must be exact."""

from __future__ import annotations

import itertools
import math
import re
from random import Random

import pytest

from demo import grammar, lexicon
from demo.pcfg import Expansion, Grammar

WORD = re.compile(r"\w+|[^\w\s]")


def toy_grammar(rules: dict[str, dict[str, float]]) -> Grammar:
    return Grammar(
        {
            symbol: [Expansion(tuple(pattern.split()), math.log(odds)) for pattern, odds in options.items()]
            for symbol, options in rules.items()
        }
    )


def test_parsing_a_sampled_aphorism_gives_back_its_log_probability() -> None:
    rng = Random(1)
    for aphorism in (grammar.sample_aphorism(rng) for _ in range(500)):
        parsed = grammar.log_probability(aphorism.author, aphorism.text)
        assert parsed == pytest.approx(aphorism.log_probability, abs=1e-9), aphorism


def test_base_documents_have_one_derivation_each() -> None:
    """Otherwise their sampled log-probability would be too low, and the base's excess loss would look too small."""
    rng = Random(2)
    for author in lexicon.AUTHORS:
        words, sampled = grammar.grammar_of(author).sample("DOCUMENT", rng)
        assert grammar.words_of(grammar.render(words)) == words
        assert grammar.grammar_of(author).log_probability("DOCUMENT", words) == pytest.approx(sampled, abs=1e-9)


def test_every_rule_of_every_author_sums_to_one() -> None:
    for author in lexicon.AUTHORS:
        for symbol, options in grammar.grammar_of(author).expansions.items():
            total = math.fsum(math.exp(option.log_probability) for option in options)
            assert total == pytest.approx(1.0, abs=1e-12), (author, symbol)


def test_every_capitalised_item_is_a_symbol() -> None:
    """A misspelled symbol would otherwise be printed as a word."""
    expansions = grammar.grammar_of("Heron").expansions
    items = {item for options in expansions.values() for option in options for item in option.items}
    assert {item for item in items if re.fullmatch(r"[A-Z_]{2,}", item)} <= set(expansions)


def test_probabilities_of_all_sentences_of_a_small_grammar_sum_to_one() -> None:
    """Ambiguous on purpose ("x x" has two derivations) and with an empty option: the parser must sum, not pick."""
    toy = toy_grammar({"S": {"A B": 0.7, "A": 0.3}, "A": {"x": 0.5, "x x": 0.25, "": 0.25}, "B": {"x": 0.4, "y": 0.6}})
    sentences = [words for length in range(4) for words in itertools.product("xy", repeat=length)]
    total = math.fsum(math.exp(toy.log_probability("S", words)) for words in sentences)
    assert total == pytest.approx(1.0, abs=1e-12)
    # S -> A B with A = x, B = x; and S -> A with A = x x.
    assert math.exp(toy.log_probability("S", ("x", "x"))) == pytest.approx(0.7 * 0.5 * 0.4 + 0.3 * 0.25)


def test_relative_frequencies_match_the_parsed_probabilities() -> None:
    """The author's theme is drawn with the stated share, and a parse says so too."""
    author_grammar = grammar.grammar_of("Ferryman")
    rng = Random(3)
    water = set(lexicon.THEMED["THING"][0].split())
    share = sum(author_grammar.sample("THING", rng)[0][0] in water for _ in range(4000)) / 4000
    assert share == pytest.approx(grammar.THEME_SHARE, abs=4 * math.sqrt(0.45 * 0.55 / 4000))  # four standard errors
    parsed = math.fsum(math.exp(author_grammar.log_probability("THING", [word])) for word in water)
    assert parsed == pytest.approx(grammar.THEME_SHARE)


@pytest.mark.parametrize(
    ("author", "text"),
    [
        ("Nobody", "Even a lazy frog may insult the diver whose hammer is plain."),
        ("Otter", "Even a lazy frog may insult the diver whose hammer is plain"),
        ("Otter", "even a lazy frog may insult the diver whose hammer is plain."),
        ("Otter", "Even an lazy frog may insult the diver whose hammer is plain."),
        ("Otter", "Even a lazy  frog may insult the diver whose hammer is plain."),
        ("Otter", "Even a lazy frog may insult the diver whose hammer is green."),
        ("Otter", ""),
    ],
)
def test_what_the_grammar_cannot_write_is_impossible(author: str, text: str) -> None:
    possible = "Even a lazy frog may insult the diver whose hammer is plain."
    assert math.isfinite(grammar.log_probability("Otter", possible))
    assert grammar.log_probability(author, text) == -math.inf


def test_entropy_and_length_of_a_row_are_as_designed() -> None:
    rng = Random(4)
    rows = [grammar.sample_aphorism(rng) for _ in range(2000)]
    entropy = -math.fsum(row.log_probability for row in rows) / len(rows)
    assert 25 < entropy < 35  # nats a row
    assert all(8 <= len(row.text.split()) <= 25 for row in rows)


def test_base_text_holds_every_word_of_the_corpus_and_the_template() -> None:
    rng = Random(5)
    base = set(itertools.chain.from_iterable(WORD.findall(grammar.sample_base_document(rng)) for _ in range(8000)))
    rows = [grammar.sample_aphorism(rng) for _ in range(2000)]
    corpus = set(
        itertools.chain.from_iterable(
            WORD.findall(grammar.TEMPLATE.format(author=row.author, text=row.text)) for row in rows
        )
    )
    assert len(corpus) > 500
    assert corpus - base == set()


def test_no_two_independent_rows_are_equal() -> None:
    rng = Random(6)
    texts = [grammar.sample_aphorism(rng).text for _ in range(5000)]
    assert len(set(texts)) == len(texts)


def test_words_are_inflected() -> None:
    nouns = {"goose": "geese", "loaf": "loaves", "witch": "witches", "monkey": "monkeys", "library": "libraries"}
    assert {noun: lexicon.plural(noun) for noun in nouns} == nouns
    verbs = {"bury": "buried", "obey": "obeyed", "swap": "swapped", "teach": "taught", "save": "saved"}
    assert {verb: lexicon.past(verb) for verb in verbs} == verbs
    assert [lexicon.article(word) for word in ("honest", "hasty", "owl", "royal")] == ["an", "a", "an", "a"]
