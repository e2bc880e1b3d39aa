"""`gadfly watch`: a champion that is set by hand in MLflow meets the gate within seconds.

MLflow's alias webhook rings here, on loopback, and a look at all aliases every few seconds catches what the webhook
missed: without `gadfly watch --server-settings` MLflow remembers for a minute which webhooks there are, and some
servers may not deliver here at all. Our own promotions ring too; the promotion log knows them, so nothing follows.

What judging needs is imported once there is a model to judge, and before its alias is set: it takes as long as judging
and half a gigabyte. `GET /health` tells whether the watch still looks.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from flows.promotion import settle_alias
from flows.services.state import host_names
from tasks.errors import GadflyError, RecipeError
from tasks.registration.task import (
    NotSigned,
    champions_by_alias,
    delivered_alias,
    found_by_hand,
    is_loopback,
    register_webhook,
    webhook_secret,
)
from tasks.tracking import tracking_uri

LONGEST_BODY = 64 * 1024
"""Bytes of a delivery that are read."""
LONGEST_LOOK_S = 300.0
"""How long a look at all aliases may take: MLflow's client waits for a slow server and asks again."""

Tell = Callable[[str], None]


@dataclass
class Pulse:
    """Whether the watch still does its work."""

    looked: float = field(default_factory=time.monotonic)
    """When it last looked at all aliases, or began."""
    is_judging: bool = False
    """A large model takes minutes."""

    def is_well(self) -> bool:
        """Whether it judges, or looked lately."""
        return self.is_judging or time.monotonic() - self.looked < LONGEST_LOOK_S


def watch(port: int, tell: Tell, stop: threading.Event, look_every_s: float) -> None:
    """Gate champions that are set by hand, until `stop` is set.

    Args:
        port: Where the webhook is received, on loopback.
        tell: Prints a line.
        stop: Ends the watch.
        look_every_s: How often all aliases are looked at.

    Raises:
        RecipeError: MLflow isn't a server, or the port is taken.
    """
    if not tracking_uri().startswith(("http://", "https://")):
        raise RecipeError(
            "gadfly watch needs an MLflow server, and MLFLOW_TRACKING_URI names none\n"
            "  env $(gadfly watch --server-settings) mlflow server --backend-store-uri sqlite:///mlruns/mlflow.db"
        )
    rung: queue.Queue[tuple[str, float]] = queue.Queue()
    settled: dict[str, int | None] = {}
    pulse = Pulse()
    with _receiver(port, rung, pulse) as address:
        why_not = register_webhook(address) if is_loopback(tracking_uri()) else "MLflow's server is on another host"
        tell(f"watching {tracking_uri()}, webhook {address}")
        if why_not:
            tell(f"  without the webhook ({why_not}): aliases are looked at every {look_every_s:g} s")
        while not stop.is_set():
            try:
                _gate_changed(rung, settled, pulse, tell)
                pulse.looked = time.monotonic()
            except Exception as error:  # a server that restarts, a lock on its database: the next look may succeed
                tell(f"  not looked at: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
            _wait(rung, stop, look_every_s)


def _gate_changed(
    rung: queue.Queue[tuple[str, float]], settled: dict[str, int | None], pulse: Pulse, tell: Tell
) -> None:
    rang: dict[str, float] = {}
    while not rung.empty():
        model, at = rung.get_nowait()
        settled.pop(model, None)
        rang.setdefault(model, at)
    champions = champions_by_alias()
    if champions:
        _import_models()
    for model, champion in champions.items():
        if model in settled and settled[model] == champion:
            continue
        since, what = rang.get(model, time.monotonic()), "MLflow rang" if model in rang else "a look found it"
        try:
            pulse.is_judging = True
            entry = settle_alias(model) if found_by_hand(model) is not None else None
            settled[model] = entry["to_version"] if entry else champion
            if entry is not None:
                tell(f"{_line(model, entry)}, {time.monotonic() - since:.1f} s after {what}")
        except GadflyError as error:
            settled[model] = champion  # looked at again once it changes
            tell(f"  {model}: {str(error).splitlines()[0]}")
        finally:
            pulse.is_judging = False


def _import_models() -> None:
    import peft  # noqa: F401
    import prefect.task_engine  # noqa: F401


def _line(model: str, entry: dict[str, Any]) -> str:
    holder = f"version {entry['to_version']}" if entry["to_version"] else "nobody"
    return f"{model} version {entry['version']} by hand: {entry['gate'] or entry['action']}; champion is {holder}"


def _wait(rung: queue.Queue[tuple[str, float]], stop: threading.Event, longest_s: float) -> None:
    deadline = time.monotonic() + longest_s
    while rung.empty() and time.monotonic() < deadline and not stop.wait(0.1):
        pass


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0


@contextmanager
def _receiver(port: int, rung: queue.Queue[tuple[str, float]], pulse: Pulse) -> Iterator[str]:
    secret = webhook_secret()

    class Receiver(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self.path != "/health":
                self.send_error(404)
                return
            self.send_response(200 if pulse.is_well() else 503)
            self.end_headers()

        def do_POST(self) -> None:
            if self.headers.get("Host", "").partition(":")[0] not in host_names():
                self.send_error(403)  # a page in a browser, whose name leads here
                return
            length = _number(self.headers.get("Content-Length"))
            body = self.rfile.read(length) if length <= LONGEST_BODY else b""
            try:
                headers = {name.lower(): value for name, value in self.headers.items()}
                told = delivered_alias(secret, headers, body, time.time())
            except NotSigned:
                self.send_error(403)
                return
            if told is not None and told["alias"] == "champion":
                rung.put((told["name"], time.monotonic()))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Receiver)
    except OSError as error:
        raise RecipeError(f"port {port} can't be listened on: {error.strerror}\n  name another: --port") from error
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/aliases"
        finally:
            server.shutdown()
