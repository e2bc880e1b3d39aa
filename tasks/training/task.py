"""The training stage: tokens and a base in, an adapter or changed weights out."""

from __future__ import annotations

import shutil
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import task

from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.caching import stage_key, stage_options
from tasks.training.config import TrainingConfig

if TYPE_CHECKING:
    from tasks.tokenized import Tokens


@task(name="train-model", **stage_options("training"))
def train_model(config: TrainingConfig, tokens: ArtifactRef, base: ArtifactRef) -> dict[str, ArtifactRef]:
    """Fine-tune the base on the training split.

    Where a run was killed, its checkpoints are there under the same key, and training goes on from the newest.

    Args:
        config: Method, rates, epochs.
        tokens: Both splits' documents; the held-out ones only draw the curve.
        base: The model to start from.
    """
    from tasks.base_files import base_folder
    from tasks.training.checkpoints import forget
    from tasks.training.run import TrainingJob
    from tasks.training.supervision import train_in_child

    started, store = time.perf_counter(), home.store()
    key = stage_key(train_model.fn, {"config": config, "tokens": tokens, "base": base}, home.hash_memo())
    folder = home.state_folder() / "checkpoints" / key.digest
    job = TrainingJob(
        config=config,
        tokens=store.open(tokens),
        base=base_folder(base),
        base_digest=base.digest,
        output=folder / ".trained",
        checkpoints=folder,
        state=home.state_folder(),
    )
    cost = train_in_child(job)
    record = {**cost, "stage_seconds": round(time.perf_counter() - started, 3)}
    moved = partial(shutil.copytree, job.output, dirs_exist_ok=True, copy_function=shutil.move)
    ref = store.put("adapter" if config.method == "lora" else "weights", moved, record=record)
    forget(folder)
    return {"trained": ref}


def forgotten_checkpoints(root: Path, older_than_s: float, now: float) -> list[tuple[Path, int]]:
    """The checkpoints that nobody goes on from, and their bytes; see `tasks.training.checkpoints.forgotten`."""
    from tasks.training.checkpoints import forgotten

    return [(one.folder, one.bytes) for one in forgotten(root, older_than_s, now)]


def remove_checkpoints(folder: Path) -> None:
    """Delete a training's checkpoints, unless a process has begun to use them."""
    from tasks.training.checkpoints import remove_forgotten

    remove_forgotten(folder)


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
