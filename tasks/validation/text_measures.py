"""Measures of how a text is made: signs, capitals, word order, spelling, against counts of clean English.

Everything is a number a token, taken from a small table, and summed over the row. The tables hold counts and weights,
no text: `benchmarks/unlike_text` makes them and says of what. Cost: about 100 ns a token and 10 ns a byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tasks.validation.edge_measures import edge_measures
from tasks.validation.row_sums import Rows
from tasks.validation.text_column import Bools, Floats
from tasks.validation.token_codes import (
    NUM_FUNCTION,
    NUM_UNKNOWN,
    pair_codes,
    trigrams,
    triple_codes,
    word_classes,
    word_pairs,
)
from tasks.validation.token_stream import (
    DIGITS,
    END,
    FIRST_MARK,
    LETTERS,
    LINE_BREAK,
    MARKS,
    TokenStream,
)

Table = npt.NDArray[np.int8]

BITS_SCALE, ASSOCIATION_SCALE = 8.0, 10.0
"""How many steps of a table make a bit."""
REPEAT_DISTANCES = (1, 2, 3)
WINDOW = 6
LONG_WINDOW = 12
MARK_GROUPS = (".", ",", "?!", ":;", "'\"`", "-", "()", "[]{}", "<>", "/\\", "|", "@#", "$%&", "*+=~^_")
WORD_KINDS = ("function", "known", "unknown", "capitalised", "unknown name", "capitals", "mixed", "letter")
KINDS = (*(f"mark {group}" for group in MARK_GROUPS), "other mark", "digits", "line break", *WORD_KINDS)
_OTHER, _DIGITS, _BREAK, _WORD = len(MARK_GROUPS), len(MARK_GROUPS) + 1, len(MARK_GROUPS) + 2, len(MARK_GROUPS) + 3


@dataclass(frozen=True)
class Tables:
    """Counts of clean English, and weights of what tells junk from it."""

    word_class: npt.NDArray[np.uint8]
    """Of a word's hash; 0 is unknown. Shape (2 ** WORD_BITS,)."""
    pair_bits: Table
    """-log2 of a class after another, shape (NUM_CLASSES ** 2,)."""
    association: Table
    """The same less the class's own -log2: above 0 where chance would have the pair more often."""
    is_seen: Bools
    """Whether three classes in a row occur, by hash, shape (2 ** TRIGRAM_BITS,)."""
    is_seen_pair: Bools
    """Whether two words beside each other occur, by hash, shape (2 ** WORD_PAIR_BITS,)."""
    spelling_bits: Table
    """-log2 of a letter after two others, shape (2 ** 15,)."""

    @classmethod
    def of(cls, tensors: Mapping[str, npt.NDArray[np.generic]]) -> Tables:
        """From the arrays of a file."""
        names = ("word_class", "pair_bits", "association", "spelling_bits")
        seen = {name: np.unpackbits(tensors[name]).view(bool) for name in ("is_seen", "is_seen_pair")}  # type: ignore[arg-type]
        return cls(**{name: tensors[name] for name in names}, **seen)  # type: ignore[arg-type]


_KIND_OF_GROUP = np.full(END + 1, _OTHER, np.uint8)
_KIND_OF_GROUP[[DIGITS, LINE_BREAK]] = _DIGITS, _BREAK
for _at, _group in enumerate(MARK_GROUPS):
    _KIND_OF_GROUP[[FIRST_MARK + MARKS.index(mark) for mark in _group]] = _at
STOPS, CLOSING, OPENING = (np.isin(np.arange(END + 1), [FIRST_MARK + MARKS.index(m) for m in s])
                           for s in (".!?\"')]", ")]}>", "([{<"))  # fmt: skip
_COLON = FIRST_MARK + MARKS.index(":")
_AFTER_WORD = np.isin(np.arange(END + 1), [FIRST_MARK + MARKS.index(mark) for mark in ".,;:!?)"])


