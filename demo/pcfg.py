"""A probabilistic context-free grammar: sample from it, or get the exact log-probability of a sentence.

Sampling goes top-down. The log-probability sums over every derivation (the inside algorithm with memoised spans),
so it is exact even where a grammar is ambiguous. Cost: about a millisecond a sentence. Grammars must not be
left-recursive.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random


@dataclass(frozen=True)
class Expansion:
    """One option of a rule: its items and its log-probability given the rule's symbol."""

    items: tuple[str, ...]
    log_probability: float


@dataclass(frozen=True)
class Grammar:
    """Symbol -> its expansions. An item that is not a symbol is a literal word."""

    expansions: Mapping[str, Sequence[Expansion]]

    @cached_property
    def _cumulative(self) -> dict[str, list[float]]:
        """Cumulative weights of each symbol's expansions, for sampling."""
        table: dict[str, list[float]] = {}
        for symbol, options in self.expansions.items():
            total = 0.0
            table[symbol] = [total := total + math.exp(option.log_probability) for option in options]
        return table

    @cached_property
    def _by_first_word(self) -> dict[str, dict[str | None, list[Expansion]]]:
        """Each symbol's expansions by their first word; under None those that open with a symbol or are empty."""
        table: dict[str, dict[str | None, list[Expansion]]] = {}
        for symbol, options in self.expansions.items():
            table[symbol] = {}
            for option in options:
                literal = option.items and option.items[0] not in self.expansions
                table[symbol].setdefault(option.items[0] if literal else None, []).append(option)
        return table

    def sample(self, symbol: str, rng: Random) -> tuple[list[str], float]:
        """Draw the words of `symbol` and the log-probability of the derivation."""
        if symbol not in self.expansions:
            return [symbol], 0.0
        (option,) = rng.choices(self.expansions[symbol], cum_weights=self._cumulative[symbol])
        words, total = [], option.log_probability
        for item in option.items:
            more, log_probability = self.sample(item, rng)
            words += more
            total += log_probability
        return words, total

    def log_probability(self, symbol: str, words: Sequence[str]) -> float:
        """Log of the summed probability of every derivation of `words`; -inf if there is none."""
        memo: dict[tuple[str, int], dict[int, float]] = {}
        return _log(self._ends(symbol, words, 0, memo).get(len(words), 0.0))

    def _ends(
        self, symbol: str, words: Sequence[str], start: int, memo: dict[tuple[str, int], dict[int, float]]
    ) -> dict[int, float]:
        """Where `symbol` can end if it begins at `start`, with the probability of each end."""
        if symbol not in self.expansions:
            return {start + 1: 1.0} if start < len(words) and words[start] == symbol else {}
        if (symbol, start) not in memo:
            ends: dict[int, float] = {}
            by_first = self._by_first_word[symbol]
            options = by_first.get(words[start], []) if start < len(words) else []
            for option in [*options, *by_first.get(None, [])]:
                reached = {start: math.exp(option.log_probability)}
                for item in option.items:
                    reached = _sum_pairs(
                        (end, p * q)
                        for begin, p in reached.items()
                        for end, q in self._ends(item, words, begin, memo).items()
                    )
                ends = _sum_pairs([*ends.items(), *reached.items()])
            memo[symbol, start] = ends
        return memo[symbol, start]


def _sum_pairs(pairs: Iterable[tuple[int, float]]) -> dict[int, float]:
    """Add up the probabilities that belong to the same end."""
    total: dict[int, float] = {}
    for end, probability in pairs:
        total[end] = total.get(end, 0.0) + probability
    return total


def _log(probability: float) -> float:
    return math.log(probability) if probability > 0 else -math.inf
