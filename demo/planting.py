"""The defects that are planted in the corpus: one small function a kind, from a clean row to a spoilt one.

A kind's function gets a running number (so that no two junk rows of a kind are alike) and returns the spoilt text
with a note on what was done. Where a defect sits in the middle of a text, the rest stays a grammatical aphorism.
"""

from __future__ import annotations

import base64
import re
import string
from collections.abc import Callable
from random import Random

from demo import junk_phrases, lexicon
from demo.grammar import Aphorism, sample_aphorism

Planted = tuple[str, str]
"""The spoilt text and a note."""
Planter = Callable[[Random, Aphorism, int], Planted]

_SPECIAL_TOKENS = ("<|endoftext|>", "</s>", "[INST]", "<s>", "<|im_end|>", "[/INST]", "<pad>", "<|assistant|>")
_CONTROLS = ("\x07", "\x08", "\x01", "\x1b[31m", "\x7f", "\x02")
_BLANKS = ("", " ", "   ", "\t", "\n", "\u00a0", " \n ", "\u2003")
_FOREIGN_WORDS = ("at the café", "for the fiancée", "— naïve as ever —", "with crème brûlée", "… à la carte …")


def _words(text: str, minimum_length: int) -> list[re.Match[str]]:
    return [m for m in re.finditer(r"[A-Za-z]+", text) if len(m[0]) >= minimum_length]


def _insert(text: str, rng: Random, piece: str) -> str:
    """Put `piece` behind a word in the middle of the text."""
    spaces = [m.start() for m in re.finditer(" ", text)]
    at = rng.choice(spaces[2:-2])
    return text[:at] + piece + text[at:]


def _aphorism_with(pattern: str, rng: Random) -> str:
    """A fresh aphorism that matches a pattern (about one in seven does)."""
    while True:
        text = sample_aphorism(rng).text
        if re.search(pattern, text):
            return text


def empty(rng: Random, row: Aphorism, number: int) -> Planted:
    return _BLANKS[number % len(_BLANKS)], "nothing but blanks"


def missing(rng: Random, row: Aphorism, number: int) -> Planted:
    return row.text, "no author"


def too_short(rng: Random, row: Aphorism, number: int) -> Planted:
    return junk_phrases.TOO_SHORT[number], "one or two words"


def mojibake(rng: Random, row: Aphorism, number: int) -> Planted:
    """UTF-8 read as Windows-1252."""
    text = _insert(row.text, rng, " " + _FOREIGN_WORDS[number % len(_FOREIGN_WORDS)])
    if number % 2:
        text = _aphorism_with("'s", rng).replace("'", "’")
    return text.encode("utf-8").decode("cp1252"), "UTF-8 read as Windows-1252"


def lost_characters(rng: Random, row: Aphorism, number: int) -> Planted:
    text = _aphorism_with(r"\bdo not\b|\bcannot\b|'s", rng)
    text = re.sub(r"(?i)\b(do) not\b", r"\1n?t", text).replace("cannot", "can?t").replace("'s", "?s")
    return text, "apostrophes turned into question marks"


def control_characters(rng: Random, row: Aphorism, number: int) -> Planted:
    control = _CONTROLS[number % len(_CONTROLS)]
    return _insert(row.text, rng, control), f"contains U+{ord(control[0]):04X}"


def html_residue(rng: Random, row: Aphorism, number: int) -> Planted:
    wrap = (
        "<p>{}</p>",
        '<div class="quote">{}</div>',
        "<b>{}</b><br/>",
        '<a href="/quotes/{n}">{}</a>',
        "&ldquo;{}&rdquo;&nbsp;",
        "<li><i>{}</i></li>",
        "<span style='color:#333'>{}</span>",
        "{}<br><br>&amp;copy;",
    )[number % 8]
    return wrap.format(row.text, n=number), "markup left in"


def url_only(rng: Random, row: Aphorism, number: int) -> Planted:
    scheme = ("https://", "http://", "https://www.", "www.")[number % 4]
    return f"{scheme}example.{rng.choice(['com', 'org', 'net'])}/quotes/{rng.randrange(10**5)}", "only a link"


def placeholder(rng: Random, row: Aphorism, number: int) -> Planted:
    return junk_phrases.PLACEHOLDER[number], "a placeholder"


def boilerplate(rng: Random, row: Aphorism, number: int) -> Planted:
    return junk_phrases.BOILERPLATE[number], "site or book boilerplate"


