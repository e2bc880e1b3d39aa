"""What tokenization did to the rows is told in words."""

from __future__ import annotations

import pytest

from tasks.token_notes import token_notes, waived_checks


def facts(overlong_rows: int = 0, left_out_rows: int = 0, added_pieces: int = 0, **changes):
    counts = {"overlong_rows": overlong_rows, "left_out_rows": left_out_rows, "added_pieces": added_pieces}
    return {"max_seq_len": 1024, "counts": {"train": counts}, **changes}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (facts(), []),
        ({}, []),
        (facts(9), ["9 rows are longer than 1,024 tokens and were cut"]),
        (facts(9, 9), ["9 rows are longer than 1,024 tokens and were left out"]),
        (
            facts(9, 4),
            [
                "5 rows are longer than 1,024 tokens and were cut",
                "4 rows are longer than 1,024 tokens and were left out",
            ],
        ),
        (facts(0, 2), ["2 rows have nothing to learn from and were left out"]),
        (
            facts(2, 0, 7, overlong="split"),
            ["2 rows are longer than 1,024 tokens and were split, which made 7 rows more"],
        ),
        (
            facts(round_trip={"checked": 200, "changed": 3, "lost": {"H": 2}}),
            ["3 of 200 sampled rows don't come back from the tokenizer as they were; characters lost: 'H'"],
        ),
        (
            facts(literal_special_tokens={"</s>": 4}),
            ["4 rows have '</s>' in their text; it is read as text and ends nothing"],
        ),
    ],
)
def test_each_finding_is_a_sentence(given, told):
    assert token_notes(given) == told


def test_a_waiver_is_told_with_its_reason():
    (told,) = waived_checks(facts(waivers={"end_token": "Ann: a stream"}))
    assert told.startswith("tokenization.waive.end_token: ")
    assert told.endswith("waived because: Ann: a stream")
    assert waived_checks({}) == []
