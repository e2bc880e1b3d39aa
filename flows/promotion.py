"""`promote` and `rollback`: a version becomes champion if the gate lets it, and the way back.

The gate holds a version against the champion of the day. That one is measured on the challenger's held-out rows, by the
same stages, so it is done once for a pair; rows that it was trained on don't count.
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Mapping
from typing import Any

from prefect import flow, runtime

from flows.chain import SEEDS
from flows.recipe import Recipe
from tasks.artifacts import ArtifactRef
from tasks.errors import ArtifactDamaged, ArtifactError, GadflyError, GateError, RecipeError
from tasks.evaluation.config import ComparisonConfig, EvaluationConfig
from tasks.evaluation.task import compare_models, evaluate_model
from tasks.registration.task import (
    CHALLENGER,
    ByHand,
    Entry,
    VersionRecord,
    accept_removal,
    challenger_of,
    champion_of,
    decide_by_hand,
    existing_version,
    found_by_hand,
    give_verdict,
    keep_judged,
    kept_verdict,
    never_champion,
    new_record,
    promote_version,
    read_record,
    reload_damage,
    restore,
    roll_back,
    settings_of,
    unjudged_verdict,
)
from tasks.stages import StageRunner, Stages
from tasks.tokenization.config import TokenizationConfig
from tasks.tokenization.task import tokenize_rows
from tasks.validation.config import ValidationConfig
from tasks.validation.task import judge_samples

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
def promote(model: str, version: str = "", force: bool = False, why: str = "") -> dict[str, Any]:
    """Make a version champion if the gate lets it; logged either way.

    Args:
        model: A registered model.
        version: A version's number; none: the challenger.
        force: Overrule the gate's refusal; it needs a reason.
        why: The reason, for the log.
    """
    if force and not why.strip():
        raise RecipeError("overruling the gate needs a reason: --force --why TEXT; it is kept in the promotion log")
    number = existing_version(model, version) if version else challenger_of(model)
    settle(model)
    while True:
        verdict, run_id = gate(model, number)
        entry = promote_version(verdict, who=who(), why=why, force=force, run_id=run_id)
        if entry is not None:
            break
    if entry.action == "refused":
        raise PromotionRefused(verdict)
    return {"verdict": verdict, "entry": entry.model_dump()}


@flow(name="rollback", flow_run_name="{model}", persist_result=False)
def rollback(model: str, why: str = "") -> dict[str, Any]:
    """Make the previous champion champion again; twice goes back two promotions.

    Args:
        model: A registered model.
        why: The reason, for the log.
    """
    settle(model)
    return {"entry": roll_back(model, who=who(), why=why).model_dump()}


@flow(name="settle-alias", flow_run_name="{model}", persist_result=False)
def settle_alias(model: str) -> list[dict[str, Any]]:
    """Gate a champion that was set by hand in MLflow; on refusal the alias goes back.

    Args:
        model: A registered model.
    """
    return [entry.model_dump() for entry in settle(model)]


def settle(model: str) -> list[Entry]:
    """Judge every change of the champion alias that the log doesn't know of, and log it."""
    made: list[Entry] = []
    while (found := found_by_hand(model)) is not None:
        entry = _settle(model, found)
        made += [entry] if entry else []
    return made


def _settle(model: str, found: ByHand) -> Entry | None:
    if found.version is None:
        return accept_removal(model, found, BY_HAND)
    allow = False
    try:
        verdict, run_id = gate(model, found.version)
        allow = bool(run_id) and settings_of(read_record(model, found.version)).manual == "allow"
    except GadflyError as error:  # what can't be measured isn't let through
        verdict = unjudged_verdict(model, found.version, found.champion, str(error).splitlines()[0])
        run_id = ""
    return decide_by_hand(found, verdict, allow=allow, run_id=run_id, who=BY_HAND)


