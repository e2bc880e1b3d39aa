"""Marks that refer to a footnote which isn't there: `a comic poet.[1] Such`, as books and encyclopedias have them."""

from __future__ import annotations

import re

from tasks.validation.text_column import Floats, TextColumn

NUMBER = r"\[(?:\d{1,3}|[*†‡]|citation needed)\]"
BEHIND = r"(?:[\s.,;:!?\"”’)\[—–-]|$)"
AFTER_MARK = r"[.,;:!?\"”’)]"
"""Behind punctuation a number in brackets is no index: neither `cells[1]` nor `see [1]`."""
MIN_SHARE = 0.25
"""Of a column's marks that stand behind punctuation, for those behind words to be footnotes' too."""

_MARKS = re.compile(rf"(?:(?<={AFTER_MARK})|(?<=[^\W\d_]{{2}}))(?:{NUMBER})+(?={BEHIND})")


def footnote_marks(column: TextColumn) -> Floats:
    """How many marks refer to footnotes; none in a column where they stand behind words alone, as indices do."""
    certain = column.counts(rf"{AFTER_MARK}{NUMBER}{BEHIND}", needs="[")
    if not certain.any():
        return certain
    behind_words = column.counts(rf"\p{{Ll}}{{2}}{NUMBER}{BEHIND}", needs="[")
    are_marks = certain.sum() >= MIN_SHARE * (certain.sum() + behind_words.sum())
    return certain + behind_words if are_marks else certain


def drop_marks(text: str) -> str:
    """Without the marks of footnotes."""
    return _MARKS.sub("", text)
