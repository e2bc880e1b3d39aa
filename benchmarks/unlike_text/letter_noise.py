"""Random damage to letters and signs: exchanged, dropped, repeated, put between and among."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from random import Random

SIGNS = "|/\\_~^*#@=+<>{}[]()%$&;:-.,'\"`!?"
FOREIGN_BLOCKS = (0xC0, 0x100, 0x250, 0x370, 0x400, 0x4E00, 0x3040, 0x2200, 0x2500, 0xE000)


def random_sign(rng: Random) -> str:
    """One to three signs."""
    return "".join(rng.choice(SIGNS) for _ in range(rng.choice([1, 1, 1, 2, 2, 3])))


def letters_exchanged(rng: Random, text: str, number: int) -> str:
    letters = rng.sample(string.ascii_lowercase, rng.randint(4, 16))
    codes = {letter: rng.choice(string.ascii_letters + string.digits + SIGNS) for letter in letters}
    return "".join(codes.get(character, character) for character in text)


def letters_foreign(rng: Random, text: str, number: int) -> str:
    start, share = rng.choice(FOREIGN_BLOCKS), rng.uniform(0.1, 0.9)
    letters = sorted({c for c in text if c.isalpha()})
    codes = {c: chr(start + rng.randrange(96)) for c in letters if rng.random() < share}
    return "".join(codes.get(character, character) for character in text)


def bytes_garbled(rng: Random, text: str, number: int) -> str:
    share = rng.uniform(0.04, 0.3)

    def other() -> str:
        return chr(rng.choice([rng.randrange(0xA1, 0x180), rng.randrange(33, 127)]))

    return "".join(other() if rng.random() < share else character for character in text)


def letters_dropped(rng: Random, text: str, number: int) -> str:
    share = rng.uniform(0.12, 0.4)
    return "".join(c for c in text if not c.isalpha() or rng.random() > share)


def letters_swapped(rng: Random, text: str, number: int) -> str:
    share = rng.uniform(0.4, 1)

    def swapped(match: re.Match[str]) -> str:
        letters = list(match[0])
        if len(letters) > 3 and rng.random() < share:
            at = rng.randrange(len(letters) - 1)
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        return "".join(letters)

    return re.sub(r"[A-Za-z]+", swapped, text)


def letters_repeated(rng: Random, text: str, number: int) -> str:
    share = rng.uniform(0.15, 0.6)
    return "".join(c * (rng.choice([2, 2, 3]) if c.isalpha() and rng.random() < share else 1) for c in text)


def wrong_case(rng: Random, text: str, number: int) -> str:
    if number % 4 == 0:
        return "".join(c.upper() if rng.random() < 0.4 else c.lower() for c in text)
    if number % 4 == 1:
        return re.sub(r"[A-Za-z]+", lambda match: match[0][:1].lower() + match[0][1:].upper(), text)
    if number % 4 == 2:
        return re.sub(r"[A-Za-z]+", lambda match: match[0][:-1].lower() + match[0][-1:].upper(), text)
    return "".join(word.capitalize() for word in text.split())


def spaces_moved(rng: Random, text: str, number: int) -> str:
    share = rng.uniform(0.05, 0.25)
    lost = (0.0, 0.6, 0.35)[number % 3]
    share *= number % 3 != 1
    kept = ("" if c == " " and rng.random() < lost else c for c in text)
    return "".join(c + (" " if c.isalpha() and rng.random() < share else "") for c in kept)


def clipped(rng: Random, text: str, number: int) -> str:
    """Without its beginning, from the middle of a word on."""
    inner = [at for at in range(len(text) // 6, 2 * len(text) // 3) if text[at - 1 : at + 1].isalpha()]
    return text[rng.choice(inner) :] if inner else text[1:]


def lines_broken(rng: Random, text: str, number: int) -> str:
    most = rng.choice([1, 2, 2, 3])
    return "".join(word + ("\n" if rng.random() < 1 / most else " ") for word in text.split())


def signs_garbled(rng: Random, text: str, number: int) -> str:
    """Letters and space as they were, every other sign as another program reads it."""
    codes = {sign: "".join(chr(rng.randrange(0xA1, 0x250)) for _ in range(rng.choice([1, 1, 2, 3]))) for sign in SIGNS}
    shown = re.sub(r"(?<=\w)(?=s\b)|(?<= )(?=\w{7})", lambda _: rng.choice(["'", '"', "", ""]), text)
    return "".join(codes.get(sign, sign) if sign not in "." else sign for sign in f'"{shown}"')


def signs_between(rng: Random, text: str, number: int) -> str:
    sign, share = random_sign(rng), rng.choice([1, 1, 0.5, 0.3])
    return "".join(c if c != " " or rng.random() > share else rng.choice([sign, f" {sign} "]) for c in text)


def signs_scattered(rng: Random, text: str, number: int) -> str:
    share = rng.uniform(0.03, 0.25)
    return "".join(c + (random_sign(rng) if rng.random() < share else "") for c in text)


LETTER_NOISE: dict[str, Callable[[Random, str, int], str]] = {
    "letters exchanged": letters_exchanged,
    "letters foreign": letters_foreign,
    "bytes garbled": bytes_garbled,
    "letters dropped": letters_dropped,
    "letters swapped": letters_swapped,
    "letters repeated": letters_repeated,
    "wrong case": wrong_case,
    "spaces moved": spaces_moved,
    "clipped": clipped,
    "lines broken": lines_broken,
    "signs garbled": signs_garbled,
    "signs between": signs_between,
    "signs scattered": signs_scattered,
}
