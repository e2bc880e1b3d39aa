"""Words, as the measures of written text count them."""

from __future__ import annotations

import re

WORD = re.compile(
    r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+(?:['’]\w+)*"
)
"""Letters and digits, with what an apostrophe joins; each Thai, Japanese or Chinese character counts as one."""


def words(text: str) -> list[str]:
    """A text's words, without case and punctuation, apostrophes alike."""
    return WORD.findall(text.casefold().replace("’", "'"))
