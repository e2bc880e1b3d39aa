"""Six empty tasks of plain Prefect in a row, cached by their inputs, in one flow: what Prefect itself costs."""

from __future__ import annotations

from prefect import flow, task
from prefect.cache_policies import INPUTS, TASK_SOURCE

NUM_TASKS = 6


@task(cache_policy=INPUTS + TASK_SOURCE, persist_result=True)
def stage(number: int, before: int) -> int:
    """Nothing."""
    return number + before


@flow
def chain() -> list[str]:
    """The tasks, each on the one before; the names of the states they ended in."""
    value, names = 0, []
    for number in range(NUM_TASKS):
        state = stage(number, value, return_state=True)
        value = state.result()
        names.append(str(state.name))
    return names


if __name__ == "__main__":
    print(*chain())
