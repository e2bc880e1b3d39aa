"""A champion that was set by hand, in MLflow's page or through its API: found, judged, and left or put back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tasks.locks import exclusively
from tasks.registration.aliases import enter, settled
from tasks.registration.promotion_log import Entry, now
from tasks.registration.registry import lock_name
from tasks.registration.verdict import keep_verdict
from tasks.tracking import connect


class ByHand(NamedTuple):
    """A champion alias that the log doesn't know of."""

    version: int | None
    """Where it is; None: it was removed."""
    champion: int | None
    """Who is champion by the log."""


def found_by_hand(model: str) -> ByHand | None:
    """A champion alias that isn't where the log says; None where it is."""
    with exclusively(lock_name(model)):
        client = connect()
        _, champion, alias = settled(client, model)
    return None if alias == champion else ByHand(alias, champion)


def decide_by_hand(found: ByHand, verdict: Mapping[str, Any], *, allow: bool, run_id: str, who: str) -> Entry | None:
    """Let a champion set by hand stand, or put the alias back; logged either way.

    Args:
        found: What was found.
        verdict: The gate's, on the version that the alias was set to.
        allow: Let it stand though it was refused (the recipe's `manual: allow`).
        run_id: The MLflow run that bears the version's evidence.
        who: Whom the log names.

    Returns:
        The log's entry; None where the aliases changed again meanwhile: look again.
    """
    model = verdict["model"]
    with exclusively(lock_name(model)):
        client = connect()
        log, champion, alias = settled(client, model)
        if (alias, champion) != found:
            return None
        keep_verdict(client, verdict, run_id)
        stands = verdict["passed"] or allow
        entry = Entry(
            action="promoted" if stands else "refused",
            version=found.version,
            from_version=champion,
            to_version=found.version if stands else champion,
            who=who,
            when=now(),
            why="manual: allow" if allow and not verdict["passed"] else "",
            gate=verdict["outcome"],
            forced=stands and not verdict["passed"],
            by_hand=True,
        )
        return enter(client, model, log, entry, verdict)


def accept_removal(model: str, found: ByHand, who: str) -> Entry | None:
    """Log that the champion alias was taken away by hand; None where the aliases changed again meanwhile."""
    with exclusively(lock_name(model)):
        client = connect()
        log, champion, alias = settled(client, model)
        if found.version is not None or (alias, champion) != found:
            return None
        entry = Entry(
            action="removed",
            version=champion,
            from_version=champion,
            to_version=None,
            who=who,
            when=now(),
            by_hand=True,
        )
        return enter(client, model, log, entry, None)
