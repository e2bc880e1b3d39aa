"""Words that grew together where a line end or a space was lost: `in terrorJust then`, `He left.Then`, `learnedwhen`.

Both halves are English. Names and identifiers are put together the same way (`PowerPoint`, `innerText`, `queue.Queue`),
so a place is *certain* only where the second half is what sentences and verses begin with, and the first no capitalised
word; other places count beside a certain one. In 34,000 rows of prose, news and documentation no certain place is
wrong; collections of quotes that lost their line ends have one in 5 to 10 % of their rows.
"""

from __future__ import annotations

import re

import numpy as np

from tasks.validation.english_words import is_english
from tasks.validation.text_column import Floats, TextColumn

ENGLISH = "en"
_OPENERS = (
    "the and but so he she we they you your my his her their our this that there here it it's i'm don't what when "
    "where who whose why how while never just because then now than"
)
OPENERS = frozenset(_OPENERS.split())
"""What a verse or sentence begins with, and hardly any second part of an identifier."""
_STARTERS = (
    "i a an or for if in its these those not no nor yet be is are was do let to of on at by with from as some all "
    "every each one only even can will would once still like always without whether after before until life love people"
)
STARTERS = OPENERS | frozenset(_STARTERS.split())
"""What a sentence begins with behind a full stop."""
SECOND = ("that", "which", "what", "when", "with", "from", "they", "because", "into")
FIRST = ("that", "which", "what", "when", "they", "because", "from", "your", "their")
"""Words that an unknown word ends or begins with where a space was lost."""
COMPOUNDED = frozenset(["here", "there", "where", "some", "else", "forth", "thence", "whence", "hence", "how"])
"""What makes one word with them: `therewith`, `wherefrom`."""
MIN_HALF = 4
"""Letters of a half in lower case; of shorter ones unknown words are made by chance: `earthen`."""

GATE = r"[a-z][.!?;,:]?[\"”’)“‘(]*[A-Z]|[a-z]{2},[a-z]{2}"
"""What places with a capital or comma look like, in brief."""
LOWER_GATE = (
    rf"[a-z]{{{MIN_HALF}}}(?:{'|'.join(SECOND)})(?:[^A-Za-z]|$)|(?:^|[^A-Za-z])(?:{'|'.join(FIRST)})[a-z]{{{MIN_HALF}}}"
)
"""And what words look like that hold one of these."""
_ALONE, _END = r"(?<![\w@#/.\\'’-])", r"(?![\w@/\\(=\[]|[.'’-]\w)"
_PLACE = re.compile(
    rf"{_ALONE}(?P<first>[A-Za-z][a-z]+)(?:(?P<mark>[!?]{{1,3}}|[.;,:])(?P<quotes>[\"”’)“‘(]*))?"
    rf"(?P<second>[A-Z](?:[a-z]+(?:['’][a-z]+)?)?|(?<=,)[a-z]{{2,}}){_END}"
)
_SPEAKS = re.compile(r" (?:am|was|have|had|will|would|could|do|did|know|think|thought|love|want|feel|never)\b")
"""What follows an `I` that is no number: `apartI have`, but `phaseI trials`."""
_LOWER = re.compile(rf"{_ALONE}[a-z]{{{2 * MIN_HALF - 1},}}{_END}")
_CLOSING = "”’)"


def run_together(column: TextColumn, language: str) -> Floats:
    """In how many places words or sentences have grown together; 0 for contracts of other languages than English."""
    if language != ENGLISH:
        return np.zeros(len(column))
    gate = column.matches(GATE) | column.matches(LOWER_GATE)
    return column.measure_where(gate, lambda text: float(len(breaks(text))))


def separate(text: str) -> str:
    """With a space in each of these places."""
    parts, start = [], 0
    for place in breaks(text):
        parts.append(text[start:place])
        start = place
    return " ".join([*parts, text[start:]])


def breaks(text: str) -> list[int]:
    """Where spaces are missing, in order; none where no place is certain."""
    found = [(_break(place, text), _is_certain(place)) for place in _PLACE.finditer(text) if _is_joint(place)]
    found += [(place.start() + at, True) for place in _LOWER.finditer(text) if (at := halves(place[0]))]
    return sorted(place for place, _ in found) if any(certain for _, certain in found) else []


def halves(word: str) -> int:
    """Where an unknown lower-case word falls into two known ones, one of them a word that sentences are full of."""
    if len(word) < 2 * MIN_HALF - 1 or (not word.endswith(SECOND) and not word.startswith(FIRST)) or is_english(word):
        return 0
    for second in SECOND:
        first = word.removesuffix(second)
        if MIN_HALF <= len(first) < len(word) and first not in COMPOUNDED and is_english(first):
            return len(first)
    for first in FIRST:
        second = word.removeprefix(first)
        if MIN_HALF <= len(second) < len(word) and is_english(second):
            return len(first)
    return 0


def _is_joint(place: re.Match[str]) -> bool:
    second = place["second"].lower().replace("’", "'")
    return is_english(place["first"].lower()) and (second in STARTERS or is_english(second))


def _is_certain(place: re.Match[str]) -> bool:
    second, mark = place["second"].lower().replace("’", "'"), place["mark"]
    starts_small = place["first"].islower()
    if not mark:
        return starts_small and (
            second in OPENERS or (second == "i" and bool(_SPEAKS.match(place.string, place.end())))
        )
    if mark == ",":
        return second in OPENERS and not place["quotes"]
    return second in STARTERS or (starts_small and mark not in ".:")


def _break(place: re.Match[str], text: str) -> int:
    """Behind the mark and the quotation marks that close."""
    if not place["mark"]:
        return place.start("second")
    at = place.end("mark")
    while text[at] in _CLOSING or (text[at] == '"' and _closes(text, at)):
        at += 1
    return at


def _closes(text: str, at: int) -> bool:
    """Whether a straight quotation mark closes: the one before it stands at the beginning of a word."""
    before = text.rfind('"', 0, at)
    return before == 0 or (before > 0 and not text[before - 1].isalnum() and text[before - 1] not in ".,!?;:…")
