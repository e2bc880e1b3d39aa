"""Every recipe run for real: to its end on a small base of the same architecture, and a few steps at full shape.

    python -m benchmarks.recipes --data DIR                     # all, hours on two busy cores
    python -m benchmarks.recipes --data DIR --only acled-gpt2 --part small

`DIR` holds the data (see `CASES`) and tokenizer files (see `small_bases`). *Small*: the recipe as it is, on all or the
first rows, but for the base and a learning rate that suits its size (`RATE`; the originals' are for larger models).
Printed: what became of the rows, what was caught, the verdict, and plan against actual. *Full*: the base's own shape
with random weights, a few rows and steps; what a plan says before, and what it took. *Family*: plans alone, of the
larger Galacticas.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.small_bases import make_full, make_small, write_shape

CHECKOUT = Path(__file__).resolve().parent.parent
RATE = {"full": 1.0e-3, "lora": 5.0e-3}
FAMILY = ("galactica-125m", "galactica-1.3b", "galactica-6.7b", "galactica-30b")
CARDS = "t4,a10,l4,a100,h100"
FEW = 60
"""Records for the steps at full shape."""


@dataclass(frozen=True)
class Case:
    """How a recipe is run here."""

    recipe: str
    source: str
    """Below the data folder."""
    base: str
    """The small base's architecture."""
    shape: str
    """The original's."""
    method: str = "full"
    settings: tuple[str, ...] = ()
    """For this data."""
    records: int = 0
    """The first so many of the source, where all would take long; 0: all."""
    at_full_shape: tuple[str, ...] = ()
    refused: tuple[tuple[str, ...], ...] = ()
    """What the original did, each of which must stop the run."""


CASES = (
    Case("socrates-gpt2", "socrates/gutenberg_Gorgias_1672.txt", "gpt2", "gpt2", settings=("training.max_steps=100",)),
    Case(
        "quotes-galactica",
        "quotes/keyword_quotes_gpt.csv",
        "opt",
        "galactica-125m",
        settings=("base.end_token=</s>", "training.max_steps=80"),
        refused=(("contract=short_text",), ("base.end_token=<|endoftext|>",), ("base.end_token=''",)),
    ),
    Case("gpt2-xl-logits", "quotes/english_quotes.jsonl", "gpt2", "gpt2-xl", at_full_shape=("training.method=lora",)),
    Case("acled-gpt2", "acled/acled_world_may2020.csv", "gpt2", "gpt2", records=300),
    Case("quotes-gpt2-medium-lora", "quotes/english_quotes.jsonl", "gpt2", "gpt2-medium", "lora"),
    Case(
        "instruct-qwen",
        "socrates/alsamneh_socratic_dialogues.json",
        "qwen2",
        "qwen2.5-0.5b",
        "lora",
        (
            "contract=dialogue",
            "source.columns={prompt: input, completion: output}",
            "prompt.prompt='{prompt}'",
            "tokenization.max_seq_len=512",
        ),
    ),
)


class Bench:
    """A working folder with bases and a home, and Gadfly's commands run in it."""

    def __init__(self, data: Path, work: Path) -> None:
        self.data, self.work = data, work
        work.mkdir(parents=True, exist_ok=True)

    def gadfly(self, *words: str) -> dict[str, Any]:
        """What a command prints with `--json`; its error, where it ends with one."""
        environment = {**os.environ, "GADFLY_HOME": str(self.work / "home"), "PYTHONPATH": str(CHECKOUT)}
        command = [sys.executable, "-W", "ignore", "-m", "flows.cli", *words, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=CHECKOUT, check=False)
        try:
            answer: dict[str, Any] = json.loads(done.stdout)
        except json.JSONDecodeError as error:
            raise RuntimeError(f"{' '.join(words)}\n{done.stderr[-2000:]}") from error
        return answer

    def small_base(self, architecture: str) -> Path:
        """A small base, made once."""
        folder = self.work / "bases" / architecture
        if not (folder / "model.safetensors").is_file():
            make_small(architecture, self.data, folder)
        return folder

    def first_records(self, source: Path, records: int) -> Path:
        """A file with the source's first records, or some of a book's; the source itself where all are wanted."""
        if not records:
            return source
        target = self.work / f"first-{records}-{source.name}"
        text = source.read_text(encoding="utf-8", errors="ignore")
        if source.suffix == ".json":
            content = json.loads(text)
            rows = content["dataset"] if isinstance(content, dict) else content
            target.write_text(json.dumps(rows[:records]), encoding="utf-8")
        elif source.suffix == ".txt":
            target.write_text("\n\n".join(text.split("\n\n")[-4 * records : -3 * records]), encoding="utf-8")
        else:
            target.write_text("\n".join(text.splitlines()[: records + 1]) + "\n", encoding="utf-8")
        return target


