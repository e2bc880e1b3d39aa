"""Where a plan is foolish: each doubt names what was seen and the override that mends it.

These are rules of thumb. They stop nothing; a person may know better.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tasks.training.config import LoraSettings, TrainingConfig
from tasks.usual_rate import side_of_usual, usual_rate

MIN_ROWS = {"lora": 100, "frozen": 300, "full": 1000}
"""Rows below which the method has too little to learn from. Zhou et al. (2023, LIMA) did well with 1,000 chosen rows;
the others are ours."""
MAX_EPOCHS = {"lora": 10.0, "frozen": 6.0, "full": 5.0}
"""Passes beyond which rows are learned by heart. Repeats stop paying after about four (Muennighoff et al. 2023)."""
LARGE_ADAPTER = 0.5
"""Trained parameters over the base's from which an adapter is no longer a small one."""
MUCH_PADDING = 0.3
MANY_OVERLONG = 0.5


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What the doubts are asked of."""

    rows: int
    trainable: int
    base: int
    padding_fraction: float
    overlong_fraction: float
    max_seq_len: int
    longest: int
    """The longest row in tokens, before it was cut."""
    context: int
    """What the base reads at most."""
    overlong: str
    packing: bool


class Doubt(NamedTuple):
    """One thing to change before it costs anything."""

    override: str
    """`key=value` for `-s`."""
    why: str


def doubts(config: TrainingConfig, planned: Planned) -> list[Doubt]:
    """All that apply."""
    return [doubt for rule in RULES for doubt in rule(config, planned)]


def _few_rows(config: TrainingConfig, planned: Planned) -> Iterator[Doubt]:
    least = MIN_ROWS[config.method]
    if planned.rows < least:
        why = f"{planned.rows:,} rows are few for method {config.method} (usual: {least:,} or more)"
        yield Doubt(_fewer_weights(config), why)


def _fewer_weights(config: TrainingConfig) -> str:
    """What leaves less to learn by heart."""
    rank = (config.lora or LoraSettings()).rank
    if config.method != "lora":
        return "training.method=lora"
    if rank > 1:
        return f"training.lora.rank={max(1, rank // 4)}"
    return "training.epochs=1" if config.epochs > 1 else "training.lora.upper_blocks=1"


def _rate(config: TrainingConfig, planned: Planned) -> Iterator[Doubt]:
    usual, rate = usual_rate(config.method, planned.base), config.learning_rate
    if side := side_of_usual(rate, usual):
        about = f"{usual if side == 'above' else usual / 10:.1e}".replace("e-0", "e-")
        yield Doubt(
            f"training.learning_rate={about}",
            f"a learning rate of {rate:g} is far {side} what is usual for method {config.method} on a base of "
            f"{planned.base:,} parameters (at most about {usual:.1e})",
        )


def _large_adapter(config: TrainingConfig, planned: Planned) -> Iterator[Doubt]:
    share = planned.trainable / max(1, planned.base)
    if config.method == "lora" and share > LARGE_ADAPTER:
        rank = (config.lora or LoraSettings()).rank
        smaller = max(1, int(rank * 0.1 / share))
        yield Doubt(
            f"training.lora.rank={smaller}",
            f"an adapter of rank {rank} has {share:.0%} of the base's parameters; method full trains fewer or better",
        )


def _padding(config: TrainingConfig, planned: Planned) -> Iterator[Doubt]:
    if planned.padding_fraction > MUCH_PADDING:
        override = (
            "training.batch_size=" + str(4 * config.batch_size) if planned.packing else "tokenization.packing=true"
        )
        yield Doubt(override, f"{planned.padding_fraction:.0%} of what is computed would be padding")


def _overfitting(config: TrainingConfig, planned: Planned) -> Iterator[Doubt]:
    most = MAX_EPOCHS[config.method]
    passes = min(config.epochs, (config.max_steps or math.inf) * config.batch_size / max(1, planned.rows))
    if passes > most and config.early_stopping is None:
        yield Doubt(
            f"training.epochs={most / 2:g}",
            f"{passes:.3g} passes over {planned.rows:,} rows will be learned by heart (usual: at most {most:g})",
        )


def _overlong(config: TrainingConfig, planned: Planned) -> Iterator[Doubt]:
    if planned.overlong_fraction <= MANY_OVERLONG:
        return
    why = f"{planned.overlong_fraction:.0%} of the rows are longer than max_seq_len ({planned.max_seq_len:,} tokens)"
    if planned.max_seq_len < planned.context:
        yield Doubt(f"tokenization.max_seq_len={min(planned.context, planned.longest)}", why)
    elif planned.overlong != "split":
        yield Doubt("tokenization.overlong=split", f"{why}, which is all that the base reads")


RULES = (_few_rows, _rate, _large_adapter, _padding, _overfitting, _overlong)
