"""A drafted contract: it loads, says of every rule what it meets, and judges its own data as it says."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from tasks.validation import draft, repairs, shards
from tasks.validation.config import ValidationConfig
from tasks.validation.contract import Contract, load_contract
from tasks.validation.draft import About, DraftedContract, draft_contract
from tasks.validation.signals import signal_names
from tasks.validation.validate import validate

FOLDER = Path(__file__).resolve().parents[3] / "data_contracts"
PROFILES = {path.stem: load_contract(path) for path in sorted(FOLDER.glob("*.yaml"))}
NOUNS = ["river", "stone", "market", "king", "winter", "garden", "letter", "candle", "harbour", "mirror", "falcon"]
VERBS = ["teaches", "forgets", "follows", "remembers", "carries", "repairs", "forgives"]


def clean_texts(count: int, seed: int = 0) -> list[str]:
    """Sentences no two of which are near duplicates."""
    pick = np.random.RandomState(seed)
    return [
        f"The {pick.choice(NOUNS)} {pick.choice(VERBS)} a {pick.choice(NOUNS)} that no {pick.choice(NOUNS)} "
        f"{pick.choice(VERBS)}, and the {pick.choice(NOUNS)} {pick.choice(VERBS)} it."
        for _ in range(count)
    ]


def rows(texts: list[str | None], **columns: list[str | None]) -> pd.DataFrame:
    own = {"row_id": [f"{row:016x}" for row in range(len(texts))], "source_index": range(len(texts))}
    content = pd.DataFrame({"text": texts, **columns}, dtype="str")
    return pd.concat(
        [pd.DataFrame(own), pd.Series([None] * len(texts), dtype="str", name="ingest_error"), content], axis=1
    )


def drafted(frame: pd.DataFrame, *columns: str, **about: Any) -> tuple[DraftedContract, Contract]:
    """A draft, and the contract that its text is."""
    made = draft_contract(frame, columns or ("text",), "drafted", PROFILES, About(**about))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drafted.yaml"
        path.write_text(made.text, encoding="utf-8")
        return made, load_contract(path)


def report(frame: pd.DataFrame, contract: Contract, folder: Path) -> dict[str, Any]:
    """What a run would say of the rows."""
    folder.mkdir(exist_ok=True)
    schema = pa.schema([(c, pa.int64() if c == "source_index" else pa.large_string()) for c in frame.columns])
    pq.write_table(pa.Table.from_pandas(frame, schema=schema, preserve_index=False), folder / "rows.parquet")
    return validate(folder / "rows.parquet", ValidationConfig(contract=contract), None, folder).report


def above(text: str, rule: str) -> str:
    """The comment above, or behind, a rule."""
    lines = text.splitlines()
    place = next(row for row, line in enumerate(lines) if f"reason: {rule}" in line and line.startswith("  - "))
    told = []
    while lines[place - 1].startswith("  # "):
        place -= 1
        told.insert(0, lines[place].removeprefix("  # "))
    return " ".join(told)


@pytest.fixture(autouse=True)
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "num_processors", lambda: 1)


def test_a_draft_judges_its_data_as_it_says(tmp_path: Path) -> None:
    texts = [*clean_texts(60), "no", "N/A", "<b>bold</b> words are here", clean_texts(1)[0]]
    frame = rows([*texts], author=["Fox"] * len(texts))
    made, contract = drafted(frame, required=["text", "author"])
    found = report(frame, contract, tmp_path / "run")
    assert found["success"]
    assert found["accepted"] == made.accepted == 61
    assert found["reasons"] == made.reasons
    assert found["warnings"] == made.warnings
    assert made.profile == "short_text"


def test_every_rule_is_the_profiles_and_says_what_it_meets(tmp_path: Path) -> None:
    frame = rows([*clean_texts(60), "Bold words &amp; quiet ones are here."])
    made, contract = drafted(frame)
    ours = {(rule.reason, rule.signal) for rule in contract.rules}
    theirs = {
        (rule.reason, rule.signal)
        for rule in PROFILES["short_text"].rules
        if rule.column == "text" and not rule.against
    }
    assert ours == theirs
    told = "1 row (1.6 %), of which the repair mends 1; one: Bold words &amp; quiet ones are here."
    assert above(made.text, "html_residue") == told
    rules = [line for line in made.text.splitlines() if line.startswith("  - ")]
    quiet = [line for line in rules if line.endswith("# none today")]
    assert len(rules) - len(quiet) == len([line for line in made.text.splitlines() if re.match(r"  # \d", line)]) == 1


def test_a_habit_of_the_data_only_warns_and_copies_never_do(tmp_path: Path) -> None:
    texts = [f"{text} Right, my dear," for text in clean_texts(60)]
    made, contract = drafted(rows(texts * 3))
    warned = {rule.reason for rule in contract.rules if rule.action == "warn"}
    assert warned == {"truncated"}
    assert "more than 20 %, so it only warns" in above(made.text, "truncated")
    assert made.reasons == {"duplicate": 120}
    assert (contract.min_accepted_rows, contract.max_quarantined_fraction) == (30, 0.95)
    assert report(rows(texts * 3), contract, tmp_path / "run")["success"]


def test_a_worse_delivery_of_the_same_data_breaks_the_draft(tmp_path: Path) -> None:
    texts = clean_texts(60)
    _, contract = drafted(rows([*texts]))
    assert contract.max_quarantined_fraction == 0.05
    assert report(rows([*texts]), contract, tmp_path / "same")["success"]
    worse = rows([*texts, *(f"No {number}" for number in range(10))])
    assert not report(worse, contract, tmp_path / "worse")["success"]


@pytest.mark.parametrize("texts", [[], [None, None], ["", "x"]])
def test_a_contract_is_drafted_from_hardly_any_data(texts: list[str | None]) -> None:
    made, contract = drafted(rows(texts))
    assert contract.name == "drafted"
    assert made.verdict.decision == "find other data"


def test_what_the_data_holds_never_becomes_yaml() -> None:
    evil = "x\nrules: []\n# }} ] \u2028 'quote\" " + "very long " * 40 + "<b>"
    made, contract = drafted(rows([*clean_texts(9), evil]), described={evil: evil}, source=evil, schema=evil)
    assert len(contract.rules) > 10
    assert set(yaml.safe_load(made.text)) == {
        *("name", "version", "language", "text_columns", "min_near_words"),
        *("min_accepted_rows", "max_quarantined_fraction", "rules"),
    }


def test_personal_data_is_never_shown() -> None:
    private = "Write to jane.roe@example.org <b>now</b> or call +44 20 7946 0958, and don't wait for the river,"
    made, _ = drafted(rows([*clean_texts(30), private]))
    assert made.reasons["pii"] == 1
    assert "example.org" not in made.text
    assert "7946" not in made.text
    assert above(made.text, "pii") == "1 row (3.2 %)"
    assert above(made.text, "html_residue") == "1 row (3.2 %), of which the repair mends 1"


def test_a_language_that_can_be_told_is_expected_and_another_is_not_checked() -> None:
    german = [f"Der Mann geht mit dem {number}. Hund in den Wald, und er ist nicht mehr da." for number in range(30)]
    serbian = [f"Računarska nauka {number} tiče računara koliko astronomija teleskopa." for number in range(30)]
    assert drafted(rows([*german]))[1].language == "de"
    made, contract = drafted(rows([*serbian]))
    assert "wrong_language" not in {rule.reason for rule in contract.rules}
    assert "what depends on the language is left out" in made.text
    assert not {rule.signal for rule in contract.rules} & {"keyword_list", "unknown_word_fraction", "misplaced_words"}


def test_lengths_come_from_the_datas_quantiles_and_say_so() -> None:
    _, contract = drafted(rows([*clean_texts(300)]))
    [longest] = [rule for rule in contract.rules if rule.reason == "too_long"]
    assert (longest.max, longest.source) == (28, "2 × the 99.5 % quantile (14)")  # each has 14 words
    tailed = [" ".join(clean_texts(300)[: 1 + 20 * (place % 50 == 0)]) for place in range(300)]
    _, long_ones = drafted(rows([f"{place} {text}" for place, text in enumerate(tailed)]))
    assert [rule.max for rule in long_ones.rules if rule.reason == "too_long"] == [800]  # the profile's
    shortest, fragment = [rule for rule in contract.rules if rule.reason == "too_short"]
    assert (shortest.min, fragment.signal) == (2, "fragment")  # the profile's: they meet no row
    words = [f"{text.split()[1]}{number}" for number, text in enumerate(clean_texts(100))]
    _, contract = drafted(rows([*words]))
    [shortest] = [rule for rule in contract.rules if rule.reason == "too_short"]
    assert (shortest.min, shortest.source) == (1, "the 1 % quantile; 2 would reject 100%")


def repairing(contract: Contract) -> set[str]:
    return {rule.reason for rule in contract.rules if rule.action == "repair"}


def test_a_defect_is_repaired_where_that_mends_most(monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str | None] = [*clean_texts(40), "<b>Bold</b> words are written here.", "Write it with &lt;b&gt; here."]
    monkeypatch.setitem(repairs.REPAIRS, "html_residue", lambda text: text)
    assert "html_residue" not in repairing(drafted(rows(texts))[1])
    monkeypatch.setitem(repairs.REPAIRS, "html_residue", lambda text: re.sub("<[^>]*>", "", text))
    made, contract = drafted(rows(texts))
    assert "html_residue" in repairing(contract)
    assert above(made.text, "html_residue").startswith("2 rows (4.8 %), of which the repair mends 1; one: ")
    assert made.reasons["html_residue"] == 1
    assert "1 row is mended by the contract" in " ".join(made.verdict.reasons)


def test_authors_and_tags_get_the_rules_that_there_are_signals_for() -> None:
    texts = clean_texts(40)
    frame = rows([*texts, texts[0]], author=["Fox"] * 40 + ["Crow"], tags=["a, b"] * 41)
    made, contract = drafted(frame)
    signals = {rule.signal: rule for rule in contract.rules}
    assert signals["attribution_conflict"].against == "author"
    assert made.reasons["attribution_conflict"] == 2
    assert ("disputed_attribution" in signals) == ("disputed_attribution" in signal_names())


def test_a_prompt_and_completion_get_the_instruction_profile() -> None:
    frame = rows([None] * 60).drop(columns="text")
    frame["prompt"] = [f"What is {number} and {number}?" for number in range(60)]
    frame["completion"] = clean_texts(60)
    made, contract = drafted(frame, "prompt", "completion")
    assert made.profile == "instruction"
    assert contract.text_columns == ("prompt", "completion")
    assert {rule.column for rule in contract.rules if rule.signal == "word_count"} == {"prompt", "completion"}


def test_long_texts_get_the_document_profile_and_a_table_falls_back_where_there_is_none_for_it() -> None:
    long = [" ".join(clean_texts(6, seed)) for seed in range(40)]
    assert drafted(rows([*long]))[0].profile == "document"
    wanted = "table_to_text" if "table_to_text" in PROFILES else "short_text"
    assert drafted(rows([*clean_texts(40)]), num_structured=4)[0].profile == wanted


def test_a_large_source_is_sampled_the_same_way_each_time_with_all_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft, "SAMPLE_ROWS", 500)
    texts = list(dict.fromkeys(clean_texts(1100)))[:1000]
    frame = rows([text for text in texts for _ in range(2)])
    made, contract = drafted(frame)
    assert 400 < made.rows < 600
    assert made.reasons["duplicate"] == made.rows / 2  # half of all rows are copies, and half of the sample
    assert "Counted on a sample of" in made.text
    assert contract.min_accepted_rows == pytest.approx(500, abs=60)  # half of what all rows would leave
    assert drafted(frame)[0] == made
    assert drafted(frame.sample(frac=1, random_state=1))[0].rows == made.rows


def test_the_verdict_stands_at_the_top() -> None:
    texts = clean_texts(120)
    tokens = [f"{one}<|endoftext|>{other}" for one, other in zip(texts[::2], texts[1::2], strict=True)]
    made, contract = drafted(rows([*tokens]))
    assert made.verdict.decision == "repair first"
    assert "# Verdict: repair first\n# - 100 % of the rows hold literal special tokens" in made.text
    [rule] = [rule for rule in contract.rules if rule.signal == "special_token_in_text"]
    assert rule.action == "warn"
    junk: list[str | None] = ["[deleted]", "N/A", "TODO", "lorem ipsum dolor sit amet"] * 40
    assert drafted(rows([*clean_texts(60), *junk]))[0].verdict.decision == "find other data"
    assert drafted(rows([*clean_texts(60)]))[0].verdict.decision == "train"


def test_markers_set_around_each_text_are_taken_off_by_the_draft() -> None:
    made, contract = drafted(rows([f"<|endoftext|>{text}<|endoftext|>" for text in clean_texts(60)]))
    assert made.verdict.decision == "train"
    [rule] = [rule for rule in contract.rules if rule.signal == "special_token_in_text"]
    assert rule.action == "repair"


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        ([f"SOCRATES: {text}" if n % 2 else f"POLUS: {text}" for n, text in enumerate(clean_texts(60))], "a speaker"),
        ([f"User: What is {n}?\nAssistant: {text}" for n, text in enumerate(clean_texts(60))], "a speaker"),
        ([f"Hope: {text}" for text in clean_texts(60)], "a quarter of the texts"),  # one label is none
        ([f"Title number {'abcdefghij'[n % 10]}{n}: {text}" for n, text in enumerate(clean_texts(60))], "a quarter"),
    ],
)
def test_speakers_that_take_turns_make_a_dialogue(texts: list[str | None], why: str) -> None:
    made, _ = drafted(rows(texts))
    told = made.text.split("# Above each rule")[0].replace("\n# ", " ")
    assert why in told
    assert ("there is no contract dialogue" in told) == (why == "a speaker" and "dialogue" not in PROFILES)
    assert made.profile == ("dialogue" if why == "a speaker" and "dialogue" in PROFILES else "short_text")


def test_a_dialogue_s_repeats_and_near_repeats_are_only_counted() -> None:
    said = [f"{'ANN' if n % 2 else 'BEN'}: {text}" for n, text in enumerate(clean_texts(60))]
    long = "ANN: I do not see at all what it is that you mean by the good"
    made, contract = drafted(rows([*said, long, long, f"{long}, Ben"]))
    assert contract.min_near_words == PROFILES["dialogue"].min_near_words
    assert made.warnings["duplicate"] == made.warnings["near_duplicate"] == 1
    assert not {"duplicate", "near_duplicate"} & made.reasons.keys()
