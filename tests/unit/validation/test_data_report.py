"""The data report stands alone, shows every reason, and lets neither markup nor personal data through."""

from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from tasks import home
from tasks.json_files import write_json
from tasks.validation.config import ValidationConfig
from tasks.validation.contract import Contract, Rule
from tasks.validation.data_report.examples import worst_examples
from tasks.validation.task import (
    read_report,
    reasons_as_markdown,
    validate_rows,
    write_data_report,
    write_expectation_pages,
)

SCRIPT = "<script>alert('row')</script> and then some more words"
SECRETS = ["jane.doe@example.org", "4111 1111 1111 1111", "sk-proj-a1B2c3D4a1B2c3D4a1B2c3D4"]
TEXTS = [
    "One sentence about the sea and its ships.",
    "Quite another thing is the mountain, they say.",
    "Rivers run, and kings walk beside them.",
    "one sentence about the sea, and its ships",
    "no",
    "",
    SCRIPT,
    *(f"Tell me more at {secret} when you can." for secret in SECRETS),
    "=cmd|' /C calc'!A0 is a formula in a sheet | with a pipe",
]
RULES = (
    Rule(reason="too_short", signal="word_count", min=3),
    Rule(reason="html_residue", signal="html_residue", max=0),
    Rule(reason="pii", signal="pii", max=0),
    Rule(reason="mail", pattern=r"Tell me more at \S+"),
    Rule(reason="formula", pattern="^="),
    Rule(reason="duplicate", signal="duplicate_of", max=0),
    Rule(reason="river", pattern="Rivers", action="warn"),
    Rule(reason="missing", column="author", signal="is_missing", max=0, optional=True),
)


class Page(HTMLParser):
    """A page's tags with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def judged(gadfly_home) -> dict:
    frame = pd.DataFrame(
        {
            "row_id": [hashlib.sha256(text.encode()).hexdigest()[:16] for text in TEXTS],
            "source_index": range(len(TEXTS)),
            "ingest_error": pd.array([None] * len(TEXTS), dtype="str"),
            "text": TEXTS,
        }
    )

    def write(folder: Path) -> None:
        frame.to_parquet(folder / "rows.parquet")
        facts = {"format": "csv", "encoding": "cp1252", "encoding_declared": False, "licence": "MIT", "revision": ""}
        write_json(folder / "source.json", {**facts, "notes": ["the file is not UTF-8 <b>at all</b>"]})

    rows = home.store().put("rows", write)
    config = ValidationConfig(contract=Contract(name="tiny", version=2, rules=RULES, max_quarantined_fraction=0.5))
    return {**validate_rows.fn(config, rows), "rows": rows}


@pytest.fixture
def page(judged, tmp_path) -> Page:
    write_data_report(judged, tmp_path / "report.html", "gadfly check 'my data.csv'")
    return Page((tmp_path / "report.html").read_text(encoding="utf-8"))


def test_the_page_asks_for_nothing_and_runs_nothing(page):
    tags = {tag for tag, _ in page.tags}
    assert {"svg", "table", "details", "meta"} <= tags
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "a", "form", "base"}
    assert not [
        attributes
        for _, attributes in page.tags
        for name in attributes
        if name.startswith("on") or name in ("src", "href")
    ]
    (policy,) = [attributes["content"] for _, attributes in page.tags if attributes.get("http-equiv")]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_the_page_tells_the_verdict_the_reasons_and_how_to_repeat_it(page, judged):
    report = read_report(judged["validation_report"])
    assert report["success"] is False
    assert "The data breaks its contract tiny v2; 3 of 11 rows (27.3 %) would be accepted." in page.text
    assert report["failures"][0] in page.text
    assert {"too_short", "html_residue", "pii", "mail", "formula", "duplicate"} == set(report["reasons"])
    for reason in [*report["reasons"], "river"]:
        assert reason in page.text
    assert "missing (author)" in page.text
    assert "read as cp1252, detected, licence MIT" in page.text
    assert "not UTF-8 <b>at all</b>" in page.text, "a note is text, not markup"
    assert "gadfly check 'my data.csv'" in page.text
    assert "min 3" in page.text, "the bound is drawn in"


def test_row_text_is_escaped_and_personal_data_masked(page):
    assert SCRIPT in page.text, "shown as it is, as text"
    assert "Tell me more at [e-mail] when you can." in page.text
    assert "Tell me more at [card] when you can." in page.text
    for secret in SECRETS:
        assert secret not in page.text


def test_a_duplicate_is_shown_beside_the_row_that_was_kept(page):
    kept = hashlib.sha256(TEXTS[0].encode()).hexdigest()[:16]
    assert f"kept instead: {kept}" in page.text
    assert TEXTS[0] in page.text


def test_the_worst_rows_come_first_and_those_with_one_reason_before(judged):
    report = read_report(judged["validation_report"])
    path = home.store().open(judged["quarantined"]) / "quarantined.parquet"
    found = worst_examples(path, report["rules"], 2)
    assert [example.texts["text"] for example in found["too_short"]] == ["", "no"]
    assert [example.measured for example in found["too_short"]] == ["0", "1"]
    assert len(found["pii"]) == 2, "of three"
    assert [example.source_index for example in found["pii"]] == [7, 8], "equal ones in the source's order"


def test_the_table_of_reasons_is_markdown_that_a_row_cant_break(judged):
    told = reasons_as_markdown(judged)
    lines = [line for line in told.splitlines() if line.startswith("| ")]
    assert len(lines) == 2 + 6
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 6 for line in lines)
    (formula,) = [line for line in lines if line.startswith("| formula")]
    assert "| 1 | 9.1 % |" in formula
    assert "<script>" not in told
    assert r"\|" in formula
    for secret in SECRETS:
        assert secret not in told.replace("\\", "")
    assert "\\[e\\-mail\\]" in told
    assert "Kept, with a warning: river 1" in told


def test_data_docs_hold_results_and_no_row_text_and_ask_for_nothing(judged, tmp_path):
    first = Path(write_expectation_pages(judged["validation_report"], tmp_path / "docs"))
    pages = sorted(first.parent.iterdir())
    assert [path.name for path in pages] == ["index.html", "suite.html"]
    for path in pages:
        html = path.read_text(encoding="utf-8")
        page = Page(html)
        assert "too_short: text, word_count at least 3" in page.text
        assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe"}
        assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//|url\(|@import", html)
        assert any(attributes.get("http-equiv") == "Content-Security-Policy" for _, attributes in page.tags)
        assert not [text for text in [*TEXTS, *SECRETS] if len(text) > 5 and text in html]
    assert re.search(r"Evaluated Expectations\s*10\b", Page(first.read_text(encoding="utf-8")).text), (
        "3 are ingestion's"
    )
