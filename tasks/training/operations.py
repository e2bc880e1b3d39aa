"""How long a step takes here, without running it: each distinct operation of a dry run is measured once, alone.

A model's blocks are alike, so a step of thousands of operations has one or two hundred distinct ones: measuring them
costs a fraction of the step, needs no weights, and predicts configurations that never ran. What is lost between
operations (Python's modules, autograd) is a price an operation, measured on whole steps of a tiny model.

For a processor only: a GPU overlaps operations with their launches, so their times don't add up there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

REPEATS = 3
"""Measured runs of each; the fastest counts, since other processes only slow it."""
MEASURED_SECONDS = 0.01
"""Short operations are repeated until they took so long, at most `MOST_REPEATS` times."""
MOST_REPEATS = 50
LONG_SECONDS = 0.5
"""An operation that takes so long is run only once."""
BUDGET_SECONDS = 120.0
"""Measuring that takes longer is given up: a plan must not cost what it plans."""


class TooSlow(Exception):
    """The budget is spent."""


class Blank(NamedTuple):
    """A tensor as an operation sees it, without content."""

    shape: tuple[int, ...]
    stride: tuple[int, ...]
    dtype: Any


class Calls:
    """Operations with the tensors they were called on, and how often."""

    def __init__(self) -> None:
        self._calls: dict[Any, tuple[Callable[..., Any], Any]] = {}
        self._counts: dict[Any, int] = {}

    def add(self, func: Callable[..., Any], arguments: Any, is_fake: Callable[[Any], bool]) -> None:
        """Count a call; `arguments` are its positional and keyword ones, without content where `is_fake`."""
        from torch.utils._pytree import tree_leaves, tree_map

        bare = tree_map(lambda leaf: _blank(leaf) if is_fake(leaf) else leaf, arguments)
        leaves = tree_leaves(bare, is_leaf=lambda leaf: isinstance(leaf, Blank))
        key = (func, *(_identity(leaf) for leaf in leaves))
        self._calls.setdefault(key, (func, bare))
        self._counts[key] = self._counts.get(key, 0) + 1

    def __iter__(self) -> Any:
        return ((key, *call, self._counts[key]) for key, call in self._calls.items())

    def __len__(self) -> int:
        """All of them, repeats included."""
        return sum(self._counts.values())


class Stopwatch:
    """Measures operations; equal ones once, in whatever step they come."""

    def __init__(self) -> None:
        self.seconds_between = 0.0
        """Lost between two operations."""
        self.in_a_step = 1.0
        """What a step takes over the sum of its operations alone."""
        self._measured: dict[Any, float] = {}
        self._began = time.perf_counter()

    def seconds(self, calls: Calls) -> float:
        """What the operations take, one after the other.

        Raises:
            TooSlow: Measuring takes too long.
        """
        import torch

        total = 0.0
        with torch.no_grad():
            for key, func, arguments, count in calls:
                if key not in self._measured:
                    if time.perf_counter() - self._began > BUDGET_SECONDS:
                        raise TooSlow
                    self._measured[key] = _alone(func, arguments)
                total += count * self._measured[key]
        return self.in_a_step * (total + self.seconds_between * len(calls))

    def calibrate(self, calls: Calls, step: Callable[[], object]) -> None:
        """Learn what is lost between operations from a whole step of a tiny model and the calls it is made of."""
        self.seconds_between = 0.0
        alone = self.seconds(calls)
        self.seconds_between = max(0.0, fastest(step, repeats=10) - alone) / max(1, len(calls))


def fastest(run: Callable[[], object], *, repeats: int = REPEATS) -> float:
    """Seconds of the fastest run, the first one apart unless it took long."""
    if (taken := _seconds(run)) > LONG_SECONDS:
        return taken
    best, spent = taken, 0.0
    for number in range(MOST_REPEATS):
        if number >= repeats and spent > MEASURED_SECONDS:
            break
        taken = _seconds(run)
        best, spent = min(best, taken), spent + taken
    return best


def update_seconds(shapes: Iterable[tuple[int, ...]], at_most: int = 8_000_000) -> float:
    """An update of AdamW with its gradient norm, for trained weights of some shapes.

    Measured on at most so many numbers; the rest is taken to be like them.
    """
    import torch

    shapes = list(shapes)
    weights: list[Any] = []
    for shape in sorted(shapes):
        if sum(weight.numel() for weight in weights) < at_most:
            weights.append(torch.zeros(shape, requires_grad=True))
    optimizer = torch.optim.AdamW(weights, fused=True)
    for weight in weights:
        weight.grad = torch.zeros_like(weight)

    def update() -> None:
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()

    share: float = sum(torch.Size(shape).numel() for shape in shapes) / sum(weight.numel() for weight in weights)
    return share * fastest(update)


def _alone(func: Callable[..., Any], arguments: Any) -> float:
    args, kwargs = _filled(arguments)
    return fastest(lambda: func(*args, **kwargs))


def _blank(tensor: Any) -> Blank:
    return Blank(tuple(tensor.shape), tuple(tensor.stride()), tensor.dtype)


def _identity(leaf: Any) -> Any:
    """What tells a call's argument from another; a real tensor (a mask, ids) by its form, not by its content."""
    import torch

    return _blank(leaf) if isinstance(leaf, torch.Tensor) else (type(leaf), repr(leaf))


def _filled(tree: Any) -> Any:
    """The arguments with tensors in place of blanks: small random numbers, and zeros for indices."""
    if isinstance(tree, Blank):
        return _tensor(tree)
    if isinstance(tree, dict):
        return {name: _filled(value) for name, value in tree.items()}
    return type(tree)(_filled(value) for value in tree) if isinstance(tree, (list, tuple)) else tree


def _tensor(blank: Blank) -> Any:
    import torch

    last = sum((size - 1) * step for size, step in zip(blank.shape, blank.stride, strict=True))
    held = last + 1 if all(blank.shape) else 0
    values = (
        torch.randn(held).to(blank.dtype) if blank.dtype.is_floating_point else torch.zeros(held, dtype=blank.dtype)
    )
    return values.as_strided(blank.shape, blank.stride)


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started
