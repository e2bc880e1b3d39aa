"""Rules that take all shards together: words cut short, contradicted authors, copies; for validation and drafts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from tasks.validation.attribution import attribution_conflicts
from tasks.validation.contract import Rule
from tasks.validation.cut_words import cut_words
from tasks.validation.duplicates import Resemblance, kept_rows
from tasks.validation.shards import ShardFindings
from tasks.validation.signals import ATTRIBUTION_CONFLICT, CUT_WORD, DUPLICATE, NEAR_DUPLICATE
from tasks.validation.text_column import Bools, Ints


def find_cut_words(rules: Sequence[Rule], shards: Sequence[ShardFindings]) -> dict[int, dict[int, str]]:
    """Rule that asks for words cut short -> row -> what stands at its end."""
    starts = [0, *accumulate(shard.failed.shape[1] for shard in shards)][:-1]
    return {
        place: cut_words([shard.word_ends[rule.column] for shard in shards], starts)
        for place, rule in enumerate(rules)
        if rule.signal == CUT_WORD
    }


def find_conflicts(
    rules: Sequence[Rule], shards: Sequence[ShardFindings], resemblance: Resemblance
) -> dict[int, Bools]:
    """Rule that asks for contradicted authors -> rows that break it."""
    return {
        place: attribution_conflicts(
            resemblance.first, np.concatenate([shard.against[rule.against] for shard in shards])
        )
        for place, rule in enumerate(rules)
        if rule.signal == ATTRIBUTION_CONFLICT
    }


def find_copies(rules: Sequence[Rule], resemblance: Resemblance, rank: Ints) -> dict[int, Ints]:
    """Rule that asks for copies -> for each row the kept row that it copies, -1 where there is none.

    Args:
        rules: All that apply.
        resemblance: Of all rows.
        rank: Each row's place in the order of preference, shape (num_rows,).
    """
    exact, near = kept_rows(resemblance, rank)
    kept = {DUPLICATE: exact, NEAR_DUPLICATE: near}
    return {place: kept[rule.signal] for place, rule in enumerate(rules) if rule.signal in kept}
