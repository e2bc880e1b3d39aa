"""Rules that take all shards together: words cut short, contradicted authors, copies; for validation and drafts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from tasks.validation.attribution import attribution_conflicts
from tasks.validation.contract import Rule
from tasks.validation.cut_words import WordEnds, cut_words
from tasks.validation.duplicates import Resemblance, kept_rows
from tasks.validation.signals import ATTRIBUTION_CONFLICT, CUT_WORD, DUPLICATE, NEAR_DUPLICATE
from tasks.validation.text_column import Bools, Ints


def find_cut_words(
    rules: Sequence[Rule], shards: Sequence[Mapping[str, WordEnds]], starts: Sequence[int], language: str
) -> dict[int, dict[int, str]]:
    """Rule that asks for words cut short -> row -> what stands at its end.

    Args:
        rules: All that apply.
        shards: Of each, column -> how its texts end.
        starts: Each shard's first row.
        language: Of the contract.
    """
    return {
        place: cut_words([ends[rule.column] for ends in shards], starts, language)
        for place, rule in enumerate(rules)
        if rule.signal == CUT_WORD
    }


def find_conflicts(
    rules: Sequence[Rule], against: Mapping[str, npt.NDArray[np.uint64]], resemblance: Resemblance
) -> dict[int, Bools]:
    """Rule that asks for contradicted authors -> rows that break it.

    Args:
        rules: All that apply.
        against: Column that tells authors apart -> a hash of its value in each row, shape (num_rows,).
        resemblance: Of all rows.
    """
    return {
        place: attribution_conflicts(resemblance.first, against[rule.against])
        for place, rule in enumerate(rules)
        if rule.signal == ATTRIBUTION_CONFLICT and rule.against in against
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
