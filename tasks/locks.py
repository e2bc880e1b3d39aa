"""Locks between the processes of one host, freed by the kernel when their holder dies."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tasks import home


class FlockLockManager:
    """One `flock` a key: the kernel frees it when its holder dies, so a killed run never blocks the next one."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[str, int]] = {}

    def _path(self, key: str) -> Path:
        folder = home.state_folder() / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / hashlib.sha256(key.encode()).hexdigest()[:32]

    def acquire_lock(
        self, key: str, holder: str, acquire_timeout: float | None = None, hold_timeout: float | None = None
    ) -> bool:
        """Wait for the key (for ever without `acquire_timeout`, in seconds); True once it is held."""
        if self.is_lock_holder(key, holder):
            return True
        descriptor = os.open(self._path(key), os.O_CREAT | os.O_RDWR, 0o600)
        deadline = None if acquire_timeout is None else time.monotonic() + acquire_timeout
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if deadline is not None and time.monotonic() >= deadline:
                    os.close(descriptor)
                    return False
                time.sleep(0.1)
            else:
                self._held[key] = (holder, descriptor)
                return True

    async def aacquire_lock(
        self, key: str, holder: str, acquire_timeout: float | None = None, hold_timeout: float | None = None
    ) -> bool:
        """As `acquire_lock`."""
        return self.acquire_lock(key, holder, acquire_timeout, hold_timeout)

    def release_lock(self, key: str, holder: str) -> None:
        """Let others have the key."""
        if self.is_lock_holder(key, holder):
            os.close(self._held.pop(key)[1])

    def is_locked(self, key: str) -> bool:
        """Whether anyone holds the key."""
        if key in self._held:
            return True
        free = self.acquire_lock(key, "probe", acquire_timeout=0)
        self.release_lock(key, "probe")
        return not free

    def is_known(self, key: str) -> bool:
        """Whether anyone on this host ever held the key."""
        return self._path(key).is_file()

    def is_lock_holder(self, key: str, holder: str) -> bool:
        """Whether `holder` holds the key."""
        return self._held.get(key, ("", 0))[0] == holder

    def wait_for_lock(self, key: str, timeout: float | None = None) -> bool:
        """Wait until nobody holds the key; False after `timeout` seconds."""
        free = self.acquire_lock(key, "waiter", acquire_timeout=timeout)
        self.release_lock(key, "waiter")
        return free

    async def await_for_lock(self, key: str, timeout: float | None = None) -> bool:
        """As `wait_for_lock`."""
        return self.wait_for_lock(key, timeout)

    def __deepcopy__(self, memo: dict[int, Any]) -> FlockLockManager:
        return self


LOCKS = FlockLockManager()
"""This process's locks."""


@contextmanager
def exclusively(name: str) -> Iterator[None]:
    """Hold a named lock: one process of this host at a time, freed by the kernel when its holder dies."""
    holder = uuid.uuid4().hex
    LOCKS.acquire_lock(name, holder)
    try:
        yield
    finally:
        LOCKS.release_lock(name, holder)
