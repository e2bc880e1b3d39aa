"""A training's measures and samples in words; a sample is text of unknown origin."""

from __future__ import annotations

from flows.progress_words import measures_in_words, sample_on_a_line, samples_as_markdown

HOSTILE = {"prompt": "<script>x</script> | a", "text": "**bold** [link](http://a.example)\nnext\x1b[31m"}


def test_measures_are_told_in_one_order_whatever_else_there_is():
    measures = {"seconds_left": 80.0, "other": 1.0, "peak_share": 0.314, "loss": 2.0, "tokens_per_second": 4941.3}
    assert measures_in_words(measures) == "loss 2.000 · 4,941 tokens/s · 31% of peak · 80.0 s left"
    assert measures_in_words({}) == ""


def test_what_is_shown_elsewhere_can_be_left_out():
    assert measures_in_words({"loss": 1.0, "seconds_left": 1.0}, without=("seconds_left",)) == "loss 1.000"


def test_a_sample_is_one_line_that_drives_no_terminal():
    line = sample_on_a_line([HOSTILE], 1200)
    assert line.startswith("step 1,200: <script>x</script> | a → **bold**")
    assert line.isprintable()
    assert sample_on_a_line([], 1) == ""


def test_a_samples_table_holds_neither_html_nor_markdown_of_its_text():
    table = samples_as_markdown([HOSTILE, {"prompt": "a", "text": ""}], 5)
    assert "<script>" not in table
    assert "**bold**" not in table
    header, rule, *rows = table.splitlines()[2:]
    unescaped = [row.replace("\\|", "").count("|") for row in (header, rule, *rows)]
    assert unescaped == [3, 3, 3, 3]
