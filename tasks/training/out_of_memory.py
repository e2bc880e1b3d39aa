"""Running out of memory: the same work again, less of it at a time."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from typing import TypeVar

from tasks.errors import TrainingError

SIGNS = ("can't allocate memory", "cannot allocate memory", "not enough memory", "out of memory", "bad_alloc")
"""What a plain RuntimeError says where an allocator was refused: torch's own on a CPU, and its libraries'."""

log = logging.getLogger("gadfly.training")

Result = TypeVar("Result")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that memory ran out, on the processor or on a card."""
    import torch

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error).lower() for sign in SIGNS)


def within_memory(attempt: Callable[[int], Result], limit: int, smallest: int, what: str) -> tuple[Result, int]:
    """Do work in portions, half as large as often as memory runs out; the result, and the portion that fitted.

    Args:
        attempt: Does all of the work, in portions of at most so many tokens; it is called again from the start.
        limit: Tokens at once, padding included.
        smallest: The longest row: below it, a smaller portion is no smaller.
        what: For messages.

    Raises:
        TrainingError: Not even one row at a time fits.
    """
    while True:
        try:
            return attempt(limit), limit
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
        _let_go()  # the handler is left: nothing holds the failed attempt's tensors any more
        if limit <= smallest:
            raise TrainingError(
                f"memory ran out in {what}, with one row at a time, of up to {smallest:,} tokens: {said}\n"
                "  use training.gradient_checkpointing=true, training.method=lora, or tokenization.max_seq_len below it"
            )
        limit = max(1, limit // 2)
        log.warning("memory ran out in %s; going on with %d tokens at a time, and the same batch", what, limit)


def _let_go() -> None:
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
