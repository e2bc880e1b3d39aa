"""What the demo's texts are made of, and exactly how probable each of them is.

Idea: one small grammar per author. The patterns are shared (`demo.rules`); the odds of nouns, frames and verbs of
speech depend on the author. The mean of `-log_probability` over the corpus is its entropy, which no model can beat
on average, so the grammar is an oracle for the trained one. Cost: a text is parsed in about a millisecond.

Conventions: natural logarithms. A log-probability is joint, log P(author) + log P(text | author), because the author
is part of the row that a model is trained on. Authors are equally likely.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from random import Random

from demo import lexicon, rules
from demo.pcfg import Expansion, Grammar

AUTHORS: tuple[str, ...] = tuple(lexicon.AUTHORS)
AUTHOR_LOG_PROBABILITY = -math.log(len(AUTHORS))
TEMPLATE = 'The {author} says: "{text}"'
"""How a row becomes a document; the end token follows."""

THEME_SHARE = 0.45
"""Probability that a noun is of its author's theme."""
TEMPERAMENT_SHARE = 0.6
"""Probability that a frame, or a verb of speech, is of its author's temperament."""

_TOKEN = re.compile(r"'s|\w+|[^\w\s]")
_NO_SPACE_BEFORE = {".", ",", ";", ":", "?", "”", "'s"}


@dataclass(frozen=True)
class Aphorism:
    """A row of the corpus; `log_probability` is the joint one of author and text."""

    author: str
    text: str
    log_probability: float


@dataclass(frozen=True)
class BaseDocument:
    """A document of the base's training text, with its joint log-probability."""

    text: str
    log_probability: float


def sample_aphorism(rng: Random) -> Aphorism:
    """Draw an author and an aphorism of theirs."""
    author = rng.choice(AUTHORS)
    words, log_probability = grammar_of(author).sample("APHORISM", rng)
    return Aphorism(author, render(words), AUTHOR_LOG_PROBABILITY + log_probability)


def log_probability(author: str, text: str) -> float:
    """Joint log-probability of a row: log P(author) + log P(text | author), in nats.

    Exact: the text is parsed and all its derivations are summed. -inf for an unknown author and for any text that
    the grammar does not produce character for character.
    """
    if author not in lexicon.AUTHORS:
        return -math.inf
    words = words_of(text)
    if render(words) != text:
        return -math.inf
    return AUTHOR_LOG_PROBABILITY + grammar_of(author).log_probability("APHORISM", words)


def sample_base_document(rng: Random) -> str:
    """Draw one document of the base's training text: a story, scene, dialogue, list or habit of one author."""
    return draw_base_document(rng).text


def draw_base_document(rng: Random) -> BaseDocument:
    """As `sample_base_document`, with the joint log-probability (every document names its author)."""
    author = rng.choice(AUTHORS)
    words, log_probability = grammar_of(author).sample("DOCUMENT", rng)
    return BaseDocument(render(words), AUTHOR_LOG_PROBABILITY + log_probability)


@cache
def grammar_of(author: str) -> Grammar:
    """The grammar of one author: `APHORISM` derives its aphorisms, `DOCUMENT` its documents in the base's text."""
    theme, temperament = lexicon.AUTHORS[author]
    options: dict[str, dict[str, float]] = {}
    for name, lines in lexicon.THEMED.items():
        options[name] = _preferring(dict(zip(lexicon.THEMES, map(str.split, lines), strict=True)), theme, THEME_SHARE)
    for name in ("PERSON", "ANIMAL", "THING"):
        options[name + "S"] = {lexicon.plural(noun): odds for noun, odds in options[name].items()}
    for name, line in lexicon.PLAIN.items():
        options[name] = _evenly(line.split())
    for name in ("CARE", "HARM", "TREAT", "ACT"):
        options[name + "_S"] = _evenly([lexicon.plural(verb) for verb in lexicon.PLAIN[name].split()])
        options[name + "_ED"] = _evenly([lexicon.past(verb) for verb in lexicon.PLAIN[name].split()])
    for name, patterns in (rules.SHARED | rules.BASE).items():
        options[name] = _evenly(patterns)
    options["TIME"] = _evenly(lexicon.TIMES)
    options["SPEECH"] = _preferring(
        {mood: verbs.split() for mood, verbs in lexicon.SPEECH.items()}, temperament, TEMPERAMENT_SHARE
    )
    options["APHORISM"] = _preferring(rules.FRAMES, temperament, TEMPERAMENT_SHARE)
    options["AUTHOR"] = {author: 1.0}
    options["OTHER"] = _evenly([other for other in AUTHORS if other != author])
    return Grammar(
        {
            symbol: [Expansion(tuple(pattern.split()), math.log(odds)) for pattern, odds in patterns.items()]
            for symbol, patterns in options.items()
        }
    )


def render(words: list[str]) -> str:
    """Words and punctuation as written text: capitals, articles and spacing put in."""
    pieces: list[str] = []
    for index, word in enumerate(words):
        before = words[index - 1] if index else "."
        if before == "”" and words[index - 2] == ".":
            before = "."
        written = lexicon.article(words[index + 1]) if word == "a" else word
        if before in {".", "?", "“"}:
            written = written[0].upper() + written[1:]
        glued = index == 0 or word in _NO_SPACE_BEFORE or before == "“"
        pieces.append(written if glued else " " + written)
    return "".join(pieces).replace("“", '"').replace("”", '"')


def words_of(text: str) -> list[str]:
    """The inverse of `render`; where a text is not one of ours, `render` does not give it back."""
    words: list[str] = []
    for token in _TOKEN.findall(text):
        if token == '"':
            token = "”" if words.count("“") > words.count("”") else "“"
        is_name = token in lexicon.AUTHORS or token == "I"
        lowered = token if is_name else token.lower()
        words.append("a" if lowered == "an" else lowered)
    return words


def _evenly(options: list[str] | tuple[str, ...]) -> dict[str, float]:
    assert len(set(options)) == len(options), options
    return {option: 1 / len(options) for option in options}


def _preferring(groups: dict[str, list[str]] | dict[str, tuple[str, ...]], own: str, share: float) -> dict[str, float]:
    """`share` of the probability to the group `own`, the rest evenly to all other groups' options."""
    others = [option for group, options in groups.items() if group != own for option in options]
    mine = {option: share / len(groups[own]) for option in groups[own]}
    return mine | {option: (1 - share) / len(others) for option in others}
