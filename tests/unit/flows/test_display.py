"""What a run tells of its training."""

from __future__ import annotations

from typing import Any

from flows.display import training_notes

UNEVENTFUL: dict[str, Any] = {
    "method": "full",
    "trained_parts": {},
    "ended_by": "steps",
    "kept_step": None,
    "rolled_back": [],
    "resumed_at": [],
    "interruptions": [],
    "replay": None,
    "steps": 60,
}


def test_a_training_without_events_has_no_notes():
    assert training_notes(UNEVENTFUL) == []


def test_a_roll_back_and_a_kill_are_told():
    went = {"step": 1041, "why": "the loss of step 1,042 became nan", "to_step": 1000, "learning_rate_factor": 0.5}
    assert training_notes({**UNEVENTFUL, "rolled_back": [went], "resumed_at": [7, 1020], "interruptions": []}) == [
        "diverged at step 1,041: the loss of step 1,042 became nan",
        "  went back to step 1,000, with 0.5 of the rate",
        "went on from the checkpoint of step 7, 1,020",
    ]
