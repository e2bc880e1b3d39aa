"""A question answered by another process, and what happens where it isn't."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tasks import side_process

ANSWERING = """
import os
from tasks.side_process import answer
answer(lambda *question: [os.getpid(), *question])
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "an_answer.py").write_text(ANSWERING)
    (tmp_path / "a_failure.py").write_text("raise SystemExit(1)")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{side_process.__file__.rsplit('/', 2)[0]}")
    return "an_answer"


def test_another_process_answers_once(module: str):
    with side_process.beside(module):
        process, *question = side_process.ask(module, "é", {"a": [1, None]})
        assert question == ["é", {"a": [1, None]}]
        assert process != os.getpid()
        with pytest.raises(side_process.NoAnswer):
            side_process.ask(module, "again")


def test_a_module_that_was_not_started_or_failed_has_no_answer(module: str):
    with side_process.beside("a_failure"):
        for name in (module, "a_failure"):
            with pytest.raises(side_process.NoAnswer):
                side_process.ask(name, 1)


def test_it_ends_with_the_block(module: str):
    with side_process.beside(module):
        process = side_process._started[module]
        assert process.poll() is None
    assert process.poll() is not None


def test_it_ends_unasked_when_the_one_who_would_ask_is_gone(module: str):
    asking = (
        "import os; from tasks import side_process as s\n"
        f"with s.beside({module!r}): print(s._started[{module!r}].pid, flush=True); os._exit(0)"
    )
    done = subprocess.run([sys.executable, "-c", asking], capture_output=True, text=True, timeout=30, check=True)
    status = Path("/proc") / done.stdout.strip() / "status"
    for _ in range(100):
        if not status.exists() or "zombie" in status.read_text():
            return
        subprocess.run(["sleep", "0.1"], check=True)
    raise AssertionError("the process still waits")
