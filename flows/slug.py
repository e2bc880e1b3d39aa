"""Names for where only lower-case letters, digits and dashes are allowed, as in the keys of Prefect's artifacts."""

from __future__ import annotations

import re


def slug(text: str) -> str:
    """The text's letters and digits in lower case, a dash for whatever lies between."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
