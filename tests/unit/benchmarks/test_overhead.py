"""The overhead benchmark counts a command only if it proves that it did nothing."""

from __future__ import annotations

import os
import sys

import pytest

from benchmarks.overhead import System, commands_table, run, stages_table


def system(tmp_path, script, proof):
    return System("it", [sys.executable, "-c", script], tmp_path, os.environ, proof)


def test_a_command_is_timed_only_if_it_did_nothing_and_said_so(tmp_path):
    assert run(system(tmp_path, "print('all cached')", "cached")) > 0
    with pytest.raises(RuntimeError, match="it didn't do nothing:\ntrained"):
        run(system(tmp_path, "print('trained')", "cached"))
    with pytest.raises(RuntimeError):
        run(system(tmp_path, "print('cached'); raise SystemExit(1)", "cached"))


def test_only_our_command_has_a_target_and_the_median_is_held_against_it():
    table = commands_table({"gadfly retrain": [4.0, 4.4, 9.0], "dvc repro": [60.0]})
    assert (table.passed, table.missed) == (1, 0)
    assert commands_table({"gadfly retrain": [4.0, 4.6, 4.7]}).missed == 1


def test_each_stage_is_held_against_a_tenth_of_a_second():
    table = stages_table({"ingestion": 0.0999, "training": 0.1001})
    assert (table.passed, table.missed) == (1, 1)
    assert [row[1] for row in table.rows] == ["100", "100"]
