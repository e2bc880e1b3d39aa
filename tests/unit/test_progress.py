"""Progress is told to whoever listens, under the name that the chain gave the stage."""

from __future__ import annotations

from tasks import progress


def test_a_stage_that_runs_more_than_once_reports_under_the_name_of_each_run():
    heard = []
    with progress.listening(lambda event: heard.append((event.stage, event.done))):
        progress.report("training", 1, 9)
        with progress.called("training", "training seed 43"):
            progress.report("training", 2, 9)
            progress.report("evaluation", 3, 9)
        progress.report("training", 4, 9)
    assert heard == [("training", 1), ("training seed 43", 2), ("evaluation", 3), ("training", 4)]
