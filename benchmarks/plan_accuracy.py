"""How far a plan's memory and time lie from what the training then takes.

    python -m benchmarks.plan_accuracy --data DIR      # some minutes; nothing else should run on the machine

Six trainings on real quotes, by three bases (stories260k, the demo's, GPT-2 small's shape with random weights). Each is
planned as `gadfly plan` does, from its rows and the base's `config.json`, and the forecast is printed; only then it is
trained, in a process of its own. The plan never runs a step of the model: it measures each distinct operation once.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.printing import Table, at_most
from tasks.base_model import model_settings

MEMORY_TARGET, TIME_TARGET = 0.15, 0.25
"""Largest relative errors."""
HELD_OUT = 32
"""Rows of the held-out loss."""
CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Case:
    """A training to be forecast."""

    name: str
    base: str
    """`stories260k`, `demo` or `gpt2`."""
    training: dict[str, Any]
    rows: int
    max_seq_len: int = 128
    packing: bool = True


GPT2: dict[str, Any] = {"model_type": "gpt2", "resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
"""Its defaults are GPT-2 small's shape: 12 blocks, 768 wide, 50,257 words."""
ONCE: dict[str, Any] = {"epochs": 1.0}
CASES = (
    Case(
        "stories260k, LoRA 16, float32, batch 32 × 128, packed",
        "stories260k",
        {**ONCE, "method": "lora", "lora": {"rank": 16}, "batch_size": 32},
        1200,
    ),
    Case(
        "stories260k, full, float32, batch 64 × 256, checkpointing",
        "stories260k",
        {**ONCE, "method": "full", "batch_size": 64, "gradient_checkpointing": True},
        1200,
        256,
    ),
    Case(
        "demo's base, frozen 2 blocks, bfloat16, batch 16 × 64, unpacked",
        "demo",
        {**ONCE, "method": "frozen", "freeze": {"first_blocks": 2}, "precision": "bfloat16", "batch_size": 16},
        1200,
        64,
        packing=False,
    ),
    Case(
        "GPT-2 small's shape, LoRA 8, bfloat16, batch 16 × 128, packed",
        "gpt2",
        {**ONCE, "method": "lora", "lora": {"rank": 8}, "precision": "bfloat16", "batch_size": 16},
        128,
    ),
    Case(
        "GPT-2 small's shape, full, float32, batch 8 × 64, packed",
        "gpt2",
        {**ONCE, "method": "full", "precision": "float32", "batch_size": 8},
        64,
        64,
    ),
    Case(
        "GPT-2 small's shape, frozen 10 blocks, bfloat16, batch 64 × 128, checkpointing",
        "gpt2",
        {
            **ONCE,
            "method": "frozen",
            "freeze": {"first_blocks": 10, "embeddings": True},
            "precision": "bfloat16",
            "batch_size": 64,
            "gradient_checkpointing": True,
        },
        320,
    ),
)


def base_folder(name: str, data: Path, work: Path) -> Path:
    """A base in transformers' format."""
    folders = {"stories260k": data / "models" / "stories260k", "demo": CHECKOUT / "demo" / "base"}
    if name in folders:
        return folders[name]
    folder = work / name
    if not folder.exists():
        import torch
        from transformers import AutoModelForCausalLM

        torch.manual_seed(0)
        loader: Any = AutoModelForCausalLM
        loader.from_config(model_settings(GPT2)).save_pretrained(folder)
        for file in (data / "models" / "tiny-gpt2").glob("*token*"):
            shutil.copy(file, folder)
    return folder


