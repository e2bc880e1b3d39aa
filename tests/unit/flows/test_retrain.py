"""What led to a retraining is told by cause."""

from __future__ import annotations

from flows.retrain import causes_of, describe
from tasks.stages import StageReport


def report(*why):
    return StageReport(state="would run", why=list(why))


def test_a_changed_source_is_data_and_what_follows_from_it_isnt_told():
    reports = {
        "ingestion": report("config path: sha256:aaaaaaaa → sha256:bbbbbbbb"),
        "validation": report("input rows: sha256:cccccccc → not known yet"),
        "training": report("input tokens: sha256:dddddddd → not known yet"),
    }
    assert causes_of(reports) == {"data": ["config path: sha256:aaaaaaaa → sha256:bbbbbbbb"]}


def test_config_code_and_libraries_are_told_apart_and_once():
    reports = {
        "ingestion": StageReport(state="cached"),
        "validation": report("code tasks.validation.signals: aa → bb"),
        "training": report("config epochs: 1.0 → 2.0", "code tasks.packing: cc → dd", "library torch: 2.13.0 → 2.14.0"),
        "evaluation": report("code tasks.packing: cc → dd"),
    }
    causes = causes_of(reports)
    assert list(causes) == ["code", "config", "libraries"]
    assert causes["code"] == ["code tasks.validation.signals: aa → bb", "code tasks.packing: cc → dd"]
    assert describe(causes).splitlines()[1] == "config changed: config epochs: 1.0 → 2.0"


def test_a_first_run_and_a_lost_artifact_are_the_stores():
    assert list(causes_of({"ingestion": report("the first run of demo")})) == ["store"]
    assert list(causes_of({"training": report("trained: missing from the store, or cut short")})) == ["store"]


def test_nothing_changed_is_said():
    cached = {"ingestion": StageReport(state="cached"), "training": StageReport(state="cached")}
    assert causes_of(cached) == {}
    assert describe({}) == "nothing changed since the last run: everything is cached"
