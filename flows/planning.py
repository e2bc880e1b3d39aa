"""`gadfly plan`: what a run would do, without doing it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flows.chain import chain
from flows.recipe import load_recipe
from flows.summary import stage_facts
from tasks.stages import StagePlanner


def plan(recipe: str, overrides: Sequence[str] = (), refresh: Sequence[str] = ()) -> dict[str, Any]:
    """Look every stage up: cached, or would run and which part of its key changed.

    Raises:
        ContractError: The data is known to break its contract.
    """
    loaded = load_recipe(recipe, overrides)
    planner = StagePlanner(loaded.name, frozenset(refresh))
    chain(loaded, planner)
    stages = {stage: stage_facts(report) for stage, report in planner.reports.items()}
    looks = {"state": "would run", "seconds": 0.0, "made_by": "", "digests": {}}
    stages["registration"] = {**looks, "why": ["always looks at the registry; a trained model is registered once"]}
    return {"recipe": loaded.name, "stages": stages}
