"""A model card checked: what in it contradicts itself, what is doubtful, and what is missing."""

from __future__ import annotations

from tasks.card_check.arithmetic import check_arithmetic
from tasks.card_check.card import read_card
from tasks.card_check.figures import MAX_FIGURES, stated_figures
from tasks.card_check.findings import Finding, Numbers
from tasks.card_check.losses import check_losses
from tasks.card_check.missing import check_missing
from tasks.card_check.results import metadata_figures, read_tables

ORDER = ("contradiction", "doubt", "missing")


def check_card(content: bytes) -> list[Finding]:
    """All findings on a card, contradictions first, each kind in the order of lines.

    Raises:
        SourceError: It is no text in UTF-8, or JSON, or empty, or far too long for a card.
    """
    card = read_card(content)
    tables = read_tables(card)
    numbers = Numbers(
        stated=stated_figures(card, {line for table in tables for line in table.lines}),
        tabled=[figure for table in tables for row in table.rows for figure in row.figures.values()][:MAX_FIGURES],
        metadata=metadata_figures(card),
    )
    found = [
        *check_losses(card, numbers, tables),
        *check_arithmetic(card, numbers, tables),
        *check_missing(card, numbers),
    ]
    return sorted(dict.fromkeys(found), key=lambda finding: (ORDER.index(finding.kind), finding.line or 10**9))
