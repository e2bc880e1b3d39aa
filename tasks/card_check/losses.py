"""Whether a card's losses, perplexities and accuracies can be true together."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from tasks.card_check.card import Card
from tasks.card_check.figures import Figure
from tasks.card_check.findings import Finding, Numbers, shown
from tasks.card_check.perplexities import check_perplexities
from tasks.card_check.results import Table
from tasks.card_check.written_numbers import numbers_in, parse_number

LOSSES = ("eval_loss", "headline_loss", "loss", "train_loss")
LARGE_GAP = 0.5
"""Nats a token between training and validation loss that want a word: a factor of 1.65 in perplexity. Ours."""
ABOVE_HELD_OUT = 1.0
"""Nats by which a training loss may lie above the validation loss: it is a mean over a course that falls. Ours."""
RISING = 0.005
"""Nats by which the last validation loss may lie above the best one: noise. Ours."""


def check_losses(card: Card, numbers: Numbers, tables: list[Table]) -> Iterator[Finding]:
    """Everything about losses."""
    yield from _no_number(card)
    yield from _possible(numbers)
    yield from check_perplexities(card, numbers)
    yield from _gap(numbers)
    yield from _headline(numbers, tables)
    yield from _metadata(card, numbers)
    for table in tables:
        yield from _last_epoch(table, numbers)


def _no_number(card: Card) -> Iterator[Finding]:
    for line in card.prose:
        if found := re.search(r"\b(?:loss|perplexity)[\s:=|*`]{0,9}(?:nan|inf(?:inity)?)\b", line.text, re.IGNORECASE):
            yield Finding(
                "doubt", "loss", line.number, found[0], "training diverged: the weights may be no numbers either",
                "load the weights, and look for values that are not finite; a lower rate, or float32",
            )  # fmt: skip
            return


def _possible(numbers: Numbers) -> Iterator[Finding]:
    for figure in numbers.all:
        name, value = figure.kind.replace("_", " "), shown(figure)
        if figure.kind in LOSSES and figure.value < 0:
            yield Finding(
                "contradiction", "loss", figure.line, f"{name} {value}",
                "a language model's loss is never below 0", "state the mean negative log likelihood, nats a token",
            )  # fmt: skip
        if figure.kind.endswith("perplexity") and figure.value < 1:
            yield Finding(
                "contradiction", "perplexity", figure.line, f"{name} {value}",
                "a perplexity is never below 1: it is the exponential of a loss", "state exp(loss)",
            )  # fmt: skip
        if figure.kind == "accuracy" and not 0 <= figure.value <= 100:
            yield Finding(
                "contradiction", "accuracy", figure.line, f"accuracy {value}",
                "an accuracy lies between 0 and 1", "state the share of predictions that are right",
            )  # fmt: skip
        elif figure.kind == "accuracy" and figure.value > 1:
            yield Finding(
                "doubt", "accuracy", figure.line, f"accuracy {value}",
                "above 1: a percentage, if it is one", "state it as a share of 1, or write the % sign",
            )  # fmt: skip


def _gap(numbers: Numbers) -> Iterator[Finding]:
    train, held_out = _last(numbers, "train_loss"), _last(numbers, "headline_loss", "eval_loss")
    if train is None or held_out is None or min(train.value, held_out.value) < 0:
        return
    gap = held_out.value - train.value
    if -ABOVE_HELD_OUT <= gap <= LARGE_GAP:
        return
    seen = f"training loss {shown(train)}, validation loss {shown(held_out)} (line {held_out.line})"
    if gap > 0:
        why = f"a gap of {gap:.2f} nats a token, {math.exp(min(700.0, gap)):.3g} times the perplexity: "
        if gap > 2:
            why += "more than learning by heart explains in a few passes; the two were measured differently (padding "
            why += "or prompts counted on one side, a loss divided by accumulation steps), or on other data"
        else:
            why += "rows learned by heart, or held-out rows of another kind"
        do = "measure both by one code, token by token, and the base on both; fewer epochs, a lower rate or more data"
    else:
        why = f"a training loss {-gap:.2f} nats above the validation loss: "
        why += "strong dropout, a mean over the whole course, a sum over accumulation steps, or leaked held-out rows"
        do = "measure the final model on training rows, without dropout; look for held-out rows among them"
    yield Finding("doubt", "gap", train.line, seen, why, do)


def _last(numbers: Numbers, *kinds: str) -> Figure | None:
    """The figure of the finished model: what the text states, else the table's last row."""
    return numbers.first(*kinds) or next(
        (figure for kind in kinds for figure in reversed(numbers.tabled) if figure.kind == kind), None
    )


