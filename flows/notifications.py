"""Telling a person, where `GADFLY_NOTIFY_URL` names a webhook: a failed contract, a refused gate, a new champion.

The address may hold a secret, so it is the environment's and in no recipe. It is posted JSON with a `text` that chat
programs show. A notification that can't be delivered is a line in the log: no run fails for it.
"""

from __future__ import annotations

import http.client
import json
import logging
import os
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Literal

Event = Literal["contract_failed", "gate_refused", "new_champion"]
PATIENCE_S = 5.0

log = logging.getLogger("gadfly.notifications")


def notify(event: Event, text: str, **facts: Any) -> None:
    """Post what happened.

    Args:
        event: What it is.
        text: The same for a person; no row's text.
        facts: `recipe`, `model`, `version`, … as JSON values.
    """
    url = os.environ.get("GADFLY_NOTIFY_URL", "")
    if not url:
        return
    body = json.dumps({"event": event, "text": text, **facts}, ensure_ascii=False).encode()
    try:
        request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE_S):
            pass
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = error.code if isinstance(error, urllib.error.HTTPError) else type(error).__name__
        log.warning("%s wasn't told to %s: %s", event, _shown(url), reason)


def _shown(url: str) -> str:
    """A webhook's scheme and host: its path is as secret as its password."""
    try:
        parts = urllib.parse.urlsplit(url)
        return f"{parts.scheme}://{parts.hostname}" if parts.hostname else "GADFLY_NOTIFY_URL"
    except ValueError:
        return "GADFLY_NOTIFY_URL"
