"""Which rows are, nearly are, or quote the texts of files that a rule lists: benchmarks, other people's held-out rows.

A row is found when its text equals one of theirs, nearly equals it (see `duplicates.py`), or has `RUN_WORDS` words
running in common with one, the overlap by which GPT-3's authors looked for benchmarks (Brown et al. 2020,
arXiv:2005.14165, appendix C).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.errors import RecipeError
from tasks.validation.duplicates import DuplicateIndex, concatenate, find_resemblance, hash64, index_texts, normalise
from tasks.validation.text_column import Bools

RUN_WORDS = 13
_FACTORS = np.array([pow(0x9E3779B97F4A7C15, power, 2**64) for power in range(RUN_WORDS)], np.uint64)


def found_in_files(normal: pa.Array, index: DuplicateIndex, files: tuple[str, ...]) -> Bools:
    """Which normalised texts stand in the files, shape (num_rows,)."""
    listed, listed_index, runs = _listed(files)
    found = _has_run(normal, runs)
    both = concatenate([listed_index, index])
    texts = [*listed, *normal.to_pylist()]
    resemblance = find_resemblance(both, texts)
    found |= resemblance.first[len(listed) :] < len(listed)
    for one, other in resemblance.near.tolist():
        if one < len(listed) <= other:
            found |= resemblance.first[len(listed) :] == other
    return found


@lru_cache(maxsize=8)
def _listed(files: tuple[str, ...]) -> tuple[list[str], DuplicateIndex, npt.NDArray[np.uint64]]:
    texts = list(dict.fromkeys(text for name in files for text in _texts(Path(name)) if text.strip()))
    normal = normalise(texts)
    return normal.to_pylist(), index_texts(normal), np.unique(_runs(normal)[0])


def _texts(file: Path) -> Iterator[str]:
    """The texts of a file: every string of JSON (Lines), every cell of CSV and TSV, every line of anything else."""
    try:
        if file.exists() and not file.is_file():  # a pipe would wait for ever
            raise OSError("it is no file")
        content = file.read_text(encoding="utf-8-sig")
        kind = file.suffix.lower()
        if kind in (".jsonl", ".ndjson"):
            yield from (text for line in content.splitlines() if line.strip() for text in _strings(json.loads(line)))
        elif kind == ".json":
            yield from _strings(json.loads(content))
        elif kind in (".csv", ".tsv"):
            for row in csv.reader(content.splitlines(), delimiter="\t" if kind == ".tsv" else ","):
                yield from row
        else:
            yield from content.splitlines()
    except (OSError, ValueError, RecursionError, csv.Error) as error:
        raise RecipeError(
            f"{file} can't be read: {error}\n  allowed: JSON, JSON Lines, CSV, TSV and text in UTF-8"
        ) from error


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _has_run(normal: pa.Array, runs: npt.NDArray[np.uint64]) -> Bools:
    hashes, rows = _runs(normal)
    found = np.zeros(len(normal), bool)
    found[rows[np.isin(hashes, runs)]] = True
    return found


def _runs(normal: pa.Array) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """A hash of each run of words within a text, and its row."""
    words = [text.split() for text in normal.to_pylist()]
    rows = np.repeat(np.arange(len(words)), [len(parts) for parts in words])
    vocabulary: dict[str, int] = {}
    codes = np.array([vocabulary.setdefault(word, len(vocabulary)) for parts in words for word in parts], np.int64)
    table = np.fromiter(map(hash64, vocabulary), np.uint64, len(vocabulary))
    if len(codes) < RUN_WORDS:
        return np.zeros(0, np.uint64), np.zeros(0, np.int64)
    starts = np.arange(len(codes) - RUN_WORDS + 1)
    total = np.zeros(len(starts), np.uint64)
    for place in range(RUN_WORDS):
        total += table[codes[place : place + len(starts)]] * _FACTORS[place]
    inside = rows[starts] == rows[starts + RUN_WORDS - 1]
    return total[inside], rows[starts][inside]
