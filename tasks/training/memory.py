"""Memory of processes and of the machine, as Linux tells it."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from pathlib import Path


def peak_bytes() -> int:
    """The most that this process has held, since its program began.

    Not `ru_maxrss`: a process that was started with `exec` inherits there the peak of the one that started it.
    """
    if found := _told(Path("/proc/self/status"), "VmHWM:"):
        return found
    import resource
    import sys

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def available_bytes() -> int:
    """Memory that could be had without swapping; 0 where the system doesn't tell."""
    return _told(Path("/proc/meminfo"), "MemAvailable:")


def give_back() -> None:
    """Hand what was freed back to the system: glibc keeps it, in pieces that a larger tensor doesn't fit in."""
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _told(file: Path, name: str) -> int:
    """A line such as `VmRSS:  1024 kB`, in bytes."""
    try:
        lines = file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(name)), 0)
