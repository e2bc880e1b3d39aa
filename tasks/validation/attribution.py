"""The same words under different names."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.validation.text_column import Bools, Ints


def attribution_conflicts(first: Ints, names: npt.NDArray[np.uint64]) -> Bools:
    """Rows whose words stand under another name in more rows, or in as many: then nobody can say whose they are.

    Args:
        first: Each row's first exact duplicate, shape (num_rows,).
        names: A hash of each row's name, 0 where it has none; shape (num_rows,).
    """
    conflict = np.zeros(len(first), bool)
    order = np.lexsort((names, first))
    rows = order[names[order] != 0]
    if not len(rows):
        return conflict
    groups, given = first[rows], names[rows]
    starts = np.flatnonzero(np.concatenate([[True], (groups[1:] != groups[:-1]) | (given[1:] != given[:-1])]))
    sizes = np.diff(np.append(starts, len(rows)))
    texts = groups[starts]
    most = np.zeros(int(texts.max()) + 1, np.int64)
    np.maximum.at(most, texts, sizes)
    as_many = np.zeros_like(most)
    np.add.at(as_many, texts, (sizes == most[texts]).astype(np.int64))
    losing = (sizes < most[texts]) | (as_many[texts] > 1)
    conflict[rows] = np.repeat(losing, sizes)
    return conflict
