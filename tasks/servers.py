"""Whether the servers that the environment names are there."""

from __future__ import annotations

import http.client
import ssl
import urllib.error
import urllib.request

from tasks.errors import ServerError
from tasks.identity import public_url

PATIENCE_S = 5.0
"""How long a server may take to answer at all."""


def check_answers(variable: str, url: str, without: str) -> None:
    """Ask a server whether it is there; any answer will do.

    Args:
        variable: The environment variable that names it.
        url: Its address.
        without: What happens where the variable isn't set, for the message.

    Raises:
        ServerError: It doesn't answer.
    """
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/health", timeout=PATIENCE_S):
            return
    except urllib.error.HTTPError:
        return  # it answers: what it thinks of the question is its own
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLError):
            return  # a certificate that others may be told to trust
        raise ServerError(
            f"{variable} names a server that doesn't answer: {public_url(url)} ({reason})\n"
            f"  start that server, or unset {variable} {without}"
        ) from error
