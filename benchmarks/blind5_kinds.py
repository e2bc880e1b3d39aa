"""The fifth group: 24 kinds from a list written down before the detectors were frozen, read only afterwards.

The list names kinds in a line each; whoever wrote the detectors wrote the makers after it, and changed no detector
before its first run. Some kinds are relatives of earlier ones. Do not tune a detector on any of it: see the README.
"""

from __future__ import annotations

from benchmarks.blind5_damage import DAMAGE
from benchmarks.blind5_frames import FRAMES
from benchmarks.corruptions import Kind

BLIND5: tuple[Kind, ...] = tuple(Kind(name, "junk", make) for name, make in (DAMAGE | FRAMES).items())
