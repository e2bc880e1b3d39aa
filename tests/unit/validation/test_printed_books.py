"""What a book's makers put around its author's words is named; what only looks like it stays."""

from __future__ import annotations

import pytest

from tasks.validation.dialogue import speaker_only
from tasks.validation.footnote_marks import footnote_marks
from tasks.validation.printed_books import book_apparatus
from tasks.validation.text_column import TextColumn

FURNITURE = [
    "[Pg 14]",
    "{114}",
    "xiv",
    "Introduction vii",
    "CHAPTER I. Of the Mill and its Owner 12",
    "I. The Flood . . . . . . . 3",
    "THE MILLER. 23",
    "16 TALES OF THE RIVER BOOK II",
    "BOOK THE SECOND",
    "ACT I. SCENE II.",
    "XII.",
    "End of Book I",
    "THE MILLER; OR, A WET SUMMER",
    "INTRODUCTION AND ANALYSIS.",
    "PREFACE TO THE SECOND EDITION.",
    "* * * * *",
    "Index of Persons and Places",
    "[12] A mill at the northern end of the valley.",
    "Footnote 3: Reading with the older print.",
    "1 Cf. Annals of the River, 86.",
    "Note by the editor: a leaf is missing here.",
    "Note: the spelling of the first edition has been kept.",
    "[sic]",
    "[...]",
    "[Enter the MILLER with two dogs]",
    "SCENE: The yard behind the mill.",
    "PLACE OF THE ACTION: Lower Millford.",
    "MILLER, MAID, AND FERRYMAN.",
    "Miller, who is the narrator of the tale to his maid.",
    "THE INTRODUCTION",
    "[The miller here ends his plea, and, the neighbours having been\nheard, he is let go.]",
    "[The judges now left the mill; whereupon he went on:]",
    "By Ada Brook",
    "Translated from the Dutch by Ada Brook",
    "With an Introduction and Notes by Ada Brook, M.A.",
    "Title: The Wet Summer",
    "Reprinted 1893, 1895, 1901.",
    "LEEDS: BROOK AND SONS, PUBLISHERS, 1892.",
    "CONTENTS\nI. The Flood ........ 3\nII. The Drought ........ 19",
]
WORDS = [
    "The book ends where the river begins.",
    "By God, the river rises!",
    "Chapter one of my life was written in another town.",
    "He was born in 1892 and reprinted his letters twice.",
    "I waited ... and waited.",
    "THE RIVER RISES AND NOBODY SLEEPS",
    "Act first, think afterwards.",
    "The author: a man of few words.",
    "She read the preface to the second edition aloud, and nobody laughed.",
    "1. See that the oven is hot before you weigh the flour.",
    "An index of sorrow is kept in every drawer.",
    "He added a note [in pencil] to the last page.",
    "12 angry geese",
    "[W]e saw the river rise, and nobody in the whole of the valley slept.",
    "[Sic] is what she wrote, and the rest of the letter is [as you see] lost.",
    "FLOUR, water and salt.",
    "The miller, who is the owner of the dog, slept.",
    "Edited by nobody, read by everyone who could.",
]


@pytest.mark.parametrize("text", FURNITURE)
def test_furniture_is_named(text: str) -> None:
    assert book_apparatus(TextColumn([text, *WORDS]))[0] > 0.5


def test_an_authors_words_are_not_furniture() -> None:
    measured = dict(zip(WORDS, book_apparatus(TextColumn(WORDS)).tolist(), strict=True))
    assert not {text: value for text, value in measured.items() if value > 0.5}


def test_a_line_of_furniture_in_a_longer_text_is_a_share_of_it() -> None:
    assert book_apparatus(TextColumn(["CHAPTER IV\nThe river rose.\nNobody slept.\nThe mill stood."])).tolist() == [
        0.25
    ]


def test_numbers_before_every_text_are_how_the_data_is_kept() -> None:
    numbered = [f"[{place}] {text}" for place, text in enumerate(WORDS, 1)]
    assert not book_apparatus(TextColumn(numbered)).any()


@pytest.mark.parametrize(("pages", "expected"), [([12, 14, 16], 1.0), ([12, 12, 12], 0.0), ([12, 14], 0.0)])
def test_a_running_head_stands_beside_several_page_numbers(pages: list[int], expected: float) -> None:
    heads = [f"{page} THE WET SUMMER" for page in pages]
    assert book_apparatus(TextColumn([*WORDS, *heads]))[-len(heads) :].tolist() == [expected] * len(heads)


START, END = "*** START OF THIS FREE EBOOK THE MILL ***", "*** END OF THIS FREE EBOOK THE MILL ***"


def test_what_stands_outside_the_marks_of_an_electronic_book_is_its_publishers() -> None:
    rows = ["A header.", START, *WORDS, END, "A notice.", "Another."]
    two_books = [*rows, *rows]
    outside = [1.0, 1.0, *[0.0] * len(WORDS), 1.0, 1.0, 1.0]
    assert book_apparatus(TextColumn(rows)).tolist() == outside
    assert book_apparatus(TextColumn(two_books)).tolist() == outside * 2


def test_rows_in_no_books_order_are_not_outside_it() -> None:
    rows = [*WORDS * 20, START, *WORDS * 80]
    assert book_apparatus(TextColumn(rows)).sum() == 1
    assert book_apparatus(TextColumn([*WORDS, END, *WORDS * 80])).sum() == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [("_Socr._", 1), ("SOC.", 1), ("_Yes._", 0), ("INTRODUCTION.", 0), ("BOOK II.", 0), ("FOOTNOTES:", 0), ("IV.", 0)],
)
def test_a_heading_is_no_speaker(text: str, expected: int) -> None:
    assert speaker_only(TextColumn([text])).tolist() == [expected]


@pytest.mark.parametrize("start", ["Edited by ", "Index of ", "By ", "ACT I. ", "Title: ", "CONTENTS, ", "1 See A"])
def test_a_hostile_line_takes_no_longer_than_another(start: str) -> None:
    """A pattern with nested repeats would not end on these."""
    assert (
        book_apparatus(TextColumn([start + "A" * 400 + "!", start + "A " * 200 + "!", start + "A." * 200 + "!"])).max()
        <= 1
    )


def test_indices_are_no_marks_of_footnotes():
    column = ["Read cells[1] and rows[2] of the table.", "The first of keys[0] is taken.", "No mark at all."]
    assert not footnote_marks(TextColumn(column)).any()
    assert footnote_marks(TextColumn([*column, "He is a poet.[1]"])).tolist() == [2, 1, 0, 1]
    assert footnote_marks(TextColumn([*column * 4, "He is a poet.[1]"])).tolist() == [0] * 12 + [1]
