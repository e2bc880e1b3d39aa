"""Train the judge `unlike_text` and say how it does on kinds, families and sources that it never saw.

Run: python -m benchmarks.unlike_text --data DIR [--write]. Minutes on one core; `--write` replaces the shipped model.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt

from benchmarks.detector import judge
from benchmarks.printing import Table
from benchmarks.unlike_text.examples import Corpus, clean_corpus, family_of, junk_corpus, neutral_words
from benchmarks.unlike_text.sources import not_to_learn, statistics_texts
from benchmarks.unlike_text.training import Examples, Network, cross_fitted, fit_network, fit_weights
from benchmarks.unlike_text.word_counts import Tensors, statistics
from tasks.validation.text_measures import Tables
from tasks.validation.token_codes import SCORES
from tasks.validation.unlike_text import MODEL

NUM_FOLDS = 6
PROBABILITIES = (0.98, 0.99)
"""Where recall is shown: the shipped contracts' bounds are near."""
REASON = "unlike_text"
NOT_CAUGHT_BY_RULES = frozenset({REASON, "duplicate", "near_duplicate"})


@dataclass
class Trained:
    """A judge, and the log-odds that judges of other folds gave each row."""

    weights: dict[str, npt.NDArray[np.float32]]
    network: Network
    left_out: npt.NDArray[np.float32]


def train(examples: Examples, folds: npt.NDArray[np.int64]) -> Trained:
    """Fit on all rows; judge each row by what was fitted without its fold."""
    balance, neutral = examples.balance(), neutral_words()
    values = cross_fitted(examples, folds, balance, neutral)
    left_out = np.zeros(len(folds), np.float32)
    for fold in range(int(folds.max()) + 1):
        others = folds != fold
        network = fit_network(values[others], examples.is_junk[others], balance[others])
        left_out[~others] = network.log_odds(values[~others])
    weights = fit_weights(examples, np.arange(len(folds)), balance, neutral)
    return Trained(weights, fit_network(values, examples.is_junk, balance), left_out)


def folds_by(examples: Examples, group: Callable[[str], str]) -> npt.NDArray[np.int64]:
    """The fold of each row: kinds of one group, and sources of clean text, stay together."""
    kinds = {kind: (f"junk {group(kind)}" if junk else f"clean {kind}")
             for kind, junk in zip(examples.kinds.tolist(), examples.is_junk.tolist(), strict=True)}  # fmt: skip
    groups = sorted(set(kinds.values()))
    order = np.random.RandomState(3).permutation(len(groups)) % NUM_FOLDS
    number = dict(zip(groups, order.tolist(), strict=True))
    return np.array([number[kinds[kind]] for kind in examples.kinds.tolist()])


def examples_of(clean: Corpus, junk: Corpus, tables: Tables) -> Examples:
    """All rows, measured."""
    corpora = ((clean, False), (junk, True))
    rows = [(text, kind, junky) for corpus, junky in corpora for kind, texts in corpus.items() for text in texts]
    texts, kinds, is_junk = zip(*rows, strict=True)
    return Examples.of(texts, kinds, is_junk, tables)


def caught_by_rules(texts: list[str]) -> npt.NDArray[np.bool_]:
    """Which rows the other rules of `short_text` reject or repair."""
    verdicts = judge({"text": texts})
    return np.array([v.repaired is not None or bool(set(v.reasons) - NOT_CAUGHT_BY_RULES) for v in verdicts])


def report(title: str, examples: Examples, left_out: npt.NDArray[np.float32], caught: npt.NDArray[np.bool_]) -> Table:
    """Recall a family where kinds or families are left out, and how many clean rows of left-out sources go with it."""
    low, high = PROBABILITIES
    table = Table(title, ["family", "kinds", "rules alone", f"judge at {low}", f"both at {low}", f"both at {high}"])
    some, few = (left_out > np.log(bound / (1 - bound)) for bound in PROBABILITIES)
    family = np.array([family_of(kind) for kind in examples.kinds.tolist()])

    def shares(chosen: npt.NDArray[np.bool_]) -> list[float]:
        kinds = [chosen & (examples.kinds == kind) for kind in np.unique(examples.kinds[chosen])]
        flags = (caught, some, some | caught, few | caught)
        return [len(kinds), *(float(np.mean([flag[kind].mean() for kind in kinds])) for flag in flags)]

    for name in np.unique(family[examples.is_junk]):
        table.add(name, *shares(examples.is_junk & (family == name)))
    planted = examples.is_junk & np.array([": " not in kind for kind in examples.kinds.tolist()])
    table.add("all kinds of the four groups", *shares(planted))
    table.add("all", *shares(examples.is_junk))
    sources = [examples.kinds == source for source in np.unique(examples.kinds[~examples.is_junk])]
    wrong = [float(np.mean([flag[own].mean() for own in sources])) for flag in (some, some, few)]
    table.add("clean sources", len(sources), "", *wrong)
    return table


def tensors(trained: Trained, statistics: Tensors) -> Tensors:
    """What the shipped file holds: weights in steps of their greatest one, everything else as it is."""
    scales = {name: float(np.abs(trained.weights[name]).max() / 127) for name in SCORES}
    steps = {f"weights.{n}": np.round(trained.weights[n] / scales[n]).astype(np.int8) for n in SCORES}
    network = trained.network
    arrays = dict(zip(("hidden", "offset", "last", "constant"), network.arrays, strict=True))
    scale = np.array([scales[name] for name in SCORES], np.float32)
    return {**statistics, **steps, **arrays, "scales": scale, "center": network.center, "spread": network.spread}


def main() -> None:
    """Train, report, and write where asked to."""
    from safetensors.numpy import save_file

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of real data, see benchmarks/README.md")
    parser.add_argument("--write", action="store_true", help=f"replace {MODEL.name}")
    options = parser.parse_args()
    texts = statistics_texts(options.data)
    counted = statistics(texts, not_to_learn(texts))
    tables = Tables.of(counted)
    clean = clean_corpus(options.data, counted["word_class"].astype(np.uint8), Random(5))
    examples = examples_of(clean, junk_corpus(clean, Random(11)), tables)
    caught = caught_by_rules(list(examples.texts))
    trained = train(examples, folds_by(examples, lambda kind: kind))
    print(report("A sixth of the kinds left out at a time", examples, trained.left_out, caught))
    families = train(examples, folds_by(examples, family_of))
    print(report("Families left out", examples, families.left_out, caught))
    if options.write:
        save_file(tensors(trained, counted), MODEL)


if __name__ == "__main__":
    main()
