"""What runs but doesn't say that it is well: a server that hangs or was stopped, a worker that asks for no runs."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from flows.services.processes import Service, answers

LOOK_EVERY_S = 5.0
PATIENCE_S = 15.0
"""How long a look waits for its answer: a machine that trains is slow."""
MOST_MISSED = 4
"""Looks in a row without a good answer, after which a service is taken for hung: 80 s where it takes connections."""


class HealthWatch:
    """Looks at services, each in a thread of its own: one that hangs holds up nobody else.

    Args:
        services: Those without a health URL aren't looked at.
        stop: Ends it.
    """

    def __init__(self, services: Sequence[Service], stop: threading.Event) -> None:
        self._missed = {service.name: 0 for service in services}
        self._stop = stop
        for service in services:
            if service.health:
                name = f"health of {service.name}"
                threading.Thread(target=self._look, args=(service,), name=name, daemon=True).start()

    def is_hung(self, service: Service) -> bool:
        """Whether it gave no good answer for many looks in a row."""
        return self._missed[service.name] >= MOST_MISSED

    def forget(self, service: Service) -> None:
        """Begin to count anew: it was started again."""
        self._missed[service.name] = 0

    def _look(self, service: Service) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            missed = 0 if answers(service.health, PATIENCE_S) else self._missed[service.name] + 1
            self._missed[service.name] = missed
