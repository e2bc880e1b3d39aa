"""`gadfly verify`: every byte of the store against its manifests."""

from __future__ import annotations

from typing import Any

from flows.reading import reading
from tasks import home


@reading()
def verify() -> dict[str, Any]:
    """Check every artifact; a damaged one is moved aside, so that the next run makes it again.

    Returns:
        `checked`, and `damaged`: kind, digest and what is wrong.
    """
    store = home.store()
    checked, damaged = 0, []
    for ref in store.refs():
        checked += 1
        wrong = store.damage(ref)
        if wrong is not None:
            store.discard(ref)
            damaged.append({"kind": ref.kind, "digest": ref.digest, "damage": wrong})
    return {"store": store.url, "checked": checked, "damaged": damaged}
