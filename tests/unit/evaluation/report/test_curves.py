"""The drawings: long trainings are thinned, what forgets is on the other side of zero."""

from __future__ import annotations

import pytest

from tasks import home
from tasks.evaluation.report.curves import averaged, curve, epoch_ends
from tasks.evaluation.report.forest import forest, gains


def training(steps: int, epochs: int = 3) -> dict:
    """A curve that falls from 5 to 1."""
    per_epoch = steps / epochs
    return {
        "train": [
            {"step": step, "epoch": step / per_epoch, "nll": 1 + 4 * (1 - step / steps)} for step in range(steps)
        ],
        "holdout": [
            {"step": round(epoch * per_epoch), "epoch": epoch, "nll": 1 + 4 * (1 - epoch / epochs)}
            for epoch in range(epochs + 1)
        ],
    }


@pytest.mark.parametrize("steps", [3, 600])
def test_every_held_out_point_tells_its_number(gadfly_home, steps):
    drawn = curve(home.store(), training(steps))
    assert f'aria-label="Loss over {steps} training steps"' in drawn
    for epoch, nll in enumerate((5, 11 / 3, 7 / 3, 1)):
        assert f"<title>epoch {epoch}: held-out NLL {nll:.4f}</title>" in drawn


def test_thinning_keeps_the_mean_and_the_order():
    points = [(float(step), float(step % 7)) for step in range(100)]
    thinned = averaged(points, 10)
    assert len(thinned) == 10
    assert thinned == sorted(thinned)
    assert sum(nll for _, nll in thinned) / 10 == pytest.approx(sum(nll for _, nll in points) / 100)


def test_ends_of_epochs_lie_inside_and_many_are_left_out():
    assert epoch_ends(59, training(60)["holdout"]) == [20.0, 40.0]
    assert epoch_ends(999, training(1000, epochs=100)["holdout"]) == []


def test_a_loss_that_never_moves_is_drawn(gadfly_home):
    flat = {"train": [{"step": 0, "nll": 2.0}], "holdout": [{"step": 0, "epoch": 0.0, "nll": 2.0}]}
    assert "<svg" in curve(home.store(), flat)
    assert curve(home.store(), {"train": [], "holdout": []}) is None


def test_forgetting_is_a_loss_among_the_gains(gadfly_home, content):
    comparison = content["comparison"][1]
    comparison["general"] = {"forgetting": 0.2, "low": 0.1, "high": 0.3}
    found = gains(comparison)
    assert [gain.name for gain in found] == ["held-out rows", "general text", "benchmark"]
    assert all(gain.low <= gain.at <= gain.high for gain in found)
    assert found[1] == ("general text", -0.3, -0.2, -0.1)
    drawn = forest(home.store(), comparison)
    assert "<title>general text: -0.2000 (-0.3000 to -0.1000)</title>" in drawn
    assert "var(--bad)" in drawn, "general text"
    assert "var(--ok)" in drawn, "held-out rows"
    assert forest(home.store(), {}) is None
