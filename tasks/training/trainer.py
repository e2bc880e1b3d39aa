"""The training loop.

Trained weights are float32; arithmetic is bfloat16 where that is faster. On one host, with the same threads and the
same micro-batch, the same bits come out, also where a training was killed and went on from a checkpoint.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tasks.errors import TrainingStopped
from tasks.tokenized import Tokens
from tasks.training.checkpoints import Checkpoints
from tasks.training.config import TrainingConfig
from tasks.training.curve import Curve
from tasks.training.divergence import Diverged
from tasks.training.replay import Replay
from tasks.training.session import Cost, Session
from tasks.training.stopping import StopAsked, interruptible, never

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def train(
    model: Any,
    tokens: Tokens,
    config: TrainingConfig,
    report: Callable[..., None],
    *,
    replay: Replay | None = None,
    clock: Callable[[], float] = time.perf_counter,
    checkpoints: Checkpoints | None = None,
    should_stop: Callable[[], bool] = never,
    micro_batch_tokens: int | None = None,
    peak: float = 0.0,
    tokenizer: PreTrainedTokenizerBase | None = None,
) -> tuple[Curve, Cost]:
    """Train the model's trainable parameters in place.

    Args:
        model: The base, prepared by `make_trainable`.
        tokens: Both splits' documents.
        config: The recipe's training section.
        report: Told steps done, steps in all, and what was found: `loss`, `learning_rate` and the pace after a step,
            `holdout_nll` and `samples` after an evaluation; `micro_batch_tokens` before the first step and with each.
        replay: Text to learn from besides the rows.
        clock: Seconds; it decides something only where `max_minutes` is set.
        checkpoints: Where to go on from, and where to keep the state on the way.
        should_stop: Asked many times a second, so it must be quick.
        micro_batch_tokens: Tokens computed at once; None: as in the checkpoint, or by rule.
        peak: Of `machine_peak`, that the pace is held against.
        tokenizer: Writes samples at evaluations; None: there are none.

    Raises:
        TrainingError: It diverged, memory doesn't suffice for one row, or a checkpoint can't be written.
        TrainingStopped: `should_stop` said so; the state is in the checkpoint.
    """
    training = Session(model, tokens, config, replay, clock, micro_batch_tokens, report, peak, tokenizer)
    state = training.state
    if checkpoints:
        training.resume(checkpoints, micro_batch_tokens)
    training.tell(state.step)
    with interruptible(model, should_stop):
        while True:
            mark = state.mark()
            try:
                if should_stop():
                    raise StopAsked
                if checkpoints and checkpoints.is_due():
                    checkpoints.write(*state.saved(mark))
                if training.has_ended():
                    break
                nll = training.compute_gradients(mark)
            except StopAsked:
                state.return_to(mark)
                if checkpoints:
                    checkpoints.write(*state.saved(mark))
                raise TrainingStopped(_stopped(state.step, training.total, kept=checkpoints is not None)) from None
            except Diverged as divergence:
                training.roll_back(divergence)
                continue
            training.rescue.keep(state, mark)
            training.update(nll)
    return training.finished()


def _stopped(step: int, total: int, *, kept: bool) -> str:
    told = f"training was stopped at step {step:,} of {total:,}"
    return told + ("; the same command goes on from there" if kept else "")
