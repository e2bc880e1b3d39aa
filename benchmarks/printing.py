"""Plain tables, each figure beside its target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Target:
    """A bound, and whether the figure must reach it or stay below it."""

    bound: float
    at_least: bool = True

    def is_met(self, figure: float) -> bool:
        return figure >= self.bound if self.at_least else figure <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}"


def at_least(bound: float) -> Target:
    return Target(bound)


def at_most(bound: float) -> Target:
    return Target(bound, at_least=False)


@dataclass
class Table:
    """One table; where a row has a target, it says pass or MISS."""

    title: str
    columns: Sequence[str]
    rows: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    passed: int = 0
    missed: int = 0

    def add(self, *cells: object, figure: float | None = None, target: Target | None = None) -> None:
        """Append a row; `figure` is held against `target` unrounded."""
        verdict = ["", ""]
        if target is not None:
            is_met = figure is not None and target.is_met(figure)
            self.passed += is_met
            self.missed += not is_met
            verdict = [str(target), "pass" if is_met else "MISS"]
        self.rows.append([shown(cell) for cell in cells] + verdict)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def __str__(self) -> str:
        header = [*self.columns, "target", ""]
        assert all(len(row) == len(header) for row in self.rows), f"{self.title}: rows of unequal width"
        widths = [max(len(row[place]) for row in [header, *self.rows]) for place in range(len(header))]
        is_text = [not any(_is_number(row[place]) for row in self.rows) for place in range(len(header))]
        lines = [
            "  ".join(c.ljust(w) if text else c.rjust(w) for c, w, text in zip(r, widths, is_text, strict=True))
            for r in [header, *self.rows]
        ]
        notes = [f"  {note}" for note in self.notes]
        return "\n".join([f"\n## {self.title}", *(line.rstrip() for line in lines), *notes])


def shown(cell: object) -> str:
    """A cell as text: three decimals for a share, thousands apart."""
    if isinstance(cell, float):
        return f"{cell:.3f}" if abs(cell) < 100 else f"{cell:,.0f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def _is_number(cell: str) -> bool:
    return bool(cell) and cell.replace(",", "").replace(".", "", 1).lstrip("-").isdigit()


def on_one_line(text: str, width: int = 110) -> str:
    """A text for a note: no line breaks, not too long."""
    text = repr(text)
    return text if len(text) <= width else text[: width - 1] + "…"
