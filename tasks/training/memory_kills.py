"""Whether the kernel killed for memory, and how much there may be: what the control group says, version 1 and 2."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

ROOT = Path("/")


def memory_kills(root: Path = ROOT) -> int | None:
    """Processes that the kernel killed because memory ran out: of our control group, or of the host.

    None where neither can be read, as on macOS.
    """
    for folder in _groups(root):
        for name in ("memory.events", "memory.oom_control"):
            if (count := _value(folder / name, "oom_kill")) is not None:
                return count
    return _value(root / "proc/vmstat", "oom_kill")


def memory_limit(root: Path = ROOT) -> int | None:
    """Bytes that the processes of our control group may use together; None where no limit is known."""
    found = []
    for folder in _groups(root):
        for group in (folder, *folder.parents):
            for name in ("memory.max", "memory.limit_in_bytes"):
                with suppress(OSError, ValueError):
                    found.append(int((group / name).read_text()))
    limit = min(found, default=None)
    return None if limit is None or limit >= 1 << 60 else limit


def _groups(root: Path) -> list[Path]:
    """The folders of our memory control group; the mount's own where the host's path isn't seen from a container."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "memory"):
            mount = root / "sys/fs/cgroup" / controllers
            inside = mount / path.lstrip("/")
            found.append(inside if inside.is_dir() else mount)
    return sorted(found, key=lambda folder: folder.name == "cgroup")


def _value(file: Path, name: str) -> int | None:
    with suppress(OSError, ValueError):
        for line in file.read_text().splitlines():
            words = line.split()
            if words and words[0] == name:
                return int(words[1])
    return None
