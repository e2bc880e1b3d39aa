"""The third group: corruption kinds written after the detectors were frozen, by somebody who had not seen them.

Nor were the rows of the other groups looked at, only the names of their kinds. Grammars are in `texts/blind_kinds.txt`,
damage to clean text in the other modules named `blind_`. Do not tune a detector on any of it: see the README.
"""

from __future__ import annotations

import re
from random import Random

from benchmarks.blind_encodings import ENCODINGS
from benchmarks.blind_pages import PAGES
from benchmarks.blind_tools import TOOLS
from benchmarks.blind_writers import WRITERS
from benchmarks.clean_texts import TEXTS
from benchmarks.corruptions import Kind, Maker
from benchmarks.grammars import full_name

_INNERMOST = re.compile("«([^«»]*)»")
_REPEATED = re.compile(r"(\d)-(\d)×(\w+)(?:×(.*))?")
Slots = dict[str, list[str]]


def read_grammars(lines: list[str]) -> dict[str, tuple[list[str], Slots]]:
    """Templates and slots of each section; slots of the section without a name are everyone's."""
    sections: dict[str, tuple[list[str], Slots]] = {}
    for line in lines:
        mark, rest = line[:2], line[2:].replace("⏎", "\n").replace(r"\t", "\t")
        if line.startswith("["):
            shared = sections[""][1] if sections else {}
            templates, slots = sections[line[1:-1]] = ([], dict(shared))
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


def _grammar(templates: list[str], slots: Slots) -> Maker:
    """One template after the other, so that none is rare."""
    return lambda rng, text, number: expand(rng, templates[number % len(templates)], slots, text)


_GRAMMARS = read_grammars((TEXTS / "blind_kinds.txt").read_text(encoding="utf-8").split("\n"))
_MAKERS: dict[str, Maker] = {name: _grammar(*section) for name, section in _GRAMMARS.items()}
_MAKERS |= ENCODINGS | PAGES | TOOLS | WRITERS

BLIND: tuple[Kind, ...] = tuple(Kind(name, "junk", make) for name, make in _MAKERS.items())
