"""Tasks of lm-eval by name. What runs it needs the extra; without it these tests are skipped, and say so."""

from __future__ import annotations

import json

import pytest

from flows.recipe import load_recipe
from tasks.errors import RecipeError, SourceError
from tasks.evaluation.config import LmEvalSettings, lm_eval_version

TASK = """\
task: capitals
dataset_path: json
dataset_kwargs: {{data_files: {{test: {data}}}}}
test_split: test
output_type: multiple_choice
doc_to_text: "The capital of {{{{country}}}} is"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: "{{{{answer}}}}"
metric_list: [{{metric: acc, aggregation: mean, higher_is_better: true}}]
"""


@pytest.mark.skipif(bool(lm_eval_version()), reason="lm-eval is installed")
def test_a_recipe_that_asks_for_lm_eval_without_it_names_the_command():
    with pytest.raises(
        RecipeError, match=r"needs lm-eval, which isn't installed\n  .* -m pip install -e '.*\[lm-eval\]'"
    ):
        load_recipe("demo", ["evaluation.lm_eval.tasks=[hellaswag]"])


@pytest.fixture
def task(tmp_path):
    pytest.importorskip("lm_eval", reason="the extra lm-eval isn't installed")
    rows = [{"country": country, "choices": ["Rome", "Paris"], "answer": n % 2} for n, country in enumerate("abcdef")]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (tmp_path / "capitals.yaml").write_text(TASK.format(data=tmp_path / "rows.jsonl"), encoding="utf-8")
    return tmp_path


def scores(subject, **settings):
    from tasks.evaluation.harness import harness_scores

    return harness_scores(subject.model, subject.tokenizer, LmEvalSettings(**settings))


def test_a_task_is_scored_with_its_error(task, subject):
    found = scores(subject, tasks=("capitals",), include=str(task))["capitals"]["acc"]
    assert found["value"] in [n / 6 for n in range(7)]
    assert found["stderr"] > 0
    assert scores(subject, tasks=("capitals",), include=str(task), limit=1)["capitals"]["acc"]["value"] in (0, 1)


def test_a_task_that_isnt_known_is_named(task, subject):
    with pytest.raises(RecipeError, match="knows no task capitols"):
        scores(subject, tasks=("capitols",), include=str(task))


def test_a_task_without_its_data_says_what_to_do(task, subject):
    (task / "rows.jsonl").unlink()
    with pytest.raises(SourceError, match="the data of capitals isn't on this machine and can't be fetched"):
        scores(subject, tasks=("capitals",), include=str(task))
