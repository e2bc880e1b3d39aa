"""What became of the rows between two versions of a dataset, told by row id; pure.

An id comes from what a row says, so a row that was edited is one removed and one added.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from tasks.validation.contract import BOOKKEEPING

OWN = {*BOOKKEEPING, "split", "reasons", "values"}
"""Columns that aren't the data's own."""
QUARANTINED = "quarantined"


def row_changes(
    old: Mapping[str, Path], new: Mapping[str, Path], limit: int, mask: Callable[[str], str]
) -> dict[str, Any]:
    """Rows added, removed, newly quarantined, newly accepted, moved to the other split, and repaired otherwise.

    Args:
        old: The older tables' files, `accepted` and `quarantined`.
        new: The same of the newer ones.
        limit: Most examples a change.
        mask: Replaces personal data in the examples' text.

    Returns:
        `old` and `new` (rows by fate), and for each change its `count`, the `reasons` of those that are quarantined
        with their counts, and `examples`: `row_id`, `reasons`, `text`.
    """
    before, after = _read(old), _read(new)
    both = before.merge(after, on="row_id", how="outer", suffixes=("_old", "_new"), sort=True)
    was, now = both["fate_old"], both["fate_new"]
    kept = was.notna() & now.notna()
    stays_accepted = kept & (was != QUARANTINED) & (now != QUARANTINED)
    changes = {
        "added": was.isna(),
        "removed": now.isna(),
        "newly_quarantined": kept & (was != QUARANTINED) & (now == QUARANTINED),
        "newly_accepted": kept & (was == QUARANTINED) & (now != QUARANTINED),
        "moved": stays_accepted & (was != now),
        "repaired_otherwise": stays_accepted & (both["text_old"] != both["text_new"]),
    }
    told = {name: _told(both[found], _side(name), limit, mask) for name, found in changes.items()}
    return {"old": _fates(before), "new": _fates(after), **told}


def _side(change: str) -> str:
    """The version whose reasons and text tell of a change."""
    return "old" if change in ("removed", "newly_accepted") else "new"


def _told(rows: pd.DataFrame, side: str, limit: int, mask: Callable[[str], str]) -> dict[str, Any]:
    shown = rows.head(limit)
    reasons, texts = shown[f"reasons_{side}"], shown[f"text_{side}"]
    return {
        "count": len(rows),
        "reasons": _counted(rows[f"reasons_{side}"]),
        "examples": [
            {"row_id": row_id, "reasons": found, "text": mask(text)}
            for row_id, found, text in zip(shown["row_id"], reasons, texts, strict=True)
        ],
    }


def _counted(reasons: Iterable[Iterable[str]]) -> dict[str, int]:
    return dict(Counter(reason for of_row in reasons for reason in of_row).most_common())


def _fates(rows: pd.DataFrame) -> dict[str, int]:
    quarantined = int((rows["fate"] == QUARANTINED).sum())
    return {"rows": len(rows), "accepted": len(rows) - quarantined, "quarantined": quarantined}


def _read(files: Mapping[str, Path]) -> pd.DataFrame:
    """`row_id`, `fate` (the split, or quarantined), `reasons` and `text` of every row."""
    accepted = pd.read_parquet(files["accepted"])
    rejected = pd.read_parquet(files["quarantined"])
    return pd.DataFrame(
        {
            "row_id": [*accepted["row_id"], *rejected["row_id"]],
            "fate": [*accepted["split"], *[QUARANTINED] * len(rejected)],
            "reasons": [*([] for _ in range(len(accepted))), *(list(found) for found in rejected["reasons"])],
            "text": [*_texts(accepted), *_texts(rejected)],
        }
    )


def _texts(rows: pd.DataFrame) -> list[str]:
    columns = [rows[name].fillna("").tolist() for name in rows.columns if name not in OWN]
    return ["\n".join(cells) for cells in zip(*columns, strict=True)]
