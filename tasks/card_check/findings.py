"""What is said of a card: contradictions, doubts, and what is missing."""

from __future__ import annotations

from typing import Literal, NamedTuple

from tasks.card_check.figures import Figure

Kind = Literal["contradiction", "doubt", "missing"]
"""A contradiction can't be true as it stands; a doubt can, and should be explained; missing is what a reader needs."""


class Finding(NamedTuple):
    """One thing to mend."""

    kind: Kind
    name: str
    """What it is about: `perplexity`, `gap`, `batch`, `licence` …"""
    line: int
    """In the file, from 1; 0 where it is nowhere."""
    seen: str
    follows: str
    """What follows from it, with the arithmetic."""
    do: str


class Numbers(NamedTuple):
    """All figures of a card, outside and inside its tables, and in its metadata."""

    stated: list[Figure]
    tabled: list[Figure]
    metadata: list[Figure]

    @property
    def all(self) -> list[Figure]:
        """Every figure, in the order of trust: metadata, text, tables."""
        return [*self.metadata, *self.stated, *self.tabled]

    def first(self, *kinds: str) -> Figure | None:
        """The first figure that the text states of these kinds, the first kind first."""
        return next((figure for kind in kinds for figure in self.stated if figure.kind == kind), None)

    def sole(self, *kinds: str) -> Figure | None:
        """The figure of the first kind that the text states, where it states only one value of that kind."""
        for kind in kinds:
            if stated := [figure for figure in self.stated if figure.kind == kind]:
                return stated[0] if len({figure.value for figure in stated}) == 1 else None
        return None

    @property
    def epochs(self) -> Figure | None:
        """How many epochs training was to take: what is set, else what is said."""
        return self.sole("epochs", "said_epochs")

    @property
    def steps(self) -> Figure | None:
        """How many steps training was to take."""
        return self.sole("steps")


def shown(figure: Figure) -> str:
    """A figure as it is written in a finding."""
    value = figure.value
    if value == int(value) and abs(value) >= 1 and figure.rounding >= 0.5:
        return f"{value:,.0f}"
    return f"{value:.6g}".replace("e-0", "e-")
