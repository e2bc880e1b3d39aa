"""A user's mistake is one clear message and an exit code, never a traceback; with `--json`, one JSON object."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

GARBAGE = bytes(range(256)) * 40


@dataclass(frozen=True)
class Mistake:
    """A recipe with something wrong, and what the user is told."""

    message: str
    """What standard error says (a pattern)."""
    set: Sequence[str] = ()
    """Overrides."""
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    """Files that are written into the folder of the recipe."""
    recipe: str = "recipe.yaml"
    code: int = 2


def path(name: str) -> tuple[str, ...]:
    """Overrides that read another source, every column under its own name."""
    return (f"source.path={name}", "source.columns=null", "source.columns={}")


MISTAKES = {
    "no such recipe": Mistake(r"RecipeError: no recipe is called demmo; did you mean demo\?", recipe="demmo"),
    "no such recipe file": Mistake(r"RecipeError: recipe nowhere\.yaml doesn't exist", recipe="nowhere.yaml"),
    "not YAML": Mistake(
        r"RecipeError: .*broken\.yaml is not YAML, line 2, column 2: expected",
        recipe="broken.yaml",
        files={"broken.yaml": "name: [a\nb: }"},
    ),
    "an empty recipe": Mistake("holds no keys", recipe="empty.yaml", files={"empty.yaml": ""}),
    "a binary recipe": Mistake(r"bin\.yaml is not UTF-8 text", recipe="bin.yaml", files={"bin.yaml": GARBAGE}),
    "a typo in a key": Mistake(
        r"training\.learnig_rate: unknown key; did you mean learning_rate\?", set=("training.learnig_rate=0.1",)
    ),
    "two problems at once": Mistake(
        r"has 2 problems\n  training\.lora\.rank: .* \(is .none.\)\n  training\.epochs: .*greater than 0 \(is -1\)",
        set=("training.epochs=-1", "training.lora.rank=none"),
    ),
    "an override that is none": Mistake("an override is key=value", set=("training.epochs",)),
    "a missing file": Mistake(r"SourceAbsent: .*row\.csv doesn't exist; did you mean rows\.csv\?", set=path("row.csv")),
    "an empty file": Mistake(r"SourceError: .*none\.csv", set=path("none.csv"), files={"none.csv": ""}),
    "a header without rows": Mistake(
        r"(SourceError: .*header\.csv|ContractError: .*0 of 0 rows are accepted)",
        set=path("header.csv"),
        files={"header.csv": "text,author\n"},
    ),
    "a binary file": Mistake(r"SourceError: .*data\.csv", set=path("data.csv"), files={"data.csv": GARBAGE}),
    "no such column": Mistake(
        r"SourceError: (.*\n)*.*quote.*(\n.*)*text", set=("source.columns={text: quote, author: author}",)
    ),
    "a template of an unknown column": Mistake(
        r"RecipeError: prompt names \{autor\}, which is no column; did you mean \{author\}\?",
        set=("prompt.template='{autor}: {text}'",),
    ),
    "a template of an unknown column, columns not mapped": Mistake(
        r"prompt names \{autor\}, which is no column; did you mean \{author\}\?",
        set=("source.columns=null", "source.columns={}", "prompt.template='{autor}: {text}'"),
    ),
    "a base that isn't there": Mistake(
        r"RecipeError: base\.model: .*nowhere is neither a model folder nor a hub id", set=("base.model=./nowhere",)
    ),
    "a base that is no model": Mistake(
        r"RecipeError: base\.model: .*nothing is not a model folder: config\.json is missing; no \*\.safetensors",
        set=("base.model=./nothing",),
        files={"nothing/README.md": "# Nothing"},
    ),
    "longer than the base reads": Mistake(
        r"tokenization\.max_seq_len: 4,096, but the base reads at most 128 tokens",
        set=("tokenization.max_seq_len=4096",),
    ),
    "more frozen blocks than there are": Mistake(
        r"training\.freeze\.first_blocks: 5, but the base has 2 blocks",
        set=("training.lora=null", "training.method=frozen", "training.freeze.first_blocks=5"),
    ),
    "no such contract": Mistake(
        r"RecipeError: no contract is called shrt_text; did you mean short_text\?", set=("contract=shrt_text",)
    ),
    "a contract with an unknown signal": Mistake(
        r"unknown signal wrd_count; did you mean word_count\?",
        set=("contract=./bad_contract.yaml",),
        files={"bad_contract.yaml": "name: bad\nversion: 1\nrules:\n  - {reason: short, signal: wrd_count, min: 3}\n"},
    ),
    "a missing general text": Mistake(
        r"genral\.txt doesn't exist; did you mean general\.txt\?", set=("evaluation.general.path=genral.txt",)
    ),
    "every row rejected": Mistake(
        r"ContractError: tiny v1: 3 of 3 rows are quarantined \(100 %; at most 50 %\)(.*\n)*.*"
        r"0 of 3 rows are accepted; at least 20 are needed(.*\n)*.*gadfly quarantine",
        set=path("junk.csv"),
        files={"junk.csv": "text,author\nno,A\nnever,B\nnot me,C\n"},
        code=3,
    ),
}


@pytest.fixture(scope="module")
def told(new_bench: Any) -> dict[str, tuple[Any, Any]]:
    """What each mistake is answered, with and without `--json`: (plain, JSON)."""
    bench = new_bench()
    commands = []
    for mistake in MISTAKES.values():
        for name, content in mistake.files.items():
            file = bench.folder / name
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        recipe = ["run", mistake.recipe, *(word for change in mistake.set for word in ("-s", change))]
        commands += [recipe, [*recipe, "--json"]]
    answers = bench.gadfly(*commands)
    return dict(zip(MISTAKES, zip(answers[::2], answers[1::2], strict=True), strict=True))


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_clear_message(told: dict[str, tuple[Any, Any]], mistake: str):
    wanted, (plain, as_json) = MISTAKES[mistake], told[mistake]
    assert re.search(wanted.message, plain.stderr), plain.stderr
    assert plain.stdout == ""
    for answer in (plain, as_json):
        assert answer.code == wanted.code, answer.stderr
        assert "Traceback" not in answer.stderr
        assert "a fault of Gadfly's own" not in answer.stderr
    assert len(as_json.stdout.splitlines()) == 1
    content = json.loads(as_json.stdout)
    assert content["exit_code"] == wanted.code
    assert re.search(wanted.message, content["error"])


def test_a_home_that_cannot_be_written_to_is_one_clear_message(bench: Any):
    """Also root can't make a folder below a file."""
    (bench.root / "file").write_text("")
    blocked = {"GADFLY_HOME": str(bench.root / "file" / "home")}
    done = bench.cli("run", "recipe.yaml", "--json", env=blocked)
    assert done.code == 2
    assert re.search(r"ArtifactError: .*file/home/\.gadfly can't be written to: .*\n.*GADFLY_HOME", done.stderr)
    assert "Traceback" not in done.stderr
    assert done.json["exit_code"] == 2


