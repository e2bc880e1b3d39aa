"""How near a text is to the style of the training rows: a small character model that learns them and reads the text.

The model is of n-grams of `ORDER` characters with Witten-Bell smoothing (Bell, Cleary and Witten 1990): each context
mixes what followed it with what the next shorter context says, down to all characters alike. Style here is what that
sees: the template's marks, punctuation, words, their usual neighbours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

ORDER = 6
"""Characters of an n-gram, the one that is predicted included."""
READ_CHARACTERS = 300_000
"""Of the training rows; more are sampled down to that."""

MARK = 0
"""Stands before each text."""
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
"""An odd number near 2^64 / the golden ratio, for hashes by multiplication."""

Codes = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

DEFINITION = (
    "bits a character that continuations of out-of-domain prompts cost more than held-out rows, negated, under a "
    f"character model ({ORDER}-grams, Witten-Bell) of the training rows: 0 is the style of the data, and what the "
    "tuned model has more than its base was picked up"
)


def sampled_texts(texts: Sequence[str]) -> list[str]:
    """Texts of `READ_CHARACTERS` in all: the same ones whatever their order."""
    chosen: list[str] = []
    characters = 0
    for text in sorted(texts, key=lambda text: hashlib.sha256(text.encode("utf-8", "replace")).digest()):
        if chosen and characters + len(text) > READ_CHARACTERS:
            break
        chosen.append(text)
        characters += len(text)
    return chosen


class StyleModel:
    """Learns the characters of texts.

    Args:
        texts: What the style is that of.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        codes, starts = _joined(texts)
        self._alphabet = len(np.unique(codes))  # the mark between texts stands for all that was never seen
        self._orders = [_Order(codes, _whole(codes, starts, size), size) for size in range(ORDER)]

    def bits(self, texts: Sequence[tuple[str, str]]) -> float | None:
        """Bits a character of continuations, given their prompts; None where nothing was written.

        Args:
            texts: Prompt and continuation.
        """
        codes, starts = _joined([prompt + text for prompt, text in texts])
        is_written = [number >= len(prompt) for prompt, text in texts for number in range(-1, len(prompt) + len(text))]
        written = np.array(is_written, bool) & (codes != MARK)
        if not written.any():
            return None
        probability = np.full(len(codes), 1.0 / self._alphabet)
        for size, order in enumerate(self._orders):
            at = _whole(codes, starts, size)
            probability[at] = order.mixed(codes, at, probability[at])
        return float(-np.log2(probability[written]).sum() / written.sum())


class _Order:
    """What followed each context of `size` characters.

    Args:
        codes: Characters of all texts.
        at: Places with a whole context before them.
        size: Of a context.
    """

    def __init__(self, codes: Codes, at: Places, size: int) -> None:
        self._size = size
        contexts, grams = _hashed(codes, at, size)
        self._grams, first, self._followed = np.unique(grams, return_index=True, return_counts=True)
        self._contexts, self._seen = np.unique(contexts, return_counts=True)
        self._kinds = np.unique(contexts[first], return_counts=True)[1]

    def mixed(self, codes: Codes, at: Places, shorter: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Each character's probability, from what the next shorter context says of it."""
        contexts, grams = _hashed(codes, at, self._size)
        followed = _looked_up(self._grams, self._followed, grams)
        seen, kinds = (_looked_up(self._contexts, counts, contexts) for counts in (self._seen, self._kinds))
        return np.where(seen > 0, (followed + kinds * shorter) / np.maximum(seen + kinds, 1), shorter)


def _joined(texts: Sequence[str]) -> tuple[Codes, Places]:
    """All texts' characters, a mark before each text, and at each place where its text's mark is."""
    codes = np.frombuffer("".join(f"\0{text}" for text in _plain(texts)).encode("utf-32-le"), np.uint32)
    lengths = [len(text) + 1 for text in texts]
    return codes, np.repeat(np.cumsum([0, *lengths[:-1]]) if lengths else np.empty(0, np.int64), lengths)


def _plain(texts: Sequence[str]) -> list[str]:
    """Texts without the mark, and without halves of characters, as long as before."""
    return [text.replace("\0", " ").encode("utf-32-le", "replace").decode("utf-32-le") for text in texts]


def _whole(codes: Codes, starts: Places, size: int) -> Places:
    """Places of characters that have `size` characters of their text before them, its mark included."""
    places = np.arange(len(codes))
    return np.flatnonzero((codes != MARK) & (places - size >= starts))


def _hashed(codes: Codes, at: Places, size: int) -> tuple[Hashes, Hashes]:
    """The contexts before some places, and those with the character at the place; overflow is meant."""
    context = np.zeros(len(at), np.uint64)
    for back in range(size, 0, -1):
        context = (context + codes[at - back] + np.uint64(1)) * MULTIPLIER
    return context, (context + codes[at] + np.uint64(1)) * MULTIPLIER


def _looked_up(known: Hashes, counts: Places, hashes: Hashes) -> Places:
    """The count of each hash, 0 where it isn't known."""
    if not len(known):
        return np.zeros(len(hashes), np.int64)
    place = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    return np.where(known[place] == hashes, counts[place], 0)


def spill_over(
    training: Sequence[str], holdout: Sequence[tuple[str, str]], written: Sequence[tuple[str, str]]
) -> float | None:
    """How near continuations of foreign prompts come to the data's style, in bits a character; see `DEFINITION`.

    Args:
        training: Texts of the training rows.
        holdout: Prompt and continuation of held-out rows.
        written: Prompt and continuation that a model wrote.
    """
    model = StyleModel(sampled_texts(training))
    own, theirs = model.bits(holdout), model.bits(written)
    return None if own is None or theirs is None else round(own - theirs, 6)
