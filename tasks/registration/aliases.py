"""The champion's aliases, which follow the promotion log.

Whoever calls holds the registry's lock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tasks.registration.promotion_log import Entry, champions, entered, read_log
from tasks.registration.registry import CHALLENGER, CHAMPION, PREVIOUS_CHAMPION, aliases_of, version_numbers
from tasks.registration.waiver import note_waiver

if TYPE_CHECKING:
    from mlflow import MlflowClient


class Settled(NamedTuple):
    """How things stand once every process is done."""

    log: list[Entry]
    champion: int | None
    """By the log."""
    alias: int | None
    """Where the alias `champion` is."""


def settled(client: MlflowClient, model: str) -> Settled:
    """Finish what a killed process began, and tell how things stand; whoever asks holds the lock.

    Raises:
        RecipeError: The model isn't registered.
    """
    aliases = aliases_of(client, model)
    log: list[Entry] = []
    for entry, status in read_log(client, model):
        moved = entry.action != "refused" and aliases.get(CHAMPION) == entry.to_version
        if status == "RUNNING":
            if moved:
                _move_aliases(client, model, log, entry)
                aliases = aliases_of(client, model)
            client.set_terminated(entry.run_id, "FINISHED" if moved else "KILLED")
        if status == "FINISHED" or (status == "RUNNING" and moved):
            log.append(entry)
    stack = champions(log)
    return Settled(log, stack[-1] if stack else None, aliases.get(CHAMPION))


def enter(
    client: MlflowClient, model: str, log: Sequence[Entry], entry: Entry, verdict: Mapping[str, Any] | None
) -> Entry:
    """Log what is done, and do it: the aliases are moved between the entry's beginning and its end."""
    with entered(client, model, entry, verdict) as run_id:
        _move_aliases(client, model, log, entry)
    return entry.model_copy(update={"run_id": run_id})


def _move_aliases(client: MlflowClient, model: str, log: Sequence[Entry], entry: Entry) -> None:
    """Set the aliases as they are once an entry follows the log; doing it twice changes nothing."""
    there, stack = version_numbers(client, model), champions([*log, entry])
    now_champion, former = (stack[-1], stack[:-1]) if stack else (None, [])
    before = [version for version in former if version in there and version != now_champion]
    wanted = {CHAMPION: now_champion, PREVIOUS_CHAMPION: before[-1] if before else None}
    seen = aliases_of(client, model)
    for alias, version in wanted.items():
        if version is None and alias in seen:
            client.delete_registered_model_alias(model, alias)
        elif version is not None and seen.get(alias) != version:
            client.set_registered_model_alias(model, alias, str(version))
    if entry.action == "promoted" and seen.get(CHALLENGER) == entry.version:
        client.delete_registered_model_alias(model, CHALLENGER)
    if entry.forced:
        note_waiver(client, model, entry)
