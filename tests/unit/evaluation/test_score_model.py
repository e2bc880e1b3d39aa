"""All models are measured alike, on the same documents, and no figure contradicts another."""

from __future__ import annotations

import json
import math

import pytest

from tasks.errors import SourceError
from tasks.evaluation.config import GeneralText, NamedFile
from tasks.evaluation.score_model import rows_of, score_model
from tasks.likelihood import document_likelihood


@pytest.fixture
def score(subject, config):
    return lambda **settings: score_model(subject.model, subject.tokenizer, subject.tokens, config(**settings))


@pytest.fixture
def write(tmp_path):
    def run(name: str, text: str) -> str:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path / name)

    return run


def test_every_held_out_row_is_measured(score, subject):
    scores = score()
    expected = document_likelihood(subject.model, subject.tokens.holdout[:], 0)
    assert scores.facts["holdout"]["nll"] == pytest.approx(expected.nll, abs=1e-6)
    assert scores.facts["holdout"]["rows"] == len(subject.tokens.holdout) == len(scores.measured["holdout"]) == 4
    assert scores.measured["holdout"]["row_id"].tolist() == subject.tokens.holdout.row_ids


def test_no_figure_contradicts_another(score, write):
    scores = score(general=GeneralText(path=write("general.txt", "One paragraph.\n\nAnother one.\n")))
    for name in ("holdout", "train", "general"):
        found = scores.facts[name]
        assert found["perplexity"] == math.exp(found["nll"])
        assert found["bits_per_byte"] == pytest.approx(found["nll"] * found["tokens"] / found["bytes"] / math.log(2))
        for figure in ("nll", "perplexity", "bits_per_byte"):
            low, high = found["interval"][figure]
            assert low < found[figure] < high
        assert found["interval"]["perplexity"] == [math.exp(value) for value in found["interval"]["nll"]]


def test_training_rows_are_measured_on_the_same_footing(score, subject):
    """As many as are held out, by the same function; here all of them, as both splits have four rows."""
    expected = document_likelihood(subject.model, subject.tokens.train[:], 0)
    assert score().facts["train"]["nll"] == pytest.approx(expected.nll, abs=1e-6)
    assert score().facts["train"].keys() == score().facts["holdout"].keys()


def test_a_part_of_the_training_rows_hardly_changes_with_rows_that_are_appended():
    class Rows(list):
        @property
        def row_ids(self):
            return [f"row {value}" for value in self]

    before, after = (set(rows_of(Rows(range(size)), 50).ids) for size in (1000, 1010))
    assert len(before) == len(after) == 50
    assert len(before & after) >= 45
    assert rows_of(Rows(range(9)), 9).documents == list(range(9))


def test_scoring_again_gives_the_same(score):
    assert score().facts == score().facts


def test_bytes_are_those_of_what_is_predicted(score, subject, quotes):
    """The first token has no predecessor and isn't predicted; the end token is, and stands for no byte."""
    measured = score().measured["holdout"].set_index("row_id")
    for row, text, author in zip(subject.accepted["row_id"], quotes, subject.accepted["author"], strict=True):
        if row in measured.index:
            whole = f"{author}: {text}"
            first = subject.tokenizer.decode(subject.tokenizer(whole)["input_ids"][:1])
            assert measured.loc[row, "num_bytes"] == len(whole.encode()) - len(first.encode())


def test_general_text_is_measured_where_it_is_given(score, write):
    assert score().facts["general"] is None
    general = score(general=GeneralText(path=write("general.txt", "One paragraph.\n\nAnother one.\n"))).facts["general"]
    assert general["rows"] == 2


def test_general_text_is_read_by_paragraphs(score, write):
    def measured(text, **limits):
        return score(general=GeneralText(path=write("general.txt", text), **limits)).measured["general"]

    found = measured("One line\nbroken in two.\n\n\n\nAnother paragraph.\n\n.\n")
    assert found["row_id"].tolist() == ["0", "1"]  # a paragraph of one token predicts nothing
    assert len(measured("One.\n\nTwo.\n\nThree.", max_paragraphs=2)) == 2
    assert measured("One line\nbroken.").equals(measured("One   line broken."))


def test_general_text_without_text_is_refused(score, write):
    path = write("empty.txt", "\n\n \n")
    with pytest.raises(SourceError, match=r"evaluation\.general\.path: .*empty\.txt holds no paragraph of text"):
        score(general=GeneralText(path=path))


def test_json_lines_with_the_prompts_columns_are_measured_as_rows_are(score, write, subject):
    """The held-out rows again, as a benchmark: the same figures."""
    held_out = subject.accepted[subject.accepted["split"] == "holdout"]
    lines = [json.dumps({"author": row.author, "text": row.text, "more": 1}) for row in held_out.itertuples()]
    scores = score(files=(NamedFile(name="again", path=write("again.jsonl", "\n".join(lines) + "\n\n")),))
    assert scores.facts["files"]["again"]["nll"] == pytest.approx(scores.facts["holdout"]["nll"], abs=1e-6)
    assert scores.facts["files"]["again"]["bytes"] == scores.facts["holdout"]["bytes"]


def test_other_files_are_measured_as_plain_text(score, write):
    texts = ["Hope is a boat.", "The river forgets\u2028the stones."]
    lines = NamedFile(name="lines", path=write("a.jsonl", "\n".join(json.dumps({"text": text}) for text in texts)))
    plain = NamedFile(name="plain", path=write("a.txt", "\n\n".join(texts)))
    scores = score(files=(lines, plain))
    assert scores.facts["files"]["lines"]["rows"] == scores.facts["files"]["plain"]["rows"] == 2
    assert scores.measured["files"]["file"].tolist() == ["lines"] * 2 + ["plain"] * 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"text": "a b"}\n{"txt": "a"}', r"row 2 has neither the prompt's columns \(author, text\) nor text\n .*txt"),
        ('{"text": "a b"}\nnot JSON', r"line 2 is not JSON"),
        ("[1]", r"line 1 is no JSON object"),
        ("\n", r"holds no text"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_named(score, write, text, message):
    with pytest.raises(SourceError, match=rf"^evaluation\.files\.bench: .*bench\.jsonl.*{message}"):
        score(files=(NamedFile(name="bench", path=write("bench.jsonl", text)),))
