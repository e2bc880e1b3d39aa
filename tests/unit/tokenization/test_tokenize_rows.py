"""Accepted rows become two splits of documents with everything counted, and equal rows give equal bytes."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from tasks.errors import ArtifactError, RecipeError, TokenizationError
from tasks.prompt_format import PromptConfig
from tasks.purged import content_id
from tasks.tokenization.config import TokenizationConfig, TokenizationSettings
from tasks.tokenization.tokenize_rows import tokenize_accepted
from tasks.tokenized import read_tokens, write_tokens

CONTEXT = 64
"""Of the tiny base."""


@pytest.fixture
def accepted(quotes) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row_id": [f"row{number}" for number in range(len(quotes))],
            "split": ["holdout", "train", "train", "train"] * 2,
            "text": quotes,
            "author": ["Thales", None] * 4,
        }
    )


@pytest.fixture
def tokenize(tiny_base):
    def run(rows, template="{text}", report=lambda done, total: None, **settings):
        config = TokenizationConfig(settings=TokenizationSettings(**settings), prompt=PromptConfig(template=template))
        return tokenize_accepted(rows, config, tiny_base, report)

    return run


def test_rows_keep_their_split_and_order(tokenize, accepted):
    splits, _ = tokenize(accepted)
    assert splits["holdout"][0] == ["row0", "row4"]
    assert splits["train"][0] == ["row1", "row2", "row3", "row5", "row6", "row7"]
    assert all(len(row_ids) == len(documents) for row_ids, documents in splits.values())


def test_counts_are_those_of_the_documents(tokenize, accepted):
    splits, facts = tokenize(accepted, packing=False)
    for split, (_, documents) in splits.items():
        counts = facts["counts"][split]
        assert counts["rows"] == len(documents)
        assert counts["tokens"] == sum(len(document.input_ids) for document in documents)
        assert counts["supervised_tokens"] == counts["tokens"] - counts["rows"]  # the first has no predecessor
        assert counts["longest"] == max(len(document.input_ids) for document in documents)
        assert counts["overlong_rows"] == 0
    assert (facts["max_seq_len"], facts["packing"], facts["end_id"], facts["pad_id"]) == (CONTEXT, False, 0, 0)
    assert facts["tokenizer"]["end_token"] == "<|endoftext|>"


def test_progress_ends_at_all_rows(tokenize, accepted):
    told = []
    tokenize(accepted, report=lambda done, total: told.append((done, total)))
    assert told[-1] == (8, 8)


@pytest.mark.parametrize("overlong", ["truncate", "reject"])
def test_longer_rows_are_counted_whatever_becomes_of_them(tokenize, accepted, overlong):
    whole, _ = tokenize(accepted)
    limit = sorted(len(document.input_ids) for document in whole["train"][1])[2]
    splits, facts = tokenize(accepted, max_seq_len=limit, overlong=overlong)
    expected = sum(len(document.input_ids) > limit for document in whole["train"][1])
    assert expected > 0
    assert facts["counts"]["train"]["overlong_rows"] == expected
    assert facts["counts"]["train"]["longest"] > limit
    documents = splits["train"][1]
    assert len(documents) == 6 - (expected if overlong == "reject" else 0)
    assert max(len(document.input_ids) for document in documents) <= limit
    without_end = sum(document.input_ids[-1] != facts["end_id"] for document in documents)
    assert without_end == (expected if overlong == "truncate" else 0)


def test_split_rows_lose_no_token_and_keep_their_side(tokenize, accepted):
    whole, _ = tokenize(accepted)
    limit = 12
    splits, facts = tokenize(accepted, max_seq_len=limit, overlong="split")
    for split, (row_ids, documents) in splits.items():
        assert len(set(row_ids)) == len(row_ids)
        assert {content_id(row_id) for row_id in row_ids} == set(whole[split][0])
        assert max(len(document.input_ids) for document in documents) <= limit
        counts = facts["counts"][split]
        assert counts["supervised_tokens"] == sum(len(document.input_ids) - 1 for document in whole[split][1])
        assert counts["left_out_rows"] == 0
        assert counts["added_pieces"] == len(documents) - len(whole[split][1]) > 0
        ends = sum(document.input_ids[-1] == facts["end_id"] for document in documents)
        assert ends == len(whole[split][1]), "the last piece of each row ends"


def test_what_the_tokenizer_does_to_the_text_is_counted(tokenize, accepted):
    rows = accepted.copy()
    rows.loc[0, "text"] = "It says <|endoftext|> and <|endoftext|>."
    splits, facts = tokenize(rows)
    assert facts["literal_special_tokens"] == {"<|endoftext|>": 1}
    assert facts["round_trip"] == {"checked": 8, "changed": 0, "lost": {}}
    assert facts["waivers"] == {}
    assert 0 not in splits["holdout"][1][0].input_ids[:-1], "its name is text"


def test_a_length_beyond_the_bases_is_refused(tokenize, accepted):
    with pytest.raises(TokenizationError, match=r"max_seq_len is 65; the base reads at most 64 tokens"):
        tokenize(accepted, max_seq_len=CONTEXT + 1)


def test_no_row_left_is_refused(tokenize, accepted):
    with pytest.raises(TokenizationError, match="held-out rows are left to learn from"):
        tokenize(accepted, max_seq_len=8, overlong="reject")
    with pytest.raises(TokenizationError, match="held-out rows are left to learn from"):
        tokenize(accepted[accepted["split"] == "train"])


def test_a_column_that_isnt_there_is_named(tokenize, accepted):
    with pytest.raises(RecipeError, match=r"prompt names \{txt\}, which is no column; did you mean \{text\}\?"):
        tokenize(accepted, template="{txt}")


def test_the_columns_that_gadfly_adds_are_no_columns(tokenize, accepted):
    with pytest.raises(RecipeError, match=r"prompt names \{row_id\}"):
        tokenize(accepted, template="{row_id}")


def test_tokens_come_back_as_they_were_written(tokenize, accepted, tmp_path):
    splits, facts = tokenize(accepted)
    write_tokens(tmp_path, splits, facts)
    tokens = read_tokens(tmp_path)
    for split, opened in (("train", tokens.train), ("holdout", tokens.holdout)):
        row_ids, documents = splits[split]
        assert opened.row_ids == row_ids
        assert len(opened) == len(documents)
        assert opened.lengths() == [len(document.input_ids) for document in documents]
        for read, written in zip(opened[:], documents, strict=True):
            assert read.input_ids.tolist() == written.input_ids
            assert read.labels.tolist() == written.labels
    assert {name: tokens.facts[name] for name in facts} == facts


def test_writing_again_gives_the_same_bytes(tokenize, accepted, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_tokens(tmp_path / name, *tokenize(accepted.copy()))
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["holdout.arrow", "tokens.json", "train.arrow"]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_slice_of_documents_is_a_list(tokenize, accepted, tmp_path):
    write_tokens(tmp_path, *tokenize(accepted))
    train = read_tokens(tmp_path).train
    assert [len(document.input_ids) for document in train[1:3]] == train.lengths()[1:3]
    assert train[-1].input_ids.tolist() == train[5].input_ids.tolist()
    assert train[100:] == []


def test_another_format_is_named_and_not_misread(tokenize, accepted, tmp_path):
    write_tokens(tmp_path, *tokenize(accepted))
    facts = json.loads((tmp_path / "tokens.json").read_text())
    (tmp_path / "tokens.json").write_text(json.dumps({**facts, "format": 2}))
    with pytest.raises(ArtifactError, match="tokens of format 2; this version reads 1: run the recipe again"):
        read_tokens(tmp_path)
