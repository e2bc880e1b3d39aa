"""Grammars of junk and clean rows, from files in `texts/`: templates, and slots that are filled at random.

A line `[name]` begins a grammar, `* ` a template and `= slot: a~b~c` what may stand in `«slot»`; slots of the first,
nameless section are everyone's. `«text»`, `«head»` and `«tail»` are a clean text and its halves, `«99»` a number of two
digits, `«name»` a person's, `«2-4×slot×, »` a slot some times over, and `«a~b»` one of these.
"""

from __future__ import annotations

import re
from random import Random
from typing import NamedTuple

from benchmarks.clean_texts import TEXTS
from benchmarks.grammars import full_name

_INNERMOST = re.compile("«([^«»]*)»")
_REPEATED = re.compile(r"(\d)-(\d)×(\w+)(?:×(.*))?")
Slots = dict[str, list[str]]


class Grammar(NamedTuple):
    """A kind of row."""

    templates: list[str]
    slots: Slots

    def expanded(self, rng: Random, text: str, number: int, **more: list[str]) -> str:
        """A row, of one template after the other, so that none is rare; `more` are slots for this row alone."""
        return expand(rng, self.templates[number % len(self.templates)], {**self.slots, **more}, text)

    def entry(self, rng: Random, slot: str) -> str:
        """What may stand in a slot."""
        return expand(rng, f"«{slot}»", self.slots, "")


def grammars_in(file: str) -> dict[str, Grammar]:
    """The grammars of a file in `texts/`, by their names."""
    return read_grammars((TEXTS / file).read_text(encoding="utf-8").split("\n"))


def read_grammars(lines: list[str]) -> dict[str, Grammar]:
    """The grammar of each section; slots of the section without a name are everyone's."""
    sections: dict[str, Grammar] = {}
    for line in lines:
        mark, rest = line[:2], line[2:].replace("⏎", "\n").replace(r"\t", "\t")
        if line.startswith("["):
            shared = sections[""].slots if sections else {}
            templates, slots = sections[line[1:-1]] = Grammar([], dict(shared))
        elif mark == "* ":
            templates.append(rest)
        elif mark == "= ":
            name, entries = rest.split(": ", 1)
            slots[name] = _alternatives(entries)
    del sections[""]
    return sections


def _alternatives(entries: str) -> list[str]:
    """Cut at each `~` that is not inside a slot."""
    depth, found = 0, [""]
    for character in entries:
        depth += (character == "«") - (character == "»")
        if character == "~" and not depth:
            found.append("")
        else:
            found[-1] += character
    return found


def expand(rng: Random, template: str, slots: Slots, text: str) -> str:
    """Fill a template's slots from the inside out, clean text last, for it is to stay as it is."""
    words = text.split(" ")
    given = {"text": text, "head": " ".join(words[: len(words) // 2]), "tail": " ".join(words[len(words) // 2 :])}

    def filled(match: re.Match[str]) -> str:
        slot: str = match[1]
        if slot in slots:
            return rng.choice(slots[slot])
        if slot in given:
            return f"\0{slot}\0"
        if repeated := _REPEATED.fullmatch(slot):
            low, high, name, separator = repeated.groups()
            return (separator or " ").join([f"«{name}»"] * rng.randint(int(low), int(high)))
        if set(slot) == {"9"}:
            return str(rng.randrange(10 ** (len(slot) - 1), 10 ** len(slot)))
        if slot == "name":
            return full_name(rng)
        if "~" not in slot:
            raise KeyError(f"no slot {slot!r} for {template!r}")
        return rng.choice(slot.split("~"))

    while _INNERMOST.search(template):
        template = _INNERMOST.sub(filled, template)
    return re.sub("\0(\\w+)\0", lambda match: given[match[1]], template)
