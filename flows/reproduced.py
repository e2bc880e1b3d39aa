"""What a version's record says against what came of making it again; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tasks.artifacts import ArtifactRef
from tasks.key_changes import Keys, changed_values, changes_across, short

DATA_STAGES = ("ingestion", "validation", "tokenization")
"""What these make is the same on every hardware."""
NAMED = {"config.path": "the source changed", "purged": "rows were purged since"}
"""Settings of ingestion whose change is told in words."""


class Made(Protocol):
    """A stage, recorded or made again."""

    @property
    def outputs(self) -> dict[str, ArtifactRef]:
        """Its artifacts by name."""
        ...


def held_against(recorded: Mapping[str, Made], remade: Mapping[str, Made]) -> dict[str, Any]:
    """Stage by stage, what was recorded and what was made again; empty digests where a stage wasn't reached."""
    held = {}
    for stage, known in recorded.items():
        made = remade[stage].outputs if stage in remade else {}
        outputs = {
            name: {"recorded": ref.digest, "remade": made[name].digest if name in made else ""}
            for name, ref in known.outputs.items()
        }
        same = all(pair["recorded"] == pair["remade"] for pair in outputs.values())
        held[stage] = {"same": same, "reached": stage in remade, "outputs": outputs}
    return held


def given_otherwise(recorded: Keys, remade: Keys) -> list[str]:
    """What differs in what the stages were given, not in what came of it: a line a change."""
    known = {name: key for name, key in recorded.items() if name in remade}
    told = []
    for stage, key in known.items():
        for name, (old, new) in changed_values(key["config"], remade[stage]["config"]).items():
            setting = f"config of {stage}, {name.removeprefix('config.')}"
            what = NAMED.get(name, setting) if stage == "ingestion" else setting
            told.append(f"{what}: {short(old)} → {short(new)}")
        if key["plumbing"] != remade[stage]["plumbing"]:
            told.append(f"plumbing format of {stage}: {key['plumbing']} → {remade[stage]['plumbing']}")
    code, libraries = (changes_across(known, remade, "code"), changes_across(known, remade, "libraries"))
    for what, changes in (("code changed", code), ("library changed", libraries)):
        for change in changes:
            where = ", ".join(change["stages"])
            told.append(f"{what}: {change['name']} {short(change['old'])} → {short(change['new'])} (in {where})")
    return told


def outcome_of(
    name: str, held: Mapping[str, Any], changes: Sequence[str], comparison: Mapping[str, Any] | None
) -> tuple[bool, str]:
    """Whether a version is reproduced, and a sentence: to the bit, or within noise where all keys are equal."""
    differ = [stage for stage, facts in held.items() if facts["reached"] and not facts["same"]]
    missed = [stage for stage, facts in held.items() if not facts["reached"]]
    if not differ and not missed:
        but = ", though what made it changed" if changes else ""
        return True, f"{name} is reproduced to the bit: all {len(held)} stages give what was recorded{but}."
    data = [stage for stage in differ if stage in DATA_STAGES]
    if comparison and comparison["within_noise"] and not changes and not data:
        return True, (
            f"{name} is reproduced within noise, not to the bit: {', '.join(differ)} differ behind equal keys, as on "
            f"other hardware. {comparison['judgement']}"
        )
    told = [f"{', '.join(differ)} differ"] if differ else []
    if missed:
        told.append(f"stopped before {missed[0]}, which would read something else than it did")
    sentence = f"{name} is not reproduced: {'; '.join(told)}."
    return False, f"{sentence} {comparison['judgement']}" if comparison else sentence
