"""Who is champion: promotions, refusals, rollbacks, and an alias that was set by hand.

Every change is made under the registry's lock, from the promotion log: the aliases follow it. A verdict is given before
the lock is taken, so whoever decides first looks whether the champion still is the one it was given against.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from tasks.errors import RecipeError
from tasks.locks import exclusively
from tasks.registration.promotion_log import Entry, champions, entered, entries, interrupted, logged_champion, now
from tasks.registration.registry import CHALLENGER, CHAMPION, PREVIOUS_CHAMPION, aliases_of, lock_name, version_numbers
from tasks.registration.verdict import keep_verdict
from tasks.registration.version_record import VersionRecord
from tasks.tracking import connect

if TYPE_CHECKING:
    from mlflow import MlflowClient

WAIVER = "gadfly.waiver"
"""A version's tag: who overruled the gate for it, and why."""


class ByHand(NamedTuple):
    """A champion alias that the log doesn't know of."""

    version: int | None
    """Where it is; None: it was removed."""
    champion: int | None
    """Who is champion by the log."""


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
        champion = _settled(client, model)
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
        return _enter(client, model, entry, verdict)


def found_by_hand(model: str) -> ByHand | None:
    """A champion alias that isn't where the log says; None where it is."""
    with exclusively(lock_name(model)):
        client = connect()
        champion = _settled(client, model)
        alias = aliases_of(client, model).get(CHAMPION)
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
        champion = _settled(client, model)
        if (aliases_of(client, model).get(CHAMPION), champion) != found:
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
        return _enter(client, model, entry, verdict)


def accept_removal(model: str, found: ByHand, who: str) -> Entry | None:
    """Log that the champion alias was taken away by hand; None where the aliases changed again meanwhile."""
    with exclusively(lock_name(model)):
        client = connect()
        champion = _settled(client, model)
        if found.version is not None or (aliases_of(client, model).get(CHAMPION), champion) != found:
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
        return _enter(client, model, entry, None)


def roll_back(model: str, *, who: str, why: str) -> Entry:
    """Give the champion's place back to whoever had it before; twice goes back two promotions.

    Versions that were deleted since are passed over.

    Raises:
        RecipeError: Nobody that is still there had it before.
    """
    with exclusively(lock_name(model)):
        client = connect()
        champion = _settled(client, model)
        there = version_numbers(client, model)
        before = champions(entries(client, model))[:-1]
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
        return _enter(client, model, entry, None)


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
        _settled(client, model)
        borne = sorted(alias for alias, number in aliases_of(client, model).items() if number == version)
        if borne:
            raise RecipeError(
                f"{model} version {version} is {' and '.join(borne)}: a version that bears an alias isn't deleted\n"
                f"  promote another one first: gadfly promote {model} VERSION"
            )
        client.delete_model_version(model, str(version))


def _enter(client: MlflowClient, model: str, entry: Entry, verdict: Mapping[str, Any] | None) -> Entry:
    with entered(client, model, entry, verdict) as run_id:
        _move_aliases(client, model, entry)
    return entry.model_copy(update={"run_id": run_id})


def _move_aliases(client: MlflowClient, model: str, entry: Entry) -> None:
    """Set the aliases as they are once an entry counts; doing it twice changes nothing."""
    there, stack = version_numbers(client, model), champions([*entries(client, model), entry])
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
        client.set_model_version_tag(model, str(entry.version), WAIVER, f"{entry.who}: {entry.why}")


def _settled(client: MlflowClient, model: str) -> int | None:
    """Finish what a killed process began, and tell who is champion by the log.

    Raises:
        RecipeError: The model isn't registered.
    """
    aliases = aliases_of(client, model)
    for entry in interrupted(client, model):
        if entry.action in ("promoted", "rolled back", "removed") and aliases.get(CHAMPION) == entry.to_version:
            _move_aliases(client, model, entry)
            client.set_terminated(entry.run_id, "FINISHED")
        else:
            client.set_terminated(entry.run_id, "KILLED")
    return logged_champion(client, model)
