"""Bins don't depend on the data and no bin holds values on both sides of a bound: shards add up, and bars are right."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tasks.validation.data_report.charts import charts
from tasks.validation.histograms import bin_edges, histogram, scale_of
from tasks.validation.spreads import Spread

DRAW = np.random.default_rng(0)
COUNTS = np.floor(DRAW.lognormal(2.5, 1.2, 5000))
SHARES = DRAW.beta(0.3, 4.0, 5000)


@pytest.mark.parametrize(
    ("values", "scale", "bounds"),
    [
        (COUNTS, "count", [(3, None), (None, 57)]),
        (SHARES, "share", [(None, 0.15), (0.013, None)]),
        ((SHARES > 0.5).astype(float), "flag", [(None, 0)]),
    ],
)
def test_shards_add_up_to_the_whole(values, scale, bounds):
    whole, parts = Spread.of(values), Spread()
    for part in np.array_split(values, 7):
        parts.add(Spread.of(part))
    found = histogram(parts.counts, scale, bounds)
    assert found == histogram(whole.counts, scale, bounds)
    assert parts.quantiles() == whole.quantiles()
    assert sum(count for _, _, count in found["bins"]) == len(values)


@pytest.mark.parametrize(
    ("values", "scale", "low", "high"),
    [(COUNTS, "count", 3, 57), (SHARES, "share", 0.013, 0.15), (SHARES, "share", None, 0)],
)
def test_bins_beyond_the_bounds_hold_exactly_the_rows_beyond_them(values, scale, low, high):
    bins = histogram(Spread.of(values).counts, scale, [(low, high)])["bins"]
    beyond = sum(count for start, _, count in bins if (low is not None and start < low) or start > high)
    expected = int(((values < (-np.inf if low is None else low)) | (values > high)).sum())
    assert expected > 0
    assert beyond == expected


def test_a_value_on_a_bound_is_allowed():
    bins = histogram(Spread.of(np.array([0.15, 0.15, 0.1500001])).counts, "share", [(None, 0.15)])["bins"]
    assert [count for start, _, count in bins if start > 0.15] == [1]
    assert sum(count for start, _, count in bins if start <= 0.15) == 2


def test_nulls_and_values_off_the_scale():
    values = np.array([np.nan, 0.0, 1.0, 2.0**50])
    bins = histogram(Spread.of(values).counts, "count")["bins"]
    assert [count for _, _, count in bins] == [1, 1, 1]
    assert histogram(Spread.of(np.array([np.nan])).counts, "share")["bins"] == []
    assert histogram(Spread.of(np.array([1.0])).counts, "share")["bins"][0][2] == 1


def test_the_scale_follows_the_unit():
    units = {
        "0 or 1": "flag",
        "share of words": "share",
        "margin, 0 to 1": "share",
        "words": "count",
        "places": "count",
    }
    assert {unit: scale_of(unit) for unit in units} == units
    assert bin_edges("count")[:9] == [0, 1, 2, 3, 4, 6, 8, 12, 16]


def test_a_chart_draws_bounds_between_the_bars_they_part():
    rules = [
        {"reason": "too_short", "column": "text", "signal": "word_count", "min": 3.0, "max": None},
        {"reason": "too_long", "column": "text", "signal": "word_count", "min": None, "max": 57.0},
    ]
    bounds = [(3.0, None), (None, 57.0)]
    report = {
        "rules": rules,
        "histograms": {"text.word_count": {**histogram(Spread.of(COUNTS).counts, "count", bounds), "unit": "words"}},
    }
    (chart,) = charts(report)
    drawn, bins = str(chart.svg), report["histograms"]["text.word_count"]["bins"]
    assert re.findall(r">(m(?:in|ax) \d+)<", drawn) == ["min 3", "max 57"]
    assert [int(count) for count in re.findall(r"<title>[^<]*: (\d+) rows</title>", drawn)] == [n for _, _, n in bins]
    beyond = [low for low, _, _ in bins if low < 3 or low > 57]
    assert (drawn.count("var(--bad)"), drawn.count("var(--ok)")) == (len(beyond), len(bins) - len(beyond))
    assert chart.failed == int(((COUNTS < 3) | (COUNTS > 57)).sum())


def test_flags_and_signals_without_rows_have_no_chart():
    flag = {**histogram(Spread.of(np.array([0.0, 1.0])).counts, "flag"), "unit": "0 or 1"}
    none = {**histogram(Spread.of(np.array([np.nan])).counts, "count"), "unit": "words"}
    assert charts({"rules": [], "histograms": {"text.url_only": flag, "text.word_count": none}}) == []
