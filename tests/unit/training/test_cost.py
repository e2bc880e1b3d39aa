"""Time and memory follow from counted work by plain arithmetic."""

from __future__ import annotations

import pytest

from tasks.training.cost import Footprint, Rates, fit_rates, peak_memory, seconds_of


def work(flops=0.0, half=0.0, moved=0.0, operations=0.0, **held) -> Footprint:
    sizes = {"copies_bytes": 0, "gradient_bytes": 0, "activation_bytes": 0, "logit_bytes": 0} | held
    return Footprint(flops=flops, flops_half=half, bytes=moved, operations=operations, **sizes)


def test_rates_that_made_the_times_are_found_again():
    true = Rates(2e-11, 0.0, 1e-10, 5e-6)
    done = [work(1e10, 0, 1e8, 300), work(5e10, 0, 2e9, 300), work(0, 0, 1e9, 1), work(1e8, 0, 1e6, 900)]
    found = fit_rates([(item, seconds_of(item, true)) for item in done])
    assert found == pytest.approx(true, rel=1e-3)


def test_no_rate_is_below_zero():
    """The larger work took less time: noise, and no reason for a negative rate."""
    found = fit_rates([(work(1e9, 0, 1e6, 100), 1.0), (work(2e9, 0, 2e6, 100), 0.9)])
    assert min(found) >= 0
    assert seconds_of(work(1e9, 0, 1e6, 100), found) == pytest.approx(1.0, rel=0.1)


def test_nothing_measured_is_no_rate():
    with pytest.raises(ValueError, match="no step was measured"):
        fit_rates([])


def test_the_peak_is_the_worst_moment_and_its_parts_are_all_of_it():
    training = work(gradient_bytes=40, activation_bytes=500, logit_bytes=300, copies_bytes=10)
    evaluation = work(activation_bytes=20, logit_bytes=900)
    memory = peak_memory(1000, 100, training, evaluation, overhead_bytes=7)
    assert memory.moment == "the held-out loss"
    assert (memory.logits, memory.activations, memory.gradients) == (900, 20, 0), "the held-out loss needs most"
    alone = peak_memory(1000, 100, training, None, overhead_bytes=7)
    assert (alone.logits, alone.activations, alone.gradients) == (300, 500, 40)
    assert alone.total == 4 * 1000 + 10 + 40 + 8 * 100 + 500 + 300 + 7


def test_the_update_is_the_peak_of_a_model_with_little_else():
    """Weight, gradient and two moments: 16 bytes a trained parameter."""
    memory = peak_memory(1000, 1000, work(activation_bytes=5), None, overhead_bytes=0)
    assert memory.total == 16 * 1000
    assert memory.moment == "the optimizer's update"


def test_copies_to_go_back_to_are_weights():
    plain, kept = (peak_memory(1000, 10, work(), None, 0, kept_bytes=kept) for kept in (0, 40))
    assert kept.weights - plain.weights == kept.total - plain.total == 40
