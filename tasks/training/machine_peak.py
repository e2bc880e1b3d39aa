"""The machine's own limit: matrix products a second, measured a few times a machine and precision.

Large square products are what libraries are tuned for, so no training is faster. The measurement takes about a second
and is remembered; the fastest of several counts, since other processes only slow it.
"""

from __future__ import annotations

import json
import platform
import time
from pathlib import Path
from typing import Any

from tasks.json_files import replace_json

SIDE = {"cpu": 2048, "cuda": 8192, "mps": 4096}
"""Rows of the square matrices."""
SECONDS = 0.8
"""How long products are timed, after one that isn't counted."""
MEASUREMENTS = 3
"""How many trainings measure: one may find the machine busy, which shows less than its peak for good."""
MEMO = "machine_peaks.json"


def machine_peak(device: str, precision: str, folder: Path) -> float:
    """The most floating-point operations a second that matrix products reach here.

    Args:
        device: `cpu`, `cuda` or `mps`, with or without a number.
        precision: `float32`, `bfloat16` or `float16`.
        folder: Where measurements are remembered; damage to them costs a second.
    """
    name, memo = machine_name(device, precision), folder / MEMO
    try:
        known = dict(json.loads(memo.read_text(encoding="utf-8")))
        measured = [float(peak) for peak in known.get(name, [])]
    except (OSError, ValueError, TypeError):
        known, measured = {}, []
    if len(measured) < MEASUREMENTS:
        known[name] = measured = [*measured, measured_peak(device, precision)]
        folder.mkdir(parents=True, exist_ok=True)
        replace_json(memo, known)
    return max(measured)


def machine_name(device: str, precision: str) -> str:
    """What a measurement holds for: the processor, its threads, the precision and the library's version."""
    import torch

    kind = device.partition(":")[0]
    processor = torch.cuda.get_device_name(device) if kind == "cuda" else f"{kind} {_processor()}"
    threads = f", {torch.get_num_threads()} threads" if kind == "cpu" else ""
    return f"{processor}{threads}, {precision}, torch {torch.__version__}"


def measured_peak(device: str, precision: str, seconds: float = SECONDS) -> float:
    """Operations a second in the fastest of the square products done within `seconds`."""
    import torch

    kind, dtype = device.partition(":")[0], getattr(torch, precision)
    side = SIDE.get(kind, SIDE["cpu"])
    own = torch.Generator().manual_seed(0)  # the training's random numbers stay as they are
    left, right = (torch.randn(side, side, generator=own).to(device, dtype) for _ in range(2))
    product = left @ right
    fastest, ends = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < ends or fastest == float("inf"):
        _await(torch, kind)
        started = time.perf_counter()
        torch.mm(left, right, out=product)
        _await(torch, kind)
        fastest = min(fastest, time.perf_counter() - started)
    return 2.0 * side**3 / fastest


def _await(torch: Any, kind: str) -> None:
    """Let the device finish what it was given."""
    if kind in ("cuda", "mps"):
        getattr(torch, kind).synchronize()


def _processor() -> str:
    """The processor's name, with what Linux tells of it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    told = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    facts = {key.strip(): value.strip() for key, value in told.items()}
    names = [facts.get(key, "") for key in ("vendor_id", "model name", "cpu family", "model", "stepping")]
    return " ".join(name for name in names if name) or platform.machine()
