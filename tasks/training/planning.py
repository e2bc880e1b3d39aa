"""A training's plan as plain values: what a person reads before it costs anything."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tasks.base_limits import max_length
from tasks.base_model import best_device, model_settings
from tasks.documents import Document
from tasks.errors import RecipeError
from tasks.training.bare_process import Bare, Started, forecast_of_small
from tasks.training.config import TrainingConfig
from tasks.training.cost import WEIGHT_BYTES, Rates, fit_rates
from tasks.training.doubts import Planned, doubts
from tasks.training.forecast import Forecast, forecast
from tasks.training.hardware import CONTEXT_BYTES, HARDWARE, assumed_rates
from tasks.training.layout import positions
from tasks.training.memory import available_bytes
from tasks.training.operations import Stopwatch, TooSlow
from tasks.training.probe import calibrated_stopwatch, probe
from tasks.training.step import choose_precision

TOKEN_BYTES = 8
"""Id and label on disk."""
MAX_PROBE_POSITIONS_TIMES_PARAMETERS = 5e12
"""Size of a probe's largest micro-batch beyond which it isn't tried on a GPU."""


def check_cards(names: Sequence[str]) -> None:
    """Raise a `RecipeError` where a card isn't in the table."""
    if unknown := [name for name in names if name not in HARDWARE]:
        raise RecipeError(f"{unknown[0]!r} is no card that a plan knows\n  known: {', '.join(HARDWARE)}")


def plan_training(
    config: TrainingConfig,
    folder: Path,
    train: Sequence[Document],
    holdout: Sequence[Document],
    facts: Mapping[str, Any],
    *,
    rows: int,
    tokens: int,
    with_probe: bool,
    cards: Sequence[str] = (),
    prices: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Forecast a training, on this machine and on others.

    Args:
        config: The recipe's training section.
        folder: The base.
        train: Its documents, or a sample.
        holdout: The held-out ones, or a sample.
        facts: `tokens.json` of these.
        rows: Training documents in all.
        tokens: Of both splits, in all.
        with_probe: Measure operations; else there is no time for this machine.
        cards: Names in `HARDWARE`.
        prices: Of an hour, by card.
    """
    import torch

    check_cards(cards)
    model_config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    device = best_device()
    is_cuda = device == "cuda"
    bare_process = Started() if with_probe else None
    precision = _precision(model_config, config, device)
    half = precision != "float32"

    def planned(*, half: bool, stopwatch: Stopwatch | None = None) -> Forecast:
        packing = bool(facts["packing"])
        return forecast(
            model_config, config, train, holdout, rows=rows, packing=packing, half=half, stopwatch=stopwatch
        )

    bare = bare_process.ended() if bare_process else Bare()
    here = rates = None
    if with_probe and device == "cpu":
        with suppress(TooSlow):
            here = planned(half=half, stopwatch=_stopwatch(bare))
    is_measured = here is not None
    here = here or planned(half=half)
    memory = here.memory(CONTEXT_BYTES if is_cuda else bare.beside_bytes + here.product_bytes)
    free = torch.cuda.mem_get_info()[0] if is_cuda else available_bytes()
    if with_probe and is_cuda:
        rates = _rates(config, folder, here, room=free)
    seconds = _times(here, rates, bare.seconds) if is_measured or rates else None
    others = planned(half=config.precision != "float32") if cards and half != (config.precision != "float32") else here
    trained = WEIGHT_BYTES * here.trainable
    return {
        "method": config.method,
        "steps": here.steps,
        "supervised_tokens": round(here.steps * here.tokens_a_step),
        "micro_batches_a_step": round(here.micro_batches_a_step, 2),
        "padding_fraction": round(here.padding_fraction, 4),
        "trainable_parameters": here.trainable,
        "base_parameters": here.base,
        "device": device,
        "precision": precision,
        "memory": {**asdict(memory), "total": memory.total, "available": free},
        "disk": {"tokens": TOKEN_BYTES * tokens, "trained": trained, "registered": trained},
        "time": seconds,
        "cards": [_on(name, others, (prices or {}).get(name)) for name in cards],
        "doubts": [doubt._asdict() for doubt in _doubts(config, here, facts, model_config, rows)],
    }


def _stopwatch(bare: Bare) -> Stopwatch:
    """One that knows what is lost between operations, and what they cost each other."""
    stopwatch = calibrated_stopwatch()
    if bare.step_seconds:
        small = forecast_of_small(stopwatch)
        alone, _ = small.seconds()
        stopwatch.in_a_step = max(1.0, bare.step_seconds * small.steps / alone)
    return stopwatch


def _precision(model_config: dict[str, Any], config: TrainingConfig, device: str) -> str:
    """As training chooses it, of a model that isn't there."""
    import torch

    there = SimpleNamespace(device=torch.device(device), config=model_settings(model_config))
    return choose_precision(there, config)


def _rates(config: TrainingConfig, folder: Path, planned: Forecast, *, room: int) -> Rates | None:
    """A GPU's, by a probe; None where the model has no room or a step would take too long."""
    from tasks.base_model import load_model, on_best_device
    from tasks.training.adapters import make_trainable

    largest = max(positions(made) for made, _ in planned.shown)
    if planned.memory(0).total > room > 0 or largest * planned.parameters > MAX_PROBE_POSITIONS_TIMES_PARAMETERS:
        return None
    model = make_trainable(on_best_device(load_model(folder, config.dropout)), config)
    return fit_rates(probe(model, config, planned.shown))


def _times(planned: Forecast, rates: Rates | None, startup_seconds: float) -> dict[str, Any]:
    """Seconds of the whole training, and what they are made of."""
    steps, held_out = planned.seconds(rates)
    return {
        "seconds": round(startup_seconds + steps + held_out, 1),
        "startup_seconds": round(startup_seconds, 1),
        "training_seconds": round(steps, 1),
        "holdout_seconds": round(held_out, 1),
        "tokens_per_second": round(planned.steps * planned.tokens_a_step / max(steps, 1e-9), 1),
    }


def _on(name: str, planned: Forecast, price: float | None) -> dict[str, Any]:
    """A card's forecast: rates from its datasheet, with assumed efficiencies."""
    card = HARDWARE[name]
    steps, held_out = planned.seconds(assumed_rates(card))
    memory = planned.memory(CONTEXT_BYTES).total
    seconds = steps + held_out
    return {
        "name": name,
        "seconds": round(seconds, 1),
        "memory": memory,
        "card_memory": card.memory_bytes,
        "fits": memory <= card.memory_bytes,
        "money": None if price is None else round(price * seconds / 3600, 4),
        "source": card.source,
    }


def _doubts(
    config: TrainingConfig, here: Forecast, facts: Mapping[str, Any], model_config: dict[str, Any], rows: int
) -> list[Any]:
    counts = facts["counts"].values()
    seen = sum(split["rows"] + split["left_out_rows"] - split.get("added_pieces", 0) for split in counts)
    planned = Planned(
        rows=rows,
        trainable=here.trainable,
        base=here.base,
        padding_fraction=here.padding_fraction,
        overlong_fraction=sum(split["overlong_rows"] for split in counts) / max(1, seen),
        max_seq_len=facts["max_seq_len"],
        longest=max(split["longest"] for split in counts),
        context=max_length(model_config),
        overlong=facts.get("overlong", "truncate"),
        packing=bool(facts["packing"]),
    )
    return doubts(config, planned)
