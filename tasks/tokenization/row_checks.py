"""What the tokenizer does to the rows' text: whether it comes back, and whether it names special tokens.

Neither stops a run. Both are counted, and shown with the run: text that doesn't come back is text that the model never
sees as it was written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

ROUND_TRIP_ROWS = 200
"""Rows that are encoded and decoded, evenly spaced: what a tokenizer loses it loses often."""
MOST_LOST = 10


def round_trip(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> dict[str, Any]:
    """Encode and decode a sample of texts.

    Returns:
        `checked` and `changed` (texts), and `lost`: the characters that most often don't come back, with how many were
        lost. No text is kept: it may be personal.
    """
    step = max(1, -(-len(texts) // ROUND_TRIP_ROWS))
    sample = list(texts[::step])
    changed, lost = 0, Counter[str]()
    if sample:
        encoded = tokenizer(sample, add_special_tokens=False, split_special_tokens=True, verbose=False)["input_ids"]
        for text, input_ids in zip(sample, encoded, strict=True):
            back = tokenizer.decode(input_ids, clean_up_tokenization_spaces=False)
            if back != text:
                changed += 1
                lost += Counter(text) - Counter(back)
    most = sorted(lost.items(), key=lambda item: (-item[1], item[0]))[:MOST_LOST]
    return {"checked": len(sample), "changed": changed, "lost": dict(most)}


def literal_special_tokens(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> dict[str, int]:
    """How many texts name each special token (`<|endoftext|>`); they are encoded as text, never as the token."""
    names = sorted({str(name) for name in tokenizer.all_special_tokens if str(name).strip()}, key=len, reverse=True)
    if not names:
        return {}
    pattern = re.compile("|".join(map(re.escape, names)))
    found = Counter(name for text in texts for name in set(pattern.findall(text)))
    return dict(sorted(found.items()))
