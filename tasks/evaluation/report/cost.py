"""What a run cost: its stages' seconds, and what training needed. Read from the records beside the artifacts, so a
stage that came from the cache shows what it took when it ran."""

from __future__ import annotations

from typing import Any, NamedTuple

from tasks.artifacts import ArtifactStore
from tasks.evaluation.report.run import ReportedRun, ReportedStage
from tasks.quantities import byte_size, percent


class StageCost(NamedTuple):
    """A stage's line."""

    stage: str
    state: str
    seconds: float
    """When it ran."""
    width: float
    """Of its bar, in percent of the longest."""


def stage_costs(store: ArtifactStore, run: ReportedRun) -> list[StageCost]:
    """A line a stage, in the chain's order."""
    seconds = {name: _seconds(store, stage) for name, stage in run.stages.items()}
    longest = max(seconds.values(), default=0.0) or 1.0
    return [
        StageCost(name, stage.state, seconds[name], round(100 * seconds[name] / longest, 2))
        for name, stage in run.stages.items()
    ]


def training_cost(record: dict[str, Any]) -> list[tuple[str, str]]:
    """What is known of the training's hardware and speed, as it is shown."""
    shown = []
    if record.get("tokens_per_second"):
        shown.append(("tokens a second", f"{record['tokens_per_second']:,.0f}"))
    if record.get("peak_share"):
        peak = record["peak_flops"] / 1e9
        shown.append(("of the machine's measured peak", f"{percent(record['peak_share'])} of {peak:,.0f} GFLOP/s"))
    if record.get("peak_memory_bytes"):
        shown.append(("peak memory", byte_size(record["peak_memory_bytes"])))
    if record.get("device"):
        shown.append(("device", str(record["device"])))
    if record.get("threads") and str(record.get("device", "")).startswith("cpu"):
        shown.append(("threads", str(record["threads"])))
    if record.get("precision"):
        shown.append(("arithmetic", str(record["precision"])))
    return shown


def _seconds(store: ArtifactStore, stage: ReportedStage) -> float:
    record = next((store.record(ref) for ref in stage.outputs.values()), {})
    return float(record.get("stage_seconds") or record.get("seconds") or stage.seconds)
