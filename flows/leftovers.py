"""`gadfly gc`: frees what no run will want again. Now: the checkpoints of trainings that nobody went on with."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from tasks import home
from tasks.quantities import byte_size

DAY_S = 86_400


def collect(days: float) -> dict[str, Any]:
    """Delete the checkpoints of trainings that were interrupted so many days ago; one that runs is left alone."""
    from tasks.training.task import remove_forgotten_checkpoints

    removed = remove_forgotten_checkpoints(home.state_folder() / "checkpoints", days * DAY_S, time.time())
    return {"days": days, "removed": removed, "freed_bytes": sum(one["bytes"] for one in removed)}


def show_collected(found: Mapping[str, Any]) -> None:
    """What was freed."""
    for one in found["removed"]:
        print(f"removed {one['folder']}  {byte_size(one['bytes'])}")
    print(f"{byte_size(found['freed_bytes'])} freed: checkpoints of {len(found['removed'])} forgotten trainings")
