"""What reads artifacts for minutes without a record of which: meanwhile `gadfly gc` leaves all of them where they are.

Readers share a lock, `gc` takes it alone; the kernel frees it when its holder dies. Runs of the chain need none: what
they make and use is in their records.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from tasks import home


@contextmanager
def reading() -> Iterator[None]:
    """Inside the block no artifact is collected; it waits for the end of a `gc` that is just collecting."""
    descriptor = _opened()
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def unread() -> Iterator[bool]:
    """Whether nobody reads, which stays so inside the block."""
    descriptor = _opened()
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        is_free = False
    else:
        is_free = True
    try:
        yield is_free
    finally:
        os.close(descriptor)


def _opened() -> int:
    folder = home.state_folder() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    return os.open(folder / "reading", os.O_CREAT | os.O_RDWR, 0o600)
