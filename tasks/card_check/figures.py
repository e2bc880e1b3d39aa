"""The numbers of a card: what each is called, what it is, and how far it was rounded.

Names are those that the hub's libraries write (`total_train_batch_size: 128`) and those that people write ("validation
loss 6.2712", "3 epochs"). What isn't recognised is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tasks.card_check.card import Card, Line


class Figure(NamedTuple):
    """A number that the card states."""

    kind: str
    """A key of `NAMES`."""
    value: float
    rounding: float
    """Half of the last digit it is written with."""
    line: int
    place: str
    """Figures of one place belong together: a row of a table, a sentence's line, a result of the metadata."""
    section: str = ""

    def equals(self, other: Figure) -> bool:
        """Whether both may be the same number, each rounded."""
        return abs(self.value - other.value) <= (self.rounding + other.rounding) * 1.001 + 1e-12


MAX_FIGURES = 1000
"""Of a card's text, and of its tables, each; a card has dozens, and they are held against each other."""
_NUMBER = r"[-+−]?\d[\d,]{0,20}(?:\.\d{1,20})?(?:e[-+−]?\d{1,3}|\s?[×x*·]\s?10\^?\{?[-−]\d{1,3})?(?!\d)"
_BETWEEN = r"(?:\s{0,9}(?:[:=~≈|→]|of|is|was|at|about|around|reached|reaches)){0,3}\s{0,9}"
_SET = r"(?:val(?:id(?:ation)?)?|eval(?:uation)?|test|dev|held[-_ ]?out)"
_FEW = r"(?:gpus|devices|a100s|h100s)"
_ROWS = r"(?:rows|examples|samples|quotes|records|documents|sentences|dialogues|pairs|notes|instances)"

NAMES = {
    "other_perplexity": r"(?:word|byte|char(?:acter)?)[-_ ](?:level[-_ ])?(?:perplexity|ppl)",
    "train_perplexity": r"train(?:ing)?[-_ ](?:set[-_ ])?(?:perplexity|ppl)",
    "perplexity": rf"(?:{_SET}[-_ ](?:set[-_ ])?)?\b(?:perplexity|ppl)",
    "train_loss": r"train(?:ing)?[-_ ](?:set[-_ ])?loss",
    "eval_loss": rf"{_SET}[-_ ](?:set[-_ ]|split[-_ ])?loss",
    "loss": r"(?:cross[- ]entropy )?loss",
    "accuracy": rf"(?:(?:{_SET}|train(?:ing)?|token|mean)[-_ ])?accuracy",
    "learning_rate": r"learning[-_ ]rate|lr",
    "eval_batch": r"(?:total[-_ ])?(?:per[-_ ]device[-_ ])?eval[-_ ]batch[-_ ]size",
    "total_batch": r"(?:total|effective|global)[-_ ](?:train(?:ing)?[-_ ])?batch(?:[-_ ]size)?",
    "device_batch": r"per[-_ ](?:device|gpu)[-_ ](?:train(?:ing)?[-_ ])?batch(?:[-_ ]size)?|train[-_ ]batch[-_ ]size"
    r"|micro[-_ ]?batch(?:[-_ ]size)?",
    "batch": r"batch[-_ ]size",
    "accumulation": r"(?:gradient[-_ ])?accumulation(?:[-_ ]steps)?",
    "devices": r"num[-_ ](?:devices|gpus)|number of (?:gpus|devices)",
    "epochs": r"(?:num[-_ ](?:train[-_ ])?|number of )?epochs",
    "steps": r"(?:training|train|max|total|num|optimi[sz]er)[-_ ](?:train[-_ ]|training[-_ ])?steps",
    "rows": rf"num[-_ ](?:train[-_ ])?{_ROWS}|training {_ROWS}|train[-_ ]{_ROWS}",
    "seed": r"(?:random[-_ ])?seed",
}
"""What a figure is called; the first that fits counts."""
_NAMED = re.compile(
    "|".join(f"(?P<{kind}>(?<![a-z0-9_]){name}(?![a-z0-9]))" for kind, name in NAMES.items()), re.IGNORECASE
)
_VALUE = re.compile(rf"{_BETWEEN}(?P<number>{_NUMBER})(?!\s?(?:of|/))", re.IGNORECASE)
_BEFORE = {
    "epochs": r"(?:training |full )?epochs?",
    "steps": r"(?:training |optimi[sz]er |update )?steps",
    "devices": _FEW,
    "rows": rf"(?:training (?:{_ROWS})|(?:{_ROWS}) (?:to train on|for training))|to train on",
    "accumulation": r"(?:gradient )?accumulation(?: steps)?",
    "train_loss": r"train(?:ing)? loss",
    "eval_loss": rf"{_SET} loss",
}
_NUMBER_FIRST = re.compile(
    rf"(?<![\w.,])(?P<number>{_NUMBER})\s{{1,9}}(?:"
    + "|".join(f"(?P<{kind}>{name})" for kind, name in _BEFORE.items())
    + r")(?![a-z0-9_])",
    re.IGNORECASE,
)
_ON_EVALUATION = re.compile(r"following results? on the (?:evaluation|validation|test) (?:set|data)", re.IGNORECASE)


