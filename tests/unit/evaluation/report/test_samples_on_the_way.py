"""The report shows how what the model writes changed while it was trained, masked."""

from __future__ import annotations

from tasks.evaluation.report.samples import samples_on_the_way


def test_each_prompt_has_its_texts_in_the_order_of_the_steps():
    points = [
        {"step": step, "nll": 1.0, "samples": [{"prompt": prompt, "text": f"{prompt}{step}"} for prompt in "ab"]}
        for step in (0, 8)
    ]
    training = {"holdout": [points[0], {"step": 4, "nll": 1.0}, points[1]]}
    assert samples_on_the_way(training, str.upper) == [
        {"prompt": "A", "texts": [(0, "A0"), (8, "A8")]},
        {"prompt": "B", "texts": [(0, "B0"), (8, "B8")]},
    ]


def test_a_training_of_before_has_none():
    assert samples_on_the_way({"holdout": [{"step": 0, "nll": 1.0}]}, str) == []
    assert samples_on_the_way({}, str) == []
