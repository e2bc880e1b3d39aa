"""The whole stage on small frames, with the real Great Expectations."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.errors import RecipeError, WorkerKilled
from tasks.validation import findings, shards
from tasks.validation.config import ValidationConfig
from tasks.validation.contract import Contract, Rule, load_contract
from tasks.validation.quarantine import write_tables
from tasks.validation.repairs import REPAIRS
from tasks.validation.split import NO_SIDE, SIDES, Side
from tasks.validation.validate import validate as validate_file
from tasks.validation.verdict import failure_message

SHORT_TEXT = load_contract(Path(__file__).resolve().parents[3] / "data_contracts" / "short_text.yaml")
NOUNS = ["river", "stone", "market", "king", "winter", "garden", "letter", "candle", "harbour", "mirror", "falcon"]
VERBS = ["teaches", "forgets", "follows", "remembers", "carries", "repairs", "forgives"]


def clean_texts(count: int) -> list[str]:
    """Sentences no two of which are near duplicates."""
    pick = np.random.RandomState(0)
    return [
        f"The {pick.choice(NOUNS)} {pick.choice(VERBS)} a {pick.choice(NOUNS)} that no {pick.choice(NOUNS)} "
        f"{pick.choice(VERBS)}, and the {pick.choice(NOUNS)} {pick.choice(VERBS)} it."
        for _ in range(count)
    ]


def rows(texts: list[str | None], errors: dict[int, str] | None = None, **columns: list[str | None]) -> pd.DataFrame:
    content = pd.DataFrame({"text": texts, **columns}, dtype="str")
    ids = [hashlib.sha256(repr(row).encode()).hexdigest()[:16] for row in content.itertuples(index=False)]
    seen = pd.Series(ids).groupby(ids).cumcount()
    own = {
        "row_id": [row_id if n == 0 else f"{row_id}-{n + 1}" for row_id, n in zip(ids, seen, strict=True)],
        "source_index": range(len(texts)),
        "ingest_error": pd.array([(errors or {}).get(i) for i in range(len(texts))], dtype="str"),
    }
    return pd.concat([pd.DataFrame(own), content], axis=1)


class Judged(NamedTuple):
    """What the stage leaves."""

    report: dict[str, Any]
    sides: dict[str, Side]
    accepted: pa.Table
    quarantined: pa.Table
    repaired: pa.Table
    files: dict[str, bytes]


def validate(
    frame: pd.DataFrame,
    config: ValidationConfig,
    known: Mapping[str, Side],
    shard: int = 7,
    base: Path | None = None,
) -> Judged:
    """Judge a frame from a file of many small shards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows_file = folder / "rows.parquet"
        schema = pa.schema([(c, pa.int64() if c == "source_index" else pa.large_string()) for c in frame.columns])
        table = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
        pq.write_table(table, rows_file, row_group_size=shard)
        given = [SIDES.index(known[row_id]) if row_id in known else NO_SIDE for row_id in frame.row_id]
        outcome = validate_file(rows_file, config, np.array(given, np.int8), folder, base)
        write_tables(rows_file, outcome.decisions, folder)
        kinds = ("accepted", "quarantined", "repaired")
        files = {kind: (folder / f"{kind}.parquet").read_bytes() for kind in kinds}
        tables = {kind: pq.read_table(pa.BufferReader(content)) for kind, content in files.items()}
    sides = dict(zip(*(tables["accepted"][name].to_pylist() for name in ("row_id", "split")), strict=True))
    return Judged(outcome.report, sides, **tables, files=files)


