"""Stopping within a moment, though a step or an evaluation may take minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tasks.training.freezing import blocks


class StopAsked(Exception):
    """Somebody asked for training to stop."""


def never() -> bool:
    """Nobody asks to stop."""
    return False


@contextmanager
def interruptible(model: Any, should_stop: Callable[[], bool]) -> Iterator[None]:
    """Ask between transformer blocks, on the way forward and back, and raise `StopAsked` where the answer is yes.

    Nothing that is computed changes: the hooks return nothing.
    """
    if should_stop is never:
        yield
        return

    def look(*_: Any) -> None:
        if should_stop():
            raise StopAsked

    def look_both_ways(_module: Any, _inputs: Any, output: Any) -> None:
        look()
        hidden = output[0] if isinstance(output, tuple) else output
        if hidden.requires_grad:
            hidden.register_hook(look)

    handles = [block.register_forward_hook(look_both_ways) for block in blocks(model)[1]]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
