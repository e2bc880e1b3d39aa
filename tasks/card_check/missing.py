"""What a reader of a card needs and doesn't find: data, its identity, licence, base, evaluation, seed, intended use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from tasks.card_check.card import PLACEHOLDER, Card, Line
from tasks.card_check.findings import Finding, Numbers
from tasks.card_check.results import evaluation_data

_NOBODY = {"", "none", "unknown", "other", "n/a", "na", "tbd", "todo", "null", "not stated", "custom", "private"}
_UNNAMED = re.compile(
    r"\bon (?:an?|the) (?:unknown|none|custom|private) (?:data ?set|data)\b|data ?sets?:? unknown", re.I
)
_NAMED_DATA = re.compile(
    r"huggingface\.co/datasets/[\w.-]+|(?:kaggle|zenodo|gutenberg|github|data)\.\w+/[\w./-]{3,80}"
    r"|\bdata ?sets?\s?:\s?(?!unknown|none)[\w\[]|sha256:[0-9a-f]{7}"
    r"|\bon the (?!none|unknown|custom|private|same|whole|full|following|training|evaluation|validation|test)"
    r"[\w./-]{2,80} data ?set\b"
    r"|trained on (?:the )?\[?[A-Z`\"][\w./-]{1,60}",
    re.IGNORECASE,
)
_IDENTITY = re.compile(
    r"(?:revision|commit|version|identity|sha-?256|md5|downloaded on|release)\W{1,4}(?:of )?[`\"]?[\w:.-]*\d"
    r"|sha256:[0-9a-f]{7}",
    re.IGNORECASE,
)
_LICENCE = re.compile(r"licen[cs]ed?\W{1,4}(?:is |under |of )?(?:the )?([\w.+ -]{2,40})", re.IGNORECASE)
_BASE = re.compile(
    r"fine-?tuned (?:version|checkpoint) of (?!none|unknown)|base (?:model)?\W{1,3}(?!unknown|none)\w|trained on a base"
    r"|\bon (?:base )?\[[\w./-]+\]\(https://huggingface\.co/(?!datasets)|\ba base from\b|itself trained by",
    re.IGNORECASE,
)
_EVALUATED = re.compile(
    r"held[- ]?out|(?:validation|test|evaluation) (?:split|set|rows) of"
    r"|evaluated on (?!the (?:evaluation|validation|test))"
    r"|\d %? (?:for|as|of the rows for) (?:validation|evaluation|test)",
    re.IGNORECASE,
)
_USE = re.compile(
    r"intended use|^uses?$|direct use|use cases?|limitation|^limits$|out[- ]of[- ]scope|how to use|usage", re.IGNORECASE
)


def check_missing(card: Card, numbers: Numbers) -> Iterator[Finding]:
    """Everything that isn't there, or is a template's placeholder."""
    yield from _dataset(card)
    if not _licensed(card):
        yield _missing(
            "licence", _line_of(card, "licen"), str(card.metadata.get("license") or "none"),
            "nobody may use the model, or knows whether they may",
            "state `license:` in the metadata; the data's licence and the base's both bind",
        )  # fmt: skip
    if not _names(card.metadata.get("base_model")) and not _first(card.prose, _BASE):
        yield _missing(
            "base_model", 0, "none", "the model can't be made again, nor its gain be told from its base's",
            "state `base_model:` in the metadata, and its commit",
        )  # fmt: skip
    if not any(_names(name) for name in evaluation_data(card)) and not _first(card.prose, _EVALUATED):
        placed = _placeholder(card, "evaluation data")
        yield _missing(
            "evaluation_data", placed, "More information needed" if placed else "none",
            "a loss without its rows can't be compared with any other",
            "say which rows were held out, how many, and how they were chosen",
        )  # fmt: skip
    if not any(figure.kind == "seed" for figure in numbers.all):
        yield _missing("seed", 0, "none", "the run can't be repeated", "state the seed, and the libraries' versions")
    if not _told(card, _USE):
        placed = _placeholder(card, "use")
        yield _missing(
            "intended_use", placed, "More information needed" if placed else "none",
            "a reader can't tell what it is for, and where not to trust it", "add `## Intended uses & limitations`",
        )  # fmt: skip
    if card.problem:
        yield _missing(
            "metadata", 1, card.problem, "the hub shows neither licence nor base nor results of it",
            "mend the YAML between the two --- lines",
        )  # fmt: skip


def _dataset(card: Card) -> Iterator[Finding]:
    listed, unnamed = _names(card.metadata.get("datasets")), _first(card.prose, _UNNAMED)
    named = _first(card.prose, _NAMED_DATA)
    if not listed and (unnamed or not named):
        yield _missing(
            "dataset", unnamed.number if unnamed else _placeholder(card, "data"),
            _quoted(unnamed, _UNNAMED) if unnamed else "none",
            "nobody can tell what it learned, whether it may be used, or whether a test was among it",
            "name the data: `datasets:` in the metadata, or where it is from",
        )  # fmt: skip
        return
    revisions = [name for name in evaluation_data(card) if re.search(r"\b[0-9a-f]{7,40}\b", name)]
    if not revisions and not _first(card.lines, _IDENTITY):
        yield _missing(
            "dataset_identity", named.number if named else _line_of(card, "dataset"), "a name without revision",
            "what the name stands for changes", "state the commit, the release or a SHA-256 of the files",
        )  # fmt: skip


def _licensed(card: Card) -> bool:
    stated = card.metadata.get("license")
    if _names(stated):
        return True
    if str(stated or "").lower() == "other" and (name := str(card.metadata.get("license_name") or "")):
        return "unknown" not in name.lower()
    found = [match[1].strip().lower() for line in card.prose for match in [_LICENCE.search(line.text)] if match]
    return any(name not in _NOBODY and not PLACEHOLDER.match(name) for name in found)


def _names(value: Any) -> bool:
    """Whether a value of the metadata names something."""
    if isinstance(value, list):
        return any(_names(item) for item in value)
    return isinstance(value, str) and value.strip().lower() not in _NOBODY


def _told(card: Card, headings: re.Pattern[str]) -> bool:
    """Whether a section of such a heading says anything."""
    return any(
        headings.search(line.section) and re.search(r"\w{3}", line.text)
        and not PLACEHOLDER.search(line.text) and not line.text.lstrip().startswith("#")
        for line in card.lines
    )  # fmt: skip


def _placeholder(card: Card, section: str) -> int:
    """The line of a placeholder under a heading."""
    return next((line.number for line in card.prose if section in line.section and PLACEHOLDER.search(line.text)), 0)


def _first(lines: Sequence[Line], pattern: re.Pattern[str]) -> Line | None:
    return next((line for line in lines if pattern.search(line.text)), None)


def _quoted(line: Line, pattern: re.Pattern[str]) -> str:
    found = pattern.search(line.text)
    return found[0] if found else ""


def _line_of(card: Card, word: str) -> int:
    return next((number for number, text in enumerate(card.front_matter, 2) if text.lower().startswith(word)), 0)


def _missing(name: str, line: int, seen: str, follows: str, do: str) -> Finding:
    return Finding("missing", name, line, seen, follows, do)
