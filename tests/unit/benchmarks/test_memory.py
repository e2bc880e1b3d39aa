"""Memory is counted over a whole process tree, and without mapped files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.memory import can_measure, watched_peak

pytestmark = pytest.mark.skipif(not can_measure(), reason="needs Linux's /proc")


def peak_of(code: str, *arguments: str) -> int:
    with subprocess.Popen([sys.executable, "-c", code, *arguments]) as process:
        return watched_peak(process)


def test_a_child_s_memory_counts_with_its_parent_s() -> None:
    child = "import time; held = b'x' * 60_000_000; time.sleep(0.5)"
    code = "import subprocess, sys; held = b'x' * 50_000_000; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    assert 110e6 < peak_of(code, child) < 160e6


def test_a_mapped_file_does_not_count(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(80_000_000))
    code = (
        "import mmap, sys, time; mapped = mmap.mmap(open(sys.argv[1]).fileno(), 0, prot=mmap.PROT_READ); "
        "sum(mapped[place] for place in range(0, len(mapped), 4096)); time.sleep(0.3)"
    )
    assert 0 < peak_of(code, str(file)) < 40e6
