"""Progress that stages report and whoever runs them may listen to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened in a stage."""

    stage: str
    state: Literal["began", "working", "ran", "cached", "failed"]
    done: int = 0
    """Units (rows, steps, samples) done."""
    total: int = 0
    """Units in all."""
    seconds: float = 0.0
    """What the stage took, once it ended."""
    measures: Mapping[str, float] = field(default_factory=dict)
    """What is worth watching, such as `loss`."""
    samples: Sequence[Mapping[str, str]] = ()
    """What a model in training writes by now: `prompt` and `text`."""
    note: str = ""
    """What a person should know, in words."""


Listener = Callable[[Event], None]

_listeners: list[Listener] = []
_names: dict[str, str] = {}


def emit(event: Event) -> None:
    """Tell the listeners."""
    for listener in _listeners:
        listener(event)


def report(stage: str, done: int, total: int, *, samples: Sequence[Mapping[str, str]] = (), **measures: float) -> None:
    """Tell the listeners how far a stage is: units done, units in all, and what is worth watching."""
    name = _names.get(stage, stage)
    emit(Event(stage=name, state="working", done=done, total=total, measures=measures, samples=samples))


def tell(stage: str, note: str) -> None:
    """Tell the listeners in words what happened to a stage."""
    emit(Event(stage=_names.get(stage, stage), state="working", note=note))


@contextmanager
def called(stage: str, name: str) -> Iterator[None]:
    """Inside the block, what `stage` reports is told under another name: a chain may run a stage more than once."""
    _names[stage] = name
    try:
        yield
    finally:
        del _names[stage]


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Hear every event inside the block."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
