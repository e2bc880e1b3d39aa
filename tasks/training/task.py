"""The training stage: tokens and a base in, an adapter or changed weights out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import task

from tasks import home, progress
from tasks.artifacts import ArtifactRef
from tasks.caching import stage_options
from tasks.json_files import write_json
from tasks.training.config import TrainingConfig

if TYPE_CHECKING:
    from tasks.tokenized import Tokens

TRAINING_FORMAT = 1


@task(name="train-model", **stage_options("training"))
def train_model(config: TrainingConfig, tokens: ArtifactRef, base: ArtifactRef) -> dict[str, ArtifactRef]:
    """Fine-tune the base on the training split.

    Args:
        config: Method, rates, epochs.
        tokens: Both splits' documents; the held-out ones only draw the curve.
        base: The model to start from.
    """
    from dataclasses import asdict

    import torch

    from tasks.base_files import base_folder
    from tasks.base_model import load_model, on_best_device
    from tasks.base_tokenizer import load_tokenizer
    from tasks.tokenized import read_tokens
    from tasks.training.adapters import make_trainable, parameter_counts, save_trained, trained_parts
    from tasks.training.machine_peak import machine_peak
    from tasks.training.replay import Replay, read_replay
    from tasks.training.step import choose_precision
    from tasks.training.trainer import train

    started = time.perf_counter()
    store = home.store()
    torch.manual_seed(config.seed)
    model = load_model(base_folder(base), config.dropout)
    model = make_trainable(on_best_device(model), config)
    opened, replay = read_tokens(store.open(tokens)), None
    if config.replay:
        tokenizer = load_tokenizer(base_folder(base))
        documents = read_replay(config.replay, tokenizer, opened.facts["max_seq_len"])
        replay = Replay(documents, config.replay.fraction, config.seed)
    curve, cost = train(
        model,
        opened,
        config,
        lambda done, total, **measures: progress.report("training", done, total, **measures),
        replay=replay,
        peak=machine_peak(str(model.device), choose_precision(model, config), home.state_folder()),
        tokenizer=load_tokenizer(base_folder(base)),
    )
    trainable, base_parameters = parameter_counts(model)
    facts = {
        "format": TRAINING_FORMAT,
        "base": base.digest,
        "method": config.method,
        "trainable_parameters": trainable,
        "base_parameters": base_parameters,
        "trained_bytes": 4 * trainable,
        "trained_parts": trained_parts(model),
        "steps": len(curve.train),
        **asdict(curve),
    }

    def write(folder: Path) -> None:
        save_trained(model, config, base.digest, folder)
        write_json(folder / "training.json", facts)

    record = {**asdict(cost), "stage_seconds": round(time.perf_counter() - started, 3)}
    return {"trained": store.put("adapter" if config.method == "lora" else "weights", write, record=record)}


def remove_forgotten_checkpoints(root: Path, older_than_s: float, now: float) -> list[dict[str, Any]]:
    """Delete the checkpoints that nobody goes on from; see `tasks.training.checkpoints.forgotten`.

    Returns:
        `folder` and `bytes` of each that was deleted.
    """
    from tasks.training.checkpoints import forgotten, remove_forgotten

    found = forgotten(root, older_than_s, now)
    return [{"folder": str(one.folder), "bytes": one.bytes} for one in found if remove_forgotten(one.folder)]


def plan_training(
    config: TrainingConfig, base: ArtifactRef, tokens: Tokens, *, scale: float, **wanted: Any
) -> dict[str, Any]:
    """A training's steps, memory, disk, time and doubts before it runs; see `tasks.training.planning`.

    Args:
        config: Method, rates, epochs.
        base: The model to start from.
        tokens: Documents of both splits, or of a sample of the rows.
        scale: Rows in all over rows in the sample.
        wanted: `with_probe`, `cards`, `prices`.
    """
    from tasks.base_files import base_folder
    from tasks.training.planning import plan_training as planned

    counts = tokens.facts["counts"]
    in_all = sum(split["tokens"] for split in counts.values())
    return planned(
        config,
        base_folder(base),
        tokens.train,
        tokens.holdout,
        tokens.facts,
        rows=round(scale * len(tokens.train)),
        tokens=round(scale * in_all),
        **wanted,
    )
