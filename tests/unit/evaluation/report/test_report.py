"""The report is one file that shows row text as text: nothing in the data can run in a reader's browser."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from tasks.artifacts import ArtifactStore
from tasks.evaluation.report.render import render_report, with_override
from tasks.evaluation.report.run import ReportedRun, ReportedStage
from tasks.evaluation.report.samples import SHOWN_SAMPLES
from tasks.json_files import write_json

SCRIPT = "<script>alert(1)</script>"
ATTRIBUTE = '"><img src=x onerror=alert(1)>'


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
def render(tmp_path, content):
    def run(content=content, **told):
        store = ArtifactStore(str(tmp_path / "store"))
        refs = {}
        for name, (file, values) in content.items():
            record = {"seconds": 40.0, "tokens_per_second": 4100.0, "peak_memory_bytes": 1.25e9, "device": "cpu"}
            refs[name] = store.put(
                name, lambda folder, file=file, values=values: write_json(folder / file, values), record=record
            )
        stages = {"training": ReportedStage(state="cached", seconds=0.1, outputs={"trained": refs["trained"]})}
        champion = {name: refs.pop(name) for name in list(refs) if name.startswith("champion_")}
        verdict = {"champion_artifacts": {name.removeprefix("champion_"): ref for name, ref in champion.items()}}
        facts = {"run_id": "7f3a", "recipe": "quotes", "command": "gadfly run quotes", "stages": stages}
        facts |= {"verdict": verdict} if champion else {}
        return render_report(store, ReportedRun(**facts | told), refs, str).html

    return run


def test_the_report_shows_what_the_artifacts_hold(render):
    page = render()
    shown = ("1,200", "short_text", "duplicate", "150", "mojibake", "shouting", "3.0000", "2.5000", "1,234", "56,789")
    for text in (
        *shown,
        "Hope is",
        "A virus is",
        "7f3a",
        "benchmark",
        "General text",
        "Training rows",
        "1.2 GB",
        "4,100",
    ):
        assert text in page, text
    assert "Better than its base by 0.500 nats a token" in page
    assert "2.4500 to 2.5500" in page, "the interval beside the number"
    assert "fitting" in page
    assert "share of continuations that end in a quotation mark" in page, "how spill-over was measured"
    assert "from the cache" in page
    assert "40.0 s" in page, "what a cached stage took when it ran"


def test_nothing_is_called_better_that_the_comparison_doesnt_call_so(render, content):
    content["comparison"][1].update(is_better=False, judgement="Not known to be better than its base.")
    page = render(content)
    assert 'class="verdict open"' in page
    del content["comparison"]
    page = render(content)
    assert "fell from 3.000 to 2.500 nats a token; how much of that is chance was not measured" in page
    assert "better than its base" not in page.lower()
    assert 'class="verdict open"' in page


def test_a_better_loss_with_more_junk_is_no_good_news(render, content):
    content["tuned_samples"][1].update(junk=64, junk_rate=0.32, reasons={"placeholder": 64})
    page = render(content)
    assert 'class="verdict bad"' in page
    assert "32.0% of its samples break the data&#39;s contract, 3.0% of the base&#39;s do" in page
    assert "placeholder" in page


def test_the_gates_refusal_is_told_first_and_each_clause_is_listed(render):
    clauses = [
        {"name": "improvement", "passed": True, "seen": "+0.5", "allowed": "more than 0", "why": "It is better."},
        {"name": "sample_junk", "passed": False, "seen": "32 %", "allowed": "5 %", "why": "It writes junk."},
    ]
    page = render(verdict={"clauses": clauses})
    assert 'class="verdict bad"' in page
    assert "The gate refuses it for sample junk: It writes junk." in page
    assert page.count("✓ passed") == page.count("✕ refused") == 1


def test_a_champion_stands_beside_base_and_tuned(render, content):
    champion = content["tuned_scores"][1] | {"holdout": content["base_scores"][1]["holdout"] | {"nll": 2.71828}}
    content["champion_scores"] = ("scores.json", champion)
    content["champion_samples"] = content["base_samples"]
    content["champion_comparison"] = ("comparison.json", {"judgement": "Not known to be better than the champion."})
    page = render(content)
    assert "2.7183" in page
    assert "Not known to be better than the champion." in page
    assert ">champion</th>" in page


def test_scores_of_the_first_format_are_still_shown(render, content):
    """Without intervals, training rows, probes and a comparison: what is missing is left out."""
    for name in ("base_scores", "tuned_scores"):
        old = content[name][1]
        holdout = {key: old["holdout"][key] for key in ("nll", "perplexity", "tokens", "rows")}
        generation = {"samples": old["generation"]["samples"], "stop_rate": 0.9}
        content[name] = ("scores.json", {"format": 1, "holdout": holdout, "general": None, "generation": generation})
    for name in ("comparison", "base_samples", "tuned_samples", "rows", "tokens"):
        del content[name]
    page = render(content)
    assert "2.5000" in page
    assert "bits a byte" not in page
    assert "Training rows" not in page
    assert "90.0%" in page, "the share that ends by itself"


def test_the_report_fetches_and_runs_nothing(render):
    tags = Tags(render())
    assert len(tags.names) > 100
    assert "svg" in tags.names
    assert tags.dangerous == []
    assert not {"script", "img", "link", "iframe", "a"} & set(tags.names)


@pytest.mark.parametrize("hostile", [SCRIPT, ATTRIBUTE])
def test_text_of_the_data_is_shown_as_text(render, content, hostile):
    names = sorted(set(Tags(render()).names))
    for name in ("base_scores", "tuned_scores"):
        scores = content[name][1]
        for sample in scores["generation"]["samples"]:
            sample["prompt"] = sample["text"] = hostile
        scores["files"] = {hostile: scores["files"]["benchmark"]}
        scores["generation"]["probes"]["spill_over"]["definition"] = hostile
        content[name.replace("scores", "samples")][1]["reasons"] = {hostile: 3}
    comparison = content["comparison"][1]
    comparison["judgement"] = comparison["fit"]["why"] = comparison["noise"]["source"] = hostile
    comparison["files"] = {hostile: comparison["files"]["benchmark"]}
    content["validation_report"][1]["reasons"] = {hostile: 3}
    content["validation_report"][1]["contract"]["name"] = hostile
    content["rows"][1].update(notes=[hostile], licence=hostile, revision=hostile)
    page = render(content, recipe=hostile, run_id=hostile, command=f"gadfly run '{hostile}'", recipe_yaml=hostile)
    tags = Tags(page)
    assert tags.dangerous == []
    assert hostile not in page
    assert sorted(set(tags.names)) == names


def test_many_probes_of_the_data_dont_hide_those_out_of_domain(render, content):
    for name in ("base_scores", "tuned_scores"):
        generation = content[name][1]["generation"]
        inside, outside = generation["samples"]
        generation["samples"] = [*({**inside, "prompt": f"Hope {number}"} for number in range(20)), outside]
    page = render(content)
    assert page.count("<pre>Hope ") == SHOWN_SAMPLES
    assert page.index("After out-of-domain prompts") < page.index("<pre>A virus is")


def test_a_report_of_equal_artifacts_is_the_same(render):
    assert render() == render()


def test_the_next_command_replaces_an_override_of_the_same_key():
    command = "gadfly run quotes -s training.epochs=3 -s 'source.path=my quotes.csv'"
    assert with_override(command, "training.epochs=6") == (
        "gadfly run quotes -s 'source.path=my quotes.csv' -s training.epochs=6"
    )
    assert with_override("gadfly run quotes", "a.b=1") == "gadfly run quotes -s a.b=1"


def test_a_waived_tokenizer_check_is_on_the_page(render, content):
    content["tokens"][1]["waivers"] = {"end_token": f"Ann: {SCRIPT}"}
    page = render(content)
    assert "tokenization.waive.end_token" in page
    assert "Ann: &lt;script&gt;" in page
    assert SCRIPT not in page
