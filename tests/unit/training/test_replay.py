"""General text among the rows: at the share asked for, in the seed's order, and the base forgets less."""

from __future__ import annotations

import pytest

from tasks.base_model import load_model
from tasks.documents import Document
from tasks.errors import SourceError
from tasks.likelihood import document_likelihood
from tasks.tokenized import read_tokens, write_tokens
from tasks.training.config import ReplaySettings, TrainingConfig
from tasks.training.replay import Replay, read_replay
from tasks.training.trainer import train

LENGTHS = [12, 5, 30, 8, 19, 3, 25, 14]


@pytest.mark.parametrize("fraction", [0.05, 0.3, 0.75])
def test_the_share_of_the_tokens_is_kept(fraction, random_documents):
    rows, source = random_documents(LENGTHS), random_documents([7, 11, 40, 23], seed=1)
    replay, given = Replay(source, fraction, seed=0), 0
    for step in range(1, 51):
        given += sum(len(document.input_ids) for document in replay.beside(rows))
        due = step * sum(LENGTHS) * fraction / (1 - fraction)
        assert due <= given < due + 40
    assert replay.told().tokens == given
    assert replay.told().fraction == pytest.approx(fraction, abs=0.01)


def test_every_pass_is_whole_and_in_another_order(random_documents):
    source = random_documents([10] * 8, seed=1)
    replay = Replay(source, 0.5, seed=0)
    dealt = [source.index(document) for _ in range(3) for document in replay.beside(random_documents([80]))]
    passes = [dealt[start : start + 8] for start in (0, 8, 16)]
    assert all(sorted(found) == list(range(8)) for found in passes)
    assert len({tuple(found) for found in passes}) == 3
    assert replay.told().passes == 3


def test_the_order_is_the_seeds(random_documents):
    def order(seed):
        replay = Replay(random_documents([10] * 8, seed=1), 0.5, seed)
        return replay.beside(random_documents([80]))

    assert order(1) == order(1)
    assert order(1) != order(2)


def test_paragraphs_are_documents_and_long_ones_come_in_pieces(tiny_tokenizer, tmp_path):
    (tmp_path / "general.txt").write_text(
        "Hope is\na waking dream.\n\n \n\n" + "river " * 100 + "\n\nx", encoding="utf-8"
    )
    documents = read_replay(ReplaySettings(path=str(tmp_path / "general.txt")), tiny_tokenizer, 32)
    told = [tiny_tokenizer.decode(document.input_ids) for document in documents]
    assert told[0] == "Hope is a waking dream."
    assert "".join(told[1:]) == ("river " * 100).strip()
    assert len(told) > 3
    assert max(len(document.input_ids) for document in documents) == 32
    assert all(document.labels == document.input_ids for document in documents)


def test_a_source_without_text_is_an_error(tiny_tokenizer, tmp_path):
    (tmp_path / "empty.txt").write_text("\n\n \n")
    with pytest.raises(SourceError, match=r"training\.replay\.path: .*empty\.txt holds no paragraph of text"):
        read_replay(ReplaySettings(path=str(tmp_path / "empty.txt")), tiny_tokenizer, 32)


def counting(first, length=20):
    """Ids that go up by one: what the base is first taught."""
    ids = [1 + (first + step) % 100 for step in range(length)]
    return Document(ids, ids)


def falling(first, length=20):
    """Ids of the same range that go down by one: what it is fine-tuned on, and what contradicts it."""
    ids = [1 + (first - step) % 100 for step in range(length)]
    return Document(ids, ids)


@pytest.fixture
def taught(make_model, tiny_tokenizer, tmp_path):
    """A tiny base that has learned to count, and rows of the opposite."""
    import torch

    def tokens(name, documents):
        (tmp_path / name).mkdir()
        named = [str(number) for number in range(len(documents))]
        write_tokens(
            tmp_path / name,
            {"train": (named, documents), "holdout": (named, documents)},
            {"pad_id": 0, "packing": True},
        )
        return read_tokens(tmp_path / name)

    config = TrainingConfig(method="full", learning_rate=1e-2, epochs=12, batch_size=10, precision="float32")
    torch.manual_seed(0)
    model = make_model("GPT2")
    train(model, tokens("counting", [counting(first) for first in range(0, 100, 2)]), config, lambda *_, **__: None)
    model.save_pretrained(tmp_path / "base")
    return tmp_path / "base", tokens("falling", [falling(first) for first in range(0, 100, 2)]), config


def test_replay_makes_the_base_forget_less(taught):
    base, rows, config = taught
    general = [counting(first) for first in range(1, 100, 2)]
    before = document_likelihood(load_model(base), general, 0).nll

    def forgotten(fraction):
        model = load_model(base)
        replay = Replay([counting(first) for first in range(0, 100, 2)], fraction, 0) if fraction else None
        curve, _ = train(model, rows, config, lambda *_, **__: None, replay=replay)
        assert curve.holdout[-1]["nll"] < curve.holdout[0]["nll"] - 1, "the rows are learned all the same"
        assert (curve.replay or {"fraction": 0})["fraction"] == pytest.approx(fraction, abs=0.02)
        return document_likelihood(model.eval(), general, 0).nll - before

    without, little, much = forgotten(0), forgotten(0.1), forgotten(0.3)
    assert without > 0.5
    assert little < 0.8 * without
    assert much < little