def gate(model: str, version: int) -> tuple[dict[str, Any], str]:
    """The verdict on a version against today's champion, and the MLflow run that bears its evidence.

    Raises:
        ArtifactError: The store lost what it would be measured on.
    """
    champion = champion_of(model)
    if champion == version:
        raise RecipeError(f"{model} version {version} is champion already\n  the way back: gadfly rollback {model}")
    try:
        record = read_record(model, version)
        holder = read_record(model, champion) if champion is not None else None
    except RecipeError as error:
        return unjudged_verdict(model, version, champion, str(error).splitlines()[0]), ""
    damage = reload_damage(record)
    kept = None if damage else kept_verdict(record, champion)
    if kept is not None:
        return kept, record.run_id
    runner = StageRunner(f"{model} gate", str(runtime.flow_run.id))
    return _judged(runner, record, holder, damage), record.run_id


def _judged(stages: Stages, record: VersionRecord, holder: VersionRecord | None, damage: str) -> dict[str, Any]:
    try:
        against = measured_against(stages, record, holder) if holder is not None else {}
        return give_verdict(record, holder.version if holder else None, against, damage)
    except ArtifactDamaged as error:
        raise ArtifactError(
            f"{record.name} can't be judged: {error}\n  run its recipe ({record.recipe}) again"
        ) from error


def measured_against(stages: Stages, challenger: VersionRecord, champion: VersionRecord) -> dict[str, ArtifactRef]:
    """The champion on the challenger's rows, by the challenger's measures: their `comparison`, and its `samples`."""
    restore(champion)
    own, its, configs = challenger.artifacts, champion.artifacts, challenger.configs

    def config(kind: Any, section: str) -> Any:
        return kind.model_validate_json(json.dumps(configs[section]))

    accepted, base, tokens = own["accepted"], its["base"], own["tokens"]
    if base != own["base"]:
        tokens = stages(
            tokenize_rows,
            called="champion tokens",
            config=config(TokenizationConfig, "tokenization"),
            accepted=accepted,
            base=base,
        )["tokens"]
    scores = stages(
        evaluate_model,
        called="champion",
        config=config(EvaluationConfig, "evaluation"),
        tokens=tokens,
        accepted=accepted,
        base=base,
        trained=its["trained"],
    )["scores"]
    samples = stages(
        judge_samples, called="champion samples", config=config(ValidationConfig, "validation"), scores=scores
    )["sample_verdict"]
    comparison = stages(
        compare_models,
        called="champion comparison",
        config=config(ComparisonConfig, "comparison"),
        against="champion",
        scores=own["tuned_scores"],
        other_scores=scores,
        accepted=accepted,
        seeds=[ref for name, ref in sorted(own.items()) if name.startswith(SEEDS)] or None,
        other_tokens=its["tokens"],
    )["comparison"]
    return {"comparison": comparison, "samples": samples}


def judge_registered(
    recipe: Recipe, run_id: str, artifacts: Mapping[str, ArtifactRef], registered: Mapping[str, Any]
) -> dict[str, Any]:
    """The gate's verdict on what a run registered: given once for what it was measured on, and promoting where asked.

    Returns:
        `outcome`, empty where there is no verdict; `against`; `champion`: the version that is champion now.
    """
    champion, version = registered["champion"], registered["version"]
    known = {"outcome": registered["gate"], "against": registered["gate_against"], "champion": champion}
    wants_promotion = recipe.registration.promote == "auto" and CHALLENGER in registered["aliases"]
    if champion == version or (registered["is_judged"] and not (wants_promotion and known["outcome"] == "passed")):
        return known
    record = new_record(registered, recipe.name, artifacts, recipe.gate_configs())
    verdict = kept_verdict(record, champion) if registered["is_judged"] else None
    if verdict is None:
        holder = read_record(record.model, champion) if champion is not None else None
        runner = StageRunner(f"{record.model} gate", run_id)  # of its own: the champion's stages aren't the recipe's
        verdict = _judged(runner, record, holder, reload_damage(record))
        keep_judged(record, verdict)
    if wants_promotion and verdict["passed"] and never_champion(record):
        promote_version(verdict, who=who(), why="promote: auto", force=False, run_id=record.run_id)
        champion = champion_of(record.model)
    return {"outcome": verdict["outcome"], "against": verdict["against"], "champion": champion}


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