def tokenized(case: Case, base: Path, data: Path) -> tuple[dict[str, tuple[list[str], list[Any]]], dict[str, Any]]:
    """Quotes as documents of both splits, and the facts of `tokens.json`."""
    import pandas as pd

    from tasks.prompt_format import PromptConfig
    from tasks.tokenization.config import TokenizationConfig, TokenizationSettings
    from tasks.tokenization.tokenize_rows import tokenize_accepted

    lines = (data / "quotes" / "english_quotes.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["quote"] for line in lines[: case.rows + HELD_OUT]]
    rows = pd.DataFrame(
        {
            "row_id": [str(number) for number in range(len(texts))],
            "text": texts,
            "split": ["train" if number < case.rows else "holdout" for number in range(len(texts))],
        }
    )
    settings = TokenizationSettings(max_seq_len=case.max_seq_len, packing=case.packing)
    config = TokenizationConfig(prompt=PromptConfig(template="{text}"), settings=settings)
    return tokenize_accepted(rows, config, base, lambda done, total: None)


def trained(base: Path, tokens: Path, training: dict[str, Any]) -> dict[str, Any]:
    """The training itself, in this process: what it took."""
    from tasks.base_model import load_model
    from tasks.tokenized import read_tokens
    from tasks.training.adapters import make_trainable
    from tasks.training.config import TrainingConfig
    from tasks.training.trainer import train

    config = TrainingConfig.model_validate(training)
    model = make_trainable(load_model(base, config.dropout), config)
    began, worked = time.perf_counter(), time.process_time()
    _, cost = train(model, read_tokens(tokens), config, lambda done, total, **measures: None)
    processors = (time.process_time() - worked) / (time.perf_counter() - began)
    return {**asdict(cost), "processors": processors / cost.threads}


def in_own_process(base: Path, tokens: Path, case: Case) -> dict[str, Any]:
    """`trained` there, and the seconds of the whole process."""
    job = json.dumps([str(base), str(tokens), case.training])
    started = time.perf_counter()
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.plan_accuracy", "--job", job]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return {**json.loads(done.stdout.splitlines()[-1]), "all_seconds": time.perf_counter() - started}


def measure(case: Case, data: Path, work: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The plan, printed before the training begins, and what the training took."""
    from tasks.tokenized import write_tokens
    from tasks.training.config import TrainingConfig
    from tasks.training.planning import plan_training

    base = base_folder(case.base, data, work)
    splits, facts = tokenized(case, base, data)
    train, holdout = splits["train"][1], splits["holdout"][1]
    began = time.perf_counter()
    planned = plan_training(
        TrainingConfig.model_validate(case.training),
        base,
        train,
        holdout,
        facts,
        rows=len(train),
        tokens=sum(len(document.input_ids) for document in [*train, *holdout]),
        with_probe=True,
    )
    print(f"\n{case.name}: {planned['steps']} steps, planned in {time.perf_counter() - began:.0f} s")
    print(f"  memory {_in_words(planned['memory'], 1e6, 'MB')}")
    print(f"  time   {_in_words(planned['time'], 1, 's')}", flush=True)
    tokens = work / "tokens"
    shutil.rmtree(tokens, ignore_errors=True)
    tokens.mkdir()
    write_tokens(tokens, splits, facts)
    actual = in_own_process(base, tokens, case)
    print(
        f"  actual {actual['peak_memory_bytes'] / 1e6:,.0f} MB, steps {actual['seconds']:.1f} s, "
        f"process {actual['all_seconds']:.1f} s; {actual['threads']} threads got {actual['processors']:.0%} of their "
        f"processors, load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return planned, actual


def _in_words(parts: dict[str, Any], unit: float, name: str) -> str:
    return ", ".join(
        f"{part} {size / unit:,.1f} {name}" for part, size in parts.items() if isinstance(size, int | float)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with quotes/ and models/")
    parser.add_argument("--only", type=int, nargs="*", help="cases by number, from 0")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.job:
        base, tokens, training = json.loads(given.job)
        print(json.dumps(trained(Path(base), Path(tokens), training)))
        return 0
    if given.data is None:
        parser.error("--data is needed")
    columns = ("training", "of", "plan", "actual", "error")
    table = Table("Plan against actual", columns)
    with tempfile.TemporaryDirectory() as work:
        for number, case in enumerate(CASES):
            if given.only is None or number in given.only:
                planned, actual = measure(case, given.data, Path(work))
                taken = planned["time"]
                _compare(
                    table, case.name, "memory, MB", planned["memory"]["total"] / 1e6, actual["peak_memory_bytes"] / 1e6
                )
                _compare(table, "", "steps, s", taken["training_seconds"], actual["seconds"])
                _compare(table, "", "whole process, s", taken["seconds"], actual["all_seconds"])
    print(table)
    return int(table.missed > 0)


def _compare(table: Table, name: str, of: str, planned: float, actual: float) -> None:
    off = abs(planned / actual - 1)
    target = at_most(MEMORY_TARGET if of.startswith("memory") else TIME_TARGET)
    table.add(name, of, round(planned, 1), round(actual, 1), f"{planned / actual - 1:+.1%}", figure=off, target=target)


if __name__ == "__main__":
    sys.exit(main())
