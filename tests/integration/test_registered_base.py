"""A registered version is a base like any other: known by what went into it, and recorded as the parent."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from flows.reproduce import reproduce
from tasks.errors import RecipeError
from tasks.registration.task import measured_apart_from, read_record
from tasks.registration.version_record import ancestors


def test_a_registered_version_is_trained_further(bench: Any, states: Any):
    first = bench.mlflow().get_model_version("tiny", "1")
    made = bench.run("base.model=tiny@1", "registration.model=further")
    version = bench.mlflow().get_model_version("further", "1")
    assert version.tags["parent"] == "tiny@1"
    assert version.tags["parent.training_digest"] == first.tags["gadfly.training_digest"]
    assert made["metrics"]["base"]["nll"] == pytest.approx(bench.summary["metrics"]["tuned"]["nll"], abs=1e-4)

    assert bench.call(reproduce, "further@1")["reproduced"]
    further, parent = (bench.call(read_record, name, 1) for name in ("further", "tiny"))
    assert [record.name for record in bench.call(ancestors, further)] == ["tiny@1"]
    assert bench.call(ancestors, parent) == []
    apart = [bench.call(measured_apart_from, *pair) for pair in ((parent, further), (further, parent))]
    assert [[record.name for record in found] for found in apart] == [["tiny@1"], ["further@1", "tiny@1"]]

    # The alias names the same version, and a merged folder that is lost is made again: nothing runs twice.
    shutil.rmtree(bench.home / ".gadfly" / "bases" / "merged")
    again = bench.run("base.model=tiny@challenger", "registration.model=further")
    assert set(states(again).values()) == {"cached"}


def test_a_version_that_is_not_there_is_an_error(bench: Any):
    with pytest.raises(RecipeError, match="no registered version is called tiny@9"):
        bench.plan("base.model=tiny@9")
    with pytest.raises(RecipeError, match=r"base\.revision: is set, but base\.model is registered"):
        bench.plan("base.model=tiny@1", "base.revision=main")
    assert not Path("tiny@9").exists()
