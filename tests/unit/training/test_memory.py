"""Memory is a process's own, and a bare process tells what the libraries hold."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

linux = pytest.mark.skipif(sys.platform != "linux", reason="told by /proc")
TOLD = "from tasks.training.memory import *; print(peak_bytes(), available_bytes())"


@linux
def test_the_peak_is_not_that_of_the_process_that_started_it():
    """`ru_maxrss` would be: it goes through exec."""
    held = bytearray(b"x") * 300_000_000
    done = subprocess.run([sys.executable, "-c", TOLD], stdout=subprocess.PIPE, check=True, text=True)
    peak, available = map(int, done.stdout.split())
    assert 5_000_000 < peak < 100_000_000 < len(held)
    assert available > 0


def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@linux
def test_a_peak_stays_when_the_memory_is_given_back():
    from tasks.training.memory import peak_bytes

    before = resident_bytes()
    held = bytearray(b"x") * 200_000_000
    del held
    assert peak_bytes() > before + 150_000_000
    assert resident_bytes() < before + 100_000_000


@linux
def test_a_bare_process_holds_the_libraries():
    from tasks.training.bare_process import Started

    bare = Started().ended()
    assert 150e6 < bare.beside_bytes < 2e9
    assert bare.seconds > 0