@pytest.fixture(autouse=True)
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers take a second to start; one test has two of them."""
    monkeypatch.setattr(shards, "num_processors", lambda: 1)


def judge(
    frame: pd.DataFrame,
    *rules: Rule,
    known: dict[str, Side] | None = None,
    base: Path | None = None,
    **settings: Any,
) -> Judged:
    config = ValidationConfig(contract=Contract(name="t", version=1, rules=rules, **settings))
    return validate(frame, config, known or {}, base=base)


def reasons(outcome: Judged) -> dict[int, list[str]]:
    return {row["source_index"]: row["reasons"] for row in outcome.quarantined.to_pylist()}


TOO_SHORT = Rule(reason="too_short", signal="word_count", min=3)
DUPLICATE = Rule(reason="duplicate", signal="duplicate_of", max=0)
NEAR = Rule(reason="near_duplicate", signal="near_duplicate_of", max=0)


def test_a_row_gets_every_reason_with_what_was_measured() -> None:
    frame = rows(["Ok <b>â€™", *clean_texts(3)])
    outcome = judge(
        frame,
        TOO_SHORT,
        Rule(reason="html_residue", signal="html_residue", max=0),
        Rule(reason="mojibake", signal="mojibake", max=0),
        Rule(reason="no_okay", pattern="^Ok"),
    )
    row = outcome.quarantined.to_pylist()[0]
    assert row["reasons"] == ["too_short", "html_residue", "mojibake", "no_okay"]
    assert json.loads(row["values"])["no_okay"] == "Ok"
    assert json.loads(row["values"])["html_residue"] == 1
    assert outcome.report["reasons"]["html_residue"] == 1


def test_counts_add_up_and_ids_are_shared_out() -> None:
    frame = rows([*clean_texts(40), "no", "", None])
    outcome = judge(frame, TOO_SHORT, Rule(reason="empty", signal="is_missing", max=0))
    report = outcome.report
    assert (report["ingested"], report["accepted"], report["quarantined"]) == (43, 40, 3)
    assert report["reasons"] == {"too_short": 2, "empty": 2}
    assert set(outcome.accepted["row_id"].to_pylist()) | set(outcome.quarantined["row_id"].to_pylist()) == set(
        frame["row_id"]
    )
    assert sum(report["split"].values()) == report["accepted"] == len(outcome.sides)


def test_warnings_are_counted_and_reject_nothing() -> None:
    outcome = judge(rows(["no", *clean_texts(3)]), TOO_SHORT.model_copy(update={"action": "warn"}))
    assert outcome.report["warnings"] == {"too_short": 1}
    assert outcome.report["accepted"] == 4


def test_bounds_are_inclusive() -> None:
    frame = rows(["one two three", "one two three four five", "one two", "one two three four five six"])
    outcome = judge(frame, Rule(reason="length", signal="word_count", min=3, max=5))
    assert sorted(reasons(outcome)) == [2, 3]


def test_ingestion_s_errors_are_reasons_of_every_contract() -> None:
    frame = rows([None, None, *clean_texts(3)], errors={0: "undecodable", 1: "unparseable"})
    outcome = judge(frame, Rule(reason="empty", signal="is_missing", max=0))
    assert reasons(outcome) == {0: ["undecodable"], 1: ["unparseable"]}


def test_a_pattern_must_or_must_not_match() -> None:
    frame = rows(["LOUD WORDS HERE", "Calm words here.", "calm words here."])
    shouting = Rule(reason="no_shouting", pattern="^[A-Z ]+$")
    capital = Rule(reason="capitalised", pattern=r"^\p{Lu}", must_match=True)
    assert reasons(judge(frame, shouting, capital)) == {0: ["no_shouting"], 2: ["capitalised"]}


def test_a_pattern_that_never_ends_is_stopped_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "PATTERN_TIMEOUT_S", 0.05)
    frame = rows(["a" * 60 + "!"])
    with pytest.raises(RecipeError, match=rf"rule slow: the pattern .* took more than 0.05 s on row {frame.row_id[0]}"):
        judge(frame, Rule(reason="slow", pattern=r"^(a|a|aa)+$"))


def test_of_equal_rows_the_first_sound_one_is_kept() -> None:
    text, other = clean_texts(2)
    frame = rows([text, text, other, other], author=["", "Fox", "Owl", "Hen"])
    outcome = judge(frame, Rule(reason="missing", column="author", signal="is_missing", max=0), DUPLICATE)
    assert reasons(outcome) == {0: ["missing", "duplicate"], 3: ["duplicate"]}
    kept = outcome.accepted.to_pylist()
    assert [row["author"] for row in kept] == ["Fox", "Owl"]
    values = json.loads(outcome.quarantined.to_pylist()[1]["values"])
    assert values == {"duplicate": kept[1]["row_id"]}


def test_exact_duplicates_are_not_called_near_too() -> None:
    text = clean_texts(1)[0]
    outcome = judge(rows([text, text.upper(), text.replace("that", "which")]), DUPLICATE, NEAR)
    assert reasons(outcome) == {1: ["duplicate"], 2: ["near_duplicate"]}


def test_a_junk_row_on_top_changes_nothing_in_accepted() -> None:
    texts: list[str | None] = list(clean_texts(60))
    before = validate(rows(texts), ValidationConfig(contract=SHORT_TEXT), {})
    after = validate(rows(["N/A", *texts]), ValidationConfig(contract=SHORT_TEXT), before.sides)
    assert before.files["accepted"] == after.files["accepted"]
    assert after.report["quarantined"] == before.report["quarantined"] + 1


def test_the_same_rows_give_the_same_bytes_with_and_without_memory() -> None:
    texts: list[str | None] = [*clean_texts(50), "no", clean_texts(1)[0]]
    config = ValidationConfig(contract=SHORT_TEXT)
    first = validate(rows(texts), config, {})
    second = validate(rows(texts), config, first.sides)
    assert first.report == second.report
    assert first.files == second.files


def test_shards_and_processes_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str | None] = [*clean_texts(40), "no", clean_texts(1)[0], "Ten <b>bold</b> words.", *clean_texts(9)]
    config = ValidationConfig(contract=SHORT_TEXT)
    whole = validate(rows(texts), config, {}, shard=100)
    monkeypatch.setattr(shards, "num_processors", lambda: 2)
    parts = validate(rows(texts), config, {}, shard=30)
    assert parts.report == whole.report
    assert parts.files == whole.files
    assert parts.sides == whole.sides


def test_a_killed_process_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def kill_one() -> None:
        while len(children := multiprocessing.active_children()) < 2:  # a kill while the pool starts hangs CPython 3.11
            time.sleep(0.01)
        children[0].kill()

    monkeypatch.setattr(shards, "num_processors", lambda: 2)
    killer = threading.Thread(target=kill_one)
    killer.start()
    with pytest.raises(WorkerKilled, match="one of 2 processes that measure rows was killed"):
        validate(rows(list(clean_texts(40))), ValidationConfig(contract=SHORT_TEXT), {}, shard=30)
    killer.join()


def test_accepted_holds_no_position() -> None:
    outcome = judge(rows(list(clean_texts(3)), author=["a", "b", "c"]), TOO_SHORT)
    assert outcome.accepted.column_names == ["row_id", "text", "author", "split"]
    assert outcome.quarantined.column_names == ["row_id", "source_index", "text", "author", "reasons", "values"]


def test_appended_near_copies_of_held_out_rows_never_reach_training() -> None:
    """Twenty per cent new rows, newest first: no old row moves or vanishes, and no copy is accepted."""
    texts = list(dict.fromkeys(clean_texts(100)))
    first = judge(rows(list(texts)), DUPLICATE, NEAR)
    held_out = [row["text"] for row in first.accepted.to_pylist() if row["split"] == "holdout"]
    copies: list[str | None] = [text.replace("The ", "Oh, the ", 1) for text in held_out]
    second = judge(rows([*copies, *texts]), DUPLICATE, NEAR, known=first.sides)
    assert second.sides == first.sides
    assert all("near_duplicate" in why for why in reasons(second).values() if why != ["duplicate"])


def test_a_new_row_between_the_sides_is_a_leak_where_near_copies_are_allowed() -> None:
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    held, trained = " ".join(["apple", *words[1:]]), " ".join([*words[:-1], "zebra"])
    bridge = " ".join(words)
    frame = rows([bridge, held, trained])
    known: dict[str, Side] = {frame.row_id[1]: "holdout", frame.row_id[2]: "train"}
    outcome = judge(frame, TOO_SHORT, known=known)
    assert reasons(outcome) == {0: ["holdout_leak"]}
    assert json.loads(outcome.quarantined.to_pylist()[0]["values"]) == {
        "holdout_leak": {"holdout": frame.row_id[1], "train": frame.row_id[2]}
    }
    assert outcome.report["reasons"] == {"holdout_leak": 1}
    assert frame.row_id[0] not in outcome.sides


def test_an_empty_frame_fails_instead_of_passing_vacuously() -> None:
    outcome = judge(rows([]), TOO_SHORT)
    assert not outcome.report["success"]
    assert outcome.report["failures"] == ["0 of 0 rows are accepted; at least 1 are needed"]
    assert "no rows came in" in failure_message(outcome.report, "7f3a")
    assert judge(rows(["no", "yes"]), TOO_SHORT).report["failures"][0].startswith("0 of 2 rows are accepted")


def test_a_broken_limit_says_how_many_rows_and_what_to_type() -> None:
    rule = TOO_SHORT.model_copy(update={"max_fraction": 0.1})
    report = judge(rows(["no", *clean_texts(3)]), rule, max_quarantined_fraction=0.2).report
    assert not report["success"]
    assert failure_message(report, "7f3a").splitlines() == [
        "t v1: rule 'too_short' failed on 1 of 4 rows (25 %; at most 10 %).",
        "t v1: 1 of 4 rows are quarantined (25 %; at most 20 %).",
        "  first rows: 0   see them: gadfly quarantine 7f3a --reason too_short",
    ]


def test_absent_optional_columns_are_said_to_be_skipped() -> None:
    report = validate(rows(list(clean_texts(30))), ValidationConfig(contract=SHORT_TEXT), {}).report
    assert {"reason": "missing", "column": "author"} in report["skipped"]
    assert report["success"]


def test_instruction_pairs_are_compared_whole() -> None:
    contract = load_contract(Path(__file__).resolve().parents[3] / "data_contracts" / "instruction.yaml")
    frame = rows([None] * 4, prompt=["What is two and two?"] * 4, completion=["Four.", "Five.", "Four.", ""])
    frame = frame.drop(columns="text")
    found = reasons(validate(frame, ValidationConfig(contract=contract), {}))
    assert {row: why[0] for row, why in found.items()} == {2: "duplicate", 3: "empty"}


def test_a_near_copy_between_the_sides_is_named_as_a_leak_too() -> None:
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    held, trained = " ".join(["apple", *words[1:]]), " ".join([*words[:-1], "zebra"])
    frame = rows([held, trained, " ".join(words)])
    known: dict[str, Side] = {frame.row_id[0]: "holdout", frame.row_id[1]: "train"}
    outcome = judge(frame, NEAR, known=known)
    assert reasons(outcome) == {2: ["near_duplicate", "holdout_leak"]}
    assert outcome.report["reasons"] == {"near_duplicate": 1, "holdout_leak": 1}


def test_a_released_row_is_let_through_whatever_the_rules_say(tmp_path: Path) -> None:
    text = clean_texts(1)[0]
    frame = rows([text, "no", text, None], errors={3: "undecodable"})
    released = tmp_path / "mine.released.txt"
    released.write_text(f"# kept\n{frame.row_id[1]}  # a fine word\n{frame.row_id[2]}\n{frame.row_id[3]}\n")
    outcome = judge(frame, TOO_SHORT, DUPLICATE, released=str(released))
    assert reasons(outcome) == {0: ["duplicate"], 3: ["undecodable"]}
    assert outcome.report["reasons"] == {"duplicate": 1, "undecodable": 1}


def test_the_same_words_under_different_authors_are_a_conflict() -> None:
    one, two, three = clean_texts(3)
    frame = rows(
        [one, one.upper(), one, two, two, three, three], author=["Fox", "fox,", "Owl", "Hen", "Cat", "Dog", ""]
    )
    rule = Rule(reason="attribution_conflict", signal="attribution_conflict", against="author", max=0)
    assert reasons(judge(frame, rule)) == {row: ["attribution_conflict"] for row in (2, 3, 4)}


def test_rows_of_listed_files_are_found_whole_nearly_and_in_part(tmp_path: Path) -> None:
    texts = clean_texts(40)
    listed = tmp_path / "benchmark.jsonl"
    listed.write_text("".join(json.dumps({"question": text, "id": 7}) + "\n" for text in texts[:3]))
    quoting = f"As somebody once wrote in a letter: {texts[2]} And then he went home to his garden by the sea."
    frame = rows([texts[0].upper(), texts[1].replace("that", "which"), quoting, *texts[3:]])
    rule = Rule(reason="benchmark_leak", signal="found_in_files", files=(str(listed),), max=0)
    assert reasons(judge(frame, rule)) == {row: ["benchmark_leak"] for row in (0, 1, 2)}


def test_a_listed_holdout_has_the_reason_of_a_leak(tmp_path: Path) -> None:
    texts = clean_texts(5)
    listed = tmp_path / "holdout.txt"
    listed.write_text(texts[0] + "\n")
    rule = Rule(reason="holdout_leak", signal="found_in_files", files=(str(listed),), max=0)
    outcome = judge(rows(list(texts)), rule)
    assert reasons(outcome) == {0: ["holdout_leak"]}
    assert outcome.report["reasons"] == {"holdout_leak": 1}


def test_a_repaired_row_is_judged_mended_and_what_cannot_be_mended_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REPAIRS, "html_residue", lambda text: text.replace("<b>", "").replace("</b>", ""))
    text, other = clean_texts(2)
    frame = rows([f"<b>{text}</b>", text, f"<i>{other}", other])
    rule = Rule(reason="html_residue", signal="html_residue", max=0, action="repair")
    outcome = judge(frame, rule, DUPLICATE)
    assert reasons(outcome) == {1: ["duplicate"], 2: ["html_residue"]}
    assert outcome.accepted["text"].to_pylist() == [text, other]
    assert outcome.repaired.to_pylist() == [
        {
            "row_id": frame.row_id[0],
            "source_index": 0,
            "column": "text",
            "reasons": ["html_residue"],
            "before": f"<b>{text}</b>",
            "after": text,
        }
    ]
    assert outcome.report["repaired"] == {"html_residue": 1}
    assert outcome.report["reasons"] == {"html_residue": 1, "duplicate": 1}


def test_the_spread_of_a_signal_counts_every_row() -> None:
    report = judge(rows(["no", *clean_texts(30)]), TOO_SHORT).report
    assert report["signals"]["text.word_count"]["p01"] == 1
    bins = report["histograms"]["text.word_count"]["bins"]
    assert sum(count for _, _, count in bins) == 31
    assert sum(count for low, _, count in bins if low < 3) == 1


def test_the_base_model_names_texts_it_finds_unlikely() -> None:
    base = Path(__file__).resolve().parents[3] / "demo" / "base"
    likely = ["If the lopsided ladder is worn, I will decorate the royal net.", "I will decorate the royal ladder."]
    frame = rows([*likely, "Zxqv jkwp vvbn qzzt wwpk xkcd."])
    rule = Rule(reason="perplexity_outlier", signal="base_nll", max=15.0)
    outcome = judge(frame, rule, base=base)
    assert reasons(outcome) == {2: ["perplexity_outlier"]}
    assert json.loads(outcome.quarantined["values"][0].as_py())["perplexity_outlier"] > 15.0
    with pytest.raises(RecipeError, match="rule perplexity_outlier asks the base model, and there is none"):
        judge(frame, rule)
