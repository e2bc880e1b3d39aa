"""A module that answers one question in a process of its own, started before the question is known.

What takes long to import is imported there, beside this process's own imports. Where none was started, or it doesn't
answer, the caller does the work itself and meets whatever was wrong.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

WAIT_S = 60
"""How long such a process waits for its question: a run that trains for hours keeps none beside it."""

_started: dict[str, subprocess.Popen[str]] = {}


class NoAnswer(Exception):
    """No process was started for the module, it gave up waiting, or it failed."""


@contextmanager
def beside(module: str) -> Iterator[None]:
    """Run `python -m module`, which is to call `answer`, beside the block; it ends with the block, if not before."""
    command = [sys.executable, "-m", module]
    _started[module] = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # a Ctrl-C is the caller's
    )
    try:
        yield
    finally:
        if unasked := _started.pop(module, None):
            unasked.kill()
            unasked.communicate()


def ask(module: str, *question: Any) -> Any:
    """The answer to a question; both are JSON values. A process answers once.

    Raises:
        NoAnswer: There is none.
    """
    process = _started.pop(module, None)
    if process is None:
        raise NoAnswer
    try:
        return json.loads(process.communicate(json.dumps(question))[0])
    except (OSError, ValueError) as error:
        raise NoAnswer from error


def answer(to: Callable[..., Any]) -> None:
    """In the process: wait for the question, print what `to` returns for it, and end."""
    asked, _, _ = select.select([sys.stdin], [], [], WAIT_S)
    if question := sys.stdin.read() if asked else "":
        print(json.dumps(to(*json.loads(question))))
