"""One training, from folders to a folder: what the process that trains does."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from tasks.errors import TrainingError
from tasks.json_files import write_json
from tasks.training.config import TrainingConfig
from tasks.training.curve import Curve

TRAINING_FORMAT = 1


class TrainingJob(BaseModel):
    """What is to be trained, on what, and where it goes: JSON, so that another process can be told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    config: TrainingConfig
    tokens: Path
    """Folder of a `tokens` artifact."""
    base: Path
    """Folder of the base, in transformers' format."""
    base_digest: str
    """Of the `base` artifact."""
    output: Path
    """A folder for what is trained and `training.json`; what is in it is replaced."""
    checkpoints: Path
    """Folder of this training's checkpoints."""
    state: Path
    """Where this home keeps what it measured of the machine."""
    micro_batch_tokens: int | None = None
    """Tokens computed at once; none: as in the checkpoint, or by rule."""


def run_training(job: TrainingJob, report: Callable[..., None], should_stop: Callable[[], bool]) -> dict[str, Any]:
    """Train, write what was trained, and tell what it cost.

    Args:
        job: What, and where.
        report: Told steps done, steps in all, and measures such as `loss`.
        should_stop: Asked many times a second.

    Raises:
        TrainingError: Training can't start, can't go on, or there is no room for what was trained.
        TrainingStopped: `should_stop` said so.
    """
    import torch
    from safetensors import SafetensorError

    from tasks.base_model import load_model, on_best_device
    from tasks.base_tokenizer import load_tokenizer
    from tasks.tokenized import read_tokens
    from tasks.training.adapters import make_trainable
    from tasks.training.checkpoints import Checkpoints, held
    from tasks.training.machine_peak import machine_peak
    from tasks.training.replay import Replay, read_replay
    from tasks.training.step import choose_precision
    from tasks.training.trainer import train

    config = job.config
    torch.manual_seed(config.seed)
    model = make_trainable(on_best_device(load_model(job.base, config.dropout)), config)
    tokens, tokenizer, replay = read_tokens(job.tokens), load_tokenizer(job.base), None
    if config.replay:
        documents = read_replay(config.replay, tokenizer, tokens.facts["max_seq_len"])
        replay = Replay(documents, config.replay.fraction, config.seed)
    checkpoints = Checkpoints(job.checkpoints, config.checkpoint_minutes)
    with held(job.checkpoints):
        curve, cost = train(
            model,
            tokens,
            config,
            report,
            replay=replay,
            checkpoints=checkpoints,
            should_stop=should_stop,
            micro_batch_tokens=job.micro_batch_tokens,
            peak=machine_peak(str(model.device), choose_precision(model, config), job.state),
            tokenizer=tokenizer,
        )
    try:
        _write(job, model, curve)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(job.output, ignore_errors=True)
        what = f"what was trained can't be written to {job.output}: {error}"
        raise TrainingError(f"{what}\n  {checkpoints.what_is_left()}") from error
    return asdict(cost)


def _write(job: TrainingJob, model: Any, curve: Curve) -> None:
    """Write what was trained, and what the training was."""
    from tasks.training.adapters import parameter_counts, save_trained, trained_parts

    trainable, base_parameters = parameter_counts(model)
    shutil.rmtree(job.output, ignore_errors=True)
    job.output.mkdir(parents=True)
    save_trained(model, job.config, job.base_digest, job.output)
    write_json(
        job.output / "training.json",
        {
            "format": TRAINING_FORMAT,
            "base": job.base_digest,
            "method": job.config.method,
            "trainable_parameters": trainable,
            "base_parameters": base_parameters,
            "trained_bytes": 4 * trainable,
            "trained_parts": trained_parts(model),
            "steps": len(curve.train),
            **asdict(curve),
        },
    )
