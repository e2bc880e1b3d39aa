"""How unlike clean English a text is: a small learnt judge for the kinds of junk that nobody wrote a rule for.

Two layers. Weights of words, of pairs of word classes and of shapes (a hashed linear model) say what each token speaks
for; a network with one hidden layer weighs them against measures of the whole text (`text_measures.py`). It was trained
on clean texts of many kinds against corrupted ones (`benchmarks/unlike_text`), and knows English only: for contracts of
other languages it is silent.

Source: the weights, hashed, as in Weinberger et al. 2009 (arXiv:0902.2206); trained and judged by
`python -m benchmarks.unlike_text`, see benchmarks/README.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tasks.validation.row_sums import Rows
from tasks.validation.text_column import Floats, TextColumn
from tasks.validation.text_measures import Tables, measures, score_measures
from tasks.validation.token_codes import SCORES, score_codes
from tasks.validation.token_stream import TokenStream

ENGLISH = "en"
MODEL = Path(__file__).with_name("unlike_text.safetensors")
MIN_TOKENS = 3
"""Fewer say too little: other rules look at such rows."""
MAX_DEVIATION = 4.0
"""Measures count up to so many standard deviations from clean text."""
ROWS_AT_ONCE = 4_096
NUM_SHOWN = 3
DIGITS = 4
"""Of a probability that count: further ones depend on the rows beside it."""
Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Judge:
    """A trained judge."""

    tables: Tables
    weights: Mapping[str, Matrix]
    """For each of `SCORES` what a token speaks for: above 0 junk."""
    center: Matrix
    """Each measure's median on clean text, shape (num_measures,)."""
    spread: Matrix
    """Its standard deviation, shape (num_measures,)."""
    layers: tuple[Matrix, Matrix, Matrix, Matrix]
    """Weights and offsets of the hidden layer, shapes (num_measures, hidden) and (hidden,), and of the last one."""

    def measured(self, column: TextColumn) -> tuple[list[str], Matrix]:
        """Names of the measures, and their values, shape (num_rows, num_measures)."""
        stream = TokenStream(column)
        found, classes, rows = measures(stream, self.tables)
        found |= self._scores(stream, classes, rows)
        return list(found), np.stack(list(found.values()), axis=1).astype(np.float32)

    def _scores(self, stream: TokenStream, classes: npt.NDArray[np.uint8], rows: Rows) -> dict[str, Floats]:
        codes = score_codes(stream, classes)
        return score_measures({name: self.weights[name][codes[name]] for name in SCORES}, rows)

    def deviations(self, values: Matrix) -> Matrix:
        """Measures in standard deviations from clean text."""
        limited: Matrix = np.clip((values - self.center) / self.spread, -MAX_DEVIATION, MAX_DEVIATION)
        return limited

    def log_odds(self, deviations: Matrix) -> Floats:
        """Of junk against clean text, were there as much of one as of the other."""
        hidden, offset, last, constant = self.layers
        odds: Floats = (np.maximum(deviations @ hidden + offset, 0) @ last + constant).astype(np.float64)
        return odds

    def falls(self, deviations: Matrix) -> Matrix:
        """How much a row's log-odds fall where each measure is set to what clean text has, shape (num_measures,)."""
        hidden, offset, last, _ = self.layers
        inputs = deviations @ hidden + offset
        without = np.maximum(inputs - deviations[:, None] * hidden, 0) @ last
        fall: Matrix = np.maximum(inputs, 0) @ last - without
        return fall


@lru_cache(maxsize=1)
def trained_judge() -> Judge:
    """The judge that is shipped."""
    from safetensors.numpy import load_file

    tensors = load_file(MODEL)
    scales = dict(zip(SCORES, tensors["scales"].tolist(), strict=True))
    return Judge(
        tables=Tables.of(tensors),
        weights={name: tensors[f"weights.{name}"].astype(np.float32) * np.float32(scales[name]) for name in SCORES},
        center=tensors["center"],
        spread=tensors["spread"],
        layers=(tensors["hidden"], tensors["offset"], tensors["last"], tensors["constant"]),
    )


def unlike_text(column: TextColumn, language: str) -> Floats:
    """Probability that a text is no clean English; 0 for the shortest and for contracts of other languages."""
    if language != ENGLISH:
        return np.zeros(len(column))
    judge = trained_judge()
    parts = [
        _probability(judge, TextColumn(column.texts[start : start + ROWS_AT_ONCE]))
        for start in range(0, len(column), ROWS_AT_ONCE)
    ]
    return np.concatenate([np.zeros(0), *parts])


def _probability(judge: Judge, column: TextColumn) -> Floats:
    names, values = judge.measured(column)
    known = values[:, names.index("tokens")] >= np.log1p(MIN_TOKENS)
    probability = 1 / (1 + np.exp(-judge.log_odds(judge.deviations(values))))
    return np.where(known, np.round(probability, DIGITS), 0.0)


def what_speaks_against(texts: list[str], probabilities: Floats) -> list[str]:
    """For each text its probability and the measures that speak most for its being junk, the worst first.

    A measure speaks as much as the log-odds fall when it is set to what clean text has (occlusion).
    """
    judge = trained_judge()
    names, values = judge.measured(TextColumn(texts))
    deviations = judge.deviations(values)
    return [
        f"{probability:.4f}: {', '.join(_worst(names, deviations[row], judge.falls(deviations[row])))}"
        for row, probability in enumerate(probabilities)
    ]


def _worst(names: list[str], deviations: Matrix, falls: Matrix) -> list[str]:
    """The measures that count most, each with how far it is from clean text in standard deviations."""
    places = [place for place in np.argsort(-falls)[:NUM_SHOWN].tolist() if falls[place] > 0]
    return [f"{names[place]} {deviations[place]:+.1f}" for place in places]
