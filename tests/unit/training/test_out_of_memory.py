"""Memory that really runs out: the process is given a limit, and the batch stays what the recipe says."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tasks.errors import TrainingError
from tasks.training.out_of_memory import is_out_of_memory, within_memory

LIMITED_TRAINING = """
import json, logging, random, resource, sys
import torch, transformers

torch.set_num_threads(1)
from tasks.documents import Document
from tasks.tokenized import Tokens
from tasks.training.config import TrainingConfig
from tasks.training.trainer import train

ballast = []
spare_mb, at_step, batch, held_out_rows = (int(word) for word in sys.argv[1:])
logging.basicConfig(level=logging.WARNING, format="%(message)s")

def documents(count, seed):
    draw = random.Random(seed)
    made = [[draw.randrange(1, 300) for _ in range(60)] for _ in range(count)]
    return [Document(ids, ids) for ids in made]

def model():
    torch.manual_seed(0)
    shape = dict(n_embd=128, n_layer=4, n_head=4, n_positions=64, vocab_size=300)
    config = transformers.GPT2Config(**shape, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)
    return transformers.AutoModelForCausalLM.from_config(config, attn_implementation="sdpa")

def limit(done):
    if spare_mb and done == at_step and not ballast:
        pages = int(open("/proc/self/statm").read().split()[0])
        size = pages * resource.getpagesize() + spare_mb * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
        try:  # the allocator keeps what was freed: it gets no more than the limit leaves either
            while True:
                ballast.append(torch.empty(2**18))
        except RuntimeError:
            del ballast[-spare_mb:]

config = TrainingConfig(method="full", epochs=1, batch_size=batch, precision="float32", learning_rate=1e-3)
facts = {"pad_id": 0, "packing": True}
small = Tokens(documents(2, 5), documents(1, 6), facts)
train(model(), small, config.model_copy(update={"batch_size": 1}), lambda *_, **__: None)  # what libraries need once
tokens = Tokens(documents(3 * batch, 1), documents(held_out_rows, 2), facts)
limit(0)
try:
    curve, cost = train(model(), tokens, config, lambda done, total, **_: limit(done))
except Exception as error:
    print(json.dumps([type(error).__name__, str(error)]))
else:
    losses = [[point["nll"] for point in points] for points in (curve.train, curve.holdout)]
    print(json.dumps([losses, curve.supervised_tokens, cost.micro_batch_tokens]))
"""


@pytest.fixture(scope="module")
def limited(warm_start):
    """What a training prints that has so much memory more from a step on, and what it logs."""
    root = Path(__file__).resolve().parents[3]

    def run(spare_mb, at_step=0, batch=64, held_out_rows=2):
        words = [str(number) for number in (spare_mb, at_step, batch, held_out_rows)]
        code, told, logged = warm_start(("-c", LIMITED_TRAINING, *words), root, {**os.environ, "PYTHONPATH": str(root)})
        assert code == 0, logged
        return json.loads(told), logged

    return run


@pytest.fixture(scope="module")
def unlimited(limited):
    return limited(0)[0]


@pytest.mark.parametrize("at_step", [0, 2])
def test_the_micro_batch_is_halved_and_the_batch_stays(limited, unlimited, at_step):
    """3,840 tokens a step; at the start, and in the middle."""
    losses, supervised, micro_batch = unlimited
    assert micro_batch == 4096
    (found, found_supervised, smaller), told = limited(150, at_step)
    assert smaller in (256, 512, 1024, 2048)
    assert f"memory ran out in step {at_step + 1}; going on with 2048 tokens at a time, and the same batch" in told
    assert found_supervised == supervised
    for line, expected in zip(found, losses, strict=True):
        assert line == pytest.approx(expected, abs=1e-4)


def test_an_evaluation_is_done_in_smaller_batches(limited):
    (losses, _, _), _ = limited(0, batch=1, held_out_rows=300)
    (found, _, micro_batch), told = limited(40, batch=1, held_out_rows=300)
    assert micro_batch == 4096
    assert "memory ran out in an evaluation; going on with 4096 tokens at a time" in told
    for line, expected in zip(found, losses, strict=True):
        assert line == pytest.approx(expected, abs=1e-4)


def test_where_not_even_one_row_fits_the_error_says_what_helps(limited):
    (name, message), _ = limited(2)
    assert name == "TrainingError"
    assert "with one row at a time" in message
    assert "training.gradient_checkpointing=true" in message


def test_all_kinds_of_a_refused_allocation_are_known():
    import torch

    with pytest.raises(RuntimeError) as real:
        torch.empty(2**55)
    for error in (
        real.value,
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("std::bad_alloc"),
    ):
        assert is_out_of_memory(error), error
    for error in (
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
        ValueError("out of memory"),
        OSError(12, ""),
    ):
        assert not is_out_of_memory(error), error


def test_an_error_of_another_kind_is_no_reason_to_try_again():
    tried = []

    def attempt(limit):
        tried.append(limit)
        raise RuntimeError("shapes don't fit")

    with pytest.raises(RuntimeError, match="shapes don't fit"):
        within_memory(attempt, 64, 1, "a test")
    assert tried == [64]


def test_portions_are_halved_down_to_the_longest_row():
    tried = []

    def attempt(limit):
        tried.append(limit)
        raise MemoryError

    with pytest.raises(TrainingError, match="one row at a time, of up to 10 tokens: MemoryError"):
        within_memory(attempt, 64, 10, "a test")
    assert tried == [64, 32, 16, 8]
