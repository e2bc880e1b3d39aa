"""Training against other ways of training: the same rows, the same machine, one run, each way in a process of its own.

GPT-2 small's shape with random weights (neither weights nor ids change what a step costs), no dropout. Some minutes on
two cores; nothing else should run. TRL is installed in an environment of its own on the first run.
Run: python -m benchmarks.training [--data DIR] [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.environments import run_other
from benchmarks.printing import Table, at_least, at_most

BLOCK_WEIGHTS, HEAD_WEIGHTS = 12 * 12 * 768**2, 768 * 50_257
"""Weights in GPT-2 small's matrices: those of its twelve blocks, and the output head's."""
END_ID = 50_256
BATCH_SIZE = 32
"""Rows an optimizer step learns from, the notebook's two apart."""
ROW_TOKENS = 512
FROZEN = 10
"""Blocks."""
FROZEN_EPOCHS = 3
"""The recipe's default: what is frozen may be computed once, and that once is counted in."""
NOTEBOOK_ROWS = 4


@dataclass(frozen=True)
class Way:
    """A way of training."""

    key: str
    label: str
    runs_in: str
    """`hf_trainers`, or a module of this folder."""
    given: dict[str, Any]
    trained: float
    """Share of the blocks' and the head's weights that gradients are computed of."""
    reached: float
    """Share of them that gradients pass through."""
    bf16: bool = True
    epochs: int = 1


def ways(step_tokens: int) -> list[Way]:
    """All that are compared. TRL packs rows of the same length as the others, as many as make one batch's tokens."""
    trl = {"bf16": True, "row_tokens": ROW_TOKENS, "accumulation": max(1, round(step_tokens / ROW_TOKENS))}
    upper = ((12 - FROZEN) / 12 * BLOCK_WEIGHTS) / (BLOCK_WEIGHTS + HEAD_WEIGHTS)
    freeze = {"freeze": {"first_blocks": FROZEN, "embeddings": True}, "epochs": FROZEN_EPOCHS}
    above = upper + HEAD_WEIGHTS / (BLOCK_WEIGHTS + HEAD_WEIGHTS)
    return [
        Way("a", "Trainer, padded to 1,024, float32", "hf_trainers", {"way": "notebook"}, 1, 1, bf16=False),
        Way("b", "TRL packed, full", "hf_trainers", {"way": "packing", **trl}, 1, 1),
        Way("b LoRA", "TRL packed, LoRA", "hf_trainers", {"way": "packing_lora", **trl}, 0, 1),
        Way("c", "TRL padded to the longest, by length", "hf_trainers", {"way": "by_length", **trl}, 1, 1),
        Way("d", "bare loop, packed, full", "training_bare_loop", {"row_tokens": ROW_TOKENS}, 1, 1),
        Way("e", "Gadfly, full", "training_process", _training("full"), 1, 1),
        Way("f", "Gadfly, LoRA", "training_process", _training("lora"), 0, 1),
        Way(
            "g", "Gadfly, ten blocks frozen", "training_process", _training("frozen", **freeze), upper, above,
            epochs=FROZEN_EPOCHS,
        ),
    ]  # fmt: skip


def _training(method: str, **settings: Any) -> dict[str, Any]:
    return {"training": {"method": method, "epochs": 1, "learning_rate": 1e-4, "batch_size": BATCH_SIZE, **settings}}


@dataclass(frozen=True)
class Measured:
    """What one way took."""

    tokens_a_second: float
    """Supervised tokens, optimizer steps included."""
    tokens_a_cpu_second: float
    """The same by processor time over all cores: what other work on the machine hardly changes."""
    peak_bytes: int


TARGETS: Sequence[tuple[str, str, float]] = (
    ("e", "a", 50),
    ("e", "b", 2.0),
    ("e", "d", 0.95),
    ("f", "b LoRA", 2.2),
    ("g", "a", 100),
)
MEMORY_TARGETS = (("e", "b"), ("f", "b LoRA"), ("g", "b"))


def rows_of(data: Path | None, count: int) -> list[list[int]]:
    """Quotes as GPT-2's tokens with an end token; without data, random ids of about the quotes' lengths."""
    draw = random.Random(1)
    if data is None:
        lengths = [min(900, max(8, round(draw.lognormvariate(3.45, 0.72)))) for _ in range(count)]
        return [[draw.randrange(END_ID) for _ in range(length - 1)] + [END_ID] for length in lengths]
    from transformers import AutoTokenizer

    lines = (data / "quotes" / "english_quotes.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["quote"] for line in draw.sample(lines, count)]
    tokenizer: Any = AutoTokenizer.from_pretrained(data / "models" / "tiny-gpt2")
    return [[*ids[:1023], END_ID] for ids in tokenizer(texts, verbose=False)["input_ids"]]


def make_base(folder: Path) -> Path:
    """GPT-2 small's shape with random weights and a tokenizer that nothing reads but what ends and pads."""
    if (folder / "model.safetensors").exists():
        return folder
    import torch
    from tokenizers import Tokenizer, models
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    GPT2LMHeadModel(GPT2Config(resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)).save_pretrained(folder)
    backend = Tokenizer(models.WordLevel({"<unk>": 0, "<|endoftext|>": END_ID}, unk_token="<unk>"))
    made = PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="<|endoftext|>")  # type: ignore[no-untyped-call]
    made.save_pretrained(folder)
    return folder


