"""Sums over each row's tokens, whole or in windows (by running sums): about 1 and 5 ns a token each."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.validation.text_column import Bools, Floats
from tasks.validation.token_codes import Codes
from tasks.validation.token_stream import TokenStream


class Rows:
    """Sums over each row's tokens, the `END` tokens aside."""

    def __init__(self, stream: TokenStream) -> None:
        self.ends = stream.ends
        self.starts = np.concatenate([[0], stream.ends[:-1] + 1])
        self.counts = self.ends - self.starts
        self._is_empty = self.counts == 0
        self._edges = np.stack([self.starts, self.ends], axis=1).ravel()
        self._first = np.repeat(self.starts, self.counts + 1)
        self._places = np.arange(len(stream.groups))
        self._windows: dict[int, Codes] = {}
        self._sums: dict[Any, npt.NDArray[Any]] = {
            kind: np.zeros(len(stream.groups) + 1, kind) for kind in (np.int32, np.float64)
        }

    def have_before(self, distance: int) -> Bools:
        """Tokens that have so many before them in their row, shape (num_tokens,)."""
        return self._places - distance >= self._first

    def total(self, values: npt.NDArray[np.generic]) -> Floats:
        """The sum of a number for each token, shape (num_rows,)."""
        totals: Floats = np.add.reduceat(values, self._edges, dtype=_kind(values))[::2].astype(np.float64)
        totals[self._is_empty] = 0
        return totals

    def most(self, values: npt.NDArray[np.generic], width: int) -> Floats:
        """The greatest sum over `width` tokens running (all of them in a shorter row)."""
        if width not in self._windows:
            self._windows[width] = np.maximum(self._places + 1 - width, self._first)
        kind = _kind(values)
        sums = self._sums[kind]
        np.cumsum(values, dtype=kind, out=sums[1:])
        most: Floats = np.maximum.reduceat(sums[1:] - sums.take(self._windows[width]), self.starts).astype(np.float64)
        return most


def _kind(values: npt.NDArray[np.generic]) -> type[np.int32 | np.float64]:
    """What sums are of: whole numbers stay whole."""
    return np.float64 if values.dtype.kind == "f" else np.int32
