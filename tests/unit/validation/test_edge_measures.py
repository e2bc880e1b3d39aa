"""How texts, lines and words begin and end, as the learnt judge sees it."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.validation.text_column import TextColumn
from tasks.validation.unlike_text import trained_judge

SOUND = "The agency of the law was never in doubt, and we said so."


def measured(name: str, *texts: str) -> list[float]:
    names, values = trained_judge().measured(TextColumn(list(texts)))
    found: list[float] = values[:, names.index(name)].tolist()
    return found


@pytest.mark.parametrize(
    ("name", "spoilt"),
    [
        ("beginning of the first word", "ncy of the law was never in doubt, and we said so."),
        ("end of the last word", "The agency of the law was never in doubt, and we sav"),
        ("oddest beginning of a word", "The agency of the law was never in rdoubt, and we said so."),
        ("letters alone", "T he agency of the law was n ever in doubt, and we said so."),
        ("begins with a letter alone", "T he agency of the law was never in doubt, and we said so."),
        ("small after a stop", "The agency of the law. was never in doubt, and we said so."),
        ("capital within a word", "The agencyOf the law was neverIn doubt, and we said so."),
        ("lines that begin small", "The agency of\nthe law was never\nin doubt, and we said so."),
        ("lines that end in an unknown word", "The agency of the lawq\nwas never in doubtz\nand we said so."),
        ("within quotation marks", "Liked “The agency of the law was never in doubt.”"),
        ("words in ascending order", "agency and doubt in law never of said so the was we"),
        ("words again", "The agency, the agency of the law was never the agency of doubt."),
        ("new pairs of known words", "law The so said was of in agency we doubt never, the and."),
    ],
)
def test_a_spoilt_text_has_more_of_it_than_a_sound_one(name, spoilt):
    sound, damaged = measured(name, SOUND, spoilt)
    assert damaged > sound


def test_quotation_marks_and_words_of_one_row_say_nothing_of_the_next():
    alone = measured("within quotation marks", SOUND)
    assert measured("within quotation marks", 'He said "never', SOUND)[1] == alone[0]
    assert measured("words again", SOUND, SOUND) == measured("words again", SOUND) * 2


def test_measures_of_edges_are_finite_for_rows_of_hardly_anything():
    names, values = trained_judge().measured(TextColumn(["", "\n", "a", "''", "Z\n\n"]))
    assert values.shape == (5, len(names))
    assert np.isfinite(values).all()


@pytest.mark.parametrize("name", ["ends of words", "end of the last word", "beginnings of words"])
@pytest.mark.parametrize("text", ["a dog barked at the moon.", "a"])
def test_a_row_is_measured_alike_wherever_it_stands(name, text):
    assert len(set(measured(name, text, text, text))) == 1
