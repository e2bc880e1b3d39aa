"""Two runs of one recipe in one home at the same time: the work is done once, and there is one version."""

from __future__ import annotations

import json
from typing import Any


def test_two_runs_at_once_do_the_work_once(new_bench: Any, first_run: Any, digests: Any, states: Any):
    bench = new_bench()
    processes = [bench.start("-m", "flows.cli", "run", "recipe.yaml", "--json") for _ in range(2)]
    summaries = []
    for process in processes:
        stdout, stderr = process.communicate()
        assert process.returncode == 0, stderr
        summaries.append(json.loads(stdout))
    for stage in states(first_run.summary):
        assert sorted(summary["stages"][stage]["state"] for summary in summaries) == ["cached", "ran"], stage
    assert digests(summaries[0]) == digests(summaries[1]) == digests(first_run.summary)
    for stage, facts in summaries[0]["stages"].items():
        if stage != "registration":
            assert facts["made_by"] == summaries[1]["stages"][stage]["made_by"], stage
    assert [summary["model"]["version"] for summary in summaries] == [1, 1]
    assert bench.versions() == [1]
