"""Training in a process of its own, seen from the process that wants it.

Memory that runs out under a control group's limit is a SIGKILL: only another process can react. And training that is
apart can write its checkpoint when the run is interrupted, or is no more. The process and its forks are a process group
of their own; one that waits for a further job is used again.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tasks import errors, home, progress
from tasks.errors import GadflyError, TrainingError, TrainingStopped
from tasks.quantities import byte_size
from tasks.training import child
from tasks.training.memory_kills import memory_kills, memory_limit
from tasks.training.run import TrainingJob

MAX_UNEXPLAINED = 3
"""Times that nobody knows why the process was killed, after which training is given up."""
STOP_S = child.GRACE_S + 5
"""What a process that is to stop may take until it is killed."""

log = logging.getLogger("gadfly.training")
_waiting: list[subprocess.Popen[bytes]] = []
"""The process that did the last job, if it takes another."""


@dataclass
class Attempt:
    """What one process told, and how it ended."""

    began: bool = False
    done: dict[str, Any] | None = None
    """What training cost."""
    failed: dict[str, Any] | None = None
    """The error, as `child.described` has it."""
    status: int = 0
    """Its exit status; where a signal ended it, the signal's number below zero."""
    step: int = 0
    """Steps done when it last told."""
    micro_batch_tokens: int | None = None
    """Tokens computed at once when it last told; None before training began."""
    peak_memory_bytes: int = 0
    """When it last told."""


def train_in_child(job: TrainingJob) -> dict[str, Any]:
    """Train in a process of its own; returns the cost, with the `interruptions` that were got over.

    Where the process was killed for memory, another goes on from the checkpoint with half as many tokens at once: the
    same batch, in the same order. How far it is, and what happens, is reported as progress of `training`.

    Raises:
        GadflyError: As `run_training` raises it; or memory suffices for no micro-batch.
    """
    interruptions: list[str] = []
    killed = 0
    while True:
        kills = memory_kills()
        attempt = _attempt(job, interruptions)
        if attempt.done is not None:
            return {**attempt.done, "interruptions": interruptions}
        if attempt.failed is not None:
            raise _error(attempt.failed)
        if attempt.status == child.STOPPED:
            raise TrainingStopped("training was stopped before its first step")
        if attempt.status != -signal.SIGKILL:
            raise RuntimeError(f"the process that trains ended without a word, with status {attempt.status}")
        if kills is not None and (memory_kills() or 0) > kills:
            job = _with_less_memory(job, attempt)
            happened = (
                f"memory ran out after step {attempt.step:,}: the process that trains was killed; going on with "
                f"{job.micro_batch_tokens:,} instead of {attempt.micro_batch_tokens:,} tokens at a time, the same batch"
            )
        else:
            killed += 1
            if killed == MAX_UNEXPLAINED:
                raise TrainingError(_given_up(attempt))
            happened = f"the process that trains was killed (SIGKILL) after step {attempt.step:,}; going on from there"
        _tell(happened, interruptions)


def _attempt(job: TrainingJob, interruptions: list[str]) -> Attempt:
    """Have a process do the job; whatever interrupts this one stops it, and it has ended when this returns."""
    order = {"home": str(home.home()), "job": job.model_dump(mode="json")}
    while True:
        process, attempt = _process(), Attempt()
        try:
            assert process.stdin is not None
            with suppress(BrokenPipeError):
                process.stdin.write(f"{json.dumps(order)}\n".encode())
                process.stdin.flush()
            for message in _messages(process):
                _hear(message, attempt, interruptions)
        except BaseException:
            _stop(process)
            if attempt.step:
                log.warning(
                    "stopped after step %s: the same run, started again, goes on from there", f"{attempt.step:,}"
                )
            raise
        if attempt.began or attempt.status != 0:
            return attempt  # else it had waited too long for a job, and ended as this one came


def _process() -> subprocess.Popen[bytes]:
    """The process that waits for a job, or a new one."""
    while _waiting:
        process = _waiting.pop()
        if process.poll() is None:
            return process
    return subprocess.Popen(
        [sys.executable, "-m", child.__name__],
        cwd=home.CHECKOUT,  # `-m` looks there first
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # numpy's threads would forbid to fork; torch's are others
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # a Ctrl-C is ours to pass on
    )