def measures(stream: TokenStream, tables: Tables) -> tuple[dict[str, Floats], npt.NDArray[np.uint8], Rows]:
    """Every measure that isn't learnt from junk.

    Returns:
        Name -> one number a row; the tokens' classes and the sums, for those that are.
    """
    classes, rows = word_classes(stream, tables.word_class), Rows(stream)
    groups, num_rows = stream.groups, stream.num_rows
    num_tokens = np.maximum(rows.counts, 1)
    is_word = groups == LETTERS
    kinds = _kinds(stream, classes, is_word)
    row_of = np.repeat(np.arange(num_rows), rows.counts + 1)
    histogram = np.bincount(row_of * (len(KINDS) + 1) + kinds, minlength=num_rows * (len(KINDS) + 1))
    histogram = histogram.reshape(num_rows, -1)[:, :-1]
    found = dict(zip(KINDS, (histogram / num_tokens[:, None]).T, strict=True))
    num_words = np.maximum(histogram[:, _WORD:].sum(axis=1), 1)
    before = np.empty(len(groups), np.uint8)
    before[:1], before[1:] = END, groups[:-1]
    found["tokens"] = np.log1p(np.minimum(rows.counts, 60))
    found["words a sentence"] = np.log1p(np.minimum(num_words / np.maximum(histogram[:, [0, 2]].sum(axis=1), 1), 60))
    found["begins with a capital"] = (stream.capitals[rows.starts] > 0).astype(float)
    found["begins with a word"] = is_word[rows.starts].astype(float)
    last = groups[np.maximum(rows.ends - 1, 0)]
    found["ends in a stop"], found["ends in a word"] = STOPS[last].astype(float), (last == LETTERS).astype(float)
    is_unknown = is_word & (classes < NUM_UNKNOWN) & (stream.capitals == 0)
    found["begins with an unknown word"] = is_unknown[rows.starts].astype(float)
    found["ends in an unknown word"] = is_unknown[np.maximum(rows.ends - 1, 0)].astype(float)
    found["unbalanced brackets"] = np.abs(rows.total(OPENING[groups].astype(np.int8) - CLOSING[groups])) / num_tokens
    is_mark, was_mark = (groups >= FIRST_MARK) & (groups < END), (before >= FIRST_MARK) & (before < END)
    odd = (is_word & was_mark) | (groups == DIGITS) | (before == DIGITS) | (is_mark & was_mark)
    glued = odd & ~stream.after_space & (groups != END) & (before != END) & (before != LINE_BREAK)
    found["no space between"] = rows.total(glued) / num_tokens
    found["space before a mark"] = rows.total(_AFTER_WORD[groups] & stream.after_space) / num_tokens
    bits = tables.spelling_bits[trigrams(stream)]
    ends = np.append(bits, [0, 0]).astype(np.int32)
    ends[stream.row_ends - 1] = 0
    spelling = np.where(is_word, np.add.reduceat(ends, stream.starts) / BITS_SCALE / (stream.lengths + 1.0), 0.0)
    found["spelling"] = rows.total(spelling) / num_words
    found["oddest spelling"] = rows.most(np.where(stream.lengths > 3, spelling, 0.0), 1)
    pairs = pair_codes(classes)
    found["word pairs"] = rows.total(tables.pair_bits[pairs]) / BITS_SCALE / (rows.counts + 1)
    between = is_word & (before == LETTERS)
    association = np.where(between, tables.association[pairs], 0) / ASSOCIATION_SCALE
    num_pairs = np.maximum(rows.total(between), 1)
    found["unlikely word pairs"] = rows.total(association) / num_pairs
    found["very unlikely word pairs"] = rows.total(np.maximum(association - 1.5, 0)) / num_pairs
    unseen = ~tables.is_seen[triple_codes(pairs)]
    found["unseen triples"] = rows.total(unseen) / num_tokens
    found["most unseen triples"] = rows.most(unseen, 8) / 8
    known = unseen & between & (classes >= NUM_UNKNOWN)
    found["unseen known words"] = rows.total(known) / num_words
    no_function = is_word & ((classes < NUM_UNKNOWN) | (classes >= NUM_UNKNOWN + NUM_FUNCTION))
    found["longest without function words"] = rows.most(no_function, 8) / 8
    found |= _further_measures(stream, classes, rows, histogram, before)
    found["worst word pairs"] = rows.most(tables.pair_bits[pairs], WINDOW) / BITS_SCALE / WINDOW
    found["worst association"] = rows.most(association, WINDOW) / WINDOW
    begin, end = pairs[rows.starts], pairs[rows.ends]
    found["how it begins"], found["how it ends"] = (tables.pair_bits[edge] / BITS_SCALE for edge in (begin, end))
    found |= edge_measures(stream, tables.spelling_bits, classes, rows)
    new = between & ~tables.is_seen_pair[word_pairs(stream)]
    found["new word pairs"] = rows.total(new) / num_pairs
    found["most new word pairs"] = rows.most(new, 8) / 8
    known_new = new & (classes >= NUM_UNKNOWN)
    found["new pairs of known words"] = rows.total(known_new) / num_pairs
    found["pairs with a mark"] = rows.total(np.where(between, 0, tables.pair_bits[pairs])) / BITS_SCALE / num_tokens
    return found, classes, rows


