"""Who is champion: every way to become it and to stop being it, on a real registry, from real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasks.errors import RecipeError
from tasks.plain_text import markdown
from tasks.registration import by_hand, promotion, promotion_log
from tasks.registration.garbage import unneeded_runs
from tasks.registration.model_card import CARD
from tasks.registration.registry import aliases_of, find_version, version_named
from tasks.registration.waiver import note_waiver, read_card
from tasks.tracking import KIND, find_runs

Verdict = Callable[..., dict[str, Any]]
ASKED = {"who": "ann", "why": "", "force": False, "run_id": ""}

PROMOTE = """
import json, sys
from tasks.registration.promotion import champion_of, promote_version
print("ready", flush=True)
sys.stdin.readline()
verdict, tries = json.loads(sys.argv[1]), 0
while True:
    tries += 1
    entry = promote_version(verdict, who="ann", why="", force=False, run_id="")
    if entry is not None:
        break
    verdict["champion"] = champion_of("demo")
print(json.dumps({"tries": tries, "from": entry.from_version, "to": entry.to_version}))
"""

KILLED = """
import json, os, sys
from tasks.registration import aliases, promotion
moves = aliases._move_aliases
def move_and_die(*arguments):
    if sys.argv[2] == "after":
        moves(*arguments)
    os._exit(9)