def test_a_store_that_cannot_be_written_to_is_one_clear_message(bench: Any):
    (bench.root / "file").write_text("")
    blocked = {"GADFLY_STORE": str(bench.root / "file" / "store")}
    done = bench.cli("run", "recipe.yaml", "--json", env=blocked)
    assert done.code == 2
    assert re.search(
        r"ArtifactError: .*can't be written to the artifact store .*file/store: .*\n.*GADFLY_HOME", done.stderr
    )
    assert "Traceback" not in done.stderr
    assert done.json["exit_code"] == 2


def test_wrong_words_on_the_command_line_are_one_clear_message(bench: Any):
    refresh, unknown, missing, column, model = bench.gadfly(
        ["run", "recipe.yaml", "--refresh", "trainin", "--json"],
        ["rum"],
        ["run"],
        ["check", "rows.csv", "--column", "text"],
        ["generate", "nobody@champion", "--prompt", "x", "--json"],
    )
    assert "stages are ingestion, validation, tokenization, baseline, training, evaluation" in refresh.stderr
    assert refresh.json["exit_code"] == 2
    assert "No such command 'rum'" in unknown.stderr
    assert "Missing argument 'recipe'" in missing.stderr
    assert "give NAME=COLUMN, such as text=quote" in column.stderr
    assert "no registered version is called nobody@champion" in model.stderr
    for answer in (refresh, unknown, missing, column, model):
        assert answer.code == 2
        assert "Traceback" not in answer.stderr
