"""Packing changes what is computed for nothing, and no loss.

If a packed document saw its neighbour, or were counted from another position, training would quietly learn something
else than what evaluation measures.
"""

from __future__ import annotations

import random

import pytest

from tasks.document_attention import attend_by_document, attends_by_document
from tasks.documents import IGNORE_INDEX, Document
from tasks.likelihood import position_losses
from tasks.output_head import split_at_head
from tasks.packing import ROW_TOKENS, collate, pack_evenly

LENGTHS = [[], [1], [7], [600], [3, 3, 3], [512, 1, 511, 2], [5] * 300, list(range(1, 200))]
ARCHITECTURES = ("GPT2", "OPT", "Llama", "GPTNeoX", "Qwen2")
END = PAD = 0


def losses(model, documents, rows):
    """The loss at every position of packed rows, shape (R, L - 1)."""
    return position_losses(model, split_at_head(model), collate(documents, rows, PAD))


@pytest.mark.parametrize("lengths", LENGTHS)
def test_every_document_is_in_exactly_one_row(lengths):
    rows = pack_evenly(lengths)
    assert sorted(index for row in rows for index in row) == list(range(len(lengths)))
    assert all(rows)


def test_packing_is_the_same_each_time():
    lengths = [random.Random(1).randrange(1, 50) for _ in range(200)]
    assert pack_evenly(lengths) == pack_evenly(list(lengths))


@pytest.mark.parametrize("seed", range(3))
def test_many_short_documents_leave_less_than_two_percent_of_padding(seed):
    draw = random.Random(seed)
    lengths = [draw.randrange(5, 60) for _ in range(500)]
    loads = [sum(lengths[index] for index in row) for row in pack_evenly(lengths)]
    assert 1 - sum(loads) / (len(loads) * max(loads)) < 0.02
    assert max(loads) <= ROW_TOKENS + max(lengths)


def test_rows_differ_by_at_most_the_longest_document():
    """The bound of longest-first: a document goes to the emptiest row (Graham, 1969)."""
    draw = random.Random(5)
    lengths = [draw.randrange(1, 300) for _ in range(100)]
    loads = [sum(lengths[index] for index in row) for row in pack_evenly(lengths)]
    assert max(loads) - min(loads) <= max(lengths)


def test_documents_are_laid_out_whole():
    documents = [Document([1, 2, 3], [1, 2, 3]), Document([4, 5], [4, 5]), Document([6], [6])]
    packed = collate(documents, [[1, 0], [2]], pad_id=9)
    assert packed.input_ids_RL.tolist() == [[4, 5, 1, 2, 3], [6, 9, 9, 9, 9]]
    assert packed.position_ids_RL.tolist() == [[0, 1, 0, 1, 2], [0, 0, 0, 0, 0]]
    ignore = IGNORE_INDEX
    assert packed.labels_RL.tolist() == [[ignore, 5, ignore, 2, 3], [ignore] * 5]


def test_the_mask_lets_a_document_see_its_own_past_alone():
    documents = [Document([1, 2], [1, 2]), Document([3], [3])]
    packed = collate(documents, [[0, 1], [1]], pad_id=9)
    assert packed.attention_mask_R1LL.shape == (2, 1, 3, 3)
    assert packed.attention_mask_R1LL[0, 0].int().tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    assert packed.attention_mask_R1LL.any(dim=-1).all()  # no position sees nothing: softmax would give nan


def test_rows_of_one_document_need_no_mask():
    documents = [Document([1, 2], [1, 2]), Document([3], [3])]
    assert collate(documents, [[0], [1]], pad_id=9).attention_mask_R1LL is None


def test_an_end_token_that_is_also_padding_is_still_learned():
    documents = [Document([5, 6, END], [5, 6, END]), Document([7, END], [7, END])]
    for rows in ([[0], [1]], [[0, 1]]):
        labels = collate(documents, rows, pad_id=END).labels_RL
        assert int((labels == END).sum()) == len(documents)


@pytest.mark.parametrize("by_document", [False, True])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_loss_of_packed_rows_is_that_of_the_same_rows_one_by_one(
    architecture, by_document, make_model, random_documents
):
    import torch

    model = make_model(architecture)
    if by_document:
        attend_by_document(model)
        assert attends_by_document(model)
    documents = random_documents([9, 4, 17, 2, 11, 6, 1])
    with torch.no_grad():
        alone = [float(losses(model, documents, [[index]]).sum()) for index in range(len(documents))]
        for rows in ([[0, 1, 2, 3, 4, 5, 6]], [[2, 0, 3], [6, 4], [1, 5]]):
            nll_RL = losses(model, documents, rows)
            assert [float(row) for row in nll_RL.sum(1)] == pytest.approx(
                [sum(alone[index] for index in row) for row in rows], rel=1e-5, abs=1e-5
            )
            for number, row in enumerate(rows):
                start = 0
                for index in row:
                    end = start + len(documents[index].input_ids)
                    own = nll_RL[number, max(0, start - 1) : end - 1]
                    assert float(own.sum()) == pytest.approx(alone[index], rel=1e-5, abs=1e-5)
                    start = end


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_padding_beside_a_document_changes_no_loss(architecture, make_model, random_documents):
    import torch

    model = make_model(architecture)
    documents = random_documents([20, 5])
    with torch.no_grad():
        padded = losses(model, documents, [[0], [1]])[1].sum()
        alone = losses(model, documents, [[1]]).sum()
    assert float(padded) == pytest.approx(float(alone), rel=1e-5)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_packed_document_is_never_predicted_from_its_neighbour(architecture, make_model, random_documents):
    import torch

    model = make_model(architecture)
    neighbour, document = random_documents([8, 6], seed=1)
    (other,) = random_documents([8], seed=2)
    with torch.no_grad():
        nll = losses(model, [neighbour, document], [[0, 1]])
        changed = losses(model, [other, document], [[0, 1]])
    assert float(nll[0, 7]) == 0  # position 7 is the neighbour's end: it predicts nothing
    assert torch.equal(nll[0, 7:], changed[0, 7:])
    assert not torch.equal(nll[0, :7], changed[0, :7])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_row_may_be_longer_than_the_models_context(architecture, make_model, random_documents):
    import torch

    model = make_model(architecture, max_position_embeddings=16)
    documents = random_documents([16, 15, 16, 9])
    with torch.no_grad():
        packed = losses(model, documents, [[0, 1, 2, 3]]).sum()
        alone = losses(model, documents, [[0], [1], [2], [3]]).sum()
    assert float(packed) == pytest.approx(float(alone), rel=1e-5)
