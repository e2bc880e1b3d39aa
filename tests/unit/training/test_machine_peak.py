"""A machine's peak is measured a few times and remembered, and measuring leaves the training's random numbers alone."""

from __future__ import annotations

import json

import pytest

from tasks.training import machine_peak as peaks
from tasks.training.machine_peak import MEMO, machine_name, machine_peak, measured_peak


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setitem(peaks.SIDE, "cpu", 64)
    monkeypatch.setattr(peaks, "SECONDS", 0.0)


def test_the_peak_is_in_operations_a_second(monkeypatch):
    """A 64 × 64 product is 2 · 64³ = 524,288 operations; on a clock that moves a second each time it is asked."""
    ticks = iter(range(100))
    monkeypatch.setattr(peaks.time, "perf_counter", lambda: next(ticks))
    assert measured_peak("cpu", "float32", seconds=5) == 524_288


def test_the_fastest_of_a_few_measurements_counts_for_each_precision(tmp_path, monkeypatch):
    """The first finds the machine busy; after three nobody measures."""
    speeds = {"float32": iter([1e9, 4e9, 3e9]), "bfloat16": iter([7e9])}
    monkeypatch.setattr(peaks, "measured_peak", lambda device, precision: next(speeds[precision]))
    asked = ("float32", "bfloat16", "float32", "float32", "float32")
    assert [machine_peak("cpu", precision, tmp_path) for precision in asked] == [1e9, 7e9, 4e9, 4e9, 4e9]
    assert json.loads((tmp_path / MEMO).read_text()) == {
        machine_name("cpu", "float32"): [1e9, 4e9, 3e9],
        machine_name("cpu", "bfloat16"): [7e9],
    }


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '{"other machine": 1.0}', "[1, 2]"])
def test_a_damaged_memory_is_measured_again(tmp_path, damage):
    (tmp_path / MEMO).write_text(damage)
    peak = machine_peak("cpu", "float32", tmp_path)
    assert peak > 0
    assert machine_peak("cpu", "float32", tmp_path) >= peak


def test_other_threads_are_another_machine():
    import torch

    threads = torch.get_num_threads()
    before = machine_name("cpu", "float32")
    try:
        torch.set_num_threads(threads + 1)
        assert machine_name("cpu", "float32") != before
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_measuring_draws_no_random_number_of_the_training(precision):
    import torch

    torch.manual_seed(7)
    before = torch.get_rng_state()
    measured_peak("cpu", precision)
    assert torch.equal(torch.get_rng_state(), before)
