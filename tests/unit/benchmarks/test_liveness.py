"""What the liveness benchmark counts."""

from __future__ import annotations

from benchmarks.liveness import most_at_once


def test_runs_one_after_the_other_are_one_at_a_time_and_overlapping_ones_are_counted():
    apart = [("2026-01-01T00:00:00Z", "2026-01-01T00:00:10Z"), ("2026-01-01T00:00:10Z", "2026-01-01T00:00:20Z")]
    assert most_at_once(apart) == 1
    assert most_at_once([*apart, ("2026-01-01T00:00:05Z", "2026-01-01T00:00:12Z")]) == 2
