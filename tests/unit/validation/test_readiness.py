"""The verdict on data: each decision has planted facts, and each threshold is tried on both of its sides."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.validation.languages import UNKNOWN_LATIN
from tasks.validation.readiness import DECISIONS, MENDABLE, OTHER, REPAIR, TRAIN, WHAT, DataFacts, readiness

SOUND = {"ingested": 2000, "accepted": 2000, "words": 60_000, "languages": {"en": 1.0}}


def decide(**changes: Any) -> str:
    return readiness(DataFacts(**{**SOUND, **changes})).decision


def test_sound_data_is_for_training_and_says_how_much_is_left() -> None:
    assert readiness(DataFacts(**SOUND)) == (
        TRAIN,
        ["2,000 of 2,000 rows (100 %) are left, 60,000 words: enough to fine-tune on"],
    )


@pytest.mark.parametrize(
    ("changes", "decision"),
    [
        ({"accepted": 50, "words": 900}, TRAIN),
        ({"accepted": 49, "words": 900}, OTHER),
        ({"accepted": 3, "words": 10_000}, TRAIN),
        ({"accepted": 3, "words": 9_999}, OTHER),
        ({"accepted": 0, "words": 0}, OTHER),
        ({"accepted": 20, "words": 300, "mendable": 30}, REPAIR),
        ({"accepted": 20, "words": 300, "mendable": 29}, OTHER),
        ({"ingested": 0, "accepted": 0, "words": 0, "languages": {}}, OTHER),
        ({"junk": 1000}, TRAIN),
        ({"junk": 1001}, OTHER),
        ({"warning": {"gibberish_fraction": 1001}}, OTHER),
        ({"warning": {"truncated": 2000}}, TRAIN),
        ({"rejecting": {"mojibake": 100}}, TRAIN),
        ({"rejecting": {"mojibake": 101}}, REPAIR),
        ({"warning": {"special_token_in_text": 2000}}, REPAIR),
        ({"rejecting": {"attribution_conflict": 60, "disputed_attribution": 40}}, TRAIN),
        ({"rejecting": {"attribution_conflict": 60, "disputed_attribution": 41}}, REPAIR),
        ({"languages": {"en": 0.8, "de": 0.2}}, TRAIN),
        ({"languages": {"en": 0.75, "de": 0.25}}, REPAIR),
        ({"languages": {"en": 0.6, UNKNOWN_LATIN: 0.4}}, TRAIN),
        ({"languages": {UNKNOWN_LATIN: 0.9, "fr": 0.1}}, TRAIN),
        ({"unread": 100}, TRAIN),
        ({"unread": 101}, REPAIR),
        ({"repeats": 1999}, TRAIN),
        ({"failures": ["rule 'x' failed"]}, REPAIR),
    ],
)
def test_each_threshold_has_two_sides(changes: dict[str, Any], decision: str) -> None:
    assert decide(**changes) == decision


def test_the_gravest_check_decides_and_comes_first() -> None:
    found = readiness(DataFacts(**{**SOUND, "junk": 1500, "rejecting": {"mojibake": 300}, "repeats": 500}))
    assert found.decision == OTHER
    assert found.reasons == [
        "75 % of the rows are junk; about 31% of what is kept would be junk nobody found",
        "15 % of the rows hold mojibake and are rejected for it: "
        "read the source again in its right encoding, or mend it with `action: repair`",
        "2,000 of 2,000 rows (100 %) are left, 60,000 words: enough to fine-tune on",
        "25 % of the rows repeat another; one of each is kept, so the source is smaller than it looks",
    ]


def test_few_rows_are_said_to_be_few() -> None:
    [told] = readiness(DataFacts(**{**SOUND, "accepted": 999, "words": 99_999})).reasons
    assert "little; under 1,000 rows and 100,000 words" in told


def test_every_mendable_defect_has_its_words() -> None:
    assert set(WHAT) == set(MENDABLE)
    assert len(DECISIONS) == 3