def _messages(process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    """What the process says of one job, how it ended last."""
    assert process.stdout is not None
    for line in process.stdout:
        message = json.loads(line)
        yield message
        if "ended" in message:
            _waiting.append(process)
            return
    yield {"ended": process.wait()}


def _hear(message: dict[str, Any], attempt: Attempt, interruptions: list[str]) -> None:
    """Take a message in, and pass on what others want to know."""
    if "progress" in message:
        done, total, measures = message["progress"]
        attempt.step, attempt.peak_memory_bytes = done, message["peak_memory_bytes"]
        attempt.micro_batch_tokens = measures.pop("micro_batch_tokens", attempt.micro_batch_tokens)
        progress.report("training", done, total, **measures)
    elif "told" in message:
        if message["level"] >= logging.WARNING:
            _tell(message["told"], interruptions)
        else:
            log.info("%s", message["told"])
    elif "ended" in message:
        attempt.status = message["ended"]
    elif "began" in message:
        attempt.began = True
    else:
        attempt.done, attempt.failed = message.get("done"), message.get("failed")


def _tell(happened: str, interruptions: list[str]) -> None:
    interruptions.append(happened)
    log.warning("%s", happened)
    progress.tell("training", happened)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Have the process write a checkpoint and end: the end of its input asks for that."""
    try:
        process.communicate(timeout=STOP_S)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _error(failed: dict[str, Any]) -> BaseException:
    """The error that a process described, as though it had been raised here."""
    kind = getattr(errors, failed["kind"], None)
    error: BaseException
    if isinstance(kind, type) and issubclass(kind, GadflyError):
        error = kind(failed["message"])
    elif failed["filename"]:
        error = OSError(failed["errno"], os.strerror(failed["errno"]), failed["filename"])
    else:
        error = RuntimeError(f"{failed['kind']}: {failed['message']}")
    error.add_note(f"in the process that trains:\n{failed['traceback']}")
    return error


def _with_less_memory(job: TrainingJob, attempt: Attempt) -> TrainingJob:
    """The job in portions half as large.

    Raises:
        TrainingError: They are single rows already, or memory didn't even suffice for the model.
    """
    at_once, longest = attempt.micro_batch_tokens, _longest_row(job)
    if at_once is not None and at_once > longest:
        return job.model_copy(update={"micro_batch_tokens": at_once // 2})
    limit = memory_limit()
    there = f"there are {byte_size(limit)} for this run's processes together" if limit else "it was this machine's"
    raise TrainingError(
        f"memory ran out {_where(at_once, attempt.step, longest)}: the process that trains was killed at "
        f"{byte_size(attempt.peak_memory_bytes)} or more; {there}\n"
        f"  what training holds, part by part: gadfly plan RECIPE\n  {_less_memory(job, longest)}"
    )


def _where(at_once: int | None, step: int, longest: int) -> str:
    if at_once is None:
        return "before the first step, while the model was loaded"
    return f"in step {step + 1:,} with one row at a time, of up to {longest:,} tokens"


def _less_memory(job: TrainingJob, longest: int) -> str:
    """The overrides that make it need less, of those that aren't set."""
    config = job.config
    ways = [
        "training.gradient_checkpointing=true" if not config.gradient_checkpointing else "",
        "training.method=lora" if config.method != "lora" else "training.lora.upper_blocks=2",
        f"tokenization.max_seq_len={max(1, longest // 2)}",
    ]
    return f"use {', '.join(way for way in ways if way)}, or a smaller base.model"


def _longest_row(job: TrainingJob) -> int:
    """Tokens of the longest row: in smaller portions than that nothing can be computed."""
    facts = json.loads((job.tokens / "tokens.json").read_text(encoding="utf-8"))
    return min(int(facts["max_seq_len"]), int(facts["counts"]["train"]["longest"]))


def _given_up(attempt: Attempt) -> str:
    return (
        f"the process that trains was killed {MAX_UNEXPLAINED} times (SIGKILL), last after step {attempt.step:,}, "
        f"at {byte_size(attempt.peak_memory_bytes)}; who did it, can't be told\n"
        "  if memory ran out: training.gradient_checkpointing=true, training.method=lora; the same command goes on"
    )
