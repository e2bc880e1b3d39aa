"""Several adapters on one base in memory: the base is there once, and each version writes what it writes alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="module")
def two_adapters(new_bench: Callable[..., Any], first_run: Any) -> Any:
    """A bench whose versions 1 and 2 are LoRA adapters on one base, and 3 all weights. Don't change it."""
    bench = new_bench(first_run)
    bench.run("training.learning_rate=0.05", "training.lora.rank=2")
    bench.run("training.method=full", "training.lora=null", "training.learning_rate=0.01")
    assert bench.versions() == [1, 2, 3]
    return bench


def logits(model: Any) -> Any:
    import torch

    with torch.inference_mode():
        return model(torch.arange(1, 20).reshape(1, -1)).logits


def test_adapters_share_their_base_and_change_places_without_loading_it_again(two_adapters: Any):
    import torch

    from tasks.registration.task import OpenVersions, load_registered

    def look() -> None:
        alone = {name: logits(load_registered(name)[0]) for name in ("tiny@1", "tiny@2", "tiny@3")}
        opened = OpenVersions()
        first, _ = opened.use("tiny@1")
        weights = {name: tensor.data_ptr() for name, tensor in first.named_parameters() if "lora" not in name}
        assert torch.equal(logits(first), alone["tiny@1"])
        second, _ = opened.use("tiny@2")
        assert second is first
        assert torch.equal(logits(second), alone["tiny@2"])
        assert {name: tensor.data_ptr() for name, tensor in second.named_parameters() if "lora" not in name} == weights
        third, _ = opened.use("tiny@3")
        assert third is not first
        assert torch.equal(logits(third), alone["tiny@3"])
        for name in ("tiny@1", "tiny@2", "tiny@1"):
            assert torch.equal(logits(opened.use(name)[0]), alone[name])
        assert not torch.equal(alone["tiny@1"], alone["tiny@2"])

    two_adapters.call(look)


def test_a_chat_switches_between_registered_adapters(two_adapters: Any):
    typed = "The heron\n/model tiny@2\nThe heron\n/model tiny@1\nThe heron\n"
    code = f"import io, sys; sys.stdin = io.StringIO({typed!r}); from flows.cli import main\n"
    code += "sys.argv = ['gadfly', 'chat', 'tiny@1', 'tiny@2', '--temperature', '0', '--json']; main()"
    done = two_adapters.warm("-c", code)
    assert done.code == 0, done.stderr
    turns = json.loads(done.stdout)["turns"]
    assert [turn["model"] for turn in turns] == ["tiny@1", "tiny@2", "tiny@1"]
    assert turns[0]["text"] == turns[2]["text"] != turns[1]["text"]
