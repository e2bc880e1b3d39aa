"""Prefect's server for the loopback names alone.

A page in the user's browser whose own name an attacker points to 127.0.0.1 would be the server's own page for the
browser (DNS rebinding), and could start runs; but its requests name that host. MLflow looks at it by itself.
"""

from __future__ import annotations

import signal
from typing import Any

from starlette.middleware.trustedhost import TrustedHostMiddleware

from flows.services.state import host_names


def create_app() -> Any:
    """The application that `prefect server start` serves, behind a look at the host that a request names."""
    from prefect.server.api.server import create_app as prefects

    return TrustedHostMiddleware(prefects(), allowed_hosts=host_names(), www_redirect=False)


def create_own_app() -> Any:
    """The same, deaf to SIGTERM: a service manager sends it to all processes of a run, and the run has last words.

    Who started the server ends it with SIGINT.
    """
    serve = create_app()

    async def deaf(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":  # uvicorn has set its handlers by now
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        await serve(scope, receive, send)

    return deaf
