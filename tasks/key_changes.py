"""What differs between two stages' keys, or between the keys of two whole runs; pure, from their parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from tasks.json_files import canonical_json
from tasks.stage_config import dotted

PENDING = "pending"
"""The digest of an artifact that a plan can't know before an earlier stage has run."""
PARTS = {"config": "config", "inputs": "input", "code": "code", "libraries": "library"}
"""The parts of a key, and what a person calls one thing in them."""

Keys = Mapping[str, Mapping[str, Any]]
"""A run's stages by name, and the parts of their keys."""


def explain_change(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The differences between two keys, a line each: `config learning_rate: 0.001 → 0.0005`."""
    lines: list[str] = []
    for part, title in PARTS.items():
        for name, (old, new) in changed_values(before[part], after[part]).items():
            setting = name.removeprefix("config.")  # what every stage calls its config
            lines.append(f"{title} {setting}: {short(old)} → {short(new)}")
    if before["plumbing"] != after["plumbing"]:
        lines.append(f"plumbing format: {before['plumbing']} → {after['plumbing']}")
    return lines or ["nothing that its key shows"]


def changed_values(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What differs between two nested mappings, by dotted key: the old and the new value, None where there is none."""
    old, new = dotted(before), dotted(after)
    names = sorted(old.keys() | new.keys())
    return {name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}


def stage_changes(before: Keys, after: Keys) -> dict[str, list[str]]:
    """Every stage whose key differs, and how; a stage that only one of the two runs had is told too."""
    changes = {}
    for stage in [*before, *(name for name in after if name not in before)]:
        if stage not in after:
            changes[stage] = ["only the old one has this stage"]
        elif stage not in before:
            changes[stage] = ["only the new one has this stage"]
        elif before[stage] != after[stage]:
            changes[stage] = explain_change(before[stage], after[stage])
    return changes


def changes_across(before: Keys, after: Keys, part: Literal["code", "libraries"]) -> list[dict[str, Any]]:
    """What changed in one part over all stages that both have: `name`, `old`, `new` and the `stages` it is in."""
    found: dict[str, dict[str, Any]] = {}
    for stage in before.keys() & after.keys():
        for name, (old, new) in changed_values(before[stage][part], after[stage][part]).items():
            found.setdefault(name, {"name": name, "old": old, "new": new, "stages": []})["stages"].append(stage)
    order = list(before)
    return [{**found[name], "stages": sorted(found[name]["stages"], key=order.index)} for name in sorted(found)]


def setting_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What differs between two recipes or contracts: `key`, `old`, `new`.

    Of a list of sections (a contract's rules), each that was dropped or added is told, whatever its place.
    """
    changes = []
    for key, (old, new) in changed_values(before, after).items():
        if _is_sections(old) and _is_sections(new):
            changes += [{"key": key, "old": item, "new": None} for item in old if item not in new]
            changes += [{"key": key, "old": None, "new": item} for item in new if item not in old]
        else:
            changes.append({"key": key, "old": old, "new": new})
    return changes


def _is_sections(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, Mapping) for item in value)


def short(value: Any) -> str:
    """A value for a line on the terminal."""
    if value is None:
        return "none"
    if value == PENDING:
        return "not known yet"
    text = value if isinstance(value, str) else canonical_json(value)
    return text[:15] if text.startswith("sha256:") else text if len(text) <= 60 else text[:57] + "…"
