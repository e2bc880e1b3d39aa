"""The promotion log: who made what champion, when, why and on what evidence. Entries are only ever added.

MLflow forgets where an alias was, so each promotion, refusal and rollback leaves an MLflow run in the model's
experiment, with the gate's verdict as `gate.json`. The log, not the alias, says who is champion: an alias that says
otherwise was set by hand. An entry is begun before the aliases move and finished after it, so a kill between the two is
seen and mended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from tasks.tracking import KIND, find_runs, start_run

if TYPE_CHECKING:
    from mlflow import MlflowClient

PROMOTION = "promotion"
FIELDS = ("action", "version", "from_version", "to_version", "who", "when", "why", "gate", "forced", "by_hand")

Action = Literal["promoted", "refused", "rolled back", "removed"]


class Entry(BaseModel):
    """What was done to a model's champion."""

    model_config = ConfigDict(frozen=True)

    action: Action
    version: int | None
    """The version it is about."""
    from_version: int | None
    """The champion before; None where there was none."""
    to_version: int | None
    """The champion after."""
    who: str
    when: str
    """UTC, ISO 8601."""
    why: str = ""
    gate: str = ""
    """`passed`, `refused (clause, …)`, or nothing where the gate wasn't asked (a rollback)."""
    forced: bool = False
    """A person overruled the gate."""
    by_hand: bool = False
    """The alias was set in MLflow, not by a command."""
    run_id: str = ""
    """Its MLflow run."""


def now() -> str:
    """The time, as entries have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def entries(client: MlflowClient, model: str) -> list[Entry]:
    """A model's log, oldest first; entries whose writer died before the aliases moved are left out."""
    return [entry for entry, status in read_log(client, model) if status == "FINISHED"]


def champions(log: Sequence[Entry]) -> list[int | None]:
    """Who was champion, oldest first, today's last; None is a time without one.

    A promotion adds to the list and a rollback takes from it what lies behind the version that it goes back to, so that
    two rollbacks go back two promotions.
    """
    stack: list[int | None] = []
    for entry in log:
        if entry.action in ("promoted", "removed"):
            stack.append(entry.to_version)
        elif entry.action == "rolled back":
            stack.pop()
            while stack and stack[-1] != entry.to_version:
                stack.pop()
    return stack


def read_log(client: MlflowClient, model: str) -> list[tuple[Entry, str]]:
    """All entries, oldest first, with their runs' status: `RUNNING` is one that was begun and not finished."""
    runs = find_runs(client, model, f"tags.`{KIND}` = '{PROMOTION}'")
    return [(_entry(run), str(run.info.status)) for run in reversed(runs)]


def logged_champion(client: MlflowClient, model: str) -> int | None:
    """Who is champion by the log."""
    stack = champions(entries(client, model))
    return stack[-1] if stack else None


@contextmanager
def entered(client: MlflowClient, model: str, entry: Entry, verdict: Mapping[str, Any] | None = None) -> Iterator[str]:
    """Begin an entry, let the block move the aliases, and finish it; gives the MLflow run's id."""
    run_id = start_run(client, model, f"{entry.action} {entry.version or ''}".strip(), _tags(entry))
    if verdict is not None:
        client.log_dict(run_id, dict(verdict), "gate.json")
    yield run_id
    client.set_terminated(run_id, "FINISHED")


def _tags(entry: Entry) -> dict[str, str]:
    told = entry.model_dump()
    values = {f"gadfly.{name}": "none" if told[name] is None else str(told[name]) for name in FIELDS}
    return {KIND: PROMOTION, **values}


def _entry(run: Any) -> Entry:
    told: dict[str, Any] = {name: run.data.tags.get(f"gadfly.{name}", "") for name in FIELDS}
    for name in ("version", "from_version", "to_version"):
        told[name] = int(told[name]) if told[name].isdigit() else None
    for name in ("forced", "by_hand"):
        told[name] = told[name] == "True"
    return Entry(run_id=run.info.run_id, **told)
