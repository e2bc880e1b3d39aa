"""Who is champion: promotions, refusals and rollbacks.

Every change is made under the registry's lock. A verdict is given before the lock is taken, so whoever decides first
looks whether the champion still is the one it was given against.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tasks.errors import RecipeError
from tasks.locks import exclusively
from tasks.registration.aliases import enter, settled
from tasks.registration.promotion_log import Entry, champions, entries, logged_champion, now
from tasks.registration.registry import CHALLENGER, aliases_of, lock_name, version_numbers
from tasks.registration.verdict import keep_verdict
from tasks.registration.version_record import VersionRecord
from tasks.tracking import connect


def champion_of(model: str) -> int | None:
    """Who is champion by the log."""
    return logged_champion(connect(), model)


def challenger_of(model: str) -> int:
    """The challenger's version.

    Raises:
        RecipeError: The model has none.
    """
    aliases = aliases_of(connect(), model)
    if CHALLENGER not in aliases:
        raise RecipeError(
            f"{model} has no challenger: the newest version was promoted\n  name one: gadfly promote {model} VERSION"
        )
    return aliases[CHALLENGER]


def promotion_log(model: str) -> list[Entry]:
    """A model's promotions, refusals and rollbacks, oldest first."""
    return entries(connect(), model)


def promote_version(verdict: Mapping[str, Any], *, who: str, why: str, force: bool, run_id: str) -> Entry | None:
    """Make a version champion if its verdict allows it or `force` does, and log either.

    Args:
        verdict: The gate's, against the champion of its time.
        who: Who asks.
        why: Their reason; `force` needs one.
        force: Overrule a refusal.
        run_id: The MLflow run that bears the version's evidence.

    Returns:
        The log's entry; None where the champion has changed since the verdict: give another.

    Raises:
        RecipeError: It is champion already, or was deleted meanwhile.
    """
    model, version = verdict["model"], verdict["version"]
    with exclusively(lock_name(model)):
        client = connect()
        log, champion, _ = settled(client, model)
        if champion == version:
            raise RecipeError(f"{model} version {version} is champion already\n  the way back: gadfly rollback {model}")
        if champion != verdict["champion"]:
            return None
        keep_verdict(client, verdict, run_id)
        is_forced = force and not verdict["passed"]
        entry = Entry(
            action="promoted" if verdict["passed"] or force else "refused",
            version=version,
            from_version=champion,
            to_version=version if verdict["passed"] or force else champion,
            who=who,
            when=now(),
            why=why,
            gate=verdict["outcome"],
            forced=is_forced,
        )
        return enter(client, model, log, entry, verdict)


def roll_back(model: str, *, who: str, why: str) -> Entry:
    """Give the champion's place back to whoever had it before; twice goes back two promotions.

    Versions that were deleted since are passed over.

    Raises:
        RecipeError: Nobody that is still there had it before.
    """
    with exclusively(lock_name(model)):
        client = connect()
        log, champion, _ = settled(client, model)
        there, before = version_numbers(client, model), champions(log)[:-1]
        back = [version for version in before if version in there and version != champion]
        if not back:
            seen = f"version {champion} is its first champion" if champion else "it never had a champion"
            raise RecipeError(f"{model} can't be rolled back: {seen}\n  see its log: gadfly models {model}")
        entry = Entry(
            action="rolled back",
            version=champion,
            from_version=champion,
            to_version=back[-1],
            who=who,
            when=now(),
            why=why,
        )
        return enter(client, model, log, entry, None)


def never_champion(record: VersionRecord) -> bool:
    """Whether a version never was champion: one that a person rolled back from isn't promoted again by itself."""
    log = entries(connect(), record.model)
    return record.version not in champions([entry for entry in log if entry.action != "rolled back"])


def delete_version(model: str, version: int) -> None:
    """Delete a version that bears no alias; its runs and the log stay.

    Raises:
        RecipeError: It bears one: MLflow would remove that as well, silently.
    """
    with exclusively(lock_name(model)):
        client = connect()
        settled(client, model)
        borne = sorted(alias for alias, number in aliases_of(client, model).items() if number == version)
        if borne:
            raise RecipeError(
                f"{model} version {version} is {' and '.join(borne)}: a version that bears an alias isn't deleted\n"
                f"  promote another one first: gadfly promote {model} VERSION"
            )
        client.delete_model_version(model, str(version))
