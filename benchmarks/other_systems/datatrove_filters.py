"""datatrove's Gopher, C4 and FineWeb filters on rows: which of them each variant drops, and how fast.

Runs in its own environment. Reads {"texts": […], "speed_texts": […]} from the file named first, writes
{"junk": {variant: [true, …]}, "rows_a_second": {variant: …}} to the file named second; seconds of processor time.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datatrove.data import Document
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)


def variants() -> dict[str, list[Any]]:
    """The stack as it ships; with lengths for rows of three words and more; and without what short rows can't pass.

    In a short row any two words are a fifth of the text, and few hold two of Gopher's eight stop words: the third
    variant drops those rules, which is the most that can be done for the filters without changing them.
    """
    short = {"min_doc_words": 3}
    return {
        "as shipped": [GopherRepetitionFilter(), GopherQualityFilter(), C4QualityFilter(), FineWebQualityFilter()],
        "lengths adapted": [
            GopherRepetitionFilter(),
            GopherQualityFilter(**short, min_stop_words=1),
            C4QualityFilter(min_num_sentences=1),
            FineWebQualityFilter(short_line_length=10),
        ],
        "lengths, n-grams and stop words adapted": [
            GopherRepetitionFilter(top_n_grams=()),
            GopherQualityFilter(**short, min_stop_words=None),
            C4QualityFilter(min_num_sentences=1),
            FineWebQualityFilter(short_line_length=10),
        ],
    }


def is_dropped(filters: Sequence[Any], text: str) -> bool:
    """Whether any filter rejects the row; one that fails on it (an empty row, say) counts as a rejection."""
    document = Document(text=text, id="0")
    for step in filters:
        try:
            verdict = step.filter(document)
        except (ZeroDivisionError, ValueError, IndexError):
            return True
        if verdict is not True:
            return True
    return False


def main() -> None:
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    junk: dict[str, list[bool]] = {}
    speed: dict[str, float] = {}
    for name, filters in variants().items():
        junk[name] = [is_dropped(filters, text) for text in given["texts"]]
        started = time.process_time()
        for text in given["speed_texts"]:
            is_dropped(filters, text)
        speed[name] = len(given["speed_texts"]) / (time.process_time() - started)
    Path(sys.argv[2]).write_text(json.dumps({"junk": junk, "rows_a_second": speed}), encoding="utf-8")


if __name__ == "__main__":
    main()
