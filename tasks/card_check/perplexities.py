"""Whether a card's perplexities are the exponentials of its losses.

Validation is held against validation, training against training. It is a contradiction only where both stand side by
side (one row, one result, one phrase) and no other number nearby explains either; else a doubt, or nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Literal

from tasks.card_check.card import Card
from tasks.card_check.figures import Figure
from tasks.card_check.findings import Finding, Numbers, shown
from tasks.card_check.written_numbers import numbers_in, parse_number, plain

AVERAGED = 0.02
"""How far a perplexity may lie from the exponential of its loss: averages over batches differ so much. Ours."""
_HELD_OUT = ("eval_loss", "headline_loss", "loss")
_LOSSES_OF = {
    "perplexity": _HELD_OUT,
    "eval_perplexity": _HELD_OUT,
    "train_perplexity": ("train_loss",),
}
"""The losses that a perplexity may be the exponential of, the likeliest first."""
_OTHER_DATA = re.compile(
    r"lambada|wiki-?text|\bptb\b|penn|\bc4\b|\bpile\b|\b1bw\b|enwik|text8|hellaswag|benchmark|zero-shot|baseline|before"
    r"|original|pre-?trained|untuned|\bbase\b|compar|out[- ]of[- ]domain|\bood\b"
    r"|\bon (?!(?:the )?(?:eval|val|test|dev|held))",
    re.IGNORECASE,
)
"""Words by which a perplexity may be of other rows, or of another model, than the loss."""
_JOINED = re.compile(
    r"(?:[^a-z0-9]|\b(?:and|with|an?|the|of|is|or|i|e|ie|corresponding|final|best|nats|per|token|which|gives|means|so|for"
    r"|eval(?:uation)?|val(?:idation)?|test|set|line|held|out|train(?:ing)?|loss|perplexity|ppl|\d+)\b){0,80}",
    re.IGNORECASE,
)
"""What may stand between a loss and its own perplexity in one phrase."""


def check_perplexities(card: Card, numbers: Numbers) -> Iterator[Finding]:
    """A finding for each perplexity that fits none of its losses; one doubt at most."""
    perplexities = [figure for figure in numbers.all if figure.kind in _LOSSES_OF and figure.value >= 1]
    texts = {line.number: plain(line.text) for line in card.lines}
    doubt: Finding | None = None
    for perplexity in perplexities:
        losses = [loss for loss in numbers.all if loss.kind in _LOSSES_OF[perplexity.kind] and loss.value >= 0]
        beside = [loss for loss in losses if _beside(loss, perplexity, texts)]
        if not losses or any(_lies(perplexity, loss, 1.0) for loss in beside or losses):
            continue
        about = texts.get(perplexity.line, "")
        if _explained(perplexity, beside or losses, texts):
            continue
        of_another = bool(_OTHER_DATA.search(about) or (not beside and _OTHER_DATA.search(perplexity.section)))
        unnamed = perplexity.kind == "eval_perplexity" and all(loss.kind == "loss" for loss in beside)
        if beside and not of_another and not unnamed:
            yield _no_exponential("contradiction", perplexity, beside)
        elif (
            not doubt and not of_another and not perplexity.place.startswith("row")
            and not any(_lies(other, loss, 1.0) for other in perplexities for loss in losses)
        ):  # fmt: skip
            doubt = _no_exponential("doubt", perplexity, _nearest(perplexity, losses))
    if doubt:
        yield doubt


def _beside(loss: Figure, perplexity: Figure, texts: dict[int, str]) -> bool:
    """Whether both are said of one thing: a row, a result, a phrase, or items of a list that begin with their names."""
    if loss.place == perplexity.place and not loss.place.startswith("line"):
        return True
    first, last = sorted((loss.line, perplexity.line))
    between = [texts.get(number, "") for number in range(first, last + 1)]
    if not loss.place.startswith("line") or not perplexity.place.startswith("line"):
        return False
    if re.search(r"\(train", " ".join(between), re.IGNORECASE):
        return False
    if re.search(r"\btest", told := " ".join(between), re.IGNORECASE) and re.search(
        r"\b(?:val|dev)", told, re.IGNORECASE
    ):
        return False
    if first == last:
        return bool(_JOINED.fullmatch(_phrase(between[0])))
    named = r"[^a-z0-9]*(?:final |best )?(?:eval|val|test|dev|held|train|cross|acc|loss|perplexity|ppl)"
    return all(re.match(named, text, re.IGNORECASE) for text in between)


def _phrase(text: str) -> str:
    """What stands between the first and the last name of a loss or perplexity in a line."""
    names = list(re.finditer(r"loss|perplexity|ppl", text, re.IGNORECASE))
    return text[names[0].start() : names[-1].end()] if names else text


def _explained(perplexity: Figure, losses: list[Figure], texts: dict[int, str]) -> bool:
    """Whether another number of their lines fits: `22.2 (base), 12.18 (tuned)`."""
    for written in numbers_in(texts.get(perplexity.line, "")):
        value, rounding = parse_number(written)
        other = perplexity._replace(value=value, rounding=rounding)
        if value >= 1 and any(_lies(other, loss, 1.0) for loss in losses):
            return True
    return any(
        _lies(perplexity, loss._replace(value=value, rounding=rounding), 1.0)
        for loss in losses
        if loss.line != perplexity.line
        for value, rounding in map(parse_number, numbers_in(texts.get(loss.line, "")))
        if value >= 0
    )


def _nearest(perplexity: Figure, losses: list[Figure]) -> list[Figure]:
    """The losses of a perplexity's section, or all."""
    return [loss for loss in losses if loss.section == perplexity.section] or losses


def _lies(perplexity: Figure, loss: Figure, nats: float) -> bool:
    """Whether a perplexity is the exponential of a loss in units of so many nats, each rounded."""
    low = math.exp(min(700.0, (loss.value - loss.rounding) * nats)) * (1 - AVERAGED)
    high = math.exp(min(700.0, (loss.value + loss.rounding) * nats)) * (1 + AVERAGED)
    return low <= perplexity.value + perplexity.rounding and perplexity.value - perplexity.rounding <= high


def _no_exponential(kind: Literal["contradiction", "doubt"], perplexity: Figure, losses: list[Figure]) -> Finding:
    kinds = _LOSSES_OF[perplexity.kind]
    loss = min(losses, key=lambda found: (kinds.index(found.kind), found.line))
    meant = math.log(perplexity.value)
    follows = (
        f"exp({shown(loss)}) = {math.exp(min(700.0, loss.value)):.4g}, and ln {shown(perplexity)} = {meant:.3f} nats: "
        "one of the two is of other data, of another unit or a slip"
    )
    in_bits = [found for found in losses if _lies(perplexity, found, math.log(2))]
    if in_bits:
        follows += f"; 2^{shown(in_bits[0])} fits: that loss is in bits"
    return Finding(
        kind, "perplexity", perplexity.line,
        f"{loss.kind.replace('_', ' ')} {shown(loss)} (line {loss.line}) and perplexity {shown(perplexity)}",
        follows, "measure both again on the same rows; perplexity is exp(mean loss, nats a token)",
    )  # fmt: skip
