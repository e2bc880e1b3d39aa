"""A training that was killed goes on from its checkpoint, and ends with the bits it would have had undisturbed."""

from __future__ import annotations

import itertools
import random

import pytest

from tasks.base_model import load_model
from tasks.errors import TrainingStopped
from tasks.tokenized import Tokens
from tasks.training.adapters import make_trainable
from tasks.training.checkpoints import Checkpoints
from tasks.training.config import Divergence, EarlyStopping, LoraSettings, ReplaySettings, TrainingConfig
from tasks.training.replay import Replay
from tasks.training.trainer import train

LENGTHS = [12, 5, 30, 8, 19, 3, 25, 14, 9, 22, 6, 17]
STEPS = 12
BASE = {"learning_rate": 1e-2, "epochs": 4, "batch_size": 4, "precision": "float32", "dropout": 0.2}
LORA = {**BASE, "lora": LoraSettings(rank=4, dropout=0.3)}
FULL = {**BASE, "method": "full"}
WAYS = {
    "lora": LORA,
    "lora, bfloat16": {**LORA, "precision": "bfloat16"},
    "full": FULL,
    "full, bfloat16, linear": {**FULL, "precision": "bfloat16", "schedule": "linear"},
    "lora, float16": {**LORA, "precision": "float16"},
    "full, float16": {**FULL, "precision": "float16"},
    "early stopping": {**FULL, "evaluate_every": 2, "early_stopping": EarlyStopping(patience=9)},
    "replay": {**LORA, "replay": ReplaySettings(path="general.txt", fraction=0.4)},
    "gradient checkpointing": {**FULL, "gradient_checkpointing": True},
    "all": {
        **LORA,
        "precision": "bfloat16",
        "evaluate_every": 2,
        "early_stopping": EarlyStopping(patience=9),
        "replay": ReplaySettings(path="general.txt", fraction=0.4),
        "divergence": Divergence(action="roll_back"),
    },
}


class Killed(BaseException):
    """As abrupt as it gets inside one process."""


@pytest.fixture
def start(tiny_base, random_documents, tmp_path):
    """Starts a training afresh: another process in all but name."""
    import torch

    tokens = Tokens(random_documents(LENGTHS), random_documents(LENGTHS[:5], seed=1), {"pad_id": 0, "packing": True})
    general = random_documents([7, 11, 20, 9], seed=2)

    def start(config, checkpoints=None, killed_at=None, **given):
        torch.manual_seed(config.seed)
        model = make_trainable(load_model(tiny_base, config.dropout), config)
        torch.rand(random.randrange(9))  # whatever was drawn before
        replay = Replay(general, config.replay.fraction, config.seed) if config.replay else None

        def report(done, total, **measures):
            if done == killed_at:
                raise Killed

        curve, cost = train(model, tokens, config, report, replay=replay, checkpoints=checkpoints, **given)
        return weights_of(model), curve, cost

    return start


def weights_of(model):
    return {name: parameter.detach().numpy().tobytes() for name, parameter in model.named_parameters()}


def every(steps):
    """A clock that makes a checkpoint due every so many steps: it is asked at each, and once when one is written."""
    return itertools.count(0, 60 / steps).__next__


@pytest.mark.parametrize("way", WAYS)
def test_a_killed_training_ends_with_the_same_bits(start, tmp_path, way):
    """Killed at random steps, twice in each run, some steps after the newest checkpoint."""
    config, draw = TrainingConfig(**WAYS[way]), random.Random(way)
    weights, curve, _ = start(config)
    assert len(curve.train) == STEPS
    moments = draw.sample(range(2, STEPS), 4)
    for run, kills in enumerate([sorted(moments[:2]), sorted(moments[2:])]):
        folder = tmp_path / str(run)
        for step in kills:
            with pytest.raises(Killed):
                start(config, Checkpoints(folder, 1, every(3)), killed_at=step)
        resumed, found, cost = start(config, Checkpoints(folder, 1, every(3)))
        assert cost.resumed_at
        assert found == curve, kills
        assert resumed == weights, kills


