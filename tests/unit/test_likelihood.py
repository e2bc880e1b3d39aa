"""The likelihood of a document is its own: no batch, order or neighbour changes it."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from tasks.base_model import load_model
from tasks.base_tokenizer import load_tokenizer
from tasks.documents import IGNORE_INDEX, Document, num_supervised
from tasks.encoding import encode_documents
from tasks.likelihood import document_likelihood

LENGTHS = [3, 40, 17, 1, 28, 9, 33, 12, 5, 21] * 4
PAD = 0
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def model(make_model):
    return make_model("GPT2")


@pytest.mark.parametrize("architecture", ["GPT2", "OPT", "Llama"])
def test_the_result_does_not_depend_on_the_batch_size(architecture, make_model, random_documents):
    model = make_model(architecture)
    documents = random_documents(LENGTHS)
    one, four, many = (
        document_likelihood(model, documents, PAD, batch_tokens=rows * max(LENGTHS)) for rows in (1, 4, 32)
    )
    for other in (four, many):
        assert other.nll == pytest.approx(one.nll, abs=1e-6)
        assert np.allclose(other.nll_sum, one.nll_sum, rtol=1e-6, atol=1e-6)
        assert (other.num_tokens == one.num_tokens).all()


def test_a_trained_models_nll_is_the_same_for_1_4_and_32_rows_a_batch():
    """The demo's base on rows of its corpus, as different in length as they come, in float32."""
    with (ROOT / "demo" / "corpus.csv").open(newline="", encoding="utf-8") as stream:
        rows = sorted({row["text"] for row in csv.DictReader(stream)})[::40]
    model, tokenizer = load_model(ROOT / "demo" / "base"), load_tokenizer(ROOT / "demo" / "base")
    documents = [
        Document(document.input_ids[:96], document.labels[:96])
        for document in encode_documents(tokenizer, [("", text) for text in rows], tokenizer.eos_token_id)
    ]
    assert len({len(document.input_ids) for document in documents}) > 10
    one, *others = (document_likelihood(model, documents, PAD, batch_tokens=size * 96) for size in (1, 4, 32))
    for other in others:
        assert other.nll == pytest.approx(one.nll, abs=1e-6)


def test_the_result_follows_the_order_of_the_documents(model, random_documents):
    documents = random_documents(LENGTHS[:10])
    forward, backward = (document_likelihood(model, order, PAD) for order in (documents, documents[::-1]))
    assert np.allclose(forward.nll_sum, backward.nll_sum[::-1], rtol=1e-6)
    assert forward.num_tokens.tolist() == [length - 1 for length in LENGTHS[:10]]


def test_it_is_what_the_model_itself_calls_its_loss(model, random_documents):
    import torch

    (document,) = random_documents([30])
    input_ids = torch.tensor([document.input_ids])
    with torch.no_grad():
        loss = float(model(input_ids=input_ids, labels=input_ids).loss)
    assert document_likelihood(model, [document], PAD).nll == pytest.approx(loss, abs=1e-5)


def test_a_model_that_knows_nothing_is_at_the_logarithm_of_its_vocabulary(make_model, random_documents):
    import torch

    model = make_model("GPT2")
    with torch.no_grad():
        model.transformer.wte.weight.zero_()  # tied: all logits are 0
    assert document_likelihood(model, random_documents([20, 30]), PAD).nll == pytest.approx(math.log(300), abs=1e-5)


def test_what_is_masked_is_not_counted(model, random_documents):
    (document,) = random_documents([12])
    masked = Document(document.input_ids, [IGNORE_INDEX] * 8 + list(document.labels[8:]))
    whole, part = (document_likelihood(model, [item], PAD) for item in (document, masked))
    assert part.num_tokens.tolist() == [4]
    assert part.nll_sum[0] < whole.nll_sum[0]
    head = Document(document.input_ids, [*document.labels[:8], *[IGNORE_INDEX] * 4])
    rest = document_likelihood(model, [head], PAD)
    assert part.nll_sum[0] + rest.nll_sum[0] == pytest.approx(whole.nll_sum[0], rel=1e-6)


def test_the_mean_is_weighted_by_tokens(model, random_documents):
    documents = random_documents([40, 3])
    found = document_likelihood(model, documents, PAD)
    assert found.nll == pytest.approx(float(found.nll_sum.sum()) / (39 + 2))


def test_a_documents_first_token_is_not_counted():
    assert num_supervised(Document([5, 6, 7], [5, 6, 7])) == 2
    assert num_supervised(Document([5], [5])) == 0
    assert num_supervised(Document([5, 6, 7], [IGNORE_INDEX, IGNORE_INDEX, 7])) == 1


def test_measuring_changes_no_weight(model, random_documents):
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    document_likelihood(model, random_documents([20, 30]), PAD)
    assert all((tensor == before[name]).all() for name, tensor in model.state_dict().items())
