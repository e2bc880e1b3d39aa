"""`promote` and `rollback`: a version becomes champion if the gate lets it, and the way back."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping
from typing import Any

from prefect import flow

from flows.form import ModelField, VersionField, WhyField
from flows.gating import gate, judged
from flows.notifications import notify
from flows.recipe import Recipe
from tasks.artifacts import ArtifactRef
from tasks.errors import GadflyError, GateError, RecipeError
from tasks.registration.task import (
    CHALLENGER,
    ByHand,
    Entry,
    accept_removal,
    challenger_of,
    champion_of,
    decide_by_hand,
    existing_version,
    found_by_hand,
    keep_judged,
    kept_verdict,
    never_champion,
    new_record,
    noted_verdict,
    promote_version,
    reload_damage,
    roll_back,
    settings_of,
    unjudged_verdict,
)
from tasks.stages import StageRunner

BY_HAND = "by hand in MLflow"


class PromotionRefused(GateError):
    """The gate refused a version; `verdict` has every clause."""

    def __init__(self, verdict: dict[str, Any]) -> None:
        model, version = verdict["model"], verdict["version"]
        lines = [f"{model} version {version} is refused as champion, against {verdict['against']}"]
        lines += clause_lines(verdict)
        lines.append(f'  overrule it: gadfly promote {model} {version} --force --why "…"')
        super().__init__("\n".join(lines))
        self.verdict = verdict


@flow(name="promote", flow_run_name="{model}", persist_result=False)
def promote(model: ModelField, version: VersionField = "", force: bool = False, why: WhyField = "") -> dict[str, Any]:
    """Make a version champion if the gate lets it; logged either way.

    Args:
        model: A registered model's name.
        version: A version's number or alias; empty: the challenger.
        force: Overrule the gate's refusal; it needs a reason.
        why: The reason, kept in the promotion log.
    """
    if force and not why.strip():
        raise RecipeError("overruling the gate needs a reason: --force --why TEXT; it is kept in the promotion log")
    number = existing_version(model, version) if version else challenger_of(model)
    settle(model)
    while True:
        verdict, record = gate(model, number)
        run_id = record.run_id if record else ""
        entry = promote_version(verdict, who=who(), why=why, force=force, run_id=run_id)
        if entry is not None:
            break
    tell_entry(model, entry)
    if entry.action == "refused":
        raise PromotionRefused(verdict)
    return {"verdict": verdict, "entry": entry.model_dump()}


@flow(name="rollback", flow_run_name="{model}", persist_result=False)
def rollback(model: ModelField, why: WhyField = "") -> dict[str, Any]:
    """Make the previous champion champion again; twice goes back two promotions.

    Args:
        model: A registered model.
        why: The reason, for the log.
    """
    settle(model)
    entry = roll_back(model, who=who(), why=why)
    tell_entry(model, entry)
    return {"entry": entry.model_dump()}


@flow(name="settle-alias", flow_run_name="{model}", persist_result=False)
def settle_alias(model: str) -> dict[str, Any] | None:
    """Gate a champion that was set by hand in MLflow; on refusal the alias goes back.

    Args:
        model: A registered model.
    """
    entry = settle(model)
    return entry.model_dump() if entry else None


def settle(model: str) -> Entry | None:
    """Judge a champion alias that isn't where the log says, and log it; None where it is."""
    while (found := found_by_hand(model)) is not None:
        if entry := _settle(model, found):
            tell_entry(model, entry)
            return entry
    return None


def _settle(model: str, found: ByHand) -> Entry | None:
    if found.version is None:
        return accept_removal(model, found, BY_HAND)
    record = None
    try:
        verdict, record = gate(model, found.version)
    except GadflyError as error:  # what can't be measured isn't let through
        verdict = unjudged_verdict(model, found.version, found.champion, str(error).splitlines()[0])
    allow = record is not None and settings_of(record).manual == "allow"
    return decide_by_hand(found, verdict, allow=allow, run_id=record.run_id if record else "", who=BY_HAND)


def judge_registered(
    recipe: Recipe, run_id: str, artifacts: Mapping[str, ArtifactRef], registered: Mapping[str, Any]
) -> dict[str, Any]:
    """The gate's verdict on what a run registered: given once for what it was measured on, and promoting where asked.

    Returns:
        `outcome`, empty where there is no verdict; `against`; `champion`: the version that is champion now; and the
        `verdict` whole, None where this home doesn't have it.
    """
    champion, version = registered["champion"], registered["version"]
    known = {"outcome": registered["gate"], "against": registered["gate_against"], "champion": champion}
    wants_promotion = recipe.registration.promote == "auto" and CHALLENGER in registered["aliases"]
    if champion == version or (registered["is_judged"] and not (wants_promotion and known["outcome"] == "passed")):
        return {**known, "verdict": noted_verdict(registered["gate_key"])}
    record = new_record(registered, recipe.name, artifacts, recipe.gate_configs())
    verdict = kept_verdict(record, champion) if registered["is_judged"] else None
    if verdict is None:
        runner = StageRunner(f"{record.model} gate", run_id)  # of its own: the champion's stages aren't the recipe's
        verdict = judged(runner, record, champion, reload_damage(record))
        keep_judged(record, verdict)
        if not verdict["passed"]:
            notify("gate_refused", f"{record.name}: {verdict['outcome']}", model=record.model, version=record.version)
    if wants_promotion and verdict["passed"] and never_champion(record):
        entry = promote_version(verdict, who=who(), why="promote: auto", force=False, run_id=record.run_id)
        if entry is not None:
            tell_entry(record.model, entry)
        champion = champion_of(record.model)
    return {"outcome": verdict["outcome"], "against": verdict["against"], "champion": champion, "verdict": verdict}


def tell_entry(model: str, entry: Entry) -> None:
    """Notify of what the promotion log has just been told: a refusal, or who is champion now."""
    facts = {"model": model, "version": entry.version, "champion": entry.to_version, "by": entry.who, "why": entry.why}
    if entry.gate.startswith("refused") and not entry.forced:
        notify("gate_refused", f"{model} version {entry.version}: {entry.gate}", **facts)
    elif entry.to_version != entry.from_version:
        notify("new_champion", f"{model}: champion is {entry.to_version}, before {entry.from_version}", **facts)


def clause_lines(verdict: Mapping[str, Any]) -> list[str]:
    """The gate's clauses, a line each and one for what was seen against what is allowed."""
    lines = []
    for clause in verdict["clauses"]:
        state = "passed " if clause["passed"] else "REFUSED"
        lines += [
            f"  {state}  {clause['name']}: seen {clause['seen']}; allowed {clause['allowed']}",
            f"           {clause['why']}",
        ]
    return lines


def who() -> str:
    """Whom the log names: the MLflow user, or the user of this machine."""
    try:
        return os.environ.get("MLFLOW_TRACKING_USERNAME") or getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        return f"uid {os.getuid()}"
