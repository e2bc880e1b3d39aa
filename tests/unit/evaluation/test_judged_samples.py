"""Which held-out rows are continued, and how what came of it is kept."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

from tasks.evaluation.judged_samples import begun_rows, read_back, samples_table
from tasks.evaluation.written_form import WrittenForm
from tasks.generation import Sample
from tasks.prompt_format import PromptConfig
from tasks.tables import write_table
from tasks.written_samples import data_columns

PROMPT = PromptConfig(template="{author}: {text}.")


@pytest.fixture
def held_out() -> pd.DataFrame:
    rows = [{"row_id": f"r{number}", "author": f"A{number}", "text": "Be kind", "prompt": "odd"} for number in range(6)]
    return pd.DataFrame(rows)


def ids(begun) -> list[str]:
    return [one.sample_id for one in begun]


def test_rows_are_chosen_by_the_seed_whatever_their_order(held_out):
    chosen = ids(begun_rows(held_out, PROMPT, 4, 0))
    assert chosen == ids(begun_rows(held_out[::-1], PROMPT, 4, 0))
    assert len(set(chosen)) == 4
    assert ids(begun_rows(held_out, PROMPT, 6, 0))[:4] == chosen
    assert any(ids(begun_rows(held_out, PROMPT, 6, seed)) != ids(begun_rows(held_out, PROMPT, 6, 0)) for seed in (1, 2))


def test_few_rows_are_begun_again_and_again(held_out):
    begun = begun_rows(held_out, PROMPT, 14, 0)
    assert len(set(ids(begun))) == 14
    assert [one.prompt for one in begun[:6]] == [one.prompt for one in begun[6:12]]
    assert {one.sample_id.split(":")[1] for one in begun} == {"0", "1", "2"}


def test_a_row_that_gives_no_prompt_is_not_begun(held_out):
    plain = PromptConfig(template="{text}")
    assert {one.row["row_id"] for one in begun_rows(held_out.assign(text=["", *["x y z w"] * 5]), plain, 9, 0)} == {
        f"r{number}" for number in range(1, 6)
    }
    assert begun_rows(held_out.head(0), PROMPT, 9, 0) == []


def test_samples_keep_the_datas_columns_apart_from_their_own(held_out, tmp_path):
    form, begun = WrittenForm(PromptConfig(template="{prompt} {author}: {text}.")), begun_rows(held_out, PROMPT, 2, 0)
    samples = [Sample(begun[0].prompt, "Stop it.", 3, True), Sample(begun[1].prompt, "Go on", 2, False)]
    table = samples_table(read_back(begun, samples, form), form)
    assert table["prompt"].to_pylist() == [one.prompt for one in begun]
    assert table["adheres"].to_pylist() == [True, False]
    columns = {name: values.to_pylist() for name, values in data_columns(table).items()}
    assert columns == {
        "prompt": ["odd", "odd"],
        "author": [one.row["author"] for one in begun],
        "text": ["Stop it", "Go on"],
    }
    write_table(table, tmp_path / "samples.parquet")
    assert pa.parquet.read_table(tmp_path / "samples.parquet").equals(table)
