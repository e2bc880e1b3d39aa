"""How a text that breaks a rule with `action: repair` is mended, by the rule's signal."""

from __future__ import annotations

from collections.abc import Callable

REPAIRS: dict[str, Callable[[str], str]] = {}
