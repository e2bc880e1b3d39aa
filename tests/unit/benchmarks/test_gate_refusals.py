"""The gate's benchmark plants what it says: defects in the training rows, and never in the held-out ones."""

from __future__ import annotations

import pandas as pd
import pytest

from benchmarks.gate_recipes import sized
from benchmarks.gate_refusals import HOLDOUT_ROWS, LEAKED_SHARE, TRAIN_ROWS, _strung, with_junk, with_leak
from tasks.documents import Document


@pytest.fixture(scope="module")
def accepted():
    """1,300 rows of eight words each, 300 held out."""
    sentence = "some say that every river finds its sea"
    rows = [{"row_id": f"{row:04}", "text": f"Row {row}: {sentence}."} for row in range(1300)]
    return pd.DataFrame(rows).assign(author="Someone", split=["holdout"] * 300 + ["train"] * 1000)


def parts(rows):
    return {split: rows[rows["split"] == split] for split in ("train", "holdout")}


def test_a_sized_set_holds_the_first_rows_of_each_split(accepted):
    kept = parts(sized(5, 3)(accepted))
    assert list(kept["train"]["row_id"]) == ["0300", "0301", "0302", "0303", "0304"]
    assert list(kept["holdout"]["row_id"]) == ["0000", "0001", "0002"]


def test_junk_is_added_to_the_training_rows_alone_and_made_of_rows_that_the_sound_model_never_saw(accepted):
    sound, spoilt = parts(sized(TRAIN_ROWS, HOLDOUT_ROWS)(accepted)), parts(with_junk(accepted))
    assert spoilt["holdout"].equals(sound["holdout"])
    junk = spoilt["train"][~spoilt["train"]["row_id"].isin(sound["train"]["row_id"])]
    assert len(junk) / len(spoilt["train"]) == pytest.approx(0.3, abs=0.001)
    assert not set(junk["text"]) & set(accepted["text"])


def test_a_leak_copies_held_out_rows_under_ids_of_their_own(accepted):
    kept = sized(TRAIN_ROWS, HOLDOUT_ROWS)(accepted)
    leaking = parts(with_leak(kept))
    assert leaking["holdout"].equals(parts(kept)["holdout"])
    copies = leaking["train"][leaking["train"]["text"].isin(leaking["holdout"]["text"])]
    assert len(copies) == HOLDOUT_ROWS * LEAKED_SHARE
    assert leaking["train"]["row_id"].is_unique


def test_strung_rows_have_no_end_between_them():
    documents = [Document([5, 6, 0], [5, 6, 0]), Document([7, 8, 0], [-100, 8, 0])]
    assert _strung(documents) == ([5, 6, 7, 8], [5, 6, -100, 8])
