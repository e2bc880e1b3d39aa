"""Which rows break which rule, a bit each: 5 bytes a row for 40 rules."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tasks.validation.text_column import Bools


class RuleFlags:
    """A flag for each rule and row, none set at first; unpacked a rule, or some rows, at a time."""

    def __init__(self, num_rules: int, num_rows: int) -> None:
        self.num_rules, self.num_rows = num_rules, num_rows
        self._bits = np.zeros((-(-num_rules // 8), num_rows), np.uint8)

    @property
    def size_bytes(self) -> int:
        """What the flags take."""
        return self._bits.nbytes

    def __getitem__(self, place: int) -> Bools:
        """The rows that break a rule, shape (num_rows,)."""
        return np.asarray(self._bits[place // 8] & self._bit(place), bool)

    def __setitem__(self, place: int, broken: Bools) -> None:
        """Say anew which rows break a rule."""
        others = self._bits[place // 8] & ~self._bit(place)
        self._bits[place // 8] = others | np.where(broken, self._bit(place), np.uint8(0))

    def put(self, start: int, broken: Bools) -> None:
        """Say anew which rules some rows break; `broken` has the shape (num_rules, rows from `start` on)."""
        self._bits[:, start : start + broken.shape[1]] = np.packbits(broken, axis=0, bitorder="little")

    def rows(self, start: int, end: int) -> Bools:
        """The rules that some rows break, shape (num_rules, end - start)."""
        packed = self._bits[:, start:end]
        return np.unpackbits(packed, axis=0, count=self.num_rules, bitorder="little").astype(bool)

    def any_of(self, places: Iterable[int]) -> Bools:
        """The rows that break any of some rules, shape (num_rows,)."""
        masks = np.zeros(len(self._bits), np.uint8)
        for place in places:
            masks[place // 8] |= self._bit(place)
        found = np.zeros(self.num_rows, bool)
        for bits, mask in zip(self._bits, masks, strict=True):
            found |= bits & mask != 0
        return found

    @staticmethod
    def _bit(place: int) -> np.uint8:
        return np.uint8(1 << place % 8)
