"""A shard's work, rows in and findings out: a pure function, so that any number of processes can share the shards.

A shard is a row group of `rows.parquet`. What it finds is put together as it comes: the duplicate index, and a bit a
row and rule. The rest goes to files of a scratch folder, see `shard_files.py`.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tasks.errors import WorkerKilled
from tasks.validation.contract import FOUND_IN_FILES, Contract, Rule
from tasks.validation.cut_words import WordEnds, word_ends
from tasks.validation.duplicates import DuplicateIndex, empty_index, fill_index, hash64, index_texts, normalise
from tasks.validation.findings import MeasuredColumn, Measurements
from tasks.validation.listed_files import found_in_files
from tasks.validation.rule_flags import RuleFlags
from tasks.validation.shard_files import ShardDetails, write_shard
from tasks.validation.signals import ACROSS_ROWS, ATTRIBUTION_CONFLICT, COLUMN_WIDE, CUT_WORD
from tasks.validation.spreads import Spread
from tasks.validation.text_column import COMPILED, Bools, Ints

TEXT = pa.large_string()


@dataclass(frozen=True, kw_only=True)
class ShardFindings:
    """What is kept of a shard in memory."""

    failed: Bools
    """Rows that break each rule, shape (num_rules, num_rows); none for rules that compare a shard with others."""
    repaired: dict[int, Ints]
    """Rule -> rows that it changed."""
    spreads: dict[str, Spread]
    """`column.signal` -> its values."""
    index: DuplicateIndex
    """Of the contract's text columns."""
    against: dict[str, npt.NDArray[np.uint64]]
    """Column that an attribution conflict is told by -> a hash of its value in each row, 0 where there is none."""


class Findings:
    """All shards' findings, put together.

    Args:
        num_rules: Rules that apply.
        num_rows: Rows of all shards.
    """

    def __init__(self, num_rules: int, num_rows: int) -> None:
        self.num_rows = 0
        self.failed = RuleFlags(num_rules, num_rows)
        self.repaired = RuleFlags(num_rules, num_rows)
        self.spreads: dict[str, Spread] = {}
        self.index = empty_index(num_rows)
        self.against: dict[str, npt.NDArray[np.uint64]] = {}

    def add(self, shard: ShardFindings) -> None:
        """Take in the next shard's."""
        start, end = self.num_rows, self.num_rows + shard.failed.shape[1]
        self.num_rows = end
        self.failed.put(start, shard.failed)
        mended = np.zeros_like(shard.failed)
        for place, rows in shard.repaired.items():
            mended[place, rows] = True
        self.repaired.put(start, mended)
        for name, spread in shard.spreads.items():
            self.spreads.setdefault(name, Spread()).add(spread)
        fill_index(self.index, start, shard.index)
        for column, hashes in shard.against.items():
            whole = self.against.setdefault(column, np.zeros(self.failed.num_rows, np.uint64))
            whole[start:end] = hashes


def judge_shard(rows: pa.Table, contract: Contract, rules: Sequence[Rule]) -> tuple[ShardFindings, ShardDetails]:
    """Hold a shard's rows against the rules.

    Args:
        rows: `row_id`, `ingest_error` and the canonical columns.
        contract: Its language and text columns.
        rules: Those that apply.
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
    index = index_texts(normal, contract.min_near_words)
    for place, rule in enumerate(rules):
        if rule.signal == FOUND_IN_FILES:
            failed[place] = found_in_files(normal, index, rule.files)
            values[place] = {int(row): 1 for row in np.flatnonzero(failed[place])}
    ends = {rule.column for rule in rules if rule.signal == CUT_WORD}
    against = {rule.against for rule in rules if rule.signal == ATTRIBUTION_CONFLICT}
    return ShardFindings(
        failed=failed,
        repaired=repaired,
        spreads=spreads,
        index=index,
        against={column: _hashes(measurements.column(column).texts) for column in sorted(against)},
    ), ShardDetails(
        texts=normal,
        values=values,
        word_ends={column: _word_ends(measurements.column(column)) for column in sorted(ends)},
    )


def judge_shards(
    rows: Path, contract: Contract, rules: Sequence[Rule], scratch: Path, told: Callable[[int, int], None]
) -> Findings:
    """Hold every shard against the rules, in as many processes as there are processors.

    Args:
        rows: `rows.parquet`.
        contract: Its language and text columns.
        rules: Those that apply.
        scratch: A folder for the shards' files.
        told: Called with the rows done and the rows in all.
    """
    count, total = pq.ParquetFile(rows).num_row_groups, pq.ParquetFile(rows).metadata.num_rows
    work = [(rows, shard, contract, tuple(rules), scratch) for shard in range(count)]
    findings = Findings(len(rules), total)
    for found in _mapped(work):
        findings.add(found)
        told(findings.num_rows, total)
    return findings


def read_shard(rows: Path, shard: int) -> pa.Table:
    """A shard's rows."""
    return pq.ParquetFile(rows).read_row_group(shard)


def _mapped(work: Sequence[tuple[Any, ...]]) -> Iterator[ShardFindings]:
    processes = min(len(work), num_processors())
    if processes <= 1:
        yield from (_judge(*item) for item in work)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawn, initializer=_end_with_parent) as pool:
        try:
            yield from pool.map(_judge, *zip(*work, strict=True))
        except BrokenProcessPool as error:
            raise WorkerKilled(
                f"validation: one of {processes} processes that measure rows was killed, mostly for want of memory\n"
                "  the same command goes on after the last finished stage; with one process: taskset -c 0 gadfly run …"
            ) from error
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
    table = read_shard(rows, shard)
    findings, details = judge_shard(table, contract, rules)
    write_shard(scratch, shard, table["row_id"].combine_chunks(), details)
    del table, details
    _give_back()
    return findings


def _give_back() -> None:
    """Hand what a shard took back to the system: allocators keep it in pieces, more with every shard."""
    pa.default_memory_pool().release_unused()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # glibc's alone
        trim(0)


def _word_ends(column: MeasuredColumn) -> WordEnds:
    return word_ends(column.text_column, np.flatnonzero(column.present))


def _compared_texts(measurements: Measurements, columns: Sequence[str]) -> pa.Array:
    texts = [COMPILED.fill_null(measurements.column(name).plain, "") for name in columns]
    return COMPILED.binary_join_element_wise(*texts, pa.scalar("\n", TEXT)) if len(texts) > 1 else texts[0]


def _hashes(texts: pa.Array) -> npt.NDArray[np.uint64]:
    normal = normalise(COMPILED.fill_null(texts, "")).to_pylist()
    return np.fromiter((hash64(text) if text else 0 for text in normal), np.uint64, len(normal))
