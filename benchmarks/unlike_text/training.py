"""How the judge is trained: weights of tokens first, then a small network over measures of the whole row.

What the weights say of a kind of junk or a source of clean text is measured by weights that never saw it (stacking,
Wolpert 1992), so that the network learns how far they can be trusted on what is new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tasks.validation.row_sums import Rows
from tasks.validation.text_column import TextColumn
from tasks.validation.text_measures import Tables, measures, score_measures
from tasks.validation.token_codes import SCORES, WORD_BITS, score_codes, score_sizes
from tasks.validation.token_stream import TokenStream
from tasks.validation.unlike_text import MAX_DEVIATION

Ints = npt.NDArray[np.int64]
Floats32 = npt.NDArray[np.float32]
HIDDEN, DROPOUT, EPOCHS = 128, 0.2, 20
NUM_NETWORKS = 2
CLEAN_WEIGHT = 8.0
"""How much more a clean row counts while a network is fitted: what matters is where hardly any clean row is. The
probability is told as if it counted as much as junk."""
CORE, CORE_WEIGHT = frozenset({"quotes", "short quotes", "encyclopedia", "stories"}), 4.0
"""Real texts of the kinds that `short_text` is for count more than other clean ones."""
MAX_TOKENS = 300
"""Of a row, that the weights are trained on."""


@dataclass
class Examples:
    """Rows to learn from, measured."""

    texts: Sequence[str]
    kinds: npt.NDArray[np.str_]
    """Kind of junk or source of clean text of each row."""
    is_junk: npt.NDArray[np.bool_]
    rows: Rows
    codes: dict[str, Ints]
    values: Floats32
    """Measures that aren't learnt, shape (num_rows, num_measures)."""
    names: list[str]

    @classmethod
    def of(cls, texts: Sequence[str], kinds: Sequence[str], is_junk: Sequence[bool], tables: Tables) -> Examples:
        stream = TokenStream(TextColumn(texts))
        found, classes, rows = measures(stream, tables)
        values = np.stack(list(found.values()), axis=1).astype(np.float32)
        codes = score_codes(stream, classes)
        return cls(texts, np.array(kinds), np.array(is_junk), rows, codes, values, list(found))

    def balance(self) -> Floats32:
        """A weight a row: junk and clean alike in all, kinds of junk alike, sources by the root of their size."""
        weights = np.zeros(len(self.texts), np.float32)
        for kind in np.unique(self.kinds):
            own = self.kinds == kind
            weights[own] = 1 / own.sum() if self.is_junk[own][0] else own.sum() ** -0.5
            weights[own] *= CORE_WEIGHT if kind in CORE else 1
        for side in (self.is_junk, ~self.is_junk):
            weights[side] *= len(weights) / 2 / weights[side].sum()
        return weights


def fit_weights(
    examples: Examples, chosen: Ints, balance: Floats32, neutral: Ints, seed: int = 0
) -> dict[str, Floats32]:
    """Weights of words, pairs and shapes: a logistic regression on their sums, by Adam, with tokens dropped at random.

    Args:
        examples: All rows.
        chosen: The rows to learn from.
        balance: A weight for each row.
        neutral: Places in the table of words that are to have no weight: names that a benchmark's grammar uses.
        seed: Of the order and the dropout.
    """
    import torch

    sizes = score_sizes()
    offsets = np.cumsum([0, *sizes.values()])
    no_word = (1 << WORD_BITS, *neutral.tolist())
    codes = np.stack([examples.codes[name] + offset for name, offset in zip(SCORES, offsets, strict=False)], axis=1)
    table = torch.nn.EmbeddingBag(int(offsets[-1]), 1, mode="sum")
    torch.nn.init.zeros_(table.weight)
    constant = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.Adam([table.weight, constant], lr=0.06)
    rng, labels = np.random.RandomState(seed), torch.tensor(examples.is_junk, dtype=torch.float32)
    row_weights, size, epochs = torch.tensor(balance), 2048, 4
    steps = epochs * -(-len(chosen) // size)
    for step in range(steps):
        if step % (steps // epochs) == 0:
            order = rng.permutation(chosen)
        batch = order[(step * size) % len(order) :][:size]
        starts, counts = examples.rows.starts[batch], np.minimum(examples.rows.counts[batch], MAX_TOKENS)
        places = np.concatenate([np.arange(start, start + count) for start, count in zip(starts, counts, strict=True)])
        kept = rng.rand(len(places)) < 0.7
        row = np.repeat(np.arange(len(batch)), counts)[kept]
        bags = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(batch)) * 3)[:-1]])
        sums = table(torch.from_numpy(codes[places[kept]].ravel()), torch.from_numpy(bags)).squeeze(1)
        odds = sums * torch.tensor(1 / np.sqrt(counts + 3), dtype=torch.float32) + constant
        loss = torch.nn.functional.binary_cross_entropy_with_logits(odds, labels[batch], weight=row_weights[batch])
        loss = loss + 2e-5 * (table.weight**2).sum()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        with torch.no_grad():
            table.weight[list(no_word)] = 0
        for group in optimizer.param_groups:
            group["lr"] = 0.06 * (1 - step / steps) + 1e-4
    found = table.weight.detach().numpy().ravel()
    return {name: found[offsets[at] : offsets[at + 1]].copy() for at, name in enumerate(SCORES)}


