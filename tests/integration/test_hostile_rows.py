"""Rows made to crash, hang or deceive: each becomes a row with a reason, or one clear error; nothing runs or is lost.

All cases are held against a contract by `gadfly check` in one process, which ends itself where one takes too long.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
import zstandard

LIMIT_S = 120
"""For one case; the longest took 4 s on two idle processors."""
LIMIT_BYTES = 8 << 30
CHECKOUT = Path(__file__).resolve().parents[2]
SCRIPT = "<script>alert(1)</script>"
RULES = """name: hostile
version: 1
min_accepted_rows: 1
max_quarantined_fraction: 1
rules:
  - {reason: too_short, signal: word_count, min: 3}
"""
CHILD = """
import contextlib, faulthandler, io, json, sys
import flows.cli
for command in json.loads(sys.argv[1]):
    faulthandler.dump_traceback_later(%d, exit=True)
    out, err, sys.argv = io.StringIO(), io.StringIO(), ["gadfly", *command]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            flows.cli.main()
        except SystemExit as end:
            code = end.code
    faulthandler.cancel_dump_traceback_later()
    print(json.dumps([code, out.getvalue(), err.getvalue()]), flush=True)
"""


def sentences(number: int, seed: int = 0) -> list[str]:
    """Different sound sentences."""
    draw = random.Random(seed)
    nouns = ["river", "lantern", "morning", "harbour", "ladder", "violin", "garden", "window", "bridge", "candle"]
    verbs = ["teaches", "carries", "remembers", "forgives", "follows", "measures", "hides", "repairs", "borrows"]

    def sentence() -> str:
        one, two, three, four = (draw.choice(nouns) for _ in range(4))
        verb, other = draw.choice(verbs), draw.choice(verbs)
        return f"The {one} {verb} the {two} while every {three} {other} its own {four} in silence."

    return list(dict.fromkeys(sentence() for _ in range(number)))


SOUND = sentences(30)


@dataclass(frozen=True)
class Case:
    """A source, and what becomes of it."""

    make: Callable[[Path], str]
    """Writes it into a folder and names it there."""
    ingested: int = len(SOUND) + 1
    reasons: Sequence[str] = ()
    """Some that are counted."""
    error: str = ""
    """A pattern of the message, where it can't be read."""
    code: int = 0
    contract: str = ""
    """Instead of short_text."""
    options: Sequence[str] = ()
    on_terminal: bool = False
    """Whether the answer without `--json` is looked at too."""


def lines(*more: str, name: str = "rows.jsonl") -> Callable[[Path], str]:
    """JSON Lines: sound rows, then these lines as they are."""

    def make(folder: Path) -> str:
        with (folder / name).open("w", encoding="utf-8") as stream:
            stream.writelines(json.dumps({"text": text}) + "\n" for text in SOUND)
            stream.writelines(line + "\n" for line in more)
        return name

    return make


def text(value: str) -> str:
    """A line of JSON Lines."""
    return json.dumps({"text": value})


