"""The training loop.

Trained weights are float32; arithmetic is bfloat16 where that is faster. On one host, with the same threads and the
same micro-batch, the same bits come out, also where a training was killed and went on from a checkpoint.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tasks.errors import TrainingError, TrainingStopped
from tasks.likelihood import EVALUATION_TOKENS, document_likelihood
from tasks.output_head import split_at_head
from tasks.tokenized import Tokens
from tasks.training.checkpoints import Checkpoints
from tasks.training.config import TrainingConfig
from tasks.training.curve import Curve
from tasks.training.divergence import Diverged, check_course, check_number
from tasks.training.early_stopping import BestWeights
from tasks.training.memory import peak_bytes
from tasks.training.optimizer import make_optimizer, trained
from tasks.training.out_of_memory import is_out_of_memory, within_memory
from tasks.training.replay import Replay
from tasks.training.schedule import batches, learning_rate_factor, num_steps
from tasks.training.state import Limits, Mark, Snapshot, TrainingState, copied, identity_of
from tasks.training.step import MICRO_BATCH_TOKENS, add_gradients, choose_precision
from tasks.training.stopping import StopAsked, interruptible, never
from tasks.training.time_budget import TimeBudget

HOLDOUT_ROWS = 500
"""Held-out rows that the curve is measured on, the first ones; evaluation uses them all."""

log = logging.getLogger("gadfly.training")


@dataclass
class Cost:
    """What the run took: kept beside the artifact."""

    seconds: float
    """Of steps, before a kill too where a checkpoint kept them."""
    tokens_per_second: float
    """Supervised tokens, optimizer steps included, evaluation not."""
    peak_memory_bytes: int
    """Of this process."""
    precision: str
    device: str
    threads: int
    micro_batch_tokens: int
    """At the end: it is halved where memory runs out."""
    resumed_at: list[int]
    """Steps at which training went on from a checkpoint."""


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
) -> tuple[Curve, Cost]:
    """Train the model's trainable parameters in place.

    Args:
        model: The base, prepared by `make_trainable`.
        tokens: Both splits' documents.
        config: The recipe's training section.
        report: Told steps done, steps in all, and `loss`.
        replay: Text to learn from besides the rows.
        clock: Seconds; it decides something only where `max_minutes` is set.
        checkpoints: Where to go on from, and where to keep the state on the way.
        should_stop: Asked many times a second, so it must be quick.
        micro_batch_tokens: Tokens computed at once; None: as in the checkpoint, or by rule.

    Raises:
        TrainingError: It diverged, memory doesn't suffice for one row, or a checkpoint can't be written.
        TrainingStopped: `should_stop` said so; the state is in the checkpoint.
    """
    training = _Training(model, tokens, config, replay, clock, micro_batch_tokens)
    state = training.state
    if checkpoints:
        training.resume(checkpoints, micro_batch_tokens)
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
            training.keep_refuge(mark)
            training.update(nll)
            report(state.step, training.total, loss=nll)
    return training.finished()


def _stopped(step: int, total: int, *, kept: bool) -> str:
    told = f"training was stopped at step {step:,} of {total:,}"
    return told + ("; the same command goes on from there" if kept else "")


class _Training:
    """What the loop's parts have in common."""

    def __init__(
        self,
        model: Any,
        tokens: Tokens,
        config: TrainingConfig,
        replay: Replay | None,
        clock: Callable[[], float],
        micro_batch_tokens: int | None,
    ) -> None:
        import torch

        self.model, self.tokens, self.config, self.clock = model, tokens, config, clock
        self.split = split_at_head(model)
        if config.gradient_checkpointing:
            model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        self.holdout = tokens.holdout[:HOLDOUT_ROWS]
        self.total = num_steps(len(tokens.train), config)
        self.steps_per_epoch = -(-len(tokens.train) // config.batch_size)
        self.budget = TimeBudget(config.max_minutes, self.total, clock)
        limits = Limits(
            precision=choose_precision(model, config),
            threads=torch.get_num_threads(),
            micro_batch_tokens=micro_batch_tokens or MICRO_BATCH_TOKENS,
            evaluation_tokens=EVALUATION_TOKENS,
        )
        best = BestWeights(config.early_stopping) if config.early_stopping else None
        identity = identity_of(model, tokens, config)
        self.state = TrainingState(model, make_optimizer(model, config), replay, best, limits, identity)
        torch.manual_seed(config.seed)
        self._started = clock()
        self._rows = batches(len(tokens.train), config)

    def resume(self, checkpoints: Checkpoints, micro_batch_tokens: int | None) -> None:
        """Go on from the newest checkpoint that is this training's, if there is one."""
        import torch

        found = checkpoints.newest()
        if found is None:
            return
        state = self.state
        if found.facts["identity"] != state.identity:
            log.warning("the checkpoint in %s is of another training; this one starts afresh", checkpoints.folder)
            return
        state.resume(Snapshot(*found))
        if micro_batch_tokens:
            state.limits.micro_batch_tokens = micro_batch_tokens
        if state.limits.threads != torch.get_num_threads():
            torch.set_num_threads(state.limits.threads)
        self.budget.go_on(state.spent.elapsed_s, state.spent.stepping_s, state.step)
        self._rows = batches(len(self.tokens.train), self.config, state.step)
        log.info("training goes on from the checkpoint of step %d of %d", state.step, self.total)

    def has_ended(self) -> bool:
        """Measure the held-out loss where it is due; tells whether this was the last step.

        Raises:
            Diverged: That loss is no number.
        """
        state, curve = self.state, self.state.curve
        if state.step < self.total:
            if state.step % (self.config.evaluate_every or self.steps_per_epoch) == 0:
                self._measure()
                if state.best and state.best.is_hopeless:
                    curve.ended_by = "early_stopping"
                    return True
            if not self.budget.is_spent(state.spent.evaluation_s):
                return False
            curve.ended_by = "max_minutes"
        self._measure()
        return True

    def _measure(self) -> None:
        """Measure the held-out loss after the steps done, once."""
        state, points = self.state, self.state.curve.holdout
        if points and points[-1]["step"] == state.step:
            return
        started = self.clock()
        self.model.eval()

        def attempt(limit: int) -> float:
            return document_likelihood(self.model, self.holdout, self.tokens.facts["pad_id"], limit).nll

        longest = max((len(document.input_ids) for document in self.holdout), default=1)
        fitting = within_memory(attempt, state.limits.evaluation_tokens, longest, "an evaluation")
        nll, state.limits.evaluation_tokens = fitting
        check_number(nll, "the held-out rows")
        points.append({"step": state.step, "epoch": state.step / self.steps_per_epoch, "nll": nll})
        state.spent.evaluation_s = self.clock() - started
        if state.best:
            state.best.see(self.model, state.step, nll)

    def compute_gradients(self, mark: Mark) -> float:
        """The next step's gradients, in micro-batches as large as memory allows; returns its loss.

        Raises:
            Diverged: The loss shows it.
        """
        self._step_started = self.clock()
        state = self.state
        rows = [self.tokens.train[index] for index in next(self._rows)]

        def attempt(limit: int) -> float:
            state.return_to(mark)
            documents = rows + (state.replay.beside(rows) if state.replay else [])
            facts, precision = self.tokens.facts, state.limits.precision
            return add_gradients(self.model, self.split, documents, facts, precision, state.counts, limit)

        longest = max(len(row.input_ids) for row in rows)
        fitting = within_memory(attempt, state.limits.micro_batch_tokens, longest, f"step {state.step + 1:,}")
        nll, state.limits.micro_batch_tokens = fitting
        check_number(nll, f"step {state.step + 1:,}")
        check_course([*self._losses(), nll], self.config.divergence.spike)
        return nll

    def _losses(self) -> Sequence[float]:
        return [point["nll"] for point in self.state.curve.train]

    def keep_refuge(self, mark: Mark) -> None:
        """Keep the state to go back to, at a step that began with an evaluation and whose loss was sound."""
        state = self.state
        if self.config.divergence.action == "roll_back" and state.curve.holdout[-1]["step"] == state.step:
            state.refuge = copied(state.snapshot(mark))

    def roll_back(self, divergence: Diverged) -> None:
        """Go back to the last sound evaluation and go on with a lower learning rate.

        Raises:
            TrainingError: The recipe says to stop, or there is nothing to go back to.
        """
        state, settings = self.state, self.config.divergence
        done = len(state.curve.rolled_back)
        if settings.action == "stop" or state.refuge is None or done == settings.max_roll_backs:
            raise TrainingError(self._diverged(str(divergence)))
        step = state.step
        state.restore(state.refuge)
        self._rows = batches(len(self.tokens.train), self.config, state.step)
        factor = settings.rate_factor ** (done + 1)
        went = {"step": step, "why": str(divergence), "to_step": state.step, "learning_rate_factor": factor}
        state.curve.rolled_back.append(went)
        log.warning("%s; back to step %d with %g of the learning rate", divergence, state.step, factor)

    def _diverged(self, why: str) -> str:
        state = self.state
        times = len(state.curve.rolled_back)
        rate = self.config.learning_rate / 5
        told = [f"training diverged at step {state.step + 1:,} of {self.total:,}: {why}"]
        if times:
            told.append(f"it had gone back and lowered the learning rate {times} times (training.divergence)")
        told.append(f"use training.learning_rate={rate:.1e}, or training.precision=float32")
        if not times:
            told.append("or training.divergence.action=roll_back: back to the last evaluation, with a lower rate")
        return "\n  ".join(told)

    def update(self, nll: float) -> None:
        """The optimizer's step on the gradients that are there, clipped; none are left."""
        import torch

        state, step = self.state, self.state.step
        rate = self.config.learning_rate * learning_rate_factor(self.budget.place(step), self.total, self.config)
        if state.curve.rolled_back:
            rate *= state.curve.rolled_back[-1]["learning_rate_factor"]
        try:
            torch.nn.utils.clip_grad_norm_(trained(self.model), self.config.max_grad_norm)
            for group in state.optimizer.param_groups:
                group["lr"] = rate
            state.optimizer.step()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            raise TrainingError(
                f"memory doesn't suffice for the optimizer: {error}\n  use training.method=lora"
            ) from None
        state.optimizer.zero_grad(set_to_none=True)
        took = self.clock() - self._step_started
        self.budget.count(took)
        state.spent.stepping_s += took
        state.spent.elapsed_s = self.budget.elapsed_s()
        point = {"step": step, "epoch": step / self.steps_per_epoch, "nll": nll, "learning_rate": rate}
        state.curve.train.append(point)

    def finished(self) -> tuple[Curve, Cost]:
        """Put the best weights back where they are wanted; what happened, and what it took."""
        state, curve = self.state, self.state.curve
        if state.best:
            state.best.restore(self.model)
            curve.kept_step = state.best.watched.step
        curve.padding_fraction = state.counts.padding_fraction
        curve.supervised_tokens = state.counts.supervised
        curve.replay = asdict(state.replay.told()) if state.replay else None
        limits, spent = state.limits, state.spent
        return curve, Cost(
            seconds=round(spent.stepping_s, 3),
            tokens_per_second=round(state.counts.supervised / max(spent.stepping_s, 1e-9), 1),
            peak_memory_bytes=peak_bytes(),
            precision=limits.precision,
            device=str(self.model.device),
            threads=limits.threads,
            micro_batch_tokens=limits.micro_batch_tokens,
            resumed_at=spent.resumed_at,
        )
