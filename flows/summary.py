"""A run in one JSON object, read from its artifacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.check import row_counts
from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.ingestion.task import source_facts
from tasks.stages import StageReport
from tasks.token_notes import token_notes, waived_checks
from tasks.validation.task import mask_text


def summarise(
    run_id: str,
    recipe: str,
    reports: Mapping[str, StageReport],
    artifacts: Mapping[str, ArtifactRef],
    registered: Mapping[str, Any],
    report: str,
    data_report: str,
) -> dict[str, Any]:
    """What `gadfly run --json` prints."""

    def read(name: str, file: str) -> dict[str, Any]:
        return home.store().read_json(artifacts[name], file)

    rows, tokens = read("validation_report", "report.json"), read("tokens", "tokens.json")
    training = read("trained", "training.json")
    base, tuned = read("base_scores", "scores.json"), read("tuned_scores", "scores.json")
    counts, source = tokens["counts"], source_facts(artifacts["rows"])
    return {
        "run_id": run_id,
        "recipe": recipe,
        "stages": {
            **{stage: stage_facts(outcome) for stage, outcome in reports.items()},
            "registration": {name: registered[name] for name in ("state", "seconds", "made_by")} | {"digests": {}},
        },
        "rows": {
            **row_counts(rows),
            "split": rows["split"],
            "encoding": source["encoding"],
            "notes": source["notes"],
        },
        "tokens": {
            "supervised": counts["train"]["supervised_tokens"],
            "padding_fraction": training["padding_fraction"],
            "max_seq_len": tokens["max_seq_len"],
            "overlong_rows": sum(split["overlong_rows"] for split in counts.values()),
            "left_out_rows": sum(split["left_out_rows"] for split in counts.values()),
            "notes": [*waived_checks(tokens), *token_notes(tokens)],
        },
        "training": _training(training, home.store().record(artifacts["trained"])),
        "metrics": {
            "base": _metrics(base) | {"samples": _judged(read("base_samples", "verdict.json"))},
            "tuned": _metrics(tuned) | {"samples": _judged(read("tuned_samples", "verdict.json"))},
        },
        "comparison": read("comparison", "comparison.json"),
        "samples": {"base": _samples(base), "tuned": _samples(tuned)},
        "model": {name: registered[name] for name in ("name", "version", "aliases", "mlflow_run_id", "gate")},
        "report": report,
        "data_report": data_report,
    }


def stage_facts(outcome: StageReport) -> dict[str, Any]:
    """One stage: its state, why it ran or who made what it took from the cache, and its artifacts' digests."""
    return {
        "state": outcome.state,
        "seconds": outcome.seconds,
        "why": outcome.why,
        "made_by": outcome.made_by,
        "digests": {name: ref.digest for name, ref in outcome.outputs.items()},
    }


def _training(facts: Mapping[str, Any], cost: Mapping[str, Any]) -> dict[str, Any]:
    """What was trained and how it went, and what it took."""
    told = [
        "method",
        "trainable_parameters",
        "base_parameters",
        "trained_bytes",
        "trained_parts",
        "ended_by",
        "kept_step",
        "replay",
        "steps",
    ]
    return {name: facts[name] for name in told} | {
        "rolled_back": facts.get("rolled_back", []),
        "tokens_per_second": cost.get("tokens_per_second", 0.0),
        "peak_share": cost.get("peak_share"),
        "peak_flops": cost.get("peak_flops", 0.0),
        "peak_memory_bytes": cost.get("peak_memory_bytes", 0),
        "seconds": cost.get("seconds", 0.0),
        "precision": cost.get("precision", ""),
        "device": cost.get("device", ""),
        "threads": cost.get("threads", 0),
        "micro_batch_tokens": cost.get("micro_batch_tokens"),
        "resumed_at": cost.get("resumed_at", []),
        "interruptions": cost.get("interruptions", []),
    }


def _metrics(scores: Mapping[str, Any]) -> dict[str, Any]:
    general = {"general_nll": scores["general"]["nll"]} if scores["general"] else {}
    style = (scores["generation"].get("probes") or {}).get("spill_over") or {}
    near = {"spill_over": style["value"]} if style.get("value") is not None else {}
    return {**scores["holdout"], "stop_rate": scores["generation"]["stop_rate"], **general, **near}


def _judged(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """What the contract says of a model's samples."""
    return {name: verdict[name] for name in ("judged", "junk", "junk_rate", "interval", "reasons")}


def _samples(scores: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The first sample of every probe."""
    first: dict[str, dict[str, Any]] = {}
    for sample in scores["generation"]["samples"]:
        masked = {"prompt": mask_text(sample["prompt"]), "text": mask_text(sample["text"])}
        first.setdefault(sample["prompt"], sample | masked)
    return list(first.values())
