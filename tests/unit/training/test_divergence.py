"""A training that leaves the road is noticed, and ends or goes back as the recipe says."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from tasks.errors import TrainingError
from tasks.tokenized import Tokens
from tasks.training.checkpoints import Checkpoints
from tasks.training.config import Divergence, EarlyStopping, TrainingConfig
from tasks.training.divergence import FEWEST, IN_A_ROW, SEEN, Diverged, check_course, check_number
from tasks.training.trainer import train

LENGTHS = [12, 5, 30, 8, 19, 3, 25, 14, 9, 22, 6, 17]
BASE = {"method": "full", "batch_size": 4, "precision": "float32", "epochs": 20}
RISING = {**BASE, "learning_rate": 1.0, "warmup_fraction": 0.3}
"""The loss falls while the rate is low, and then ends up far above the untrained model's."""
OVERFLOWING = {**BASE, "learning_rate": 1.0, "max_grad_norm": 1e30, "warmup_fraction": 0, "weight_decay": 1e9}
"""The second step's weights are no numbers any more."""


@pytest.fixture
def start(make_model, random_documents):
    """Trains a tiny model from scratch; `hear` is told the model and the steps done."""
    tokens = Tokens(random_documents(LENGTHS), random_documents(LENGTHS[:5], seed=1), {"pad_id": 0, "packing": True})

    def start(config, hear=lambda model, done: None, **given):
        model = make_model("GPT2")
        curve, _ = train(model, tokens, config, lambda done, total, **_: hear(model, done), **given)
        return {name: parameter.detach().numpy().tobytes() for name, parameter in model.named_parameters()}, curve

    return start


def losses(curve):
    return [point["nll"] for point in curve.train]


def test_a_loss_above_the_bases_ends_the_run_and_the_error_says_what_helps(start):
    with pytest.raises(
        TrainingError, match=r"diverged after \d+ steps: the loss of the last 20 steps was .* at first"
    ) as told:
        start(TrainingConfig(**RISING))
    assert "training.learning_rate=2.0e-01" in str(told.value)
    assert "training.divergence.action=roll_back" in str(told.value)


def test_going_back_with_a_lower_rate_saves_a_training(start):
    settings = Divergence(action="roll_back", rate_factor=0.01)
    _, curve = start(TrainingConfig(**RISING, divergence=settings))
    (went,) = curve.rolled_back
    assert went["learning_rate_factor"] == 0.01
    assert went["to_step"] < went["step"]
    assert went["to_step"] in [point["step"] for point in curve.holdout]
    assert [point["step"] for point in curve.train] == list(range(60))
    steps = [point["step"] for point in curve.holdout]
    assert steps == sorted(set(steps))
    assert losses(curve)[-1] < losses(curve)[0]
    rates = [point["learning_rate"] for point in curve.train]
    assert max(rates[went["to_step"] :]) <= 0.01


def test_a_training_goes_back_so_often_and_then_ends(start):
    settings = Divergence(action="roll_back", rate_factor=0.99, max_roll_backs=2)
    with pytest.raises(TrainingError, match="it had gone back and lowered the learning rate 2 times"):
        start(TrainingConfig(**RISING, divergence=settings))


def test_weights_that_are_no_numbers_are_gone_back_from(start):
    settings = Divergence(action="roll_back", rate_factor=1e-8)
    _, curve = start(TrainingConfig(**OVERFLOWING, divergence=settings))
    assert "became nan" in curve.rolled_back[0]["why"]
    assert all(math.isfinite(point["nll"]) for point in (*curve.train, *curve.holdout))


def test_weights_that_the_last_step_ruined_are_noticed(start):
    """No step comes after it whose loss would tell."""
    with pytest.raises(TrainingError, match=r"after 1 steps: the loss of the held-out rows became nan"):
        start(TrainingConfig(**BASE, max_steps=1), ruin_at(1))


def ruin_at(step, factor=float("nan")):
    """A fault of the memory: once, one matrix is what nobody computed."""
    ruined = []

    def hear(model, done):
        import torch

        if done == step and not ruined:
            ruined.append(done)
            with torch.no_grad():
                model.transformer.wte.weight.mul_(factor)

    return hear


JUMPING = {**BASE, "learning_rate": 1e-4, "epochs": 16, "schedule": "constant"}


def test_a_jump_of_the_loss_is_noticed_and_gone_back_from(start):
    config = TrainingConfig(**JUMPING, divergence=Divergence(action="roll_back"))
    with pytest.raises(TrainingError, match=r"the loss jumped to .* and stayed up for 3 steps"):
        start(TrainingConfig(**JUMPING), ruin_at(40, 30))
    _, curve = start(config, ruin_at(40, 30))
    (went,) = curve.rolled_back
    assert 40 + IN_A_ROW - 1 <= went["step"] <= 40 + IN_A_ROW + 1
    assert losses(curve)[40:] == pytest.approx(losses(start(TrainingConfig(**JUMPING))[1])[40:], abs=0.1)


def test_until_it_goes_back_a_training_has_the_bits_of_one_that_only_would_stop(start):
    stopping, rolling = (TrainingConfig(**JUMPING, divergence=Divergence(action=how)) for how in ("stop", "roll_back"))
    assert start(stopping) == start(rolling)


@pytest.mark.parametrize("kill", [20, 41, 44, 47])
def test_a_killed_training_goes_back_to_the_same_bits(start, tmp_path, kill):
    """Before the fault, between it and its discovery, and after the roll-back."""
    settings = {"early_stopping": EarlyStopping(patience=99), "divergence": Divergence(action="roll_back")}
    config = TrainingConfig(**RISING, **settings)
    expected = start(config)
    assert len(expected[1].rolled_back) >= 1
    told = itertools.count(1)

    def killing(model, done):
        if next(told) == kill:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        start(config, killing, checkpoints=Checkpoints(tmp_path, 1, itertools.count(0, 20).__next__))
    assert start(config, checkpoints=Checkpoints(tmp_path, 1000)) == expected


@pytest.mark.parametrize("nll", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_told(nll):
    with pytest.raises(Diverged, match=f"the loss of step 3 became {nll}"):
        check_number(nll, "step 3")


def noisy(mean, count, sd=0.3, seed=0):
    draw = random.Random(seed)
    return [draw.gauss(mean, sd) for _ in range(count)]


def test_a_few_high_losses_are_no_divergence_and_one_more_is():
    usual = noisy(3.0, 100)
    for up in range(1, IN_A_ROW):
        check_course([*usual, *[9.0] * up], usual[0], 7.0)
        check_course([*usual, *[9.0] * up, 3.0, *[9.0] * up], usual[0], 7.0)
    with pytest.raises(Diverged, match=r"jumped to 9\.000 .* for 3 steps; in the 100 steps before it was 2\.9"):
        check_course([*usual, *[9.0] * IN_A_ROW], usual[0], 7.0)
    check_course([*usual, *[9.0] * IN_A_ROW], usual[0], 30.0)
    check_course([*usual[: FEWEST - 1], *[3.5] * IN_A_ROW], usual[0], 0.1)  # too few to say what is usual


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_no_divergence(seed):
    """A falling loss with heavy tails, batches of a few rows: three steps in a row never lie so high by chance."""
    draw = random.Random(seed)
    course = [3 + 2 * math.exp(-step / 50) + 0.2 * draw.expovariate(1.0) for step in range(400)]
    for end in range(1, len(course)):
        check_course(course[:end][-SEEN:], course[0], 7.0)


def test_the_papers_threshold_is_the_default():
    assert Divergence().spike == 7.0
    assert TrainingConfig().divergence.action == "stop"
