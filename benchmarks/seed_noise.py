"""How far the held-out NLL wanders with training's seed alone: where `evaluation.noise.floor` comes from.

`python -m benchmarks.seed_noise` trains the demo's base on its corpus; `--data DIR` adds real quotes on
`models/stories260k`. Each way of training is run with several seeds on the same rows; nothing else differs.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.printing import Table
from tasks.base_model import load_model
from tasks.evaluation.config import SEED_SD_FLOOR
from tasks.likelihood import document_likelihood
from tasks.prompt_format import PromptConfig
from tasks.tokenization.config import TokenizationConfig, TokenizationSettings
from tasks.tokenization.tokenize_rows import tokenize_accepted
from tasks.tokenized import Tokens, read_tokens, write_tokens
from tasks.training.adapters import make_trainable
from tasks.training.config import LoraSettings, TrainingConfig
from tasks.training.trainer import train

ROOT = Path(__file__).resolve().parents[1]
FIRST_SEED = 1000
HOLDOUT_ROWS = 250
LORA = TrainingConfig(method="lora", lora=LoraSettings(rank=8, alpha=16), learning_rate=2e-3, epochs=1, batch_size=16)
FULL = TrainingConfig(method="full", learning_rate=1e-3, epochs=1, batch_size=16)


def seed_nlls(base: Path, tokens: Tokens, config: TrainingConfig, seeds: Sequence[int]) -> list[float]:
    """The held-out NLL after training with each of these seeds, nats a token."""
    import torch

    found = []
    for seed in seeds:
        torch.manual_seed(seed)
        model = make_trainable(load_model(base), config)
        train(model, tokens, config.model_copy(update={"seed": seed}), lambda *told, **measures: None)
        found.append(document_likelihood(model.eval(), tokens.holdout[:], tokens.facts["pad_id"]).nll)
    return found


def tokenized(rows: Sequence[dict[str, str]], template: str, base: Path, folder: Path, train_rows: int) -> Tokens:
    """Rows in an order of their own, the first held out, the next to train on."""
    order = sorted({tuple(row.items()) for row in rows}, key=lambda row: hashlib.sha256(repr(row).encode()).hexdigest())
    frame = pd.DataFrame([dict(row) for row in order[: HOLDOUT_ROWS + train_rows]])
    frame["row_id"] = [f"{number:06}" for number in range(len(frame))]
    frame["split"] = np.where(np.arange(len(frame)) < HOLDOUT_ROWS, "holdout", "train")
    config = TokenizationConfig(settings=TokenizationSettings(max_seq_len=128), prompt=PromptConfig(template=template))
    write_tokens(folder, *tokenize_accepted(frame, config, base, lambda done, total: None))
    return read_tokens(folder)


def demo_rows() -> list[dict[str, str]]:
    """The demo's corpus without its shortest rows; planted junk and all."""
    with (ROOT / "demo" / "corpus.csv").open(newline="", encoding="utf-8") as stream:
        rows = [{"author": row["author"], "text": row["text"]} for row in csv.DictReader(stream)]
    return [row for row in rows if len(row["text"]) > 20]


def quotes(data: Path) -> list[dict[str, str]]:
    """Real quotes of at most 400 characters."""
    lines = (data / "quotes" / "english_quotes.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [{"author": row["author"], "text": row["quote"]} for row in rows if len(row["quote"]) < 400]


def spreads(data: Path | None, seeds: int, train_rows: int) -> Iterator[tuple[str, str, list[float]]]:
    """Base and rows, way of training, and the NLL of each seed."""
    subjects = [("demo/base, demo", ROOT / "demo" / "base", demo_rows(), 'The {author} says: "{text}"')]
    if data is not None:
        base = data / "models" / "stories260k"
        subjects.append(("stories260k, quotes", base, quotes(data), "Quote by {author}: {text}"))
    for name, base, rows, template in subjects:
        with tempfile.TemporaryDirectory() as folder:
            tokens = tokenized(rows, template, base, Path(folder), train_rows)
            for config in (LORA, FULL):
                yield name, config.method, seed_nlls(base, tokens, config, range(FIRST_SEED, FIRST_SEED + seeds))


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, help="folder with quotes/ and models/stories260k")
    options.add_argument("--seeds", type=int, default=6)
    options.add_argument("--train-rows", type=int, default=600)
    asked = options.parse_args()
    title = f"Held-out NLL of {asked.seeds} seeds, {asked.train_rows:,} rows to train on, nats a token"
    table = Table(title, ["base and rows", "method", "mean", "lowest", "highest", "standard deviation"])
    for name, method, nlls in spreads(asked.data, asked.seeds, asked.train_rows):
        sd = float(np.std(nlls, ddof=1))
        table.add(name, method, np.mean(nlls).item(), min(nlls), max(nlls), f"{sd:.4f}")
    table.note(f"evaluation.noise.floor is {SEED_SD_FLOOR}")
    print(table)


if __name__ == "__main__":
    main()
