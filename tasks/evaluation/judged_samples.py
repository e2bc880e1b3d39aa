"""Samples for the contract to judge: a held-out row's prompt, continued by the model, read back into columns."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd
import pyarrow as pa

from tasks.evaluation.written_form import WrittenForm
from tasks.generation import Sample
from tasks.prompt_format import PromptConfig, generation_prompt, records
from tasks.written_samples import COLUMN


class Begun(NamedTuple):
    """A held-out row that is to be continued."""

    sample_id: str
    row: Mapping[str, str | None]
    prompt: str


class JudgedSample(NamedTuple):
    """What a model made of it."""

    begun: Begun
    sample: Sample
    columns: Mapping[str, str | None]
    adheres: bool | None


def begun_rows(held_out: pd.DataFrame, config: PromptConfig, count: int, seed: int) -> list[Begun]:
    """Held-out rows in an order that the seed decides, again from the first where there are fewer than `count`.

    A row that gives no prompt is left out, unless none does.
    """

    def place(row: Mapping[str, str | None]) -> bytes:
        return hashlib.sha256(f"{seed} {row['row_id']}".encode()).digest()

    pairs = [(row, generation_prompt(config, row)) for row in records(held_out)]
    rows = sorted([pair for pair in pairs if pair[1].strip()] or pairs, key=lambda pair: place(pair[0]))
    return [
        Begun(f"{row['row_id']}:{number // len(rows)}", row, prompt)
        for number in range(count if rows else 0)
        for row, prompt in [rows[number % len(rows)]]
    ]


def read_back(begun: Sequence[Begun], samples: Sequence[Sample], form: WrittenForm) -> list[JudgedSample]:
    """Each continuation with the columns that it holds."""
    judged = []
    for one, sample in zip(begun, samples, strict=True):
        columns, adheres = form.read(one.row, one.prompt, sample.text)
        given = {name: one.row[name] for name in form.given}
        judged.append(JudgedSample(one, sample, given | columns, adheres))
    return judged


def samples_table(judged: Sequence[JudgedSample], form: WrittenForm) -> pa.Table:
    """What `samples.parquet` holds, see `tasks/written_samples.py`."""
    texts: dict[str, list[str | None]] = {
        "sample_id": [one.begun.sample_id for one in judged],
        "row_id": [one.begun.row["row_id"] for one in judged],
        "prompt": [one.begun.prompt for one in judged],
        "text": [one.sample.text for one in judged],
    }
    texts |= {f"{COLUMN}{name}": [one.columns[name] for one in judged] for name in (*form.given, *form.written)}
    table = {name: pa.array(values, pa.string()) for name, values in texts.items()}
    table["num_tokens"] = pa.array([one.sample.num_tokens for one in judged], pa.int64())
    table["stopped"] = pa.array([one.sample.stopped for one in judged], pa.bool_())
    table["adheres"] = pa.array([one.adheres for one in judged], pa.bool_())
    return pa.table(table)
