"""Counts of clean English: classes of words by their neighbours, pairs and triples of classes, letters in words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tasks.validation.text_column import TextColumn
from tasks.validation.text_measures import ASSOCIATION_SCALE, BITS_SCALE
from tasks.validation.token_codes import (
    NUM_CLASSES,
    NUM_COMMON,
    NUM_UNKNOWN,
    NUM_WORD_CLASSES,
    TRIGRAM_BITS,
    WORD_BITS,
    WORD_PAIR_BITS,
    pair_codes,
    trigrams,
    triple_codes,
    word_classes,
    word_pairs,
    word_slots,
)
from tasks.validation.token_stream import LETTERS, NUM_GROUPS, TokenStream

MAX_WORDS, MIN_COUNT = 22_000, 3
NUM_NEIGHBOURS = 300
"""Common words that others are known by."""
DIMENSIONS = 50
PRIOR = 160.0
"""Occurrences that a class's own frequency counts for beside its pairs'."""
Tensors = dict[str, npt.NDArray[np.generic]]


def statistics(texts: Sequence[str], seen_texts: Sequence[str]) -> Tensors:
    """The tables of `text_measures.Tables`, as a file holds them.

    Args:
        texts: What is counted.
        seen_texts: Those whose pairs and triples count as seen: none that the judge learns from, of whose words
            nothing would be new.
    """
    stream = TokenStream(TextColumn(texts))
    word_class = clustered_words(texts, stream)
    classes = word_classes(stream, word_class)
    pairs = pair_codes(classes)
    counts = np.bincount(pairs, minlength=NUM_CLASSES**2).reshape(NUM_CLASSES, NUM_CLASSES)
    share = counts.sum(axis=0) + 1.0
    share /= share.sum()
    bits = -np.log2((counts + PRIOR * share) / (counts.sum(axis=1, keepdims=True) + PRIOR))
    seen = TokenStream(TextColumn(seen_texts))
    is_seen = np.bincount(triple_codes(pair_codes(word_classes(seen, word_class))), minlength=1 << TRIGRAM_BITS) > 0
    is_seen_pair = np.bincount(word_pairs(seen), minlength=1 << WORD_PAIR_BITS) > 0
    return {
        "word_class": word_class,
        "pair_bits": _steps(bits, BITS_SCALE),
        "association": _steps(bits + np.log2(share), ASSOCIATION_SCALE),
        "is_seen": np.packbits(is_seen),
        "is_seen_pair": np.packbits(is_seen_pair),
        "spelling_bits": _steps(_spelling_bits(stream), BITS_SCALE),
    }


def _steps(bits: npt.NDArray[np.float64], scale: float) -> npt.NDArray[np.int8]:
    return np.clip(np.round(bits * scale), -127, 127).astype(np.int8).ravel()


def _spelling_bits(stream: TokenStream) -> npt.NDArray[np.float64]:
    triples = np.bincount(trigrams(stream), minlength=1 << 15).reshape(32, 32, 32).astype(float)
    after_one = triples.sum(axis=0) + 1
    after_one /= after_one.sum(axis=1, keepdims=True)
    bits: npt.NDArray[np.float64] = -np.log2((triples + 10 * after_one) / (triples.sum(axis=2, keepdims=True) + 10))
    return bits


def clustered_words(texts: Sequence[str], stream: TokenStream) -> npt.NDArray[np.uint8]:
    """The class of each word, by hash: the commonest have one each, the others share theirs with similar words.

    Words are alike that stand beside the same words: positive pointwise mutual information with common words before and
    after, reduced and clustered. Source: Bullinaria and Levy 2007.
    """
    from sklearn.cluster import MiniBatchKMeans

    words = Counter(word.replace("’", "'") for text in texts for word in _words(text))
    common = [word for word, count in words.most_common(MAX_WORDS) if count >= MIN_COUNT]
    slots = word_slots(TokenStream(TextColumn(common)))
    firsts = TokenStream(TextColumn(common))
    starts = np.concatenate([[0], firsts.ends[:-1] + 1])
    whole = firsts.ends - starts == 1
    slots = slots[starts[whole]]
    number = np.full(1 << WORD_BITS, -1)
    number[slots[::-1]] = np.arange(len(slots))[::-1]
    vectors = _word_vectors(stream, number, len(slots))
    num_clusters = NUM_WORD_CLASSES - NUM_UNKNOWN - NUM_COMMON
    clusters = MiniBatchKMeans(num_clusters, random_state=0, n_init=3, batch_size=2048).fit(vectors[NUM_COMMON:])
    own = np.concatenate([np.arange(NUM_COMMON), NUM_COMMON + clusters.labels_]) + NUM_UNKNOWN
    word_class = np.zeros(1 << WORD_BITS, np.uint8)
    word_class[slots[::-1]] = own[::-1]
    return word_class


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", text.lower())


def _word_vectors(stream: TokenStream, number: npt.NDArray[np.int64], num_words: int) -> npt.NDArray[np.float64]:
    from scipy import sparse
    from sklearn.utils.extmath import randomized_svd

    own = np.where(stream.groups == LETTERS, number[word_slots(stream)], -1)
    beside = np.where((own >= 0) & (own < NUM_NEIGHBOURS), own, NUM_NEIGHBOURS + stream.groups.astype(np.int64))
    width = NUM_NEIGHBOURS + NUM_GROUPS
    sides = []
    for words, neighbours in ((own[1:], beside[:-1]), (own[:-1], beside[1:])):
        known = words >= 0
        ones = np.ones(known.sum())
        sides.append(sparse.coo_matrix((ones, (words[known], neighbours[known])), shape=(num_words, width)).tocsr())
    counts = sparse.hstack(sides).tocoo()
    of_word, of_neighbour = (np.asarray(counts.sum(axis)).ravel() + 1 for axis in (1, 0))
    information = np.log(counts.data * counts.sum() / (of_word[counts.row] * of_neighbour[counts.col]))
    information = np.maximum(information, 0) * counts.data / (counts.data + 1)
    matrix = sparse.coo_matrix((information, (counts.row, counts.col)), shape=counts.shape).tocsr()
    left, strength, _ = randomized_svd(matrix, DIMENSIONS, random_state=0)
    vectors = left * np.sqrt(strength)
    return np.asarray(vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9))
