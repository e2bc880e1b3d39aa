"""MLflow's webhook for aliases: registered once with its server, received on loopback, believed only where signed.

MLflow signs with HMAC-SHA256 over `delivery id.timestamp.body`, as the Standard Webhooks conventions have it. Its
server sends to plain http and to loopback only where its own environment allows that (`server_settings`), which suits a
server that listens on loopback itself and no other. It keeps webhooks' secrets encrypted under a key that each of its
processes makes up anew, unless it is given one; so it is.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import socket
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from tasks import home
from tasks.json_files import replace_json
from tasks.tracking import connect

if TYPE_CHECKING:
    from mlflow import MlflowClient

NAME = "gadfly-alias-watch"
EVENT: Literal["model_version_alias.created"] = "model_version_alias.created"
_ABOUT = tuple(EVENT.split("."))
TOLERANCE_S = 300
"""How old a delivery may be: an old one that is played again is refused."""


class NotSigned(ValueError):
    """A delivery that MLflow didn't sign with our secret, or long ago."""


def webhook_secret() -> str:
    """What MLflow signs deliveries with."""
    return _keys()["secret"]


def _keys() -> dict[str, str]:
    """The webhook's `secret`, and the `encryption` key of MLflow's server; made on first use, for their owner alone."""
    file = home.state_folder() / "webhook.json"
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        made = {
            "secret": secrets.token_urlsafe(32),
            "encryption": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        }
        _write_private(file, made)
    content: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return content


def _write_private(file: Path, content: Any) -> None:
    before = os.umask(0o077)
    try:
        replace_json(file, content)
    finally:
        os.umask(before)


def server_settings(host: str) -> dict[str, str]:
    """The environment in which `mlflow server` delivers to loopback; nothing where it listens on another address."""
    if not is_loopback(host):
        return {}
    return {
        "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https",
        "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
        "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": _keys()["encryption"],
        "MLFLOW_WEBHOOK_CACHE_TTL": "1",  # else a server that looked before the watch began tells nothing for 60 s
    }


def is_loopback(host: str) -> bool:
    """Whether a host name or address, or the host of a URL, is this machine's own."""
    name = urlsplit(host).hostname or "" if "//" in host else host.strip("[]")
    try:
        return ip_address(name).is_loopback
    except ValueError:
        pass
    try:
        found = {ip_address(str(info[4][0])) for info in socket.getaddrinfo(name, None)}
    except (OSError, ValueError):
        return False
    return bool(found) and all(address.is_loopback for address in found)


def register_webhook(url: str) -> str:
    """Have MLflow's server tell `url` of every alias; once, however often it is asked.

    Returns:
        Why it won't; empty where it will.
    """
    from mlflow.entities.webhook import WebhookEvent
    from mlflow.exceptions import MlflowException

    client, event = connect(), WebhookEvent.from_str(EVENT)
    try:
        known = _known(client)
        if known is None:
            client.create_webhook(
                NAME, url, [event], secret=webhook_secret(), description="Gates champions set by hand."
            )
        else:
            client.update_webhook(known.webhook_id, url=url, events=[event], secret=webhook_secret(), status="ACTIVE")
    except (MlflowException, OSError) as error:
        return (str(error).strip() or type(error).__name__).splitlines()[0]
    return ""


def _known(client: MlflowClient) -> Any:
    token = None
    while True:
        page = client.list_webhooks(max_results=100, page_token=token)
        for webhook in page:
            if webhook.name == NAME:
                return webhook
        token = page.token
        if not token:
            return None


def delivered_alias(secret: str, headers: Mapping[str, str], body: bytes, now_s: float) -> dict[str, str] | None:
    """What a delivery tells: `name`, `alias` and `version`; None where it is about something else.

    Args:
        secret: The webhook's.
        headers: By lower-case name.
        body: As received.
        now_s: The time, in seconds since 1970.

    Raises:
        NotSigned: The signature is missing, wrong or old, or the body isn't MLflow's.
    """
    delivery, stamp = headers.get("x-mlflow-delivery-id", ""), headers.get("x-mlflow-timestamp", "")
    signed = b".".join((delivery.encode(), stamp.encode(), body))
    expected = "v1," + base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
    if not hmac.compare_digest(expected.encode(), headers.get("x-mlflow-signature", "").encode()):
        raise NotSigned("the signature is missing or wrong")
    if not stamp.isdigit() or abs(now_s - int(stamp)) > TOLERANCE_S:
        raise NotSigned("the delivery is old")
    try:
        content = json.loads(body)
        about, data = (content["entity"], content["action"]), content["data"]
        told = {name: str(data[name]) for name in ("name", "alias", "version")} if about == _ABOUT else None
    except (ValueError, KeyError, TypeError) as error:
        raise NotSigned("the body isn't a delivery of MLflow's") from error
    return told
