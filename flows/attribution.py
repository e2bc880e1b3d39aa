"""`gadfly diff --attribute`: old and new data × old and new config, to tell which of the two brought the gain.

*Data* is what training gets: the accepted rows, so the source and its contract. *Config* is what is done with them:
prompt, tokenization, base and training. All four models are made by today's code, so what is cached isn't made again,
and measured on the new version's held-out rows by its own measures.
"""

from __future__ import annotations

from typing import Any

from prefect import flow, runtime

from flows.alive import alive
from flows.versions import recorded_recipe, recorded_version
from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.errors import ArtifactDamaged, ArtifactError
from tasks.evaluation.config import EvaluationConfig
from tasks.evaluation.task import attribute_gain, evaluate_model
from tasks.registration.task import RecordedRun, VersionRecord, restore
from tasks.stages import StageRunner, Stages
from tasks.tokenization.config import TokenizationConfig
from tasks.tokenization.task import tokenize_rows
from tasks.training.task import train_model
from tasks.validation.config import ValidationConfig
from tasks.validation.task import judge_samples

Version = tuple[VersionRecord, RecordedRun]


@flow(name="attribute", flow_run_name="{old} and {new}", persist_result=False)
def attribute(old: str, new: str) -> dict[str, Any]:
    """Train and measure the missing cells of old and new data × old and new config.

    Args:
        old: `NAME@6` or `NAME@alias`.
        new: The same of the newer version, on whose held-out rows all is measured.
    """
    versions = {"old": recorded_version(old), "new": recorded_version(new)}
    records = {side: record for side, (record, _) in versions.items()}
    for record in records.values():
        _check_rows(record)
        restore(record)
    runner = StageRunner(f"{records['new'].model} attribution", str(runtime.flow_run.id))
    with alive(str(runtime.flow_run.id)):
        made = {
            (data, config): _cell(
                runner, f"{data} data, {config} config", records[data], versions[config], records["new"]
            )
            for data in ("old", "new")
            for config in ("old", "new")
        }
    found = attribute_gain(
        {cell: refs["scores"] for cell, refs in made.items()},
        {cell: refs["trained"] for cell, refs in made.items()},
        records["new"].artifacts["comparison"],
        records["old"].artifacts["tokens"],
    )
    return {
        **found,
        "same_config": len({made["new", config]["trained"] for config in ("old", "new")}) == 1,
        "same_data": records["old"].artifacts["accepted"] == records["new"].artifacts["accepted"],
        "cells": [{"data": data, "config": config, **_facts(refs)} for (data, config), refs in made.items()],
        "ran": [name for name, report in runner.reports.items() if report.state == "ran"],
        "notes": [
            f"{record.name} made again by today's code or libraries is another model: the figures are of that one"
            for side, record in records.items()
            if made[side, side]["trained"] != record.artifacts["trained"]
        ],
    }


def _check_rows(record: VersionRecord) -> None:
    for name in ("accepted", "tokens", "comparison"):
        try:
            home.store().open(record.artifacts[name])
        except ArtifactDamaged as error:
            raise ArtifactError(
                f"{record.name}: {name} is not in the store any more: {error}\n  run its recipe ({record.recipe}) again"
            ) from error


def _cell(
    stages: Stages, called: str, data: VersionRecord, made_by: Version, measured: VersionRecord
) -> dict[str, ArtifactRef]:
    """A model from one version's rows and another's config, and its scores and samples."""
    record, run = made_by
    base, accepted = record.artifacts["base"], measured.artifacts["accepted"]

    def tokens(name: str, of: VersionRecord, rows: ArtifactRef) -> ArtifactRef:
        config = of.config(TokenizationConfig, "tokenization")
        return stages(tokenize_rows, called=f"{name}, {called}", config=config, accepted=rows, base=base)["tokens"]

    trained = stages(
        train_model,
        called=f"training, {called}",
        config=recorded_recipe(record, run).training,
        tokens=tokens("tokenization", record, data.artifacts["accepted"]),
        base=base,
    )["trained"]
    scores = stages(
        evaluate_model,
        called=f"evaluation, {called}",
        config=measured.config(EvaluationConfig, "evaluation"),
        tokens=tokens("held-out rows", measured, accepted),
        accepted=accepted,
        base=base,
        trained=trained,
    )["scores"]
    judged_by = measured.config(ValidationConfig, "validation")
    samples = stages(judge_samples, called=f"samples, {called}", config=judged_by, scores=scores)["sample_verdict"]
    return {"trained": trained, "scores": scores, "samples": samples}


def _facts(refs: dict[str, ArtifactRef]) -> dict[str, Any]:
    store = home.store()
    scores, samples = store.read_json(refs["scores"], "scores.json"), store.read_json(refs["samples"], "verdict.json")
    holdout = scores["holdout"]
    return {
        "nll": holdout["nll"],
        "interval": holdout["interval"]["nll"],
        "bits_per_byte": holdout["bits_per_byte"],
        "junk_rate": samples["junk_rate"],
        "trained": refs["trained"].digest,
    }