def _further_measures(
    stream: TokenStream,
    classes: npt.NDArray[np.uint8],
    rows: Rows,
    histogram: npt.NDArray[np.int64],
    before: npt.NDArray[np.uint8],
) -> dict[str, Floats]:
    """Where signs, capitals and unknown words gather; repeats; brackets; labels; lines; words' lengths."""
    groups, ends = stream.groups, rows.ends
    num_tokens = np.maximum(rows.counts, 1)
    is_word = groups == LETTERS
    last = classes[np.maximum(ends - 1, 0)]
    function = (last >= NUM_UNKNOWN) & (last < NUM_UNKNOWN + NUM_FUNCTION)
    found: dict[str, Floats] = {"ends in a function word": function.astype(float)}
    hashes = stream.hashes
    for distance in REPEAT_DISTANCES:
        again = np.zeros(len(groups), bool)
        np.equal(hashes[distance:], hashes[:-distance], out=again[distance:])
        found[f"repeats after {distance}"] = rows.total(again & is_word & rows.have_before(distance)) / num_tokens
    sign = ~is_word & (groups != LINE_BREAK)
    found["most signs"] = rows.most(sign, WINDOW) / WINDOW
    unknown = is_word & (classes < NUM_UNKNOWN)
    found["most unknown words"] = rows.most(unknown, WINDOW) / WINDOW
    raised = is_word & (stream.capitals > 0) & (before == LETTERS)
    found["most capitals within"] = rows.most(raised, WINDOW) / WINDOW
    found["kinds of marks"] = (histogram[:, : len(MARK_GROUPS)] > 0).sum(axis=1) / np.sqrt(num_tokens)
    num_words = np.maximum(rows.total(is_word), 1)
    found["letters a word"] = rows.total(np.where(is_word, stream.lengths, 0)) / num_words
    found["short words"] = rows.total(is_word & (stream.lengths < 3)) / num_words
    breaks = groups == LINE_BREAK
    found["tokens a line"] = np.log1p(np.minimum(rows.counts / (rows.total(breaks) + 1), 60))
    found["lines that begin in a sign"] = rows.total(sign & (before == LINE_BREAK)) / (rows.total(breaks) + 1)
    depth = np.cumsum(OPENING[groups].astype(np.int64) - CLOSING[groups])
    outside = np.repeat(
        depth[rows.starts] - OPENING[groups[rows.starts]] + CLOSING[groups[rows.starts]], rows.counts + 1
    )
    found["within brackets"] = rows.total(depth > outside) / num_tokens
    near = [np.minimum(rows.starts + place, ends) for place in (1, 2, 3)]
    found["begins with a label"] = np.any([groups[place] == _COLON for place in near], axis=0).astype(float)
    return found


def _kinds(stream: TokenStream, classes: npt.NDArray[np.uint8], is_word: Bools) -> npt.NDArray[np.uint8]:
    """Each token's place in `KINDS`; the row's end is the last."""
    kinds = _KIND_OF_GROUP[stream.groups]
    words = np.flatnonzero(is_word)
    own, capitals, lengths = classes[words], stream.capitals[words], stream.lengths[words]
    is_known = own >= NUM_UNKNOWN
    small = np.where(own < NUM_UNKNOWN + NUM_FUNCTION, np.where(is_known, 0, 2), 1)
    large = np.where(capitals > 1, np.where(capitals >= lengths, 5, 6), np.where(is_known, 3, 4))
    kinds[words] = _WORD + np.where(lengths == 1, 7, np.where(capitals == 0, small, large))
    kinds[stream.ends] = len(KINDS)
    return kinds


def score_measures(scores: Mapping[str, npt.NDArray[np.floating]], rows: Rows) -> dict[str, Floats]:
    """Measures of the learnt weights of each token: on average, and where they are at their worst and best.

    Args:
        scores: For each of `SCORES` one number a token, shape (num_tokens,).
        rows: The sums.
    """
    num_tokens = np.maximum(rows.counts, 1)
    total = scores["words"] + scores["pairs"] + scores["shapes"]
    found = {f"score of {name}": rows.total(values) / num_tokens for name, values in scores.items()}
    found["score"] = rows.total(total) / np.sqrt(num_tokens + 3)
    found["score above 0"] = rows.total(np.maximum(total, 0)) / num_tokens
    found["worst score of words"] = rows.most(scores["words"], 4)
    found["worst score"] = rows.most(total, WINDOW)
    found["worst long score"] = rows.most(total, LONG_WINDOW)
    found["best score"] = -rows.most(-total, WINDOW)
    return found