def sets(*settings: str) -> list[str]:
    """Overrides as words of a command line."""
    return [word for setting in settings for word in ("-s", setting)]


def small(bench: Bench, case: Case) -> None:
    """The recipe to its end."""
    base, source = bench.small_base(case.base), bench.first_records(bench.data / case.source, case.records)
    given = sets(f"source.path={source}", f"base.model={base}", *case.settings)
    given += sets("tokenization.max_seq_len=512", f"training.learning_rate={RATE[case.method]}")
    given += sets("evaluation.judged_samples=100")
    as_it_is = bench.gadfly("plan", case.recipe, "--no-probe", *given, *sets(*_own_rate(case)))
    planned, began = bench.gadfly("plan", case.recipe, *given), time.perf_counter()
    summary = bench.gadfly("run", case.recipe, *given)
    print(f"\n## {case.recipe}, small base ({time.perf_counter() - began:.0f} s)\n")
    for settings in case.refused:
        refusal = bench.gadfly("run", case.recipe, *given, *sets(*settings))
        print(f"-s {' -s '.join(settings)}: {refusal.get('error', 'not refused')}")
    if "error" in summary:
        print(summary["error"])
        return
    show_caught(summary)
    show_doubts("with the recipe's own learning rate", as_it_is)
    show_doubts("as run", planned)
    show_cost(planned, summary)


def _own_rate(case: Case) -> list[str]:
    from tasks.yaml_values import read_yaml

    recipe: dict[str, Any] = read_yaml((CHECKOUT / "recipes" / f"{case.recipe}.yaml").read_text(encoding="utf-8"))
    return [f"training.learning_rate={recipe['training']['learning_rate']}"]


def show_caught(summary: dict[str, Any]) -> None:
    """Rows by reason, what was noted on the tokens, what came of it."""
    rows, tokens, metrics = summary["rows"], summary["tokens"], summary["metrics"]
    print(f"rows: {rows['ingested']:,} in, {rows['accepted']:,} accepted, {rows['quarantined']:,} quarantined")
    for kind in ("reasons", "repaired", "warnings"):
        if found := rows.get(kind):
            print(f"  {kind}: " + ", ".join(f"{name} {count:,}" for name, count in found.items()))
    for note in [*rows["notes"], *tokens["notes"]]:
        print(f"  note: {note}")
    print(f"padding: {tokens['padding_fraction']:.1%} of what was computed")
    for model in ("base", "tuned"):
        found = metrics[model]
        junk = found["samples"]["junk_rate"]
        print(
            f"{model}: loss {found['nll']:.4f}, perplexity {found['perplexity']:.2f}, stops by itself "
            f"{found['stop_rate']:.1%}, junk {junk:.1%}, spill-over {found.get('spill_over', 'not asked for')}"
        )
    comparison = summary["comparison"]
    print(f"verdict: {comparison['judgement']}")
    if fit := comparison.get("fit"):
        print(f"fit: {fit['judgement']}: {fit['why']}")
    for before, after in zip(summary["samples"]["base"], summary["samples"]["tuned"], strict=True):
        print(f"  {before['prompt']!r}: {before['text'][:70]!r} -> {after['text'][:70]!r}")
    training = summary["training"]
    print(f"steps: {training['steps']}, ended by {training['ended_by']}, kept step {training['kept_step']}")


