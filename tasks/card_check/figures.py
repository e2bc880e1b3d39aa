"""The numbers of a card: what each is called, what it is, and how far it was rounded.

Names are those that the hub's libraries write (`total_train_batch_size: 128`) and those that people write ("validation
loss 6.2712", "3 epochs"). What isn't recognised is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tasks.card_check.card import Card, Line
from tasks.card_check.written_numbers import NUMBER, parse_number, plain


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
_BETWEEN = r"(?:\s{0,9}(?:[:=~≈|→]|of|is|was|at|about|around|reached|reaches)){0,3}\s{0,9}"
_SET = r"(?:val(?:id(?:ation)?)?|eval(?:uation)?|test|dev|held[-_ ]?out)"
_UNLIKE = r"(?:bits?[-_ ]per[-_ ][a-z]{1,12}|bpb|bpc|byte|char(?:acter)?|word|distill(?:ation)?|kd|kl|dpo|reward"
_UNLIKE += r"|total|contrastive|aux(?:iliary)?|classification|mlm|masked[-_ ]lm|hinge|mse)"
_FEW = r"(?:gpus|devices|a100s|h100s)"
_ROWS = r"(?:rows|examples|samples|quotes|records|documents|sentences|dialogues|pairs|notes|instances)"

NAMES = {
    "other_perplexity": r"(?:word|byte|char(?:acter)?)[-_ ](?:level[-_ ])?(?:perplexity|ppl)",
    "train_perplexity": r"train(?:ing)?[-_ ](?:set[-_ ])?(?:perplexity|ppl)",
    "eval_perplexity": rf"{_SET}[-_ ](?:set[-_ ]|split[-_ ])?(?:perplexity|ppl)",
    "perplexity": r"perplexity|ppl",
    "other_loss": rf"{_UNLIKE}[-_ ](?:level[-_ ])?loss",
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
_VALUE = re.compile(rf"{_BETWEEN}(?P<number>{NUMBER})(?!\s?(?:of\b|/\s?\d))", re.IGNORECASE)
_BEFORE = {
    "said_epochs": r"(?:training |full )?epochs?",
    "steps": r"(?:training |optimi[sz]er |update )?steps",
    "devices": _FEW,
    "rows": rf"(?:training (?:{_ROWS})|(?:{_ROWS}) (?:to train on|for training))|to train on",
    "accumulation": r"(?:gradient )?accumulation(?: steps)?",
    "train_loss": r"train(?:ing)? loss",
    "eval_loss": rf"{_SET} loss",
}
_NUMBER_FIRST = re.compile(
    rf"(?<![\w.,^\-−–±])(?<!\d )(?P<number>{NUMBER})\s{{1,9}}(?:"
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


MEASURED = (
    "loss", "train_loss", "eval_loss", "other_loss",
    "perplexity", "train_perplexity", "eval_perplexity", "other_perplexity", "accuracy",
)  # fmt: skip
_WHOLE = ("eval_batch", "total_batch", "device_batch", "batch", "accumulation", "devices", "steps", "rows")
_NOT_THE_COURSE = re.compile(
    r"\b(?:patience|every|each|first|last|after|before|until|within|warm-?up|stop\w*|best|another|per)\b[^.;]{0,30}$",
    re.IGNORECASE,
)
"""What stands before a count of epochs or steps that isn't training's length."""
_UNLIKE_TOKENS = re.compile(r"\s?\(?(?:bits?\b|bpb|bpc|per[- ](?:byte|char|word))", re.IGNORECASE)
_UNLIKE_BEFORE = re.compile(r"(?:bits?[- ]per[- ][a-z]{1,12}|bpb|bpc)\W{0,3}$", re.IGNORECASE)
"""A unit after a number, or before its name, that isn't nats a token."""
_CHANGE = re.compile(r"\s(?:lower|higher|less|more|below|above|better|worse|times|points)\b", re.IGNORECASE)
_TOKENS = re.compile(r"\s(?:[a-z]{1,12} )?tokens\b", re.IGNORECASE)
_TWO_READINGS = re.compile(r"[-+−]?[1-9]\d{0,2},\d{3}")
"""Of counts thousands; of losses decimals."""
_PERCENT = re.compile(r"\s?(?:%|percent\b|per cent\b)", re.IGNORECASE)


def _of_line(line: Line) -> Iterator[Figure]:
    text = plain(line.text)
    taken = []
    for name in _NAMED.finditer(text):
        if value := _VALUE.match(text, name.end()):
            taken.append(value.span("number"))
            yield from _figure(str(name.lastgroup), value, text, name.start(), line)
    for found in _NUMBER_FIRST.finditer(text):
        if not any(start < found.end("number") and found.start("number") < end for start, end in taken):
            yield from _figure(str(found.lastgroup), found, text, found.start("number"), line)


def _figure(kind: str, found: re.Match[str], text: str, start: int, line: Line) -> Iterator[Figure]:
    """The figure, unless what stands around it says that it is something else.

    Args:
        kind: What its name or unit says.
        found: The match, with a group `number`.
        text: The line.
        start: Where its name begins.
        line: Where it stands.
    """
    if kind in ("epochs", "said_epochs", "steps") and _NOT_THE_COURSE.search(text[max(0, start - 60) : start]):
        return
    written, rest = found["number"], text[found.end("number") :]
    if _is_another(kind, written, rest) or (written[0] in "-−" and not re.search("[:=]", text[start : found.end()])):
        return
    unlike = _UNLIKE_TOKENS.match(rest) or _UNLIKE_BEFORE.search(text[max(0, start - 30) : start])
    if unlike and kind.endswith(("loss", "perplexity")):
        kind = "other_loss" if kind.endswith("loss") else "other_perplexity"
    value, rounding = figure_value(kind, written, rest)
    if kind not in _WHOLE or value == int(value):
        yield Figure(kind, value, rounding, line.number, f"line {line.number}", line.section)


def _is_another(kind: str, written: str, rest: str) -> bool:
    """Whether a number, by what follows it, is a change, a batch in tokens, or not to be told from one of thousands."""
    if kind in MEASURED:
        unclear = kind.endswith("perplexity") and _TWO_READINGS.fullmatch(written)
        return bool(unclear or _CHANGE.match(rest) or (kind != "accuracy" and _PERCENT.match(rest)))
    if kind == "learning_rate" and re.match(r"\s[a-z]", rest, re.IGNORECASE):
        return bool(written.isdigit() or _CHANGE.match(rest))
    if kind == "epochs" and "e" in written.lower():  # "3 epochs at 1e-5"
        return True
    return bool(_PERCENT.match(rest) or (kind.endswith("batch") and _TOKENS.match(rest)))


def figure_value(kind: str, written: str, rest: str) -> tuple[float, float]:
    """A figure's value and rounding; percentages of accuracy as shares.

    Args:
        kind: A key of `NAMES`.
        written: The number.
        rest: What follows it.
    """
    if kind.endswith(("loss", "accuracy")) and _TWO_READINGS.fullmatch(written):
        written = written.replace(",", ".")
    value, rounding = parse_number(written)
    if kind == "accuracy" and _PERCENT.match(rest) and value <= 100:
        return value / 100, rounding / 100
    return value, rounding


def kind_of(name: str) -> str:
    """What a column of a table is called, as a kind of figure; nothing where it is none."""
    cleaned = plain(name).strip().lower()
    if cleaned in ("epoch", "step"):
        return cleaned
    found = _NAMED.fullmatch(cleaned)
    return str(found.lastgroup) if found else ""
