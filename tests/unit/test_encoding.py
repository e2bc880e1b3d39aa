"""Rows become documents that end, and of which only what is to be written is learned."""

from __future__ import annotations

import copy

import pytest

from tasks.documents import IGNORE_INDEX, Document
from tasks.encoding import encode_documents, fit


@pytest.fixture
def end_id(tiny_tokenizer) -> int:
    return int(tiny_tokenizer.eos_token_id)


def with_ends(tokenizer, *, begin: bool):
    """The tokenizer, adding an end token of its own (and a begin token) to each text, as some bases' do."""
    from tokenizers.processors import TemplateProcessing

    changed = copy.deepcopy(tokenizer)
    end = tokenizer.eos_token
    changed.backend_tokenizer.post_processor = TemplateProcessing(
        single=f"{end} $A {end}" if begin else f"$A {end}", special_tokens=[(end, tokenizer.eos_token_id)]
    )
    assert changed("a")["input_ids"][-1] == tokenizer.eos_token_id
    return changed


def learned(document: Document) -> list[int]:
    return [label for label in document.labels if label != IGNORE_INDEX]


def test_every_row_ends_with_one_end_token_that_is_learned(tiny_tokenizer, end_id, quotes):
    documents = encode_documents(tiny_tokenizer, [("", text) for text in quotes], end_id)
    assert len(documents) == len(quotes)
    for text, document in zip(quotes, documents, strict=True):
        assert document.input_ids[-1] == document.labels[-1] == end_id
        assert end_id not in document.input_ids[:-1]
        assert tiny_tokenizer.decode(document.input_ids[:-1]) == text
        assert document.labels == document.input_ids


def test_an_empty_row_is_an_end_token(tiny_tokenizer, end_id):
    assert encode_documents(tiny_tokenizer, [("", "")], end_id) == [Document([end_id], [end_id])]


def test_a_prompt_is_given_and_not_learned(tiny_tokenizer, end_id):
    (document,) = encode_documents(tiny_tokenizer, [("Hope:", " a waking dream.")], end_id)
    assert tiny_tokenizer.decode(document.input_ids[:-1]) == "Hope: a waking dream."
    assert tiny_tokenizer.decode(learned(document)) == " a waking dream." + tiny_tokenizer.eos_token
    given = sum(label == IGNORE_INDEX for label in document.labels)
    assert document.labels == [IGNORE_INDEX] * given + document.input_ids[given:]


def test_a_token_across_the_border_is_learned(tiny_tokenizer, end_id):
    """`dre` + `am` is encoded as `dream`, as the model will see it; what reaches beyond the prompt is its to write."""
    whole, split = encode_documents(
        tiny_tokenizer, [("", "Hope is a waking dream."), ("Hope is a wak", "ing dream.")], end_id
    )
    assert split.input_ids == whole.input_ids
    assert tiny_tokenizer.decode(learned(split)).endswith("ing dream." + tiny_tokenizer.eos_token)


def test_characters_of_many_bytes_are_divided_at_the_border(tiny_tokenizer, end_id):
    (document,) = encode_documents(tiny_tokenizer, [("ä€", "😀ß")], end_id)
    assert tiny_tokenizer.decode(learned(document)) == "😀ß" + tiny_tokenizer.eos_token


@pytest.mark.parametrize("begin", [False, True])
@pytest.mark.parametrize("prompt", ["", "Hope:"])
def test_a_tokenizer_that_adds_ends_itself_makes_no_second_one(tiny_tokenizer, end_id, begin, prompt):
    tokenizer = with_ends(tiny_tokenizer, begin=begin)
    (document,) = encode_documents(tokenizer, [(prompt, " dream.")], end_id)
    (plain,) = encode_documents(tiny_tokenizer, [(prompt, " dream.")], end_id)
    assert document.input_ids == [end_id] * begin + plain.input_ids
    assert tokenizer.decode(learned(document)[begin and not prompt :]) == " dream." + tokenizer.eos_token


def test_no_rows_are_no_documents(tiny_tokenizer, end_id):
    assert encode_documents(tiny_tokenizer, [], end_id) == []


def test_a_special_tokens_name_in_a_row_is_text(tiny_tokenizer, end_id):
    text = f"An {tiny_tokenizer.eos_token} in the middle and {tiny_tokenizer.eos_token}"
    for prompt, completion in (("", text), (text, text)):
        (document,) = encode_documents(tiny_tokenizer, [(prompt, completion)], end_id)
        assert document.input_ids.count(end_id) == 1
        assert tiny_tokenizer.decode(document.input_ids[:-1]) == prompt + completion


def test_a_document_with_nothing_to_learn_is_left_out():
    nothing = Document([1, 2, 3, 4, 0], [IGNORE_INDEX] * 4 + [0])
    assert fit([nothing], 4, "truncate") == ([], [])
    assert fit([nothing], 5, "truncate") == ([0], [nothing])
    assert fit([Document([0], [0])], 5, "truncate") == ([], [])  # its only token has no predecessor


def test_a_short_document_is_left_as_it_is():
    documents = [Document([1, 2, 0], [1, 2, 0])]
    for overlong in ("truncate", "reject"):
        assert fit(documents, 3, overlong) == ([0], documents)


def test_a_long_document_is_cut_and_then_has_no_end():
    documents = [Document([1, 0], [1, 0]), Document([1, 2, 3, 0], [IGNORE_INDEX, 2, 3, 0])]
    assert fit(documents, 3, "truncate") == ([0, 1], [documents[0], Document([1, 2, 3], [IGNORE_INDEX, 2, 3])])


def test_a_long_document_is_left_out():
    documents = [Document([1, 2, 3, 0], [1, 2, 3, 0]), Document([1, 0], [1, 0])]
    assert fit(documents, 3, "reject") == ([1], [documents[1]])