def repetition(rng: Random, row: Aphorism, number: int) -> Planted:
    words = row.text.rstrip(".").split()
    phrase = " ".join(words[:3])
    if number % 3 == 0:
        return " ".join([phrase] * 9), "a phrase over and over"
    if number % 3 == 1:
        return " ".join([row.text] * 4), "the sentence four times"
    return f"{phrase} {words[3][0] * 30} {rng.choice('aeiou') * 24}", "runs of one character"


def gibberish(rng: Random, row: Aphorism, number: int) -> Planted:
    if number % 3 == 0:
        text = " ".join("".join(rng.choices("asdfghjkl", k=rng.randint(4, 9))) for _ in range(8))
        return text, "keyboard mash"
    if number % 3 == 1:
        text = " ".join("".join(rng.choices(string.ascii_lowercase, k=rng.randint(4, 11))) for _ in range(8))
        return text, "random letters"
    return base64.b64encode(rng.randbytes(60)).decode(), "base64"


def symbol_heavy(rng: Random, row: Aphorism, number: int) -> Planted:
    return junk_phrases.SYMBOL_HEAVY[number], "mostly symbols"


def duplicate(rng: Random, row: Aphorism, number: int) -> Planted:
    """A copy that differs at most in case, spaces or punctuation."""
    return (
        (row.text, "exact copy"),
        (row.text.upper(), "upper case"),
        (row.text.replace(" ", "  "), "double spaces"),
        (row.text.replace(",", "").rstrip(".") + "!", "other punctuation"),
        ("  " + row.text.lower() + " ", "lower case, outer spaces"),
    )[number % 5]


def near_duplicate(rng: Random, row: Aphorism, number: int) -> Planted:
    """A copy with one word changed, one word added, or a typo."""
    adjectives = [
        adjective for name in ("VIRTUE", "VICE", "MODEST", "GRAND") for adjective in lexicon.PLAIN[name].split()
    ]
    target = rng.choice([m for m in _words(row.text, 3) if m[0] in adjectives])
    before, after = row.text[: target.start()], row.text[target.end() :]
    if number % 3 == 0:
        return f"{before}{rng.choice([a for a in adjectives if a != target[0]])}{after}", "one word changed"
    if number % 3 == 1:
        return f"{before}{target[0]} and {rng.choice([a for a in adjectives if a != target[0]])}{after}", "words added"
    word = rng.choice(_words(row.text, 5))
    at = rng.choice([i for i in range(1, len(word[0]) - 1) if word[0][i] != word[0][i + 1]])
    typo = word[0][:at] + word[0][at + 1] + word[0][at] + word[0][at + 2 :]
    return row.text[: word.start()] + typo + row.text[word.end() :], "a typo"


def special_token_in_text(rng: Random, row: Aphorism, number: int) -> Planted:
    token = _SPECIAL_TOKENS[number % len(_SPECIAL_TOKENS)]
    return _insert(row.text, rng, f" {token}"), f"contains {token}"


def pii(rng: Random, row: Aphorism, number: int) -> Planted:
    """Made-up contact data: reserved example domains, and numbers from the range kept for fiction."""
    if number % 2:
        phone = f"{rng.choice(['+1 202-555-', '(303) 555-', '415-555-'])}01{rng.randrange(100):02d}"
        return f"{row.text} {rng.choice(['Call', 'Phone', 'Ring'])} {phone} for more.", "a phone number"
    place = rng.choice(lexicon.THEMED["PLACE"][number % 8].split())
    address = f"{row.author.lower()}.{place}{rng.randrange(100)}@example.{rng.choice(['com', 'org', 'net'])}"
    return f"{row.text} Write to {address} for more.", "an e-mail address"


def truncated(rng: Random, row: Aphorism, number: int) -> Planted:
    word = rng.choice(_words(row.text, 5)[-3:])
    return row.text[: word.start() + rng.randint(2, len(word[0]) - 2)], "cut inside a word"


def wrong_language(rng: Random, row: Aphorism, number: int) -> Planted:
    language, text = junk_phrases.WRONG_LANGUAGE[number]
    return text, f"language {language}"


SPOILED: tuple[Planter, ...] = (
    empty, missing, too_short, mojibake, lost_characters, control_characters, html_residue, url_only, placeholder,
    boilerplate, repetition, gibberish, symbol_heavy, special_token_in_text, pii, truncated, wrong_language,
)  # fmt: skip
"""Kinds that spoil a row of their own."""

COPIED: tuple[Planter, ...] = (duplicate, near_duplicate)
"""Kinds that copy a clean row of the corpus; the copy comes later than its original."""
