"""Clean texts varied in what is no defect: names, dates, figures, typography, capitals, subjects.

A judge that has only seen the subjects and the typography of a few books calls everything else junk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

_ONSETS, _VOWELS, _CODAS = "b br ch d dr f g h j k kh l m n p r s sh st t tr v z", "aeiouaeo", "- n r l s sk"
_MONTHS = "January February March April May June July August September October November December"
_UNITS = "million|billion|percent|per cent|%|km|years|people|tonnes|points"


def invented_name(rng: Random) -> str:
    """A name that no list of words holds."""
    syllables = [rng.choice(_ONSETS.split()) + rng.choice(_VOWELS) for _ in range(rng.randint(1, 3))]
    return ("".join(syllables) + rng.choice(_CODAS.split()).strip("-")).capitalize()


@dataclass(frozen=True)
class Variety:
    """Ways to vary a clean text, which stays clean."""

    alike: Mapping[str, Sequence[str]]
    """A word and others of its class: what could stand in its place."""
    texts: Sequence[str]
    """Clean texts, to put together."""

    def kinds(self) -> dict[str, Callable[[Random, str], str]]:
        """Name -> how."""
        return {
            "names": self.names, "dates": self.dates, "figures": self.figures, "asides": self.asides,
            "typography": self.typography, "no capitals": self.no_capitals, "titles": self.titles,
            "subjects": self.subjects, "no full stop": self.no_full_stop, "lines": self.lines,
            "passages": self.passages, "remarks": self.remarks,
        }  # fmt: skip

    def names(self, rng: Random, text: str) -> str:
        def named(match: re.Match[str]) -> str:
            return invented_name(rng) if rng.random() < 0.15 else match[0]

        text = re.sub(r"\b[a-z]{5,}\b", named, text)
        return f"{invented_name(rng)} {invented_name(rng)}, {text[0].lower()}{text[1:]}" if rng.random() < 0.2 else text

    def dates(self, rng: Random, text: str) -> str:
        day, month, year = rng.randint(1, 28), rng.choice(_MONTHS.split()), rng.randint(1790, 2026)
        forms = [f"On {day} {month} {year}, ", f"In {year}, ", f"On {month} {day}, ", f"In {month} {year}, ",
                 f"By {year}, ", f"{month} {day}, {year}: ", f"Between {year} and {year + 3}, "]  # fmt: skip
        return rng.choice(forms) + (text[0].lower() if text[:2] != "I " else text[0]) + text[1:]

    def figures(self, rng: Random, text: str) -> str:
        def amount() -> str:
            number = rng.choice([f"{rng.randint(2, 99)}", f"{rng.random() * 100:.1f}", f"{rng.randint(1, 99)},000"])
            unit = rng.choice(_UNITS.split("|"))
            sign = rng.choice(["", "", "$", "£", "€"]) if unit in ("million", "billion", "points") else ""
            return f"{sign}{number}{'' if unit == '%' else ' '}{unit}"

        words = text.split(" ")
        at = rng.randint(1, max(1, len(words) - 2))
        words.insert(at, rng.choice(["about {},", "({})", "and {}", "or {},", "some {} later,"]).format(amount()))
        return " ".join(words)

    def asides(self, rng: Random, text: str) -> str:
        words = text.split(" ")
        name = invented_name(rng)
        aside = rng.choice([f"({name})", f"(see {name}, {rng.randint(1900, 2024)})", f"(in {name})", '"so to speak"',
                            f"— or so {name} says —", f"(of the {name} district)", "however,", "e.g.", "i.e.", "etc.,",
                            f"({name} {name[:2].upper()})", "[sic]", "“as it were”", "Mr.", "U.S."])  # fmt: skip
        words.insert(rng.randint(1, len(words)) if len(words) > 2 else 1, aside)
        return " ".join(words)

    def typography(self, rng: Random, text: str) -> str:
        text = re.sub(r"(?<=\w)'(?=\w)", "’", text)
        text = text.replace("-", "‑") if rng.random() < 0.5 else text
        text = text.replace(", ", rng.choice([" — ", "—", " – ", ", ", "; "]), 1)
        return rng.choice(["“{}”", "‘{}’", '"{}"', "{}", "{}", "«{}»"]).format(text)

    def no_capitals(self, rng: Random, text: str) -> str:
        text = text.lower().rstrip(".")
        return text if rng.random() < 0.5 else text.replace(",", "")

    def titles(self, rng: Random, text: str) -> str:
        words = re.sub(r"[.!?;:]+$", "", text).split()[: rng.randint(4, 9)]
        if words[-1].lower() in {"the", "a", "an", "of", "to", "and", "in", "with", "for", "or", "by", "as", "is"}:
            words = [*words, invented_name(rng)]
        return " ".join(words) if rng.random() < 0.4 else " ".join(word[:1].upper() + word[1:] for word in words)

    def subjects(self, rng: Random, text: str) -> str:
        def other(match: re.Match[str]) -> str:
            choices = self.alike.get(match[0], ())
            return rng.choice(choices) if choices and rng.random() < 0.5 else match[0]

        return re.sub(r"\b[a-z]{4,}\b", other, text)

    def no_full_stop(self, rng: Random, text: str) -> str:
        return text.rstrip(".") + rng.choice(["", "", "!", "...", "?"])

    def lines(self, rng: Random, text: str) -> str:
        """Set in lines, as verse, mail and comments are."""
        width, line = rng.randint(28, 72), ""
        found: list[str] = []
        for word in text.split():
            if len(line) + len(word) > width:
                found, line = [*found, line], ""
            line = f"{line} {word}".strip()
        return "\n".join([*found, line])

    def passages(self, rng: Random, text: str) -> str:
        """Several texts in one row."""
        between = rng.choice([" ", " ", " ", "\n", "\n\n"])
        return between.join([text, *(rng.choice(self.texts) for _ in range(rng.randint(1, 5)))])

    def remarks(self, rng: Random, text: str) -> str:
        """A remark in brackets behind the text."""
        name = invented_name(rng)
        remark = rng.choice([f"about {rng.randint(20, 900)}", f"from {name}", f"see {name}", name, "unfinished"])
        return text + rng.choice([" [{}]", " ({})", " [{}].", " ({}.)", " - {}", " — {}"]).format(remark)
