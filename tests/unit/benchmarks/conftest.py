"""Clean rows for the corruption kinds to damage."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

import pytest

from benchmarks.clean_texts import clean_pool

NUM_ROWS = 80


@cache
def _pool() -> tuple[str, ...]:
    return tuple(clean_pool(Random(11), NUM_ROWS))


@pytest.fixture
def clean_rows() -> tuple[str, ...]:
    """As many as `made_by` damages."""
    return _pool()


@pytest.fixture
def made_by() -> Callable[..., list[str]]:
    """What a kind makes of the clean rows with a seed."""

    def rows_of(kind: Any, seed: int = 3) -> list[str]:
        rng = Random(seed)
        return [kind.make(rng, text, number) for number, text in enumerate(_pool())]

    return rows_of
