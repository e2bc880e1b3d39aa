"""The list of purged rows, which ingestion obeys: what was purged doesn't come back while its source still holds it.

One file under the home, a row id a line; `#` begins a comment. It holds ids and never text. An id is the hash of a
row's columns (`ingestion/row_identity.py`), so a recipe that maps other columns knows the same words under another id.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tasks import home

FILE = "purged.txt"


def content_id(row_id: str) -> str:
    """A row id without the ordinal that tells repeats apart: repeats say the same and go together."""
    return row_id.split("-", 1)[0]


def purged_rows() -> list[str] | None:
    """The purged rows' ids, sorted and without ordinals; None where there are none, which changes no cache key."""
    path = home.state_folder() / FILE
    if not path.exists():
        return None
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return sorted({content_id(line) for line in lines if line}) or None


def remember_purged(row_ids: Sequence[str], today: date) -> None:
    """Add rows to the list, readable by its owner alone."""
    new = sorted({content_id(row_id) for row_id in row_ids} - set(purged_rows() or ()))
    if not new:
        return
    path = home.state_folder() / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with path.open("a", encoding="utf-8") as stream:
        stream.write("".join([f"# {today.isoformat()}\n", *(f"{row_id}\n" for row_id in new)]))
