"""What writers, keyboards and dictation do to clean text. For the third group."""

from __future__ import annotations

import re
from random import Random

from benchmarks.corruptions import Maker

_SMS = {
    "you": "u", "your": "ur", "are": "r", "to": "2", "too": "2", "for": "4", "and": "n", "because": "cuz", "be": "b",
    "see": "c", "why": "y", "with": "w", "without": "w/o", "people": "ppl", "great": "gr8", "the": "da", "that": "dat",
    "before": "b4", "what": "wat", "have": "hv", "is": "iz", "of": "o", "never": "nvr", "this": "dis",
}  # fmt: skip
_UPSIDE_DOWN = dict(zip("abcdefghijklmnopqrstuvwxyz.,!?'", "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz˙'¡¿,", strict=True))
_STYLES = (
    (0x1D400, 0x1D41A), (0x1D4D0, 0x1D4EA), (0x1D504, 0x1D51E), (0x1D5D4, 0x1D5EE), (0x24B6, 0x24D0), (0xFF21, 0xFF41),
)  # fmt: skip
"""Where capital and small letters of a style begin."""
_SPOKEN = {",": " comma", ".": " period", "?": " question mark", "!": " exclamation point", ";": " semicolon"}


def caps_lock(rng: Random, text: str, number: int) -> str:
    """Shift and caps lock both: the wrong case everywhere."""
    return text.swapcase()


def mocking_capitals(rng: Random, text: str, number: int) -> str:
    if number % 2:
        return "".join(c.upper() if at % 2 else c.lower() for at, c in enumerate(text))
    return "".join(rng.choice([c.upper(), c.lower()]) for c in text)


def claps(rng: Random, text: str, number: int) -> str:
    return f" {rng.choice(['👏', '👏👏', '✨', '💯', '🔥', '.', '🙌🏽', '❤'])} ".join(text.split(" "))


def text_speak(rng: Random, text: str, number: int) -> str:
    words = [word.lower() for word in re.findall(r"[A-Za-z']+", text) if word.isalpha()]
    short = [
        _SMS.get(w, re.sub(r"(?<=\w)[aeiou](?=\w)", "", w) if len(w) > 5 and rng.random() < 0.6 else w) for w in words
    ]
    front, back = (
        rng.choice(["omg ", "lol ", "ngl ", "", "tbh "]),
        rng.choice([" lmk", " xoxo", " smh", " wbu", " k thx bye"]),
    )
    return front + " ".join(short) + back


def styled_letters(rng: Random, text: str, number: int) -> str:
    upper, lower = _STYLES[number % len(_STYLES)]
    small = {chr(97 + at): chr(lower + at) for at in range(26)}
    return "".join(({chr(65 + at): chr(upper + at) for at in range(26)} | small).get(c, c) for c in text)


def upside_down(rng: Random, text: str, number: int) -> str:
    turned = [_UPSIDE_DOWN.get(c, c) for c in text.lower()]
    return "".join(turned if number % 4 == 3 else reversed(turned))


def hasty_typing(rng: Random, text: str, number: int) -> str:
    words = []
    for word in text.split(" "):
        at = rng.randrange(max(1, len(word) - 1))
        slips = [word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :], word[:at] + word[at + 1 :]]
        slips += [word[:at] + word[at] + word[at:], word[:at] + rng.choice("qwxzk;[") + word[at:]] if word else []
        words.append(rng.choice(slips) if len(word) > 2 and rng.random() < 0.75 else word)
    return " ".join(words)


def words_backwards(rng: Random, text: str, number: int) -> str:
    """A line that was read from the right."""
    backwards = " ".join(reversed(text.split(" ")))
    return backwards if number % 2 else re.sub(r"([\w'’-]+)([.,;:!?]+)", r"\2\1", backwards)


def dictated(rng: Random, text: str, number: int) -> str:
    """Signs spelled out by a dictation that should have set them."""
    spoken = "".join(_SPOKEN.get(c, c) for c in text).lower()
    front = rng.choice(["open quote ", "new paragraph ", "cap ", ""])
    return front + spoken + rng.choice([" new line", " close quote", " full stop stop dictation"])


WRITERS: dict[str, Maker] = {
    "caps lock left on": caps_lock,
    "mocking capitals": mocking_capitals,
    "claps between words": claps,
    "text speak": text_speak,
    "styled letters": styled_letters,
    "upside-down letters": upside_down,
    "hasty typing": hasty_typing,
    "words backwards": words_backwards,
    "dictated signs": dictated,
}
