"""Whether batches, steps, epochs and rows of a card fit each other, and whether the learning rate is a usual one."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from tasks.card_check.card import Card
from tasks.card_check.figures import Figure
from tasks.card_check.findings import Finding, Numbers, shown
from tasks.card_check.results import Table
from tasks.usual_rate import side_of_usual, usual_rate

OFF = 0.05
"""How far counts may be off before they are told: the last batch of an epoch, dropped or short. Ours."""
_COUNT = r"(?:[1-9]\d{0,2}(?:,\d{3}){1,3}|\d{1,10})"
_PRODUCT = re.compile(
    r"(?P<before>(?:[\d)]\s{0,3}[×x*/+−-]|\w\s{0,3}[×*/+])\s{0,3})?(?<![\w.,^])"
    rf"(?P<factors>{_COUNT}(?:\s{{0,3}}[×x*]\s{{0,3}}{_COUNT}){{1,3}})\s{{0,3}}=\s{{0,3}}(?P<product>{_COUNT})"
    r"(?![.,]?\d|\s{0,3}[×x*/+−-]\s{0,3}\d|\s?[kmb](?![a-z])|\s\d{3}(?!\d)|\^)",
    re.IGNORECASE,
)
"""A product that is all of its sum: not the end of `1.5 × 4 × 8 = 48`, nor the beginning of `4 × 8 = 16 × 2`."""
_REGROUPED = re.compile(r"\bpack(?:ed|ing)\b|block[_ ]size|group_texts|concatenat|\bsplit into\b|chunks", re.IGNORECASE)
_PARAMETERS = re.compile(r"(?<![\w.])(\d{1,4}(?:\.\d{1,3})?)\s?(million|billion|[mb])(?:\s?param|\b)", re.IGNORECASE)
_KNOWN_SIZES = {"gpt2-xl": 1.56e9, "gpt2-large": 7.74e8, "gpt2-medium": 3.55e8, "distilgpt2": 8.2e7, "gpt2": 1.24e8}
"""Parameters of the models whose names don't tell (Radford et al. 2019, and the hub's pages)."""
UNKNOWN_SIZES = 1e6, 1e11
"""Where a card doesn't tell the base's size: no rate that is usual for any of these is doubted."""
_LORA = re.compile(r"\bq?lora\b|\bpeft\b", re.IGNORECASE)


def check_arithmetic(card: Card, numbers: Numbers, tables: list[Table]) -> Iterator[Finding]:
    """Everything about counts and the rate."""
    yield from _products(card)
    yield from _batch(numbers)
    for table in tables:
        yield from _steps_an_epoch(table, numbers)
    yield from _rows(card, numbers, tables)
    yield from _rate(card, numbers)


def _products(card: Card) -> Iterator[Finding]:
    for line in card.prose:
        for found in _PRODUCT.finditer(line.text):
            product = math.prod(_count(factor) for factor in re.findall(_COUNT, found["factors"]))
            if not found["before"] and product != _count(found["product"]):
                yield Finding(
                    "contradiction", "batch", line.number, found[0],
                    f"{found['factors']} is {product:,}", "state the factors and the product that were used",
                )  # fmt: skip


def _count(written: str) -> int:
    return int(written.replace(",", ""))


def _batch(numbers: Numbers) -> Iterator[Finding]:
    total, device = numbers.first("total_batch"), numbers.first("device_batch", "batch")
    if not total or not device or total.line == device.line or min(total.value, device.value) < 1:
        return
    factors = [device, *(found for kind in ("accumulation", "devices") if (found := numbers.first(kind)))]
    product = math.prod(int(factor.value) for factor in factors)
    if product < 1 or total.value in _possible_totals(numbers):
        return
    seen = " × ".join(f"{factor.kind.replace('_', ' ')} {shown(factor)}" for factor in factors)
    seen += f" (line {device.line}), total batch {shown(total)}"
    times = total.value / product
    if times == int(times) and not (numbers.first("devices") and numbers.first("accumulation")):
        unstated = "devices" if not numbers.first("devices") else "accumulation steps"
        yield Finding(
            "doubt", "batch", total.line, seen, f"it takes {times:,.0f} {unstated}, which the card doesn't state",
            f"state the number of {unstated}",
        )  # fmt: skip
    else:
        yield Finding(
            "contradiction", "batch", total.line, seen, f"the factors make {product:,}",
            "state rows per device × accumulation steps × devices = total",
        )  # fmt: skip


def _steps_an_epoch(table: Table, numbers: Numbers) -> Iterator[Finding]:
    """Steps per epoch must be the same in each row, and the course end where the settings say."""
    epochs, steps = table.column("epoch"), table.column("step")
    low, high, first = 0.0, math.inf, None
    for epoch, step in zip(epochs, steps, strict=False):
        if epoch.value <= epoch.rounding or step.value < 1:
            continue
        first = first or (epoch, step)
        low = max(low, (step.value - 1) / (epoch.value + epoch.rounding) * (1 - OFF / 2))
        high = min(high, (step.value + 1) / (epoch.value - epoch.rounding) * (1 + OFF / 2))
        if low > high:
            yield Finding(
                "contradiction", "steps", step.line,
                f"step {shown(step)} at epoch {shown(epoch)}, step {shown(first[1])} at epoch {shown(first[0])} "
                f"(line {first[1].line})",
                f"{step.value / epoch.value:,.0f} steps an epoch, then {first[1].value / first[0].value:,.0f}",
                "one run has the same rows in each epoch; show one run a table",
            )  # fmt: skip
            break
    for kind, planned, course in (("epochs", numbers.epochs, epochs), ("steps", numbers.steps, steps)):
        if planned and course and planned.value >= 1:
            yield from _end(planned, course[-1], kind)


def _end(planned: Figure, last: Figure, kind: str) -> Iterator[Finding]:
    seen = f"{shown(planned)} {kind}; the table ends at {shown(last)} (line {last.line})"
    if last.value > planned.value * (1 + OFF) + last.rounding:
        yield Finding(
            "contradiction", kind, planned.line, seen, "the table goes on after the end of training",
            "show the run that the settings are of",
        )  # fmt: skip
    elif kind == "epochs" and last.value < planned.value * 0.9 - last.rounding:
        yield Finding(
            "doubt", kind, planned.line, seen, "training ended early, or its end was not evaluated",
            "say which, and which weights these are",
        )  # fmt: skip


def _rows(card: Card, numbers: Numbers, tables: list[Table]) -> Iterator[Finding]:
    """Steps × batch against rows × epochs, where no text says that rows were regrouped."""
    rows, totals = numbers.sole("rows"), _total_batches(numbers)
    if not rows or not totals or any(_REGROUPED.search(line.text) for line in card.lines):
        return
    of_table = [(table.column("epoch"), table.column("step")) for table in tables]
    ends = [(epochs[-1], steps[-1]) for epochs, steps in of_table if epochs and steps]
    epoch, step = ends[0] if ends else (numbers.epochs, numbers.steps)
    if len(ends) > 1 or not epoch or not step or min(epoch.value, step.value, rows.value) < 1:
        return
    due, course = rows.value * epoch.value, epoch.value + 1
    if any(_fits(step.value * total, due, total * course) for total in totals):
        return
    batch = max(totals)
    seen_rows = step.value * batch
    times = round(due / seen_rows)
    unstated = times > 1 and not (numbers.first("total_batch") or numbers.first("devices"))
    yield Finding(
        "doubt" if unstated and _fits(times * seen_rows, due, times * batch * course) else "contradiction",
        "steps", step.line,
        f"{shown(step)} steps of {batch:,} rows; {shown(rows)} rows (line {rows.line}) × {shown(epoch)} epochs",
        f"{seen_rows:,.0f} rows were learned from, where {due:,.0f} are due, {due / batch:,.0f} steps",
        "state the rows that were trained on, and the total batch; say so where rows were packed or split",
    )  # fmt: skip


def _fits(seen: float, due: float, room: float) -> bool:
    return abs(seen - due) <= OFF * due + room


def _total_batches(numbers: Numbers) -> set[int]:
    """What a step's rows may be, by the card; empty where it doesn't tell."""
    if total := numbers.sole("total_batch"):
        return {int(total.value)} - {0}
    return _possible_totals(numbers)


def _possible_totals(numbers: Numbers) -> set[int]:
    """The products that the factors allow: a plain "batch size" may be a device's, or the total already."""
    batch = numbers.sole("device_batch", "batch")
    if not batch:
        return set()
    found = [int(figure.value) for kind in ("accumulation", "devices") if (figure := numbers.first(kind))]
    parts = [found] if batch.kind == "device_batch" else [[], *([one] for one in found), found]
    return {int(batch.value) * math.prod(part) for part in parts} - {0}


