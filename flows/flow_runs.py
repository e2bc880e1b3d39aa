"""Flow runs as the Prefect server knows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

FLOWS = (
    *("attribute", "evaluate", "finetune", "prepare", "promote"),
    *("race", "reproduce", "retrain", "rollback", "settle-alias"),
)
"""Gadfly's flows; a server of one's own may have other people's."""
PAGE = 200
"""Runs a question: the server's limit."""


def flow_runs(
    client: Any,
    states: Iterable[Any] = (),
    names: Iterable[str] = (),
    after: datetime | None = None,
    before: datetime | None = None,
    flows: Iterable[str] = (),
) -> list[Any]:
    """All runs that are in one of some states.

    Args:
        client: Prefect's, synchronous.
        states: Types of states; empty: any.
        names: Names of states; empty: any.
        after: They ended since then.
        before: They ended before that.
        flows: Names of their flows; empty: any.
    """
    from prefect.client.schemas.filters import (
        FlowFilter,
        FlowFilterName,
        FlowRunFilter,
        FlowRunFilterEndTime,
        FlowRunFilterState,
        FlowRunFilterStateName,
        FlowRunFilterStateType,
    )

    types, named = list(states), list(names)
    wanted = FlowRunFilter(
        state=FlowRunFilterState(
            type=FlowRunFilterStateType(any_=types) if types else None,
            name=FlowRunFilterStateName(any_=named) if named else None,
        ),
        end_time=FlowRunFilterEndTime(after_=after, before_=before) if after or before else None,
    )
    of_flows = FlowFilter(name=FlowFilterName(any_=theirs)) if (theirs := list(flows)) else None
    found: list[Any] = []
    while page := client.read_flow_runs(flow_filter=of_flows, flow_run_filter=wanted, limit=PAGE, offset=len(found)):
        found += page
    return found
