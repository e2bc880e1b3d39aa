"""A shard's work, rows in and findings out: a pure function, so that any number of processes can share the shards.

A shard is a row group of `rows.parquet`. What is kept of it grows with the rows that fail, not with the rows; only the
duplicate index has an entry for every row. The normalised texts that duplicates are compared by go to a file in a
scratch folder and are mapped from there.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tasks.validation.contract import FOUND_IN_FILES, Contract, Rule
from tasks.validation.cut_words import WordEnds, word_ends
from tasks.validation.duplicates import DuplicateIndex, hash64, index_texts, normalise
from tasks.validation.findings import MeasuredColumn, Measurements
from tasks.validation.listed_files import found_in_files
from tasks.validation.signals import ACROSS_ROWS, ATTRIBUTION_CONFLICT, COLUMN_WIDE, CUT_WORD
from tasks.validation.spreads import Spread
from tasks.validation.text_column import COMPILED, Bools, Ints

TEXT = pa.large_string()


@dataclass(frozen=True, kw_only=True)
class ShardFindings:
    """What is kept of a shard."""

    failed: Bools
    """Rows that break each rule, shape (num_rules, num_rows); none for rules that compare a shard with others."""
    values: list[dict[int, Any]]
    """For each rule what was measured in the rows that break it."""
    repaired: dict[int, Ints]
    """Rule -> rows that it changed."""
    spreads: dict[str, Spread]
    """`column.signal` -> its values."""
    index: DuplicateIndex
    """Of the contract's text columns."""
    word_ends: dict[str, WordEnds]
    """Column -> how its texts end, where a rule asks for words cut short."""
    against: dict[str, npt.NDArray[np.uint64]]
    """Column that an attribution conflict is told by -> a hash of its value in each row, 0 where there is none."""


def judge_shard(rows: pa.Table, contract: Contract, rules: Sequence[Rule]) -> tuple[ShardFindings, pa.Array]:
    """Hold a shard's rows against the rules.

    Args:
        rows: `row_id`, `ingest_error` and the canonical columns.
        contract: Its language and text columns.
        rules: Those that apply.

    Returns:
        The findings, and the rows' normalised texts.
    """
    measurements = Measurements(rows, contract.language)
    mending = {place: rule for place, rule in enumerate(rules) if rule.action == "repair"}
    repaired = {place: changed for place, rule in mending.items() if len(changed := measurements.repair(rule))}
    failed = np.zeros((len(rules), len(rows)), bool)
    values: list[dict[int, Any]] = [{} for _ in rules]
    spreads: dict[str, Spread] = {}
    for place, rule in enumerate(rules):
        if rule.signal in ACROSS_ROWS or rule.signal in COLUMN_WIDE:
            continue
        finding = measurements.finding(rule)
        failed[place], values[place] = finding.failed, finding.failed_values()
        if rule.signal:
            spreads.setdefault(f"{rule.column}.{rule.signal}", Spread.of(np.asarray(finding.values)))
    normal = normalise(_compared_texts(measurements, contract.compared_columns(rows.column_names)))
    index = index_texts(normal)
    for place, rule in enumerate(rules):
        if rule.signal == FOUND_IN_FILES:
            failed[place] = found_in_files(normal, index, rule.files)
            values[place] = {int(row): 1 for row in np.flatnonzero(failed[place])}
    ends = {rule.column for rule in rules if rule.signal == CUT_WORD}
    against = {rule.against for rule in rules if rule.signal == ATTRIBUTION_CONFLICT}
    return ShardFindings(
        failed=failed,
        values=values,
        repaired=repaired,
        spreads=spreads,
        index=index,
        word_ends={column: _word_ends(measurements.column(column)) for column in sorted(ends)},
        against={column: _hashes(measurements.column(column).texts) for column in sorted(against)},
    ), normal


def judge_shards(
    rows: Path, contract: Contract, rules: Sequence[Rule], scratch: Path, told: Callable[[int, int], None]
) -> tuple[list[ShardFindings], MappedTexts]:
    """Hold every shard against the rules, in as many processes as there are processors.

    Args:
        rows: `rows.parquet`.
        contract: Its language and text columns.
        rules: Those that apply.
        scratch: A folder for the normalised texts.
        told: Called with the rows done and the rows in all.
    """
    count, total = pq.ParquetFile(rows).num_row_groups, pq.ParquetFile(rows).metadata.num_rows
    work = [(rows, shard, contract, tuple(rules), scratch) for shard in range(count)]
    findings: list[ShardFindings] = []
    done = 0
    for found in _mapped(work):
        findings.append(found)
        done += found.failed.shape[1]
        told(done, total)
    return findings, MappedTexts([_text_file(scratch, shard) for shard in range(count)])


def read_shard(rows: Path, shard: int) -> pa.Table:
    """A shard's rows."""
    return pq.ParquetFile(rows).read_row_group(shard)


class MappedTexts:
    """The normalised texts of all shards, mapped from their files."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._arrays = [pa.ipc.open_file(pa.memory_map(str(file))).get_batch(0).column(0) for file in files]
        self._starts = [0, *accumulate(len(array) for array in self._arrays)]

    def __getitem__(self, row: int) -> str:
        shard = bisect_right(self._starts, row) - 1
        text: str = self._arrays[shard][row - self._starts[shard]].as_py()
        return text


def _mapped(work: Sequence[tuple[Any, ...]]) -> Iterator[ShardFindings]:
    processes = min(len(work), num_processors())
    if processes <= 1:
        yield from (_judge(*item) for item in work)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawn, initializer=_end_with_parent) as pool:
        try:
            yield from pool.map(_judge, *zip(*work, strict=True))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def num_processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _end_with_parent() -> None:
    """A worker leaves Ctrl-C to the run's own process, and ends when that is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _judge(rows: Path, shard: int, contract: Contract, rules: tuple[Rule, ...], scratch: Path) -> ShardFindings:
    findings, normal = judge_shard(read_shard(rows, shard), contract, rules)
    batch = pa.record_batch([normal], names=["text"])
    with pa.OSFile(str(_text_file(scratch, shard)), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return findings


def _text_file(scratch: Path, shard: int) -> Path:
    return scratch / f"texts-{shard:06}.arrow"


def _word_ends(column: MeasuredColumn) -> WordEnds:
    return word_ends(column.text_column, np.flatnonzero(column.present))


def _compared_texts(measurements: Measurements, columns: Sequence[str]) -> pa.Array:
    texts = [COMPILED.fill_null(measurements.column(name).texts, "") for name in columns]
    return COMPILED.binary_join_element_wise(*texts, pa.scalar("\n", TEXT)) if len(texts) > 1 else texts[0]


def _hashes(texts: pa.Array) -> npt.NDArray[np.uint64]:
    normal = normalise(COMPILED.fill_null(texts, "")).to_pylist()
    return np.fromiter((hash64(text) if text else 0 for text in normal), np.uint64, len(normal))
