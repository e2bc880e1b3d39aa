"""What runs log, on a terminal as on Prefect's page: our own lines, and a user's mistake without a traceback."""

from __future__ import annotations

import logging

from tasks.errors import GadflyError

OF_RUNS = ("prefect.flow_runs", "prefect.task_runs")


def set_up() -> None:
    """From now on, in this process: our lines pass, and a `GadflyError` that ends a run is its message alone."""
    logging.getLogger("gadfly").setLevel(logging.INFO)  # Prefect adds its handlers, and leaves the level to the root's
    for name in OF_RUNS:
        logging.getLogger(name).addFilter(_plainly)


def _plainly(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, GadflyError):
        record.msg, record.args, record.exc_info = str(error), (), None
    return True
