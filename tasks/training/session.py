"""One training, from its start or its checkpoint to its end: what the loop of `trainer` is made of."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tasks.errors import TrainingError
from tasks.likelihood import EVALUATION_TOKENS
from tasks.output_head import split_at_head
from tasks.tokenized import Tokens
from tasks.training.checkpoints import Checkpoints
from tasks.training.config import TrainingConfig
from tasks.training.curve import Curve
from tasks.training.divergence import SEEN, Diverged, check_course, check_number
from tasks.training.early_stopping import BestWeights
from tasks.training.held_out import HeldOut
from tasks.training.live_samples import sample_writer
from tasks.training.memory import peak_bytes
from tasks.training.model_flops import model_flops
from tasks.training.optimizer import loss_scaler, make_optimizer, trained
from tasks.training.out_of_memory import is_out_of_memory, within_memory
from tasks.training.pace import Pace
from tasks.training.replay import Replay
from tasks.training.rescue import Rescue
from tasks.training.schedule import batches, learning_rate_factor, num_steps
from tasks.training.state import Limits, Mark, Snapshot, TrainingState, identity_of
from tasks.training.step import MICRO_BATCH_TOKENS, add_gradients, choose_precision
from tasks.training.time_budget import TimeBudget

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

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
    peak_share: float | None = None
    """What the model needs of arithmetic, over `peak_flops`: of the steps that this process did, evaluations not."""
    peak_flops: float = 0.0
    """Matrix products' operations a second that this machine reaches; 0: nobody measured."""


class Session:
    """A training's fixed parts, and what the loop does with them and with its `state`."""

    def __init__(
        self,
        model: Any,
        tokens: Tokens,
        config: TrainingConfig,
        replay: Replay | None,
        clock: Callable[[], float],
        micro_batch_tokens: int | None,
        report: Callable[..., None],
        peak: float,
        tokenizer: PreTrainedTokenizerBase | None,
    ) -> None:
        import torch

        self.model, self.tokens, self.config, self.clock = model, tokens, config, clock
        self.split = split_at_head(model)
        if config.gradient_checkpointing:
            model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        self.total = num_steps(len(tokens.train), config)
        self.steps_per_epoch = -(-len(tokens.train) // config.batch_size)
        self.report, self.pace = report, Pace(model_flops(model), peak)
        samples = sample_writer(tokenizer, tokens, config, model.device.type) if tokenizer else None
        self.held_out = HeldOut(tokens, self.steps_per_epoch, clock, samples, self.tell)
        self.rescue = Rescue(config)
        self.budget = TimeBudget(config.max_minutes, self.total, clock)
        limits = Limits(
            precision=choose_precision(model, config),
            threads=torch.get_num_threads(),
            micro_batch_tokens=micro_batch_tokens or MICRO_BATCH_TOKENS,
            evaluation_tokens=EVALUATION_TOKENS,
        )
        best = BestWeights(config.early_stopping) if config.early_stopping else None
        identity = identity_of(model, tokens, config)
        scaler = loss_scaler(model.device.type, limits.precision)
        self.state = TrainingState(model, make_optimizer(model, config), scaler, replay, best, limits, identity)
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
                self.held_out.measure(state)
                if state.best and state.best.is_hopeless:
                    curve.ended_by = "early_stopping"
                    return True
            if not self.budget.is_spent(state.spent.evaluation_s):
                return False
            curve.ended_by = "max_minutes"
        self.held_out.measure(state)
        return True

    def roll_back(self, divergence: Diverged) -> None:
        """Go back to the best evaluation, where the recipe says so.

        Raises:
            TrainingError: It doesn't, or there is nothing to go back to.
        """
        self.rescue.roll_back(self.state, divergence)
        self._rows = batches(len(self.tokens.train), self.config, self.state.step)

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
            self._documents = rows + (state.replay.beside(rows) if state.replay else [])
            facts, precision = self.tokens.facts, state.limits.precision
            return add_gradients(
                self.model, self.split, self._documents, facts, precision, state.counts, limit, state.scaler
            )

        longest = max(len(row.input_ids) for row in rows)
        fitting = within_memory(attempt, state.limits.micro_batch_tokens, longest, f"step {state.step + 1:,}")
        nll, state.limits.micro_batch_tokens = fitting
        check_number(nll, f"step {state.step + 1:,}")
        losses = [*(point["nll"] for point in state.curve.train[1 - SEEN :]), nll]
        check_course(losses, state.curve.train[0]["nll"] if state.curve.train else nll, self.config.divergence.spike)
        return nll

    def update(self, nll: float) -> None:
        """The optimizer's step on the gradients that are there, clipped; none are left."""
        import torch

        state, step = self.state, self.state.step
        rate = self.config.learning_rate * learning_rate_factor(self.budget.place(step), self.total, self.config)
        if state.curve.rolled_back:
            rate *= state.curve.rolled_back[-1]["learning_rate_factor"]
        try:
            state.scaler.unscale_(state.optimizer)
            torch.nn.utils.clip_grad_norm_(trained(self.model), self.config.max_grad_norm)
            for group in state.optimizer.param_groups:
                group["lr"] = rate
            state.scaler.step(state.optimizer)
            state.scaler.update()
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
        self.pace.count(self._documents, took, state.spent.elapsed_s)
        left_s = None if self.budget.seconds is None else self.budget.seconds - state.spent.elapsed_s
        pace = self.pace.measures(self.total - state.step, left_s)
        self.tell(state.step, loss=nll, learning_rate=rate, **pace)

    def tell(self, done: int, **found: Any) -> None:
        """Report what was found after so many steps, and how much is computed at once."""
        self.report(done, self.total, micro_batch_tokens=self.state.limits.micro_batch_tokens, **found)

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
            peak_share=self.pace.peak_share,
            peak_flops=self.pace.peak,
        )
