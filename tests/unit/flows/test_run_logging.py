"""What a run logs of an error: a user's mistake by its message, a fault with its traceback."""

from __future__ import annotations

import logging

import pytest

import flows  # noqa: F401  sets it up
from flows.run_logging import OF_RUNS
from tasks.errors import RecipeError


@pytest.mark.parametrize("logger", OF_RUNS)
@pytest.mark.parametrize("error", [RecipeError("no recipe is called x\n  there are: demo"), KeyError("x")])
def test_a_mistake_is_logged_without_a_traceback_and_a_fault_with_one(logger, error, caplog):
    with caplog.at_level(logging.ERROR, logger=logger):
        logging.getLogger(logger).addHandler(caplog.handler)
        try:
            raise error
        except Exception as raised:
            logging.getLogger(logger).exception("Encountered exception during execution: %r", raised)
        finally:
            logging.getLogger(logger).removeHandler(caplog.handler)
    record = caplog.records[0]
    if isinstance(error, RecipeError):
        assert record.getMessage() == "no recipe is called x\n  there are: demo"
        assert "Traceback" not in caplog.text
    else:
        assert record.getMessage() == "Encountered exception during execution: KeyError('x')"
        assert "Traceback" in caplog.text


def test_our_own_lines_pass():
    assert logging.getLogger("gadfly.validation").isEnabledFor(logging.INFO)
