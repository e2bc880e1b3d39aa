"""Notifications reach a receiver, and a receiver that is down breaks nothing."""

from __future__ import annotations

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from flows.notifications import notify
from flows.promotion import tell_entry
from tasks.registration.task import Entry


@pytest.fixture
def received(monkeypatch):
    told = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("GADFLY_NOTIFY_URL", f"http://127.0.0.1:{server.server_port}/hook?token=secret")
        yield told
        server.shutdown()


def entry(**values):
    made = {"action": "promoted", "version": 7, "from_version": 6, "to_version": 7, "who": "ada", "when": "now"}
    return Entry(**made | values)


def test_a_receiver_gets_what_happened(received):
    notify("contract_failed", "quotes: 80 % rejected", recipe="quotes")
    assert received == [{"event": "contract_failed", "text": "quotes: 80 % rejected", "recipe": "quotes"}]


def test_a_new_champion_and_a_refusal_are_told_and_a_removal_of_nothing_isnt(received):
    tell_entry("quotes", entry())
    tell_entry("quotes", entry(action="refused", to_version=6, gate="refused (improvement)"))
    tell_entry("quotes", entry(from_version=7))
    tell_entry("quotes", entry(gate="refused (improvement)", forced=True))
    assert [told["event"] for told in received] == ["new_champion", "gate_refused", "new_champion"]
    assert received[1]["text"] == "quotes version 7: refused (improvement)"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:word@127.0.0.1:9/hook?token=secret", "http://127.0.0.1:"),
        ("http://127.0.0.1:9/services/secret", "http://127.0.0.1:"),  # as chat programs give them out
        ("127.0.0.1:9/services/secret", "GADFLY_NOTIFY_URL:"),
        ("http://[secret", "GADFLY_NOTIFY_URL:"),
    ],
)
def test_a_receiver_that_is_down_is_a_line_in_the_log_without_its_secret(monkeypatch, caplog, url, shown):
    monkeypatch.setenv("GADFLY_NOTIFY_URL", url)
    with caplog.at_level(logging.WARNING, logger="gadfly.notifications"):
        notify("new_champion", "quotes: champion is 7")
    assert f"new_champion wasn't told to {shown} " in caplog.text
    assert "secret" not in caplog.text
    assert "word" not in caplog.text


def test_without_an_address_nothing_is_sent(monkeypatch, received):
    monkeypatch.delenv("GADFLY_NOTIFY_URL")
    notify("new_champion", "quotes: champion is 7")
    assert received == []