def scored(examples: Examples, weights: dict[str, Floats32]) -> tuple[list[str], Floats32]:
    """The measures of learnt weights, shape (num_rows, num_measures)."""
    found = score_measures({name: weights[name][examples.codes[name]] for name in SCORES}, examples.rows)
    return list(found), np.stack(list(found.values()), axis=1).astype(np.float32)


def cross_fitted(examples: Examples, folds: Ints, balance: Floats32, neutral: Ints) -> Floats32:
    """All measures, those of learnt weights by weights that saw nothing of the row's fold; fold -1 takes their mean."""
    learnt = np.zeros((len(folds), 0), np.float32)
    outside = []
    for fold in range(int(folds.max()) + 1):
        chosen = np.flatnonzero((folds >= 0) & (folds != fold))
        _, values = scored(examples, fit_weights(examples, chosen, balance, neutral))
        learnt = np.zeros_like(values) if not learnt.shape[1] else learnt
        learnt[folds == fold] = values[folds == fold]
        outside.append(values[folds < 0])
    learnt[folds < 0] = np.mean(outside, axis=0)
    return np.hstack([examples.values, learnt])


@dataclass
class Network:
    """The second layer: how measures are centred, and the arrays."""

    center: Floats32
    spread: Floats32
    arrays: tuple[Floats32, Floats32, Floats32, Floats32]

    def log_odds(self, values: Floats32) -> Floats32:
        hidden, offset, last, constant = self.arrays
        limited = np.clip((values - self.center) / self.spread, -MAX_DEVIATION, MAX_DEVIATION)
        odds: Floats32 = np.maximum(limited @ hidden + offset, 0) @ last + constant
        return odds


def fit_network(values: Floats32, is_junk: npt.NDArray[np.bool_], balance: Floats32) -> Network:
    """The mean of `NUM_NETWORKS` networks with one hidden layer, which is again one."""
    center = np.median(values[~is_junk], axis=0).astype(np.float32)
    spread = (values.std(axis=0) + 1e-3).astype(np.float32)
    inputs = np.clip((values - center) / spread, -MAX_DEVIATION, MAX_DEVIATION)
    weights = balance * np.where(is_junk, 1, CLEAN_WEIGHT)
    found = [_fit_one(inputs, is_junk, weights / weights.mean(), seed) for seed in range(NUM_NETWORKS)]
    hidden, offset, last, constant = zip(*found, strict=True)
    mean = np.mean(constant, axis=0) + np.log(CLEAN_WEIGHT)
    arrays = np.hstack(hidden), np.concatenate(offset), np.concatenate(last) / NUM_NETWORKS, mean
    return Network(center, spread, tuple(array.astype(np.float32) for array in arrays))  # type: ignore[arg-type]


def _fit_one(
    inputs: Floats32, is_junk: npt.NDArray[np.bool_], weights: Floats32, seed: int
) -> tuple[Floats32, Floats32, Floats32, Floats32]:
    """A network's arrays, by AdamW."""
    import torch

    torch.manual_seed(seed)
    model = torch.nn.Sequential(
        torch.nn.Linear(inputs.shape[1], HIDDEN), torch.nn.ReLU(), torch.nn.Dropout(DROPOUT), torch.nn.Linear(HIDDEN, 1)
    )
    size, epochs, rng = 1024, EPOCHS, np.random.RandomState(seed)
    steps_an_epoch = -(-len(inputs) // size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, epochs * steps_an_epoch)
    rows, labels = torch.tensor(inputs), torch.tensor(is_junk, dtype=torch.float32)
    row_weights = torch.tensor(weights, dtype=torch.float32)
    for step in range(epochs * steps_an_epoch):
        if step % steps_an_epoch == 0:
            order = rng.permutation(len(inputs))
        batch = order[(step % steps_an_epoch) * size :][:size]
        odds = model(rows[batch]).squeeze(1)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(odds, labels[batch], weight=row_weights[batch])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    hidden, offset, last, constant = (array.detach().numpy().copy() for array in model.parameters())
    return np.ascontiguousarray(hidden.T), offset, last[0], constant