def content(data: bytes | str, name: str) -> Callable[[Path], str]:
    """A file with these bytes."""

    def make(folder: Path) -> str:
        (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
        return name

    return make


def table(*more: Sequence[str], header: Sequence[str] = ("text", "author"), name: str = "rows.csv") -> Any:
    """CSV: sound rows, then these."""

    def make(folder: Path) -> str:
        with (folder / name).open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([header, *([row, *["cell"] * (len(header) - 1)] for row in SOUND), *more])
        return name

    return make


def _gzip_bomb(folder: Path) -> str:
    with gzip.open(folder / "bomb.csv.gz", "wb", compresslevel=9) as stream:
        for _ in range(400):
            stream.write(b"a" * 1_000_000)
    return "bomb.csv.gz"


def _zstd_bomb(folder: Path) -> str:
    with (folder / "bomb.jsonl.zst").open("wb") as file, zstandard.ZstdCompressor().stream_writer(file) as stream:
        for _ in range(400):
            stream.write(b"a" * 1_000_000)
    return "bomb.jsonl.zst"


def _nested_columns(folder: Path) -> str:
    rows = len(SOUND)
    columns = {
        "text": pa.array(SOUND).dictionary_encode(),
        "nested": pa.array([{"a": [1], "b": {"c": None}}] * rows),
        "map": pa.array([[("key", 1)]] * rows, pa.map_(pa.string(), pa.int64())),
        "far": pa.array([2**60] * rows, pa.timestamp("us")),
        "nothing": pa.nulls(rows),
    }
    pa.parquet.write_table(pa.table(columns), folder / "rows.parquet")
    return "rows.parquet"


def _repeated_columns(folder: Path) -> str:
    pa.parquet.write_table(pa.table([SOUND, SOUND], names=["text", "text"]), folder / "rows.parquet")
    return "rows.parquet"


def _far_dates(folder: Path) -> str:
    far = pa.array([2**62] * len(SOUND), pa.timestamp("s"))
    pa.feather.write_feather(pa.table({"text": SOUND, "when": far}), str(folder / "rows.arrow"))
    return "rows.arrow"


def _pipe(folder: Path) -> str:
    os.mkfifo(folder / "pipe.csv")
    return "pipe.csv"


def _loops(folder: Path) -> str:
    lines()(folder)
    (folder / "itself").symlink_to(".")
    (folder / "circle.jsonl").symlink_to("circle.jsonl")
    os.mkfifo(folder / "pipe.jsonl")
    return "."


def _with_contract(extra: str, make: Callable[[Path], str] | None = None) -> Callable[[Path], str]:
    def both(folder: Path) -> str:
        (folder / "contract.yaml").write_text(extra, encoding="utf-8")
        return (make or lines(text("ok then, another row")))(folder)

    return both


def laughs(first: str, nest: str) -> str:
    """Aliases of aliases, twelve deep and nine wide."""
    names = "abcdefghijklm"
    later = (f"{name}: &{name} {nest.replace('*', '*' + names[i])}\n" for i, name in enumerate(names[1:]))
    return f"a: &a {first}\n{''.join(later)}{RULES}"


def contract(extra: str, error: str) -> Case:
    """A contract that is refused."""
    return Case(_with_contract(extra), error=error, code=2, contract="contract.yaml")


ALIASES = r"RecipeError: contract .*\n.*aliases stand for more than 100,000 values"
CASES = {
    "zero bytes in JSON": Case(lines(text("a zero\0byte in a sentence of words")), reasons=["control_characters"]),
    "zero bytes in CSV": Case(table(["a zero\0byte in a sentence", "x"]), reasons=["control_characters"]),
    "half an emoji": Case(lines(r'{"text": "half an emoji \ud83d stands in here"}'), reasons=["undecodable"]),
    "bytes that are no text": Case(
        content("\n".join(SOUND).encode() + b"\nbytes \xff\xfe that are no text at all\n", "rows.txt"),
        reasons=["undecodable"],
    ),
    "right-to-left overrides": Case(
        lines(text("the \u202egnp.exe\u202c file is harmless")), reasons=["control_characters"]
    ),
    "thousands of combining marks": Case(lines(text("Z" + "\u0301\u0336" * 5_000 + "algo speaks to nobody"))),
    "brackets nested in a row": Case(lines('{"text": ' + "[" * 100_000 + "}"), reasons=["unparseable"]),
    "closed brackets nested in a row": Case(
        lines('{"text": ' + "[" * 100_000 + "]" * 100_000 + "}"), reasons=["unparseable"]
    ),
    "brackets nested in a document": Case(
        content("[" * 100_000 + "]" * 100_000, "rows.json"), error="SourceError: .*nested too deep", code=2
    ),
    "a number of 5,000 digits": Case(lines('{"text": ' + "9" * 5_000 + "}"), reasons=["unparseable"]),
    "no numbers": Case(lines('{"text": NaN}', '{"text": Infinity}', '{"text": 1e999}'), ingested=len(SOUND) + 3),
    "a key given twice": Case(lines('{"text": "one two three four", "text": "five six seven eight"}')),
    "ten thousand columns": Case(
        table(header=["text", *(f"c{number}" for number in range(10_000))]), ingested=len(SOUND)
    ),
    "a thousand columns of one name": Case(table(header=["text", *["same"] * 1_000]), ingested=len(SOUND)),
    "a quote that is never closed": Case(
        content("text,author\n" + "".join(f'"{row}",me\n' for row in SOUND) + '"never closed, me\n', "rows.csv"),
        reasons=["unparseable"],
    ),
    "quotes that are all left open": Case(
        content("text,author\n" + "".join(f'"{row},me\n' for row in SOUND), "rows.csv"), ingested=len(SOUND)
    ),
    "lines of which each opens a quote to the end": Case(
        content("text,b,c\n" + 'x",y,"\n' * 20_000, "rows.csv"), ingested=20_000, code=3
    ),
    "nested, dictionary and far date columns": Case(_nested_columns, ingested=len(SOUND)),
    "dates beyond Python's": Case(_far_dates, ingested=len(SOUND)),
    "columns of one name in Parquet": Case(_repeated_columns, ingested=len(SOUND)),
    "a gzip bomb": Case(_gzip_bomb, error=r"unpacks to more than 268 MB, 100 times.*\n.*max_expansion", code=2),
    "a zstd bomb": Case(_zstd_bomb, error=r"unpacks to more than 268 MB, 100 times.*\n.*max_expansion", code=2),
    "formulas": Case(table(["=cmd|' /C calc'!A0 opens a window", "+1"], header=["text", "=cmd|x"]), on_terminal=True),
    "script everywhere": Case(
        table([SCRIPT * 3, SCRIPT], header=["text", SCRIPT], name="<img src=x onerror=alert(1)>.csv"),
        reasons=["html_residue"],
        on_terminal=True,
    ),
    "control characters in names and cells": Case(
        table(
            ["\x1b]0;title\x07 two three four", "\x1b[2J"],
            ["The mill opens\x07 at two in the afternoon.", "\x1b[2J"],
            header=["text", "\x1b[31mred\x07\nline\r"],
        ),
        reasons=["control_characters"],
        ingested=32,
        on_terminal=True,
    ),
    "control characters in a missing column's message": Case(
        table(header=["body\x1b[31m", "\x07bell"]),
        error="SourceError: ",
        code=2,
        options=["--column", "text=nothing"],
        on_terminal=True,
    ),
    "objects without a key": Case(
        content("{}\n" * 10_000, "rows.jsonl"), error="none of its 10,000 records has a field", code=2
    ),
    "emoji, Chinese and Thai alone": Case(
        lines(text("😀😁😂🤣😃😄" * 5), text("的一是不了人我在有他" * 3), text("กขคงจฉชซฌญ" * 3)),
        ingested=len(SOUND) + 3,
        reasons=["symbol_heavy", "wrong_language"],
    ),
    "a name with spaces and letters of anywhere": Case(lines(name="a b ü 日本.jsonl"), ingested=len(SOUND)),
    "a name that looks like an option": Case(lines(name="--json.jsonl"), ingested=len(SOUND)),
    "a pipe": Case(_pipe, error="SourceError: .*is no file but a pipe", code=2),
    "links in a circle, and a pipe, in a folder": Case(_loops, ingested=len(SOUND)),
    "a billion laughs": contract(laughs('["lol", "lol"]', "[" + ", ".join(["*"] * 9) + "]"), ALIASES),
    "a billion laughs by merging": contract(laughs("{x: 1}", "{<<: [" + ", ".join(["*"] * 9) + "]}"), ALIASES),
    "an alias of itself": contract(f"description: &a [*a]\n{RULES}", ALIASES),
    "a contract nested deep": contract("description: " + "[" * 20_000, "nested too deep"),
    "a number too large in a contract": contract(f"{RULES}description: {'9' * 9_000}\n", "a number is too large"),
    "a contract that runs code": contract(
        f'{RULES}description: !!python/object/apply:os.system ["touch ran"]\n', "could not determine a constructor"
    ),
    "a pattern that explodes": Case(
        _with_contract(
            f"{RULES}  - {{reason: evil, pattern: '^(([a-z])+.)+[A-Z]([a-z])+$'}}\n", lines(text("a" * 5_000))
        ),
        error=r"RecipeError: rule evil: the pattern .* took more than 2 s on row [0-9a-f]{16}",
        code=2,
        contract="contract.yaml",
    ),
}
LARGE = {
    "one word of 10 MB": Case(lines(text("a" + "bcdefghij" * 1_000_000)), reasons=["too_short"]),
    "10 MB of words": Case(lines(text(" ".join(SOUND) * 4_000)), reasons=["too_long"]),
    "10 MB of one character": Case(lines(text("x" * 10_000_000)), reasons=["repetition"]),
    "2 million combining marks": Case(lines(text("e" + "\u0301" * 2_000_000)), reasons=["too_short"]),
    "50 MB below a quote that is never closed": Case(
        content(f'text,author\n"{SOUND[0]}",me\n"{"word " * 10_000_000}\n', "rows.csv"),
        ingested=2,
        reasons=["unparseable"],
        code=3,
    ),
    "a million empty rows": Case(content('{"text":""}\n' * 1_000_000, "rows.jsonl"), ingested=1_000_000, code=3),
    "a million empty lines": Case(content("\n" * 1_000_000, "rows.txt"), error="is empty", code=2),
    "a hundred thousand equal rows": Case(
        content((text(SOUND[0]) + "\n") * 100_000, "rows.jsonl"), ingested=100_000, reasons=["duplicate"], code=3
    ),
    "a hundred thousand rows of one template": Case(
        content(
            "".join(
                text(f"Your order number {row} has been sent and arrives within days.") + "\n" for row in range(10**5)
            ),
            "rows.jsonl",
        ),
        ingested=100_000,
    ),
}


def answers(cases: dict[str, Case], root: Path) -> dict[str, list[tuple[int, str, str]]]:
    """What `gadfly check` says of each: exit code, standard output, standard error."""
    commands = []
    for number, case in enumerate(cases.values()):
        folder = root / str(number)
        folder.mkdir()
        source = str(folder / case.make(folder))
        rules = str(folder / case.contract) if case.contract else "short_text"
        command = ["check", "--contract", rules, "--out", str(root / f"out{number}"), *case.options]
        commands += [[*command, "--json", "--", source], *([[*command, "--", source]] if case.on_terminal else [])]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "GADFLY_"))}
    done = subprocess.run(
        [sys.executable, "-c", CHILD % LIMIT_S, json.dumps(commands)],
        env=environment | {"GADFLY_HOME": str(root), "PYTHONPATH": str(CHECKOUT), "OMP_NUM_THREADS": "1"},
        cwd=root,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES)),
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    names = [name for name, case in cases.items() for _ in range(1 + case.on_terminal)]
    assert done.returncode == 0, f"{names[len(told)]} ended the process:\n{done.stderr[-3000:]}"
    assert not list(root.rglob("ran")), "a contract ran code"
    found: dict[str, list[tuple[int, str, str]]] = {}
    for name, answer in zip(names, told, strict=True):
        found.setdefault(name, []).append(answer)
    return found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The small cases' answers, as JSON and for a terminal."""
    return answers(CASES, tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def told_of_large(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The large cases' answers."""
    return answers(LARGE, tmp_path_factory.mktemp("large"))


def hold(case: Case, told: Any) -> None:
    """Compare answers with what should become of a case."""
    (_, out, err), *plain = told
    assert [answer[0] for answer in told] == [case.code] * len(told), err
    assert "fault of Gadfly's own" not in err
    found = json.loads(out)
    if case.error:
        assert re.search(case.error, found["error"])
    else:
        rows = found["rows"]
        assert rows["ingested"] == rows["accepted"] + rows["quarantined"] == case.ingested
        assert set(case.reasons) <= rows["reasons"].keys() | rows["repaired"].keys()
        listed = [json.loads(line) for line in Path(found["quarantined"]).read_text(encoding="utf-8").splitlines()]
        assert len(listed) == rows["quarantined"]
        assert all(row["reasons"] for row in listed)
    shown = err + "".join(answer[1] + answer[2] for answer in plain)
    assert all(character.isprintable() or character in "\n\t" for character in shown), repr(shown)


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_source_is_rows_with_reasons_or_one_error(told: dict[str, Any], case: str) -> None:
    hold(CASES[case], told[case])


@pytest.mark.slow
@pytest.mark.parametrize("case", LARGE)
def test_a_large_hostile_source_is_rows_with_reasons_or_one_error(told_of_large: dict[str, Any], case: str) -> None:
    hold(LARGE[case], told_of_large[case])


def test_a_recipe_of_a_billion_laughs_is_refused(tmp_path: Path) -> None:
    from flows.recipe import load_recipe
    from tasks.errors import RecipeError

    (tmp_path / "recipe.yaml").write_text(laughs('["lol", "lol"]', "[" + ", ".join(["*"] * 9) + "]"))
    with pytest.raises(RecipeError, match="aliases stand for more than 100,000 values"):
        load_recipe(str(tmp_path / "recipe.yaml"))


def test_a_file_that_changes_while_it_is_read_is_one_error(tmp_path: Path) -> None:
    from tasks.errors import SourceError
    from tasks.ingestion.contents import local_opener, open_content

    file = tmp_path / "rows.csv"
    file.write_text("text\none\n")

    def read_slowly() -> None:
        with open_content(local_opener(file), str(file), 100.0, None) as opened:
            assert opened.head(4) == b"text"
            file.write_text("text\none\ntwo\n")

    with pytest.raises(SourceError, match="changed while it was read"):
        read_slowly()
