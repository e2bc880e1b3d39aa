"""When a held-out row stands in a training row: the split keeps such rows on one side, the evaluation counts them."""

from __future__ import annotations

SHINGLE = 5
"""Words; as in the contamination checks of C4 and others, shorter ones are phrases of the language."""
MIN_SHARED = 0.8
"""Share of a row's shingles in one training row: a text with a remark before or behind, or cut a little."""
MIN_SHINGLES = 4
"""Shingles (8 words) from which on a row can be nearly another; shorter ones must be equal: sayings are alike."""
CROWD = 32
"""Held-out rows that share a shingle from which on it is a phrase of the data and proves nothing; this also keeps the
search from comparing everything with everything."""
