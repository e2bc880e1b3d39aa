"""Rows into documents: token ids and labels, an end token on each.

Prompt and completion are encoded as one text, so that the tokens are those the model sees at use; a token belongs to
the prompt where it ends inside it. Of a base that is used through its chat template (`base.chat`), the prompt stands in
the template's user turn. What is given (the prompt) is masked out of the labels. A special token's name in
a row's text (`<|endoftext|>`) is text and never becomes the token: only the chain places those.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from tasks.chat_frame import ChatFrame, chat_frame
from tasks.documents import IGNORE_INDEX, Document, num_supervised
from tasks.errors import TokenizationError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def encode_documents(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[tuple[str, str]], end_id: int | None
) -> list[Document]:
    """Tokenize prompt and completion pairs.

    Args:
        tokenizer: The base's tokenizer; what it adds at the front of a text (a begin token) is kept.
        texts: Prompt and completion of each row; an empty prompt means that all is learned.
        end_id: The end token, placed at the end of each; None where the base has none and that was waived.

    Returns:
        A document a row, in order.

    Raises:
        TokenizationError: A prompt needs character offsets and the tokenizer has none.
    """
    if not texts:
        return []
    if any(prompt for prompt, _ in texts) and not tokenizer.is_fast:
        raise TokenizationError("prompt and completion need a fast tokenizer (tokenizer.json), for character offsets")
    frame = chat_frame(tokenizer)
    if frame and all(prompt for prompt, _ in texts):
        return [_turn(tokenizer, frame, prompt, completion, end_id) for prompt, completion in texts]
    encoded = tokenizer(
        [prompt + completion for prompt, completion in texts],
        return_offsets_mapping=tokenizer.is_fast,
        return_attention_mask=False,
        split_special_tokens=True,
        verbose=False,
    )
    documents = []
    for row, (prompt, _) in enumerate(texts):
        input_ids = list(encoded["input_ids"][row])
        given = _num_given(encoded["offset_mapping"][row], len(prompt)) if prompt else 0
        if end_id is not None:
            while len(input_ids) > given and input_ids[-1] == end_id:
                input_ids.pop()
            input_ids.append(end_id)
        documents.append(Document(input_ids, [IGNORE_INDEX] * given + input_ids[given:]))
    return documents


def _turn(
    tokenizer: PreTrainedTokenizerBase, frame: ChatFrame, prompt: str, completion: str, end_id: int | None
) -> Document:
    """A user's turn in the chat template's frame, which is given, and the answer, which is learned."""
    given = [*frame.before, *_plain_ids(tokenizer, prompt), *frame.after]
    learned = [*_plain_ids(tokenizer, completion), *([] if end_id is None else [end_id])]
    return Document(given + learned, [IGNORE_INDEX] * len(given) + learned)


def _plain_ids(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    encoded = tokenizer(
        text, add_special_tokens=False, return_attention_mask=False, split_special_tokens=True, verbose=False
    )
    return list(encoded["input_ids"])


def _num_given(offsets: Sequence[tuple[int, int]], prompt_chars: int) -> int:
    """Tokens at the front that end inside the prompt."""
    return sum(1 for _ in takewhile(lambda span: span[1] <= prompt_chars, offsets))


def fit(documents: Sequence[Document], max_seq_len: int, overlong: str) -> tuple[list[int], list[Document]]:
    """Bring documents to at most `max_seq_len` tokens.

    Args:
        documents: Of any length.
        max_seq_len: Of the longest that stays, in tokens.
        overlong: `truncate`, `split` or `reject`.

    Returns:
        Indices of the documents that stay, one for each piece, and those documents. A truncated one loses its end
        token: it doesn't end. A piece without anything to learn, as a prompt that fills the row, doesn't stay.
    """
    kept: list[int] = []
    fitted: list[Document] = []
    for index, document in enumerate(documents):
        for piece in _pieces(document, max_seq_len, overlong):
            if num_supervised(piece):
                kept.append(index)
                fitted.append(piece)
    return kept, fitted


def _pieces(document: Document, max_seq_len: int, overlong: str) -> list[Document]:
    """What is left of a document. Split, a piece begins with the last token of the piece before: a first token is never
    learned, so every token is learned once."""
    length = len(document.input_ids)
    if length <= max_seq_len:
        return [document]
    starts = {"reject": range(0), "truncate": range(1), "split": range(0, length - 1, max_seq_len - 1)}[overlong]
    return [
        Document(document.input_ids[start : start + max_seq_len], document.labels[start : start + max_seq_len])
        for start in starts
    ]
