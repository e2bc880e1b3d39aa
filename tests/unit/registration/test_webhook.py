"""Whom the webhook's receiver believes, and where MLflow may deliver to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.registration.webhook import NotSigned, delivered_alias, is_loopback, server_settings, webhook_secret

NOW_S = 1_800_000_000.0
DATA = {"name": "demo", "alias": "champion", "version": "7"}


def delivery(secret: str = "ours", **changes: Any) -> tuple[dict[str, str], bytes]:
    """A delivery as MLflow itself signs it."""
    from mlflow.webhooks.delivery import _generate_hmac_signature

    content = {"entity": "model_version_alias", "action": "created", "timestamp": "now", "data": DATA, **changes}
    body, stamp = json.dumps(content), str(int(NOW_S))
    signature = _generate_hmac_signature(secret, "an id", stamp, body)
    headers = {"x-mlflow-delivery-id": "an id", "x-mlflow-timestamp": stamp, "x-mlflow-signature": signature}
    return headers, body.encode()


def test_what_mlflow_signed_is_believed():
    headers, body = delivery()
    assert delivered_alias("ours", headers, body, NOW_S) == DATA


def test_what_is_about_something_else_tells_nothing():
    headers, body = delivery(entity="registered_model")
    assert delivered_alias("ours", headers, body, NOW_S) is None


@pytest.mark.parametrize("header", ["x-mlflow-signature", "x-mlflow-timestamp", "x-mlflow-delivery-id"])
def test_a_delivery_without_a_header_is_refused(header: str):
    headers, body = delivery()
    del headers[header]
    with pytest.raises(NotSigned):
        delivered_alias("ours", headers, body, NOW_S)


def test_another_secret_another_body_and_an_old_delivery_are_refused():
    headers, body = delivery(secret="another")
    with pytest.raises(NotSigned, match="missing or wrong"):
        delivered_alias("ours", headers, body, NOW_S)
    headers, body = delivery()
    with pytest.raises(NotSigned, match="missing or wrong"):
        delivered_alias("ours", headers, body.replace(b'"7"', b'"8"'), NOW_S)
    with pytest.raises(NotSigned, match="old"):
        delivered_alias("ours", headers, body, NOW_S + 301)


@pytest.mark.parametrize("data", [None, {}, {"name": "demo"}, "demo"])
def test_a_signed_body_that_isnt_mlflows_is_refused(data: Any):
    headers, body = delivery(data=data)
    with pytest.raises(NotSigned, match="isn't a delivery"):
        delivered_alias("ours", headers, body, NOW_S)


def test_the_secret_is_made_once_and_for_its_owner_alone(gadfly_home: Path):
    secret = webhook_secret()
    assert len(secret) >= 32
    assert webhook_secret() == secret
    (file,) = (gadfly_home / ".gadfly").glob("webhook*")
    assert file.stat().st_mode & 0o777 == 0o600


def test_mlflow_may_deliver_to_loopback_only_where_its_server_listens_on_loopback(gadfly_home: Path):
    from cryptography.fernet import Fernet

    settings = server_settings("127.0.0.1")
    assert settings["MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS"] == "true"
    Fernet(settings["MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY"])  # a key that MLflow can use
    assert server_settings("127.0.0.1") == settings
    assert server_settings("0.0.0.0") == server_settings("10.1.2.3") == {}


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("http://127.0.0.1:5000", True),
        ("http://[::1]:5000/api", True),
        ("0.0.0.0", False),
        ("http://10.0.0.1:5000", False),
        ("http://127.0.0.1@10.0.0.1/", False),
        ("", False),
    ],
)
def test_what_is_loopback(host: str, is_own: bool):
    assert is_loopback(host) is is_own
