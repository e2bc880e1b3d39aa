"""What language tools make of clean text: taggers, tokenisers, stemmers, spinners. For the third group."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import lru_cache
from itertools import pairwise
from random import Random

from benchmarks.clean_texts import library_sentences, written
from benchmarks.corruptions import Maker

_TAGGED = {
    "DT": "the a an every", "IN": "of in on at by for with if", "TO": "to", "CC": "and or but", "VBZ": "is",
    "VBP": "are", "VBD": "was were", "VB": "be", "PRP": "it he she they we you", "RB": "not", "MD": "can will",
    "WP": "who", "WDT": "that which", "PRP$": "my her his",
}  # fmt: skip
_TAGS = {word: tag for tag, words in _TAGGED.items() for word in words.split()}
_STOP_WORDS = " ".join(_TAGGED.values()) + (
    " from as been its this these those i their our your no nor do does did has have had would could when what then"
)
_STOP = frozenset(_STOP_WORDS.split())
_ENDINGS = (("ing", "VBG"), ("ed", "VBD"), ("ly", "RB"), ("ous", "JJ"), ("ful", "JJ"), ("s", "NNS"))
_SPUN = (
    "good|great|nice|fine", "very|extremely|incredibly", "many|a lot of|numerous", "really|truly|actually",
    "people|folks|individuals", "often|frequently|regularly", "big|large|huge", "help|assist|aid",
)  # fmt: skip


def words_of(text: str) -> list[str]:
    return re.findall(r"[A-Za-z']+|[.,;:!?]", text)


def stemmed(rng: Random, text: str, number: int) -> str:
    """The form in which classifiers used to be fed."""
    words = [word.lower() for word in words_of(text) if word.isalpha() and word.lower() not in _STOP]
    return " ".join(re.sub(r"(ies|es|ed|ing|ation|ly|e|s)$", "", w) if len(w) > 4 else w for w in words)


def word_counts(rng: Random, text: str, number: int) -> str:
    counts = sorted(Counter(word.lower() for word in words_of(text) if word.isalpha()).items())
    joined = ("%s:%d", "%s %d", "('%s', %d)", '"%s": %d')[number % 4]
    return (" ", "\n", ", ", ", ")[number % 4].join(joined % pair for pair in counts)


def subword_marks(rng: Random, text: str, number: int) -> str:
    pieces = []
    for word in text.split(" "):
        cut = rng.randint(2, 4) if len(word) > 5 else len(word)
        pieces.append((word[:cut], word[cut:]))
    style = number % 4
    if style == 0:
        return " ".join(f"▁{a} {b}".strip() for a, b in pieces)
    if style == 1:
        return " ".join(f"{a} ##{b}" if b else a for a, b in pieces).lower()
    if style == 2:
        return " ".join(f"Ġ{a} {b}".strip() for a, b in pieces)
    return " ".join(f"{a}@@ {b}" if b else a for a, b in pieces)


def _tag(word: str) -> str:
    if not word[0].isalpha():
        return "."
    endings = (tag for ending, tag in _ENDINGS if word.lower().endswith(ending))
    return _TAGS.get(word.lower()) or next(endings, "NNP" if word[0].isupper() else "NN")


def tagged(rng: Random, text: str, number: int) -> str:
    words = words_of(text)
    if number % 3 == 2:
        return "\n".join(f"{at}\t{word}\t{word.lower()}\t{_tag(word)}\t_" for at, word in enumerate(words, 1))
    return " ".join(word + "/_"[number % 3] + _tag(word) for word in words)


def parse_tree(rng: Random, text: str, number: int) -> str:
    leaves = [f"({_tag(word)} {word})" for word in words_of(text)]
    groups, at = [], 0
    while at < len(leaves):
        size = rng.randint(1, 4)
        groups.append(f"({rng.choice(['NP', 'VP', 'PP', 'SBAR'])} {' '.join(leaves[at : at + size])})")
        at += size
    return f"({rng.choice(['S', 'ROOT (S', 'TOP (S'])} {' '.join(groups)})"


@lru_cache(maxsize=1)
def _followers() -> dict[str, list[str]]:
    follows: dict[str, list[str]] = defaultdict(list)
    for sentence in (*written("sentences.txt"), *library_sentences()[:600]):
        words = sentence.split()
        for word, following in pairwise(words):
            follows[word.lower()].append(following)
    return follows


def markov_chain(rng: Random, text: str, number: int) -> str:
    """Each word follows the one before it somewhere, and that is all."""
    follows = _followers()
    words = [rng.choice(["The", "A", "When", "If", "Every", "It", "This"])]
    for _ in range(rng.randint(15, 28)):
        words.append(rng.choice(follows.get(words[-1].lower()) or ["of", "the", "and", "with"]))
    return " ".join(words)


def spintax(rng: Random, text: str, number: int) -> str:
    words = text.split(" ")
    for at in rng.sample(range(1, len(words)), min(4, len(words) - 1)):
        group = rng.choice(_SPUN)
        words[at] = rng.choice(
            [f"{{{group}}} {words[at]}", f"{{{words[at]}|{group}}}", f"[spin]{group}[/spin] {words[at]}"]
        )
    return " ".join(words)


def word_by_word(rng: Random, text: str, number: int) -> str:
    """A translation that kept the other language's order and lost its articles."""
    words = [word for word in words_of(text) if word.lower() not in {"a", "an", "the"}]
    for at in range(0, len(words) - 1, 2):
        if words[at].isalpha() and words[at + 1].isalpha() and rng.random() < 0.6:
            words[at], words[at + 1] = words[at + 1], words[at]
    for _ in range(3):
        words.insert(
            rng.randrange(len(words)), rng.choice(["of it", "the", "itself", "has been", "that which", "being"])
        )
    return re.sub(r" ([.,;:!?])", r"\1", " ".join(words))


def words_sorted(rng: Random, text: str, number: int) -> str:
    return " ".join(sorted({word.lower() for word in words_of(text) if word.isalpha()}))


TOOLS: dict[str, Maker] = {
    "stemmed, stop words gone": stemmed,
    "words with counts": word_counts,
    "subword marks": subword_marks,
    "tagged corpus": tagged,
    "parse trees": parse_tree,
    "Markov chain": markov_chain,
    "spintax": spintax,
    "word-by-word translation": word_by_word,
    "words sorted": words_sorted,
}
