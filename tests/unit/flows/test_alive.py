"""Who works on a run is known by a lock, so Prefect's heartbeats are spared where nobody asked for them."""

from __future__ import annotations

import pytest

from flows.alive import without_heartbeats

VARIABLE = "PREFECT_FLOWS_HEARTBEAT_FREQUENCY"


@pytest.mark.parametrize(("asked_for", "seconds"), [("", None), ("60", 60)])
def test_no_heartbeats_are_sent_unless_the_environment_asks_for_them(monkeypatch, asked_for, seconds):
    from prefect.settings import get_current_settings, temporary_settings

    monkeypatch.delenv(VARIABLE, raising=False)
    if asked_for:
        monkeypatch.setenv(VARIABLE, asked_for)
    with temporary_settings({"flows.heartbeat_frequency": int(asked_for or 180)}):
        without_heartbeats()
        assert get_current_settings().flows.heartbeat_frequency == seconds
