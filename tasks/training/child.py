"""The process that trains: `python -m tasks.training.child`.

It imports what training needs (4 s), and waits for jobs: a line of JSON each on standard input. Where that is safe it
trains each in a fork of itself, so that only the first pays for the imports; elsewhere it trains one and ends. What it
has to say is a line of JSON each on what was standard output: `began`, `progress`, `told`, then `done` or `failed`, and
from the process that forked `ended` with the exit status. Standard input that ends means that the parent is gone, or
wants training to stop.

Fork is safe on Linux in a process of one thread: no lock of another thread is copied, and nothing was computed that
started torch's threads. On macOS the system's frameworks don't survive a fork.
"""

from __future__ import annotations

import json
import logging
import os
import select
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tasks.locks import LOCKS
from tasks.training.memory import peak_bytes

IDLE_S = 30.0
"""Without a job for so long it ends, and gives its memory back."""
GRACE_S = 60.0
"""From being asked to stop to an end by force: a checkpoint of a large model takes its time."""
STOPPED = 128 + signal.SIGTERM
"""Exit status of an end by force."""
STDIN, STDOUT, STDERR = 0, 1, 2

Send = Callable[..., None]


def main() -> None:
    """Import, then do jobs until there are none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    send = _channel()
    _import_libraries()
    while line := _next_line(IDLE_S):
        if not _may_fork():
            return _do(line, send)
        pid = os.fork()
        if pid == 0:
            _do(line, send)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        send(ended=os.waitstatus_to_exitcode(status))


def _channel() -> Send:
    """What sends a message to the parent; whatever else is printed goes to standard error."""
    messages = os.dup(STDOUT)
    os.dup2(STDERR, STDOUT)
    lock = threading.Lock()

    def send(**message: Any) -> None:
        with lock, suppress(BrokenPipeError):  # the parent is gone: the end of standard input tells so as well
            line = memoryview(f"{json.dumps(message)}\n".encode())
            while line:
                line = line[os.write(messages, line) :]

    return send


def _import_libraries() -> None:
    """What every training needs, and nothing that starts a thread."""
    import peft  # noqa: F401
    import torch._dynamo  # noqa: F401
    import transformers.generation.utils
    import transformers.modeling_utils  # noqa: F401


def _next_line(timeout_s: float) -> bytes:
    """A line of standard input; empty where there is none."""
    line = b""
    while not line.endswith(b"\n"):
        readable, _, _ = select.select([STDIN], [], [], timeout_s)
        part = os.read(STDIN, 65536) if readable else b""
        if not part:
            return b""
        line += part
    return line


def _may_fork() -> bool:
    threads = Path("/proc/self/task")
    return sys.platform == "linux" and threads.is_dir() and len(list(threads.iterdir())) == 1


def _do(line: bytes, send: Send) -> None:
    """One job, whatever comes of it."""
    send(began=os.getpid())
    stop = Stop()
    try:
        message = json.loads(line)
        os.environ["GADFLY_HOME"] = message["home"]  # locks lie there
        _relay_log(send)
        _be_killed_first()
        from tasks.training.run import TrainingJob, run_training

        job = TrainingJob.model_validate_json(json.dumps(message["job"]))
        _take_turn(job.checkpoints)

        def report(done: int, total: int, **measures: float) -> None:
            send(progress=[done, total, measures], peak_memory_bytes=peak_bytes())

        send(done=run_training(job, report, stop))
    except BaseException as error:
        send(failed=described(error))


class Stop:
    """Whether training is to stop: the parent closed our standard input or died, or there was a SIGINT or SIGTERM.

    Where training hasn't begun to ask, there is nothing to keep, and the process ends on the spot.
    """

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._heard = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._asked.set())
        threading.Thread(target=self._wait_for_end_of_input, daemon=True).start()
        threading.Thread(target=self._end_by_force, daemon=True).start()

    def __call__(self) -> bool:
        """Whether somebody asked."""
        self._heard = True
        return self._asked.is_set()

    def _wait_for_end_of_input(self) -> None:
        while os.read(STDIN, 65536):
            pass
        self._asked.set()

    def _end_by_force(self) -> None:
        self._asked.wait()
        if self._heard:
            threading.Event().wait(GRACE_S)
        os._exit(STOPPED)


def _take_turn(checkpoints: Path) -> None:
    """Wait while another process still trains from the same checkpoints; the kernel frees the lock with this one."""
    LOCKS.acquire_lock(f"training in {checkpoints}", holder="child")


def _be_killed_first() -> None:
    """Where memory runs out, the kernel ends this process and not the one that can start it again."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _relay_log(send: Send) -> None:
    class Relay(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            send(told=record.getMessage(), level=record.levelno)

    log = logging.getLogger("gadfly")
    log.handlers, log.propagate = [Relay()], False
    log.setLevel(logging.INFO)


def described(error: BaseException) -> dict[str, Any]:
    """An error for another process: its kind, message and traceback, and what an OSError is about."""
    return {
        "kind": type(error).__name__,
        "message": str(error),
        "traceback": "".join(traceback.format_exception(error)),
        "errno": getattr(error, "errno", None),
        "filename": str(getattr(error, "filename", None) or ""),
    }


if __name__ == "__main__":
    main()
