"""Operations of a dry run are counted once each and measured on real tensors of the same form."""

from __future__ import annotations

import pytest

from tasks.training.config import FreezeSettings, LoraSettings, TrainingConfig

METHODS = {
    "lora": TrainingConfig(lora=LoraSettings(rank=4)),
    "full": TrainingConfig(method="full", gradient_checkpointing=True),
    "frozen": TrainingConfig(method="frozen", freeze=FreezeSettings(first_blocks=1)),
}


def calls_of(model, config, documents, rows, *, half=False, learns=True):
    from tasks.training.dry_run import dry_model, run_dry
    from tasks.training.probe import training_loss

    dry = dry_model(model.config.to_dict(), config)
    return run_dry(dry, documents, rows, training_loss(dry.split), half=half, learns=learns).calls


@pytest.fixture
def stopwatch(monkeypatch):
    """One that measures each operation once only."""
    from tasks.training import operations

    monkeypatch.setattr(operations, "fastest", lambda run, **_: run() is None or 1.0)
    return operations.Stopwatch()


@pytest.mark.parametrize("architecture", ["GPT2", "OPT", "Llama", "GPTNeoX", "Qwen2"])
@pytest.mark.parametrize("method", METHODS)
def test_every_operation_of_a_step_runs_alone(architecture, method, make_model, random_documents, stopwatch):
    documents = random_documents([20, 12, 30, 8])
    for half in (False, True):
        calls = calls_of(make_model(architecture), METHODS[method], documents, [[0, 1], [2], [3]], half=half)
        assert stopwatch.seconds(calls) == len(calls), "a second each, repeats included"


def test_more_blocks_have_no_more_distinct_operations(make_model, random_documents):
    """What makes measuring cheaper than a step."""
    import transformers

    from tasks.training.dry_run import dry_model, run_dry
    from tasks.training.probe import training_loss

    found = []
    for blocks in (2, 12):
        shape = transformers.GPT2Config(n_embd=32, n_head=2, n_layer=blocks, vocab_size=64).to_dict()
        dry = dry_model(shape, METHODS["frozen"])
        found.append(run_dry(dry, random_documents([9]), [[0]], training_loss(dry.split)).calls)
    assert len(list(found[1])) == len(list(found[0]))
    assert len(found[1]) > 4 * len(found[0])


def test_what_is_lost_between_operations_comes_from_a_whole_step(make_model, random_documents, stopwatch, monkeypatch):
    from tasks.training import operations

    calls = calls_of(make_model("GPT2"), METHODS["full"], random_documents([8]), [[0]])
    alone = stopwatch.seconds(calls)
    monkeypatch.setattr(operations, "fastest", lambda run, **_: 3 * alone)
    stopwatch.calibrate(calls, lambda: None)
    assert stopwatch.seconds_between == pytest.approx(2 * alone / len(calls))
    assert stopwatch.seconds(calls) == pytest.approx(3 * alone), "the step's own time"


def test_measuring_that_takes_too_long_is_given_up(make_model, random_documents, monkeypatch):
    from tasks.training import operations

    monkeypatch.setattr(operations, "BUDGET_SECONDS", -1.0)
    calls = calls_of(make_model("GPT2"), METHODS["full"], random_documents([8]), [[0]])
    with pytest.raises(operations.TooSlow):
        operations.Stopwatch().seconds(calls)


def test_an_expanded_tensor_is_measured_as_one(make_model):
    """A mask that all heads share takes no memory of its own for each."""
    import torch

    from tasks.training.operations import Blank, _tensor

    made = _tensor(Blank((2, 8, 16), (16, 0, 1), torch.bfloat16))
    assert (made.shape, made.stride(), made.dtype) == ((2, 8, 16), (16, 0, 1), torch.bfloat16)
    assert made.untyped_storage().nbytes() == 2 * 2 * 16


def test_an_update_of_more_weights_than_are_measured_takes_in_proportion_longer(monkeypatch):
    from tasks.training import operations

    monkeypatch.setattr(operations, "fastest", lambda run, **_: 1.0)
    assert operations.update_seconds([(10, 10)] * 4, at_most=200) == pytest.approx(2.0)
    assert operations.update_seconds([(10, 10)] * 4) == pytest.approx(1.0)