def _headline(numbers: Numbers, tables: list[Table]) -> Iterator[Finding]:
    headline = numbers.first("headline_loss")
    course = [loss for table in tables for loss in table.column("eval_loss")]
    if headline and course and not any(headline.equals(loss) for loss in course):
        to_the_end = [_to_the_end(table, numbers) for table in tables if table.column("eval_loss")]
        if False in to_the_end:
            return
        yield Finding(
            "contradiction" if all(to_the_end) else "doubt", "result", headline.line,
            f"loss {shown(headline)}; in the table {', '.join(shown(loss) for loss in course[-4:])}",
            "the result is none of the table's: it is of another run, or of other rows",
            "state the loss of the weights that are in the folder",
        )  # fmt: skip


def _to_the_end(table: Table, numbers: Numbers) -> bool | None:
    """Whether a table's last evaluation is that of the finished model; None where the card doesn't tell."""
    for planned, course in ((numbers.epochs, table.column("epoch")), (numbers.steps, table.column("step"))):
        if planned and course:
            return course[-1].value + course[-1].rounding * 0.1 >= planned.value - planned.rounding * 0.1
    return None


def _metadata(card: Card, numbers: Numbers) -> Iterator[Finding]:
    anywhere = [parse_number(number) for line in card.prose for number in numbers_in(line.text)]
    for kind, kinds in (
        ("eval_loss", ("headline_loss", "eval_loss", "loss")), ("perplexity", ("perplexity", "eval_perplexity")),
    ):  # fmt: skip
        claimed = [figure for figure in numbers.metadata if figure.kind == kind]
        written = [figure for figure in (*numbers.stated, *numbers.tabled) if figure.kind in kinds]
        texts = [claim._replace(value=value, rounding=off) for claim in claimed[:1] for value, off in anywhere]
        if any(claim.equals(other) for claim in claimed for other in (*written, *texts)):
            continue
        for figure in claimed:
            if written:
                name = kind.replace("eval_", "")
                yield Finding(
                    "contradiction", name, figure.line,
                    f"{name} {shown(figure)} in the metadata, {shown(written[0])} in the text (line {written[0].line})",
                    "the text states the metadata's figure nowhere", "state one figure in both places",
                )  # fmt: skip


def _last_epoch(table: Table, numbers: Numbers) -> Iterator[Finding]:
    losses = table.column("eval_loss")
    if len(losses) < 2 or not (table.column("epoch") or table.column("step")):
        return
    best, last = min(losses, key=lambda loss: loss.value), losses[-1]
    rise = last.value - best.value
    headline = numbers.first("headline_loss")
    if rise <= RISING or (headline and headline.equals(best)):
        return
    train = table.column("train_loss")
    fell = len(train) > 1 and train[-1].value < train[losses.index(best)].value
    yield Finding(
        "doubt", "epochs", last.line,
        f"validation loss {shown(best)} (line {best.line}), then {shown(last)} at the end",
        f"it rose by {rise:.3f} nats a token" + (" while the training loss fell: overfitting" if fell else "")
        + "; the last weights are not the best",
        "keep the best weights (early stopping), or train no longer than to there",
    )  # fmt: skip
