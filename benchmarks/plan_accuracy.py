"""How far a plan's memory and time lie from what the training then takes.

    python -m benchmarks.plan_accuracy            # some minutes; nothing else should run on the machine

Three probes measure the machine on models that none of the six configurations has; one of them, trained in a process
of its own, tells what the libraries hold. Each configuration (architecture, method, rows, lengths, batch, size) is
forecast and the forecast printed, and only then trained, in a process of its own whose peak memory counts. Weights and
ids are random: neither changes what a step costs.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.printing import Table, at_most

MEMORY_TARGET, TIME_TARGET = 0.15, 0.25
"""Largest relative errors."""
HELD_OUT = 8
"""Rows of the held-out loss."""


@dataclass(frozen=True)
class Case:
    """A training to be forecast."""

    name: str
    model: dict[str, Any]
    """`config.json`, the vocabulary included."""
    training: dict[str, Any]
    rows: int
    lengths: tuple[int, int]
    """Shortest and longest row in tokens."""
    packing: bool = True
    seed: int = field(default=0, kw_only=True)


def llama(width: int, blocks: int, vocabulary: int) -> dict[str, Any]:
    shape = {"hidden_size": width, "num_hidden_layers": blocks, "num_attention_heads": width // 32}
    return {"model_type": "llama", **shape, "intermediate_size": 3 * width, "vocab_size": vocabulary}


def neox(width: int, blocks: int, vocabulary: int) -> dict[str, Any]:
    return {**llama(width, blocks, vocabulary), "model_type": "gpt_neox", "intermediate_size": 4 * width}


def gpt2(width: int, blocks: int, vocabulary: int) -> dict[str, Any]:
    shape = {"n_embd": width, "n_layer": blocks, "n_head": width // 32, "vocab_size": vocabulary}
    return {"model_type": "gpt2", **shape, "bos_token_id": None, "eos_token_id": None}


FULL: dict[str, Any] = {"method": "full", "epochs": 1.0, "precision": "float32"}
LORA: dict[str, Any] = {**FULL, "method": "lora"}
HALF: dict[str, Any] = {**FULL, "method": "frozen", "freeze": {"first_blocks": 3}}

PROBES = (
    Case("probe: llama 192 × 4, full", llama(192, 4, 4000), {**FULL, "batch_size": 16}, 64, (15, 90)),
    Case("probe: gpt2 320 × 3, lora", gpt2(320, 3, 10_000), {**LORA, "batch_size": 8}, 64, (20, 120)),
    Case("probe: gpt-neox 256 × 4, full", neox(256, 4, 6000), {**FULL, "batch_size": 24}, 96, (10, 60)),
)
CASES = (
    Case("llama 256 × 6, full", llama(256, 6, 8000), {**FULL, "batch_size": 16}, 48, (20, 80)),
    Case(
        "llama 512 × 4, lora 16", llama(512, 4, 16_000), {**LORA, "batch_size": 16, "lora": {"rank": 16}}, 48, (20, 60)
    ),
    Case("gpt2 384 × 4, full", gpt2(384, 4, 12_000), {**FULL, "batch_size": 8}, 24, (50, 150)),
    Case("gpt-neox 320 × 6, 3 frozen", neox(320, 6, 6000), {**HALF, "batch_size": 32}, 96, (10, 40)),
    Case("gpt2 256 × 6, lora, unpacked", gpt2(256, 6, 8000), {**LORA, "batch_size": 16}, 48, (10, 100), False),
    Case("llama 128 × 8, wide vocabulary", llama(128, 8, 32_000), {**FULL, "batch_size": 24}, 72, (20, 70)),
)


def documents(case: Case) -> tuple[list[Any], list[Any]]:
    """Rows of random ids, to train on and held out."""
    from tasks.documents import Document

    draw = random.Random(case.seed)
    made = []
    for _ in range(case.rows + HELD_OUT):
        ids = [draw.randrange(case.model["vocab_size"]) for _ in range(draw.randint(*case.lengths))]
        made.append(Document(ids, ids))
    return made[: case.rows], made[case.rows :]


def prepared(case: Case) -> tuple[Any, Any]:
    """The model with random weights, ready to train, and its training settings."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    from tasks.training.adapters import make_trainable
    from tasks.training.config import TrainingConfig

    config = TrainingConfig.model_validate(case.training)
    given = dict(case.model)
    torch.manual_seed(0)
    loader: Any = AutoModelForCausalLM
    settings = AutoConfig.for_model(given.pop("model_type"), **given)
    return make_trainable(loader.from_config(settings, attn_implementation="sdpa"), config), config


def planned(case: Case) -> Any:
    """The forecast."""
    from tasks.training.config import TrainingConfig
    from tasks.training.forecast import forecast

    train, holdout = documents(case)
    config = TrainingConfig.model_validate(case.training)
    return forecast(case.model, config, train, holdout, rows=case.rows, packing=case.packing, half=False)


def trained(case: Case) -> dict[str, Any]:
    """The training itself, in this process: what it took."""
    from tasks.tokenized import Tokens
    from tasks.training.trainer import train

    model, config = prepared(case)
    tokens: Any = Tokens(*documents(case), {"pad_id": 0, "packing": case.packing})  # type: ignore[arg-type]
    _, cost = train(model, tokens, config, lambda done, total, **measures: None)
    return asdict(cost)


def in_own_process(number: int) -> dict[str, Any]:
    """`trained` of a case, so that its peak memory is its own."""
    command = [sys.executable, "-m", "benchmarks.plan_accuracy", str(number)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def main() -> None:
    import torch

    from tasks.training.cost import fit_rates
    from tasks.training.forecast import probe

    alone = in_own_process(len(CASES))["peak_memory_bytes"]
    overhead = alone - planned(PROBES[0]).memory(0).total
    print(f"load {os.getloadavg()[0]:.1f}, {torch.get_num_threads()} threads, {overhead / 1e6:,.0f} MB for libraries")
    measured = []
    for case in PROBES:
        model, config = prepared(case)
        measured += probe(model, config, planned(case), half=False)
    rates = fit_rates(measured)
    print(f"rates: {rates}")
    columns = ("configuration", "MB plan", "MB actual", "error", "target", "", "s plan", "s actual", "error")
    table = Table("Plan against actual", columns)
    for number, case in enumerate(CASES):
        found = planned(case)
        memory, seconds = found.memory(overhead).total, found.seconds(rates)[0]
        print(f"{case.name}: planned {memory / 1e6:,.0f} MB, {seconds:.2f} s", flush=True)
        actual = in_own_process(number)
        print(f"  actual {actual['peak_memory_bytes'] / 1e6:,.0f} MB, {actual['seconds']:.2f} s", flush=True)
        off_memory = abs(memory / actual["peak_memory_bytes"] - 1)
        off_time = abs(seconds / actual["seconds"] - 1)
        table.add(
            case.name,
            memory / 1e6,
            actual["peak_memory_bytes"] / 1e6,
            off_memory,
            f"≤ {MEMORY_TARGET}",
            "pass" if off_memory <= MEMORY_TARGET else "MISS",
            seconds,
            actual["seconds"],
            off_time,
            figure=off_time,
            target=at_most(TIME_TARGET),
        )
    table.note(f"load at the end: {os.getloadavg()[0]:.1f}")
    print(table)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(trained((*CASES, *PROBES)[int(sys.argv[1])])))
    else:
        main()
