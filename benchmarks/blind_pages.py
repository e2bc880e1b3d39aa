"""What scans, PDF files, tables and editors do to clean text. For the third group."""

from __future__ import annotations

import re
from random import Random

from benchmarks.clean_texts import written
from benchmarks.corruptions import Maker

_LIGATURES = ("ffi", "fi", "fl", "ff", "tt", "ti")
_WITH_LIGATURES = (
    "The first official figure was different.",
    "In the final office file he briefly reflected on it.",
    "Sufficient profit, the staff affirmed.",
    "A fifth of the traffic flowed off the field.",
    "The chief officer identified a fire on the fifth floor.",
    "Scientific definitions are often artificial.",
    "They offered fish, coffee and waffles, and little butter.",
)
_WITH_S = (
    "It is most justly observed of this same house, that",
    "As the said Master Simpson has lost his last suit,",
    "Sir, I must first insist upon these causes, since",
    "The states' session was postponed so long, because",
)


def ligatures_lost(rng: Random, text: str, number: int) -> str:
    """A PDF whose font maps no ligature."""
    text = f"{rng.choice(_WITH_LIGATURES)} {text}"
    for ligature in _LIGATURES:
        text = text.replace(ligature, ("", " ", "?", "\x0c")[number % 4])
    return text


def hyphens_of_lines(rng: Random, text: str, number: int) -> str:
    hyphen = ("- ", "-\n", "\u00ad ", "¬ ")[number % 4]
    text = f"{text} {rng.choice(written('sentences.txt'))}"
    return re.sub(r"\b(\w{3,4})(\w{3,})", lambda m: m[1] + hyphen + m[2] if rng.random() < 0.6 else m[0], text)


def columns_interleaved(rng: Random, text: str, number: int) -> str:
    """A page of two columns read straight across."""
    width = rng.randint(3, 5)
    left, right = text.split(), rng.choice(written("sentences.txt")).split()
    starts = range(0, max(len(left), len(right)), width)
    lines = [" ".join([*left[at : at + width], *right[at : at + width]]) for at in starts]
    return ("\n", " ")[number % 2].join(lines)


def glyph_codes(rng: Random, text: str, number: int) -> str:
    if number % 2:
        return "".join(c if c == " " else f"(cid:{max(1, ord(c) - 29)})" for c in text[:60])
    return re.sub(r"[aeiostn]", lambda m: f"(cid:{ord(m[0])})" if rng.random() < 0.5 else m[0], text)


def overprinted(rng: Random, text: str, number: int) -> str:
    """Bold type that a printer makes by setting each letter twice."""
    times = 2 if number % 3 else 3
    words = text.split(" ")
    bold = rng.randint(len(words) // 2, len(words))
    return " ".join("".join(c * times for c in word) if at < bold else word for at, word in enumerate(words))


def private_glyphs(rng: Random, text: str, number: int) -> str:
    base = (0xF000, 0xE000, 0xF700)[number % 3]
    some = rng.sample(sorted({c for c in text if c.isalpha()}), 6) if number % 2 else text
    return "".join(chr(base + ord(c)) if c in some and c.isascii() and c != " " else c for c in text)


def long_s(rng: Random, text: str, number: int) -> str:
    """An old print whose long s was taken for an f."""
    return re.sub(r"s(?=\w)", lambda m: "f" if rng.random() < 0.9 else "ſ", f"{rng.choice(_WITH_S)} {text}")


def front_cut_off(rng: Random, text: str, number: int) -> str:
    words = text.split(" ")
    words = words[rng.randint(1, max(1, len(words) // 3)) :]
    return words[0][len(words[0]) // 2 :] + " " + " ".join(words[1:])


def narrow_column(rng: Random, text: str, number: int) -> str:
    words = text.split(" ")
    width = 1 if number % 2 else 2
    return "\n".join(" ".join(words[at : at + width]) for at in range(0, len(words), width))


def line_numbers(rng: Random, text: str, number: int) -> str:
    words, line, lines = text.split(" "), rng.randint(1, 40), []
    while words:
        width = rng.randint(3, 6)
        lines.append(f"{line} {rng.choice(['', '', 'Q. ', 'A. '])}{' '.join(words[:width])}")
        words, line = words[width:], line + 1
    return ("\n", " ", "  ")[number % 3].join(lines)


def csv_quoting(rng: Random, text: str, number: int) -> str:
    text = text.replace('"', '""')
    forms = ['"""%s""",', '"%s"",,,,', ',"%s', '"%s",,"', '""""%s"""";', "%s,,,,,,", '=""%s""', "%s;;;\\N;\\N"]
    return forms[number % len(forms)] % text


def list_printed(rng: Random, text: str, number: int) -> str:
    other = rng.choice(written("sentences.txt"))
    forms = [
        "[{0!r}]",
        "b{0!r}",
        "({0!r},)",
        "[{0!r}, {1!r}]",
        "{{{0!r}}}",
        "[[{0!r}], []]",
        "{{'text': {0!r}, 'n': {2}}}",
    ]
    return forms[number % len(forms)].format(text, other, number)


def spaces_exchanged(rng: Random, text: str, number: int) -> str:
    return ("_", "+", ",", ".", "%", "\\", "|", "·")[number % 8].join(text.split(" "))


def tracked_changes(rng: Random, text: str, number: int) -> str:
    words = text.split(" ")
    for at in rng.sample(range(len(words)), min(3, len(words))):
        other = rng.choice(["perhaps", "clearly", "which", "early", "better", "AB: source?"])
        forms = [
            "{{--{0}--}}{{++{1}++}}",
            "[deleted: {0}] [inserted: {1}]",
            "{0} Deleted: {1}",
            "{0} Comment [JK{2}]: {1}",
        ]
        words[at] = forms[number % 4].format(words[at], other, at + 1)
    return " ".join(words) + rng.choice(["", " Formatted: Font: 11 pt, Not Bold", " Formatted: Line spacing: single"])


PAGES: dict[str, Maker] = {
    "ligatures lost": ligatures_lost,
    "hyphens of line ends": hyphens_of_lines,
    "two columns interleaved": columns_interleaved,
    "glyph codes": glyph_codes,
    "letters overprinted": overprinted,
    "private-use glyphs": private_glyphs,
    "long s read as f": long_s,
    "front cut off": front_cut_off,
    "narrow column": narrow_column,
    "line numbers": line_numbers,
    "CSV quoting": csv_quoting,
    "list printed": list_printed,
    "other signs for spaces": spaces_exchanged,
    "tracked changes": tracked_changes,
}
