"""The watch over aliases tells whether it does its work."""

from __future__ import annotations

import queue
import urllib.error
import urllib.request

import pytest

from flows import alias_watch
from flows.alias_watch import LONGEST_LOOK_S, Pulse


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alias_watch, "webhook_secret", lambda: "sesame")


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_watch_that_looks_no_more_says_so_and_one_that_judges_for_long_is_well(secret: None):
    pulse = Pulse()
    with alias_watch._receiver(0, queue.Queue(), pulse) as address:
        health = address.replace("/aliases", "/health")
        told = {"fresh": status_of(health)}
        pulse.looked -= LONGEST_LOOK_S
        told["stuck"] = status_of(health)
        pulse.is_judging = True
        told["judging"] = status_of(health)
        told["elsewhere"] = status_of(address)
    assert told == {"fresh": 200, "stuck": 503, "judging": 200, "elsewhere": 404}
