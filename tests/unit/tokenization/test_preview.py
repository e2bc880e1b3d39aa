"""A person sees each token's text, its id, and whether it is learned."""

from __future__ import annotations

from tasks.prompt_format import PromptConfig
from tasks.tokenization.config import TokenizationConfig, TokenizationSettings
from tasks.tokenization.preview import preview


def shown(tiny_base, rows, **config):
    settings = TokenizationSettings(**config.pop("settings", {}))
    return preview(TokenizationConfig(settings=settings, prompt=PromptConfig(**config)), rows, tiny_base)


def test_a_prompt_is_given_and_a_completion_learned(tiny_base):
    rows = [{"row_id": "r1", "question": "Hope?", "answer": " A dream."}]
    (row,) = shown(tiny_base, rows, prompt="{question}", completion="{answer}")
    assert row["row_id"] == "r1"
    given = "".join(token["text"] for token in row["tokens"] if not token["supervised"])
    learned = "".join(token["text"] for token in row["tokens"] if token["supervised"])
    assert (given, learned) == ("Hope?", " A dream.<|endoftext|>")
    assert row["tokens"][-1]["id"] == 0


def test_a_first_token_is_never_learned(tiny_base):
    (row,) = shown(tiny_base, [{"row_id": "r1", "text": "Hope"}], template="{text}")
    assert [token["supervised"] for token in row["tokens"]] == [False] + [True] * (len(row["tokens"]) - 1)


def test_a_part_of_a_character_is_shown_by_its_name(tiny_base):
    (row,) = shown(tiny_base, [{"row_id": "r1", "text": "\u4f60"}], template="{text}")
    assert all("\ufffd" not in token["text"] for token in row["tokens"])
    assert len(row["tokens"]) == 4, "three bytes and the end"


def test_a_split_row_is_shown_in_its_pieces(tiny_base):
    rows = [{"row_id": "r1", "text": "Hope is a waking dream of herons and lanterns."}]
    pieces = shown(tiny_base, rows, template="{text}", settings={"max_seq_len": 8, "overlong": "split"})
    assert len(pieces) > 2
    assert {piece["row_id"] for piece in pieces} == {"r1"}