@pytest.mark.parametrize("way", ["all", "full"])
def test_a_training_that_was_asked_to_stop_goes_on_with_the_same_bits(start, tmp_path, way):
    """Between any two blocks, on the way forward or back, in a step or an evaluation: nothing of the step is left."""
    config, draw = TrainingConfig(**WAYS[way]), random.Random(way)
    weights, curve, _ = start(config)
    asked = itertools.count()
    start(config, should_stop=lambda: next(asked) < 0)
    in_all = next(asked)
    assert in_all > 6 * STEPS
    for number in range(4):
        asked, moment = itertools.count(), draw.randrange(in_all)
        checkpoints = Checkpoints(tmp_path / str(number), 1000)
        with pytest.raises(TrainingStopped, match=rf"stopped at step \d+ of {STEPS}; the same command goes on"):
            start(config, checkpoints, should_stop=lambda: next(asked) >= moment)  # noqa: B023
        resumed, found, cost = start(config, checkpoints)
        assert cost.resumed_at == [pytest.approx(STEPS * moment / in_all, abs=2)]
        assert (found, resumed) == (curve, weights), moment


def test_asking_whether_to_stop_changes_no_bit(start):
    config = TrainingConfig(**WAYS["all"])
    weights, curve, _ = start(config)
    assert start(config, should_stop=lambda: False)[:2] == (weights, curve)


def test_without_checkpoints_a_stop_is_a_stop(start):
    with pytest.raises(TrainingStopped, match=r"stopped at step 0 of 12$"):
        start(TrainingConfig(**LORA), should_stop=lambda: True)


def test_another_trainings_checkpoint_is_told_and_passed_over(start, tmp_path, caplog):
    other, config = TrainingConfig(**{**LORA, "seed": 7}), TrainingConfig(**LORA)
    with pytest.raises(Killed):
        start(other, Checkpoints(tmp_path, 1, every(1)), killed_at=5)
    _, _, cost = start(config, Checkpoints(tmp_path, 1))
    assert cost.resumed_at == []
    assert "is of another training; this one starts afresh" in caplog.text


def test_how_often_checkpoints_are_written_doesnt_make_it_another_training(start, tmp_path):
    with pytest.raises(Killed):
        start(TrainingConfig(**LORA, checkpoint_minutes=1), Checkpoints(tmp_path, 1, every(1)), killed_at=5)
    assert start(TrainingConfig(**LORA, checkpoint_minutes=9), Checkpoints(tmp_path, 1))[2].resumed_at == [4]


def test_the_micro_batch_of_the_checkpoint_is_kept_unless_another_is_asked_for(start, tmp_path):
    config = TrainingConfig(**LORA)
    with pytest.raises(Killed):
        start(config, Checkpoints(tmp_path, 1, every(1)), killed_at=5, micro_batch_tokens=40)
    assert start(config, Checkpoints(tmp_path, 1000))[2].micro_batch_tokens == 40
    assert start(config, Checkpoints(tmp_path, 1000), micro_batch_tokens=20)[2].micro_batch_tokens == 20
    assert start(config)[2].micro_batch_tokens == 4096


def test_time_that_was_spent_before_a_kill_counts(start, tmp_path):
    """The clock tells a second each time it is asked; a whole run has about a minute of them."""
    config = TrainingConfig(**{**LORA, "epochs": 1000, "max_minutes": 1})
    steps = len(start(config, clock=itertools.count(0.0).__next__)[1].train)
    assert 5 < steps < 60
    with pytest.raises(Killed):
        start(config, Checkpoints(tmp_path, 1, every(1)), killed_at=steps // 2, clock=itertools.count(0.0).__next__)
    _, curve, cost = start(config, Checkpoints(tmp_path, 1000), clock=itertools.count(0.0).__next__)
    assert cost.resumed_at == [steps // 2 - 1]
    assert curve.ended_by == "max_minutes"
    assert len(curve.train) == pytest.approx(steps, abs=2)