def stated_figures(card: Card, in_tables: set[int]) -> list[Figure]:
    """The figures of the card's body outside its tables of results, in order.

    Losses and the like in code are left out (they are the program's, not the model's); settings in code count.

    Args:
        card: The card.
        in_tables: Numbers of the lines that belong to tables of results.
    """
    found, after_headline = [], False
    for line in card.lines:
        if line.number in in_tables:
            continue
        if _ON_EVALUATION.search(line.text):
            after_headline = True
        elif after_headline and line.text.strip() and not line.text.lstrip().startswith(("-", "*", "•")):
            after_headline = False
        for figure in _of_line(line):
            if line.is_code and figure.kind in MEASURED:
                continue
            if after_headline and figure.kind in ("loss", "eval_loss"):
                figure = figure._replace(kind="headline_loss", place="headline")
            elif after_headline:
                figure = figure._replace(place="headline")
            found.append(figure)
    return found[:MAX_FIGURES]


MEASURED = ("loss", "train_loss", "eval_loss", "perplexity", "train_perplexity", "other_perplexity", "accuracy")


def _of_line(line: Line) -> Iterator[Figure]:
    text = re.sub(r"[*`]|(?<!\w)_|_(?!\w)", "", line.text)
    taken = []
    for name in _NAMED.finditer(text):
        if value := _VALUE.match(text, name.end()):
            taken.append(value.span("number"))
            yield _figure(str(name.lastgroup), value["number"], line)
    for found in _NUMBER_FIRST.finditer(text):
        if not any(start < found.end("number") and found.start("number") < end for start, end in taken):
            yield _figure(str(found.lastgroup), found["number"], line)


def _figure(kind: str, written: str, line: Line) -> Figure:
    value, rounding = parse_number(written)
    return Figure(kind, value, rounding, line.number, f"line {line.number}", line.section)


def parse_number(written: str) -> tuple[float, float]:
    """A number as people write it (`1,234`, `3e-05`, `1 × 10^-5`), and half of its last digit."""
    text = written.replace(",", "").replace("−", "-").lower()
    text = re.sub(r"\s?[×x*·]\s?10\^?\{?", "e", text)
    digits, _, exponent = text.partition("e")
    scale = 10.0 ** max(-250, min(250, int(exponent or 0)))
    decimals = len(digits.partition(".")[2])
    return float(digits) * scale, 0.5 * 10.0**-decimals * scale


def first_number(text: str) -> str:
    """The first number of a table's cell, or nothing."""
    found = re.search(_NUMBER, text, re.IGNORECASE)
    return found[0] if found else ""


def kind_of(name: str) -> str:
    """What a column of a table is called, as a kind of figure; nothing where it is none."""
    cleaned = re.sub(r"[*`]", "", name).strip().lower()
    if cleaned in ("epoch", "step"):
        return cleaned
    found = _NAMED.fullmatch(cleaned)
    return str(found.lastgroup) if found else ""
