"""The contract judges what a model writes by the code that judges data, and blames it for nothing else."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks import home
from tasks.json_files import write_json
from tasks.tables import write_table
from tasks.validation.config import ValidationConfig
from tasks.validation.contract import Contract, Rule, load_contract
from tasks.validation.samples import Judged, applicable_rules, judge_written, wilson_interval
from tasks.validation.task import judge_samples

ROOT = Path(__file__).resolve().parents[3]
SHORT_TEXT = load_contract(ROOT / "data_contracts" / "short_text.yaml")
GOOD = "Every lantern is brave until the morning."
JUNK = {
    "gibberish": "asdfgh qwerty zxcvbn lkjhgf",
    "url_only": "https://example.com/a https://example.com/b",
    "pii": "Write to jane.doe@example.com before noon.",
    "special_token_in_text": "Be kind.<|endoftext|>Be kind.",
    "empty": " ",
}


def samples_table(texts: list[str | None], stopped: list[bool] | None = None, **columns: list[str | None]) -> pa.Table:
    table = {
        "sample_id": [f"r{number}:0" for number in range(len(texts))],
        "row_id": [f"r{number}" for number in range(len(texts))],
        "prompt": ["The Owl says:"] * len(texts),
        "text": [text or "" for text in texts],
        "columns.text": pa.array(texts, pa.string()),
        "stopped": stopped or [True] * len(texts),
    }
    return pa.table(table | {f"columns.{name}": pa.array(values, pa.string()) for name, values in columns.items()})


@pytest.fixture
def judge(tmp_path):
    def run(texts, stopped=None, contract=SHORT_TEXT, written=("text",), **columns) -> Judged:
        write_table(samples_table(texts, stopped, **columns), tmp_path / "samples.parquet")
        return judge_written(tmp_path / "samples.parquet", written, contract)

    return run


def contract(**rule) -> Contract:
    return Contract(name="tiny", version=1, rules=(Rule(**rule),))


def test_junk_is_counted_by_the_contracts_reasons(judge):
    judged = judge([GOOD, *JUNK.values(), GOOD])
    verdict = judged.verdict
    assert (verdict["judged"], verdict["junk"], verdict["junk_rate"]) == (7, 5, round(5 / 7, 6))
    assert set(verdict["reasons"]) >= set(JUNK)
    reasons = judged.samples["reasons"].to_pylist()
    assert reasons[0] == reasons[-1] == []
    for reason, found in zip(JUNK, reasons[1:-1], strict=True):
        assert reason in found
    assert '"pii":1' in judged.samples["values"].to_pylist()[3]


def test_a_sample_is_junk_where_the_same_text_would_be_rejected_as_data(judge):
    """What a rule mends in the data is no junk here either; it is told apart."""
    verdict = judge(["Hope  is a waking   dream.", "Hope is a <b>waking</b> dream.", GOOD]).verdict
    assert (verdict["junk"], verdict["reasons"]) == (0, {})
    assert verdict["repaired"] == {"untidy_whitespace": 1, "html_residue": 1}


def test_warnings_are_no_junk(judge):
    verdict = judge(
        ["short", GOOD], contract=contract(reason="brief", signal="word_count", min=3, action="warn")
    ).verdict
    assert (verdict["junk"], verdict["warnings"]) == (0, {"brief": 1})


def test_rules_beyond_the_text_do_not_apply(judge):
    rules = applicable_rules(SHORT_TEXT, ["text"], ["text", "author"])
    assert {rule.signal for rule in rules}.isdisjoint(
        {"duplicate_of", "near_duplicate_of", "cut_word", "attribution_conflict"}
    )
    assert {rule.column for rule in rules} == {"text"}
    assert judge([GOOD, GOOD, GOOD]).verdict["junk"] == 0  # the same text thrice


def test_only_columns_that_the_model_wrote_are_judged(judge):
    bad_author = {"author": [None, "jane.doe@example.com"]}
    assert judge([GOOD, GOOD], **bad_author).verdict["junk"] == 0
    reasons = judge([GOOD, GOOD], written=("text", "author"), **{"author": ["", "Thales"]}).verdict["reasons"]
    assert reasons == {"missing": 1}


def test_a_column_that_could_not_be_read_back_is_not_missing(judge):
    assert judge([GOOD], written=("text", "author"), author=[None]).verdict["junk"] == 0


def test_a_rule_on_two_columns_sees_what_the_model_was_given(judge):
    echo = contract(reason="echo", signal="echo", against="question", max=0.8)
    verdict = judge([GOOD, "Water."], contract=echo, question=[GOOD, "What is best?"]).verdict
    assert verdict["reasons"] == {"echo": 1}
    assert judge([GOOD], contract=echo).verdict["rules"] == 0  # no such column


@pytest.mark.parametrize(
    "rule",
    [
        {"reason": "truncated", "pattern": r"[.!?]$", "must_match": True},
        {"reason": "cut", "signal": "truncated", "max": 0},
        {"reason": "too_long", "pattern": "waits"},
        {"reason": "long", "signal": "word_count", "max": 5},
        {"reason": "long", "signal": "char_count", "max": 20},
    ],
)
def test_a_sample_that_was_cut_is_not_blamed_for_its_end(judge, rule):
    texts = ["The heron waits for the river and"] * 2
    judged = judge(texts, stopped=[False, True], contract=contract(**rule))
    assert [bool(reasons) for reasons in judged.samples["reasons"].to_pylist()] == [False, True]
    assert judged.verdict["junk"] == sum(judged.verdict["reasons"].values()) == 1


def test_a_cut_sample_is_judged_by_all_else(judge):
    assert judge([JUNK["gibberish"]], stopped=[False]).verdict["junk"] == 1
    short = contract(reason="too_short", signal="word_count", min=3, max=5)
    assert judge(["Be"], stopped=[False], contract=short).verdict["reasons"] == {"too_short": 1}


def test_a_contract_about_other_columns_judges_nothing(judge):
    rule = Rule(reason="empty", column="answer", signal="is_missing", max=0)
    other = Contract(name="tiny", version=1, text_columns=("answer",), rules=(rule,))
    assert judge([GOOD, " "], contract=other).verdict["junk"] == 0


def test_no_samples_have_no_rate_to_be_sure_of(judge):
    verdict = judge([]).verdict
    assert (verdict["judged"], verdict["junk_rate"], verdict["interval"]) == (0, 0.0, None)


@pytest.mark.parametrize(("count", "total"), [(10, 20), (0, 10), (10, 10), (3, 200)])
def test_the_interval_holds_the_rates_that_the_count_does_not_rule_out(count, total):
    """Wilson's ends are the rates from which the seen share is 1.96 of their own standard deviations away."""
    for end, beyond in zip(wilson_interval(count, total), (0, 1), strict=True):
        if end != beyond:
            assert abs(count / total - end) == pytest.approx(1.959964 * (end * (1 - end) / total) ** 0.5, abs=1e-5)
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)  # Newcombe 1998, table I


def test_the_task_stores_the_verdict_privately_and_the_same_again(gadfly_home):
    def write(folder: Path) -> None:
        write_table(samples_table([GOOD, *JUNK.values()]), folder / "samples.parquet")
        write_json(folder / "scores.json", {"generation": {"judged": {"written": ["text"]}}})

    scores = home.store().put("scores", write, private=True)
    config = ValidationConfig(contract=SHORT_TEXT)
    (verdict,) = (judge_samples.fn(config, scores)[name] for name in ("sample_verdict",))
    assert judge_samples.fn(config, scores) == {"sample_verdict": verdict}
    folder = home.store().open(verdict)
    assert sorted(path.name for path in folder.glob("*.*") if path.name not in ("manifest.json", "record.json")) == [
        "samples.parquet",
        "verdict.json",
    ]
    assert (folder / "samples.parquet").stat().st_mode & 0o777 == 0o600
    assert pq.read_table(folder / "samples.parquet").num_rows == 6