aliases._move_aliases = move_and_die
promotion.promote_version(json.loads(sys.argv[1]), who="ann", why="", force=False, run_id="")
"""


def promote(verdict: dict[str, Any], **changes: Any) -> Any:
    return promotion.promote_version(verdict, **{**ASKED, **changes})


def test_a_promoted_version_is_champion_and_no_challenger_any_more(registry: Any, verdict: Verdict):
    entry = promote(verdict(4, None))
    assert (entry.action, entry.from_version, entry.to_version) == ("promoted", None, 4)
    assert aliases_of(registry, "demo") == {"champion": 4}
    promote(verdict(2, 4))
    assert aliases_of(registry, "demo") == {"champion": 2, "previous_champion": 4}
    with pytest.raises(RecipeError, match="version 2 is champion already"):
        promote(verdict(2, 2))


def test_a_refused_version_changes_no_alias_and_is_logged_and_tagged(registry: Any, verdict: Verdict):
    promote(verdict(1, None))
    before = aliases_of(registry, "demo")
    entry = promote(verdict(4, 1, refused="sample_junk"), why="please")
    assert (entry.action, entry.to_version, entry.gate) == ("refused", 1, "refused (sample_junk)")
    assert aliases_of(registry, "demo") == before
    tags = registry.get_model_version("demo", "4").tags
    assert (tags["gate"], tags["gadfly.gate_against"]) == ("refused (sample_junk)", "champion version 1")


def test_force_overrules_the_gate_and_is_recorded(registry: Any, verdict: Verdict):
    entry = promote(verdict(4, None, refused="leak"), force=True, why="the leak is a refrain")
    assert entry.forced
    assert aliases_of(registry, "demo")["champion"] == 4
    tags = registry.get_model_version("demo", "4").tags
    assert tags["gadfly.waiver"] == "gate refused (leak); overruled by ann: the leak is a refrain"
    assert tags["gate"] == "refused (leak)", "what the gate said stays"
    assert not promote(verdict(3, 4), force=True, why="to be sure").forced, "there was nothing to overrule"


def test_who_overruled_the_gate_and_why_stands_on_the_version_s_page_and_card(registry: Any, verdict: Verdict):
    version = registry.get_model_version("demo", "4")
    registry.log_text(version.run_id, "# demo\n\n## Waivers\n\nNone.\n", CARD)
    registry.update_model_version("demo", "4", description="A model.")
    waiver = "gate refused (leak); overruled by ann: it's a *refrain*"
    told = f"- **Waived**: {markdown(waiver)}\n"
    entry = promote(verdict(4, None, refused="leak"), force=True, why="it's a *refrain*")
    note_waiver(registry, "demo", entry)  # as after a kill: once is enough
    version = registry.get_model_version("demo", "4")
    assert version.description == f"A model.\n{told}"
    assert read_card(registry, version) == f"# demo\n\n## Waivers\n\nNone.\n{told}"


def test_the_log_says_who_when_why_from_to_and_on_what_evidence(registry: Any, verdict: Verdict, tmp_path: Path):
    promote(verdict(1, None), why="the first")
    promote(verdict(2, 1, refused="fit"))
    first, second = promotion.promotion_log("demo")
    assert (first.who, first.why, first.from_version, first.to_version) == ("ann", "the first", None, 1)
    assert (second.action, second.version, second.from_version, second.to_version) == ("refused", 2, 1, 1)
    assert first.when < second.when
    kept = json.loads(Path(registry.download_artifacts(second.run_id, "gate.json", str(tmp_path))).read_text())
    assert kept["outcome"] == "refused (fit)"
    assert registry.get_run(second.run_id).data.tags["gadfly.kind"] == "promotion"


def test_housekeeping_leaves_the_log(registry: Any, verdict: Verdict):
    """Who is champion is read from it."""
    promote(verdict(4, None))
    runs = find_runs(registry, "demo", "attributes.status = 'FINISHED'")
    logged = {run.info.run_id for run in runs if KIND in run.data.tags}
    assert logged
    assert not logged & set(unneeded_runs(time.time() + 60))


def test_a_verdict_against_a_champion_that_is_none_any_more_is_not_acted_on(registry: Any, verdict: Verdict):
    promote(verdict(1, None))
    assert promote(verdict(2, None)) is None
    assert aliases_of(registry, "demo")["champion"] == 1
    assert len(promotion.promotion_log("demo")) == 1


def test_each_rollback_goes_back_one_promotion_further(registry: Any, verdict: Verdict):
    for number, champion in ((1, None), (2, 1), (3, 2)):
        promote(verdict(number, champion))
    promote(verdict(4, 3, refused="fit"))
    back = promotion.roll_back("demo", who="ben", why="it swears")
    assert (back.from_version, back.to_version, back.who) == (3, 2, "ben")
    assert aliases_of(registry, "demo") == {"champion": 2, "previous_champion": 1, "challenger": 4}
    assert promotion.roll_back("demo", who="ben", why="").to_version == 1
    assert aliases_of(registry, "demo") == {"champion": 1, "challenger": 4}
    with pytest.raises(RecipeError, match="can't be rolled back: version 1 is its first champion"):
        promotion.roll_back("demo", who="ben", why="")
    promote(verdict(3, 1))
    assert aliases_of(registry, "demo") == {"champion": 3, "previous_champion": 1, "challenger": 4}


def test_a_model_that_never_had_a_champion_cant_be_rolled_back(registry: Any):
    with pytest.raises(RecipeError, match="it never had a champion"):
        promotion.roll_back("demo", who="ann", why="")
    with pytest.raises(RecipeError, match="no model other is registered"):
        promotion.roll_back("other", who="ann", why="")


def test_a_version_with_an_alias_is_not_deleted_and_another_one_is(registry: Any, verdict: Verdict):
    promote(verdict(1, None))
    promote(verdict(2, 1))
    for number, alias in ((1, "previous_champion"), (2, "champion"), (4, "challenger")):
        with pytest.raises(RecipeError, match=f"demo version {number} is {alias}: a version that bears an alias"):
            promotion.delete_version("demo", number)
    promotion.delete_version("demo", 3)
    with pytest.raises(RecipeError, match="no registered version is called demo@3"):
        version_named(registry, "demo@3")
    assert len(aliases_of(registry, "demo")) == 3


def test_a_rollback_passes_over_a_champion_that_was_deleted(registry: Any, verdict: Verdict):
    for number, champion in ((1, None), (2, 1), (3, 2)):
        promote(verdict(number, champion))
    registry.delete_registered_model_alias("demo", "previous_champion")
    registry.delete_model_version("demo", "2")
    assert promotion.roll_back("demo", who="ann", why="").to_version == 1


def test_a_champion_set_by_hand_is_found_and_goes_back_where_it_is_refused(registry: Any, verdict: Verdict):
    promote(verdict(1, None))
    assert by_hand.found_by_hand("demo") is None
    registry.set_registered_model_alias("demo", "champion", "3")
    found = by_hand.found_by_hand("demo")
    assert found == (3, 1)
    refused = verdict(3, 1, refused="leak")
    entry = by_hand.decide_by_hand(found, refused, allow=False, run_id="", who="by hand")
    assert (entry.action, entry.by_hand, entry.to_version) == ("refused", True, 1)
    assert aliases_of(registry, "demo")["champion"] == 1
    assert registry.get_model_version("demo", "3").tags["gate"] == "refused (leak)"
    assert by_hand.found_by_hand("demo") is None


def test_a_first_champion_set_by_hand_and_refused_leaves_no_champion(registry: Any, verdict: Verdict):
    registry.set_registered_model_alias("demo", "champion", "3")
    found = by_hand.found_by_hand("demo")
    by_hand.decide_by_hand(found, verdict(3, None, refused="fit"), allow=False, run_id="", who="by hand")
    assert aliases_of(registry, "demo") == {"challenger": 4}


@pytest.mark.parametrize(("refused", "allow"), [("", False), ("leak", True)])
def test_a_champion_set_by_hand_that_passes_or_is_allowed_stays(
    registry: Any, verdict: Verdict, refused: str, allow: bool
):
    promote(verdict(1, None))
    registry.set_registered_model_alias("demo", "champion", "4")
    found = by_hand.found_by_hand("demo")
    entry = by_hand.decide_by_hand(found, verdict(4, 1, refused), allow=allow, run_id="", who="by hand")
    assert (entry.action, entry.forced) == ("promoted", bool(refused))
    assert aliases_of(registry, "demo") == {"champion": 4, "previous_champion": 1}
    assert promotion.roll_back("demo", who="ann", why="").to_version == 1


def test_an_alias_that_moves_on_while_it_is_judged_is_judged_again(registry: Any, verdict: Verdict):
    registry.set_registered_model_alias("demo", "champion", "3")
    found = by_hand.found_by_hand("demo")
    registry.set_registered_model_alias("demo", "champion", "2")
    assert by_hand.decide_by_hand(found, verdict(3, None), allow=True, run_id="", who="by hand") is None
    assert promotion.promotion_log("demo") == []


def test_a_champion_removed_by_hand_is_logged_and_can_be_brought_back(registry: Any, verdict: Verdict):
    promote(verdict(1, None))
    registry.delete_registered_model_alias("demo", "champion")
    found = by_hand.found_by_hand("demo")
    assert found == (None, 1)
    assert by_hand.accept_removal("demo", found, "by hand").to_version is None
    assert promotion.champion_of("demo") is None
    assert promotion.roll_back("demo", who="ann", why="").to_version == 1
    assert aliases_of(registry, "demo")["champion"] == 1


def test_who_was_rolled_back_from_counts_as_a_former_champion(registry: Any, verdict: Verdict):
    promote(verdict(1, None))
    promote(verdict(2, 1))
    promotion.roll_back("demo", who="ann", why="")

    def record(version: int) -> Any:
        from tasks.registration.version_record import VersionRecord

        return VersionRecord(model="demo", version=version, run_id="", recipe="", artifacts={}, configs={}, base={})

    assert [promotion.never_champion(record(number)) for number in (1, 2, 3)] == [False, False, True]


def test_a_newest_version_that_was_judged_does_not_become_challenger_again(registry: Any, verdict: Verdict):
    promote(verdict(1, None))
    promote(verdict(4, 1))
    promotion.roll_back("demo", who="ann", why="")
    assert find_version(registry, "demo", "sha256:4").aliases == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_promotion_killed_before_or_after_its_aliases_moved_is_mended(
    registry: Any, verdict: Verdict, when: str, start_python: Any
):
    promote(verdict(1, None))
    killed = start_python(KILLED, json.dumps(verdict(4, 1)), when)
    assert killed.wait() == 9
    champion = 4 if when == "after" else 1
    assert by_hand.found_by_hand("demo") is None, "it isn't taken for a change by hand"
    assert promotion.champion_of("demo") == aliases_of(registry, "demo")["champion"] == champion
    assert "RUNNING" not in [status for _, status in promotion_log.read_log(registry, "demo")]


def test_two_promotions_started_at_once_do_not_interleave(registry: Any, verdict: Verdict, start_python: Any):
    """Both were judged against champion 1. The first to get the lock wins; the other sees it, and is judged anew."""
    promote(verdict(1, None))
    both = [start_python(PROMOTE, json.dumps(verdict(number, 1))) for number in (2, 3)]
    for process in both:
        assert process.stdout.readline() == "ready\n"
    for process in both:
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [json.loads(process.communicate()[0]) for process in both]
    first, second = sorted(told, key=lambda one: one["tries"])
    assert (first["tries"], first["from"]) == (1, 1)
    assert (second["tries"], second["from"]) == (2, first["to"])
    assert aliases_of(registry, "demo") == {
        "champion": second["to"],
        "previous_champion": first["to"],
        "challenger": 4,
    }
    assert [entry.to_version for entry in promotion.promotion_log("demo")] == [1, first["to"], second["to"]]


def test_a_model_named_without_a_version_is_told_how_to_name_one(registry: Any, tmp_path: Path):
    from flows.models import open_model
    from flows.versions import full_names

    assert full_names("1", "v4") == ["demo@1", "demo@4"]
    with pytest.raises(RecipeError, match="demo is a model: name one of its versions, such as demo@champion or demo@1"):
        full_names("demo")
    with pytest.raises(RecipeError, match="demo is a registered model: name a version, such as demo@champion"):
        open_model("demo")
    with pytest.raises(
        RecipeError, match="nowhere is neither a model folder nor a hub id\n  a registered model is named"
    ):
        open_model(str(tmp_path / "nowhere"))


@pytest.fixture
def start_python() -> Callable[..., subprocess.Popen[str]]:
    """Starts a program in a process of its own, with this test's home."""
    root = Path(__file__).resolve().parents[3]

    def start(program: str, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            env={**os.environ, "PYTHONPATH": str(root)},
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    return start
