"""TRL and Gadfly learn alike: equal work is compared by the loss, half of the time by who is lower."""

from __future__ import annotations

from benchmarks.time_to_quality import equal_table, half_table, packed, subjects


def answers(*losses, seconds=10.0, steps=5):
    return [{"holdout": [[0.0, 4.0], [seconds, loss]], "seconds": seconds, "steps": steps} for loss in losses]


def found(gadfly, half, of_packed):
    trl = {"padded": answers(2.00, 2.02), "packing": answers(2.01, 2.03)}
    halves = {"half of padded": answers(*half, seconds=4.0), "half of packing": answers(*of_packed, seconds=4.0)}
    return {**trl, "gadfly": answers(*gadfly), **halves}


def test_equal_work_is_to_lead_to_equal_losses_whoever_is_lower():
    assert equal_table("x", found((2.015, 2.010), (2,), (2,))).passed == 1
    for gadfly in ((2.03, 2.02), (1.99, 2.00)):
        assert equal_table("x", found(gadfly, (2,), (2,))).missed == 1


def test_half_of_the_time_is_to_lead_to_a_loss_that_is_no_higher():
    table = half_table("x", found((2.0,), (2.00, 2.01), (2.02, 2.04)))
    assert (table.passed, table.missed) == (1, 1)
    assert "0.400" in str(table)


def test_a_packed_step_has_as_many_tokens_as_the_others():
    assert packed(150.4) == (151, 1)
    rows_of, rows = packed(1100)
    assert rows == 5
    assert rows_of == 220


def test_without_data_the_demo_is_learned():
    (subject,) = subjects(None)
    assert len(subject.rows) == 1500
    assert len(subject.holdout) == 250
    assert not {tuple(row) for row in subject.holdout} & {tuple(row) for row in subject.rows}
