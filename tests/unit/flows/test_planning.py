"""Prices and cards are read as a person gives them, and a wrong one is told."""

from __future__ import annotations

import pytest

from flows.plan_display import human_seconds
from flows.planning import parse_prices
from tasks.errors import RecipeError
from tasks.quantities import byte_size


def test_prices_are_read():
    assert parse_prices(["h100=2.5", "T4=0.35"]) == {"h100": 2.5, "t4": 0.35}


@pytest.mark.parametrize("given", ["h100", "h100=", "h100=cheap", "h100=-1", "h100=nan", "h100=inf", "=2"])
def test_what_is_no_price_is_an_error(given):
    with pytest.raises(RecipeError, match=r"a price is a card and what its hour costs, such as h100=2\.5"):
        parse_prices([given])


def test_a_card_that_isnt_known_is_told_with_those_that_are():
    from tasks.training.planning import check_cards

    check_cards(["t4", "h100"])
    with pytest.raises(
        RecipeError, match=r"'v100' is no card that a plan knows\n  known: t4, a10, l4, a100, h100, h200"
    ):
        check_cards(["t4", "v100"])


def test_amounts_are_told_as_a_person_says_them():
    assert [byte_size(size) for size in (12, 3400, 5.6e6, 7.8e9)] == ["12 B", "3.4 kB", "5.6 MB", "7.8 GB"]
    assert [human_seconds(taken) for taken in (0.5, 300, 8000)] == ["0.5 s", "5 min", "2 h 13 min"]