def show_doubts(when: str, planned: dict[str, Any]) -> None:
    """What the plan finds foolish."""
    for doubt in planned["training"]["doubts"]:
        print(f"doubt, {when}: {doubt['why']} -> -s {doubt['override']}")


def show_cost(planned: dict[str, Any], summary: dict[str, Any]) -> None:
    """Plan against actual."""
    memory, actual = planned["training"]["memory"]["total"], summary["training"]
    seconds = planned["training"]["time"].get("training_seconds")
    print(
        f"memory: plan {memory / 1e6:,.0f} MB, actual {actual['peak_memory_bytes'] / 1e6:,.0f} MB "
        f"({memory / actual['peak_memory_bytes'] - 1:+.0%}); {actual['tokens_per_second']:,.0f} tokens a second"
    )
    if seconds:
        print(
            f"training: plan {seconds:.0f} s, actual {actual['seconds']:.0f} s ({seconds / actual['seconds'] - 1:+.0%})"
        )


def full(bench: Bench, case: Case) -> None:
    """A few steps at the original's shape."""
    folder, source = bench.work / "full" / case.shape, bench.first_records(bench.data / case.source, FEW)
    if not (folder / "config.json").is_file():
        make_full(case.shape, bench.data, folder)
    given = sets(f"source.path={source}", f"base.model={folder}", *case.settings, *case.at_full_shape)
    given += sets("training.max_steps=2", "training.batch_size=8", "evaluation.judged_samples=1")
    given += sets("evaluation.samples_per_probe=1", "evaluation.max_new_tokens=4", "tokenization.max_seq_len=256")
    planned, began = bench.gadfly("plan", case.recipe, *given), time.perf_counter()
    print(f"\n## {case.recipe}, {case.shape}'s shape\n")
    show_parts(planned)
    summary = bench.gadfly("run", case.recipe, *given)
    if "error" in summary:
        print(summary["error"])
    else:
        show_cost(planned, summary)
        print(f"the whole run: {time.perf_counter() - began:.0f} s")
    shutil.rmtree(bench.work / "home", ignore_errors=True)  # a version of every base would fill the disk


def show_parts(planned: dict[str, Any]) -> None:
    """What a plan says that memory holds, and how long it takes on other cards."""
    training = planned["training"]
    memory = {part: size for part, size in training["memory"].items() if isinstance(size, int | float)}
    print("memory, GB: " + ", ".join(f"{part} {size / 1e9:.2f}" for part, size in memory.items()))
    for card in training.get("cards", []):
        print(f"  {card['name']}: fits {card['fits']}, {card['seconds'] / 60:.1f} minutes")


def family(bench: Bench) -> None:
    """Plans of the larger Galacticas on all rows, all weights and LoRA."""
    source = bench.data / "quotes" / "keyword_quotes_gpt.csv"
    for name in FAMILY:
        folder = bench.work / "shapes" / name
        write_shape(name, bench.data, folder)
        for method in ("full", "lora"):
            given = sets(f"source.path={source}", f"base.model={folder}", "base.end_token=</s>")
            given += sets(f"training.method={method}")
            planned = bench.gadfly("plan", "quotes-galactica", "--no-probe", "--on", CARDS, *given)
            print(f"\n## {name}, {method}\n")
            if "error" in planned:
                print(planned["error"])
            else:
                show_parts(planned)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the cases asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("build/recipes"), help="bases and a home of its own")
    parser.add_argument("--only", nargs="*", choices=[case.recipe for case in CASES])
    parser.add_argument("--part", nargs="*", choices=("small", "full", "family"), default=["small", "full", "family"])
    given = parser.parse_args(arguments)
    bench = Bench(given.data.resolve(), given.work.resolve())
    chosen = [case for case in CASES if not given.only or case.recipe in given.only]
    for case in chosen:
        if "small" in given.part:
            small(bench, case)
    for case in chosen:
        if "full" in given.part:
            full(bench, case)
    if "family" in given.part and not given.only:
        family(bench)


if __name__ == "__main__":
    main()
