"""What `gadfly up`, `status` and `retrain` make of the runs that the server has."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.alive import alive
from flows.services import lost_runs, state


def new_run(run_state: Any) -> str:
    """A run of some flow, in a state."""
    from prefect import flow
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        run = client.create_flow_run(flow(name="watched")(lambda: None))
        client.set_flow_run_state(run.id, run_state, force=True)
        return str(run.id)


def state_of(run_id: str) -> str:
    from uuid import UUID

    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return str(client.read_flow_run(UUID(run_id)).state_name)


def test_a_paused_run_whose_process_died_is_crashed_and_one_that_waits_stays(
    gadfly_home: Path, prefect_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.states import Paused, Suspended

    waiting, dead = new_run(Paused(timeout_seconds=3600)), new_run(Paused(timeout_seconds=3600))
    put_off, elsewhere = new_run(Suspended(timeout_seconds=3600)), new_run(Paused(timeout_seconds=3600))
    for run_id in (dead, put_off):
        with alive(run_id):
            pass
    watch = lost_runs.RunWatch()
    with alive(waiting):
        assert list(watch.look()) == []  # none is sure yet
        monkeypatch.setattr(lost_runs, "UNSURE", timedelta(microseconds=1))
        (line,) = watch.look()
        assert dead in line
        assert list(watch.look()) == []
        states = [state_of(run_id) for run_id in (waiting, dead, put_off, elsewhere)]
    assert states == ["Paused", "Crashed", "Suspended", "Paused"]


def test_status_asks_the_servers_that_it_found(gadfly_home: Path, prefect_server: str, free_port: Any) -> None:
    """The environment may name another one, or one that is down."""
    from dataclasses import replace

    from prefect.settings import PREFECT_API_URL, temporary_settings
    from prefect.states import Running

    from flows.services.status import status

    run_id = new_run(Running())
    servers = replace(state.chosen(gadfly_home), prefect=prefect_server.removesuffix("/api"))
    assert state.claim(servers)
    try:
        state.tell(servers)
        with temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{free_port()}/api"}):
            told = status()
    finally:
        state.withdraw()
    assert any(run_id[:8] in line for line in told["queue"])


def test_one_question_a_recipe_is_asked_at_a_time(gadfly_home: Path, prefect_server: str) -> None:
    """Prefect frees the place in the queue while a run waits, so the schedule would add one question after another."""
    from prefect.states import Completed, Paused

    from flows.retrain import at_it

    waits, dead, new = new_run(Paused(timeout_seconds=3600)), new_run(Paused(timeout_seconds=3600)), "0" * 32
    elsewhere, over = new_run(Paused(timeout_seconds=3600)), new_run(Completed())
    with alive(dead):
        pass
    with alive(waits):
        told = {run: at_it({"run_id": run}, new) for run in (waits, elsewhere, dead, over, new)}
    assert told == {waits: waits, elsewhere: elsewhere, dead: "", over: "", new: ""}
    assert at_it(None, new) == ""


def test_a_question_that_a_person_cancelled_is_over_and_one_whose_process_died_is_not(
    gadfly_home: Path, prefect_server: str
) -> None:
    from prefect.states import Cancelled, Crashed, Paused

    from flows.retrain import drop_if_cancelled
    from tasks import home

    store = home.store()
    asked = {"cancelled": Cancelled(), "died": Crashed(), "waits": Paused(timeout_seconds=3600)}
    for name, its_state in asked.items():
        store.write_note(name, {"run_id": new_run(its_state), "version": 1})
    store.write_note("elsewhere", {"run_id": "00000000-0000-4000-8000-000000000000", "version": 1})
    for name in (*asked, "elsewhere", "none"):
        drop_if_cancelled(name)
    left = [name for name in (*asked, "elsewhere") if store.read_note(name)]
    assert left == ["died", "waits", "elsewhere"]