def measure(way: Way, base: Path, rows: list[list[int]], cache: Path) -> Measured:
    """Train in a fresh process with all cores; the notebook on a few rows: its cost is the same for each."""
    supervised_a_row = statistics.mean(len(row) - 1 for row in rows)
    rows = sorted(rows, key=len)[:: max(1, len(rows) // NOTEBOOK_ROWS)][:NOTEBOOK_ROWS] if way.key == "a" else rows
    shared = {"base": str(base), "rows": rows, "batch_size": BATCH_SIZE, "learning_rate": 1e-4, "epochs": 1, "seed": 1}
    found = run(way.runs_in, {**shared, "holdout": [], **way.given}, cache)
    tokens = way.epochs * len(rows) * supervised_a_row
    return Measured(
        tokens_a_second=tokens / found["seconds"],
        tokens_a_cpu_second=tokens * (os.cpu_count() or 1) / found["cpu_s"],
        peak_bytes=found["peak_bytes"],
    )


def run(runs_in: str, given: dict[str, Any], cache: Path) -> dict[str, Any]:
    """What one way's process answers."""
    if runs_in == "hf_trainers":
        return run_other(runs_in, cache, given, threads=os.cpu_count() or 1)
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "asked.json", Path(folder) / "answered.json"
        asked.write_text(json.dumps(given), encoding="utf-8")
        command = [sys.executable, "-m", f"benchmarks.{runs_in}", str(asked), str(answered)]
        subprocess.run(command, check=True, stdout=sys.stderr, env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE"})
        answer: dict[str, Any] = json.loads(answered.read_text(encoding="utf-8"))
    return answer


def flops_a_token(way: Way) -> float:
    """Of matrix products that the way needs, computed without anything kept: forward, through, and of the weights."""
    return 2 * (BLOCK_WEIGHTS + HEAD_WEIGHTS) * (1 + way.reached + way.trained)


def speed_table(measured: Mapping[str, Measured], shown: Sequence[Way], peaks: Mapping[bool, float]) -> Table:
    """What each way takes."""
    columns = ["", "way", "tokens a second", "by processor time", "share of peak", "peak GB"]
    table = Table("Supervised tokens a second, optimizer step included, and peak memory", columns)
    for way in shown:
        found = measured[way.key]
        share = found.tokens_a_second * flops_a_token(way) / peaks[way.bf16]
        cells = (found.tokens_a_second, found.tokens_a_cpu_second, share, found.peak_bytes / 1e9)
        table.add(way.key, way.label, *cells)
    table.note(
        f"matrix products peak at {peaks[False] / 1e9:,.0f} GFLOP/s in float32, {peaks[True] / 1e9:,.0f} in bfloat16"
    )
    table.note(
        "share of peak: the products that the method can't do without, as if nothing were kept, in the way's precision"
    )
    table.note(f"load at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return table


def target_table(measured: Mapping[str, Measured]) -> Table:
    """The figures against each other."""
    table = Table("Targets", ["figure", "by processor time", "ratio"])
    for way, other, bound in TARGETS:
        if way in measured and other in measured:
            ratio = measured[way].tokens_a_second / measured[other].tokens_a_second
            by_cpu = measured[way].tokens_a_cpu_second / measured[other].tokens_a_cpu_second
            table.add(f"speed of ({way}) over ({other})", by_cpu, ratio, figure=ratio, target=at_least(bound))
    for way, other in MEMORY_TARGETS:
        if way in measured and other in measured:
            ratio = measured[way].peak_bytes / measured[other].peak_bytes
            table.add(f"peak memory of ({way}) over ({other})", "", ratio, figure=ratio, target=at_most(1))
    return table


def main(arguments: list[str] | None = None) -> int:
    """Command line: 0 where every target is met, 1 where one is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of real data: quotes/ and models/tiny-gpt2 (its tokenizer)")
    parser.add_argument("--rows", type=int, default=256, help="rows trained on, once (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="64 rows: shows that all ways run")
    parser.add_argument("--only", nargs="+", help="ways by their letters: e, f, 'b LoRA' …")
    parser.add_argument(
        "--cache", type=Path, default=Path(".gadfly/benchmarks"), help="where TRL and the base are kept"
    )
    options = parser.parse_args(arguments)
    rows = rows_of(options.data, 64 if options.quick else options.rows)
    step_tokens = round(BATCH_SIZE * statistics.mean(map(len, rows)))
    chosen = [way for way in ways(step_tokens) if not options.only or way.key in options.only]
    base = make_base(options.cache / "gpt2-small-shape")
    from tasks.training.machine_peak import measured_peak

    peaks = {bf16: measured_peak("cpu", "bfloat16" if bf16 else "float32") for bf16 in (False, True)}
    measured: dict[str, Measured] = {}
    for way in chosen:
        measured[way.key] = measure(way, base, rows, options.cache)
        print(f"({way.key}) {way.label}: {measured[way.key]}", file=sys.stderr, flush=True)
    targets = target_table(measured)
    print(speed_table(measured, chosen, peaks), targets, sep="\n")
    print(f"\n{targets.passed} targets met, {targets.missed} missed")
    return int(targets.missed > 0)


if __name__ == "__main__":
    sys.exit(main())