def _rate(card: Card, numbers: Numbers) -> Iterator[Finding]:
    rate = numbers.first("learning_rate")
    if not rate:
        return
    if not 0 < rate.value < 1:
        yield Finding(
            "contradiction", "learning_rate", rate.line, f"learning rate {shown(rate)}",
            "a learning rate lies between 0 and 1", "state the rate that was used",
        )  # fmt: skip
        return
    parameters, method = _parameters(card), _method(card)
    sizes = (parameters, parameters) if parameters else UNKNOWN_SIZES
    side, usual = "", 0.0
    for extreme, size in zip(("above", "below"), sizes, strict=True):
        if side_of_usual(rate.value, usual_rate(method, int(size))) == extreme:
            side, usual = extreme, usual_rate(method, int(size))
    if side:
        of = f"a base of {parameters:,.0f} parameters" if parameters else "a base whose size the card doesn't tell"
        yield Finding(
            "doubt", "learning_rate", rate.line, f"learning rate {shown(rate)}",
            f"far {side} what is usual for method {method} on {of} (at most about {usual:.1e}): "
            + ("hardly anything moves" if side == "below" else "what the base knew is overwritten"),
            "compare with the base on the same rows, or train again at a usual rate",
        )  # fmt: skip


def _method(card: Card) -> str:
    library = str(card.metadata.get("library_name") or "")
    return "lora" if library == "peft" or any(_LORA.search(line.text) for line in card.lines) else "full"


def _parameters(card: Card) -> float:
    """The base's size, by the model ids and the text; 0 where they don't tell."""
    named = [str(card.metadata.get("base_model") or ""), *(line.text for line in card.prose)]
    for text in named:
        if "parameters" in text and (counts := re.findall(r"\d{1,3}(?:,\d{3}){1,4}", text)):
            return max(float(count.replace(",", "")) for count in counts)
        for found in _PARAMETERS.finditer(text.replace("-", " ").replace("_", " ")):
            return float(found[1]) * (1e9 if found[2].lower().startswith("b") else 1e6)
    whole = "\n".join(named).lower()
    return next((size for name, size in _KNOWN_SIZES.items() if re.search(rf"(?<![\w-]){name}(?![\w-])", whole)), 0.0)
