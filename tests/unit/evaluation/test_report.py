"""The report is one file that shows row text as text: nothing in the data can run in a reader's browser."""

from __future__ import annotations

import copy
from html.parser import HTMLParser
from typing import Any

import pytest

from tasks.artifacts import ArtifactStore
from tasks.evaluation.report.render import SHOWN_SAMPLES, render_report, verdict
from tasks.json_files import write_json

SCRIPT = "<script>alert(1)</script>"
ATTRIBUTE = '"><img src=x onerror=alert(1)>'


def scores(nll: float, text: str = "a dream") -> dict[str, Any]:
    sample = {"domain": "in_domain", "prompt": "Hope is", "text": text, "num_tokens": 3, "stopped": True}
    return {
        "format": 1,
        "holdout": {"nll": nll, "perplexity": 2.718**nll, "tokens": 1000, "rows": 40},
        "general": None,
        "generation": {"samples": [sample], "stop_rate": 1.0},
    }


CONTENT: dict[str, tuple[str, dict[str, Any]]] = {
    "validation_report": (
        "report.json",
        {
            "ingested": 1200,
            "accepted": 1000,
            "quarantined": 200,
            "split": {"train": 900, "holdout": 100},
            "contract": {"name": "short_text", "version": 1},
            "reasons": {"duplicate": 150, "too_short": 60},
            "warnings": {},
            "rules": [],
            "failures": [],
            "success": True,
        },
    ),
    "trained": (
        "training.json",
        {
            "method": "lora",
            "trainable_parameters": 1234,
            "base_parameters": 56789,
            "steps": 2,
            "supervised_tokens": 4321,
            "padding_fraction": 0.012,
            "train": [{"step": 0, "epoch": 0.0, "nll": 3.0, "learning_rate": 1e-3}],
            "holdout": [{"step": 0, "epoch": 0.0, "nll": 3.0}, {"step": 2, "epoch": 1.0, "nll": 2.5}],
        },
    ),
    "base_scores": ("scores.json", scores(3.0)),
    "tuned_scores": ("scores.json", scores(2.5)),
}


class Tags(HTMLParser):
    """The names of all tags of a page, and the attributes that could load or run something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.dangerous: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.dangerous += [name for name, _ in attrs if name.startswith("on") or name in ("src", "href")]


@pytest.fixture
def render(tmp_path):
    def run(content=CONTENT, recipe="quotes", run_id="7f3a"):
        store = ArtifactStore(str(tmp_path / "store"))
        refs = {}
        for name, (file, values) in content.items():
            refs[name] = store.put(name, lambda folder, file=file, values=values: write_json(folder / file, values))
        return render_report(store, run_id, recipe, refs, str)

    return run


def test_the_report_shows_what_the_artifacts_hold(render):
    page = render()
    for shown in ("1,200", "short_text", "duplicate", "150", "3.0000", "2.5000", "1,234", "56,789", "Hope is", "7f3a"):
        assert shown in page, shown


def test_the_report_fetches_and_runs_nothing(render):
    tags = Tags(render())
    assert len(tags.names) > 30
    assert tags.dangerous == []
    assert not {"script", "img", "link", "iframe"} & set(tags.names)


@pytest.mark.parametrize("hostile", [SCRIPT, ATTRIBUTE])
def test_text_of_the_data_is_shown_as_text(render, hostile):
    content = copy.deepcopy(CONTENT)
    content["base_scores"] = ("scores.json", scores(3.0, text=hostile))
    content["tuned_scores"] = ("scores.json", scores(2.5, text=hostile))
    for name in ("base_scores", "tuned_scores"):
        content[name][1]["generation"]["samples"][0]["prompt"] = hostile
    content["validation_report"][1]["reasons"] = {hostile: 3}
    content["validation_report"][1]["contract"]["name"] = hostile
    page = render(content, recipe=hostile, run_id=hostile)
    tags = Tags(page)
    assert not {"script", "img"} & set(tags.names)
    assert tags.dangerous == []
    assert hostile not in page
    assert sorted(set(tags.names)) == sorted(set(Tags(render()).names))


def test_many_probes_of_the_data_dont_hide_those_out_of_domain(render):
    content = copy.deepcopy(CONTENT)
    for name, (_, values) in content.items():
        if name.endswith("scores"):
            sample = values["generation"]["samples"][0]
            values["generation"]["samples"] = [
                *({**sample, "prompt": f"Hope {number}"} for number in range(20)),
                {**sample, "domain": "out_of_domain", "prompt": "A virus is"},
            ]
    page = render(content)
    assert page.count("<pre>Hope ") == SHOWN_SAMPLES
    assert page.index("out of domain") < page.index("<pre>A virus is")


def test_a_report_of_equal_artifacts_is_the_same(render):
    assert render() == render()


def test_the_verdict_claims_no_more_than_was_measured():
    better, worse = verdict(scores(3.0), scores(2.5)), verdict(scores(2.5), scores(3.0))
    assert better == (
        "The tuned model predicts held-out rows better than its base: "
        "from 3.000 to 2.500 nats a token on 40 held-out rows."
    )
    assert "no better than its base: from 2.500 to 3.000" in worse
    assert "no better" in verdict(scores(2.5), scores(2.5))
