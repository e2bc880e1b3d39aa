"""What a column's values are like: counts and kinds that `columns` judges by. One pass over a sample a column."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

_ID_NAMES = frozenset({"id", "uuid", "guid", "oid", "index", "key", "hash"})

_URL = re.compile(r"(?:https?://|www\.)\S+")
_DATE = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}([T ][\d:.,+ -]{1,30}(?:Z|UTC|GMT|[AaPp][Mm])?)?|"
    r"\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{1,2}[- ]?[A-Za-z]{3,9}[- ,]+\d{2,4}"
)
_NUMBER = re.compile(r"[-+]?\d[\d,]*\.?\d*(?:[eE][-+]?\d+)?")
KINDS = {"numbers": "number", "links": "url", "dates": "date", "yes or no": "category"} | {
    "nested data": "nested",
    "ids": "id",
    "empty": "empty",
}
"""What a column is, by why it is no text."""
STRUCTURED = frozenset({"number", "date", "category"})
_TRUTH = re.compile(r"true|false|yes|no", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class ColumnProfile:
    """A column's name in words, and what its values are like."""

    words: list[str]
    """Of its name."""
    num_values: int
    fraction_filled: float
    mean_chars: float
    mean_words: float
    fraction_distinct: float
    fraction_commonest: float
    fraction_questions: float
    unfit: str
    """Why it is no text of any kind; empty where it may be."""

    @property
    def name(self) -> str:
        """The column's name in snake_case."""
        return "_".join(self.words)

    @property
    def is_prose(self) -> bool:
        """Whether it may be read as sentences."""
        return not self.unfit and self.mean_words >= 3

    @property
    def kind(self) -> str:
        """text, category, number, date, url, id, nested or empty."""
        if self.unfit:
            return KINDS[self.unfit]
        if self.num_values >= 20 and self.fraction_distinct == 1 and self.mean_words < 1.1:
            return "id"
        return "category" if self.fraction_distinct <= 0.5 and self.mean_words <= 6 else "text"

    @property
    def described(self) -> str:
        """The kind with what is worth knowing of it."""
        about = {"text": f", {self.mean_words:.0f} words on average", "category": f" of {self.num_distinct:,} values"}
        filled = f", {self.fraction_filled:.0%} filled" if self.fraction_filled < 0.995 else ""
        return self.kind + about.get(self.kind, "") + filled

    @property
    def num_distinct(self) -> int:
        """Different values among those looked at."""
        return round(self.fraction_distinct * self.num_values)

    @property
    def idle(self) -> str:
        """Why it tells little of most rows; empty where it does."""
        if self.fraction_filled < 0.5:
            return f"empty in {1 - self.fraction_filled:.0%} of the rows"
        if self.num_values >= 10 and self.fraction_commonest >= 0.98:
            return f"nearly constant: {self.fraction_commonest:.0%} of the rows say the same"
        return ""


def words_of(column: str) -> list[str]:
    """The words of a column's name, in small letters: `quoteText` is quote, text."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", column)
    return re.findall(r"[^\W_]+", spaced.lower()) or ["unnamed"]


def profile_column(name: str, values: pd.Series[str]) -> ColumnProfile:
    """Measure a column by a sample of its values."""
    cells = [cell.strip() for cell in values.dropna().astype(str)]
    filled = [cell for cell in cells if cell]
    num = max(1, len(filled))
    counts = pd.Series(filled, dtype=object).value_counts()
    words = words_of(name)
    return ColumnProfile(
        words=words,
        num_values=len(filled),
        fraction_filled=len(filled) / max(1, len(values)),
        mean_chars=sum(map(len, filled)) / num,
        mean_words=sum(len(cell.split()) for cell in filled) / num,
        fraction_distinct=len(counts) / num,
        fraction_commonest=float(counts.iloc[0]) / num if len(counts) else 0.0,
        fraction_questions=sum(cell.endswith("?") for cell in filled) / num,
        unfit=_unfit(words, filled),
    )


def _unfit(words: list[str], cells: list[str]) -> str:
    """Why values are no text: the first kind that nine tenths of them are."""
    if not cells:
        return "empty"
    kinds: Mapping[str, Callable[[str], bool]] = {
        "numbers": lambda cell: _NUMBER.fullmatch(cell) is not None,
        "links": lambda cell: _URL.fullmatch(cell) is not None,
        "dates": lambda cell: _DATE.fullmatch(cell) is not None,
        "yes or no": lambda cell: _TRUTH.fullmatch(cell) is not None,
        "nested data": lambda cell: (cell[0] + cell[-1]) in ("{}", "[]"),
    }
    is_id = bool(_ID_NAMES & set(words)) and all(len(cell) <= 64 and " " not in cell for cell in cells)
    kind = next((kind for kind, test in kinds.items() if sum(map(test, cells)) >= 0.9 * len(cells)), "")
    return "ids" if is_id else kind
