"""The fourth group: corruption kinds written after the detectors were frozen, by somebody who had not seen them.

Nor were the rows of the other groups looked at, only the names of their kinds, nor what the judge `unlike_text`
learns from. Each kind's maker tells its cause. Do not tune a detector on any of it: see the README.
"""

from __future__ import annotations

from benchmarks.blind4_damage import DAMAGE
from benchmarks.blind4_exports import EXPORTS
from benchmarks.corruptions import Kind

BLIND4: tuple[Kind, ...] = tuple(Kind(name, "junk", make) for name, make in (DAMAGE | EXPORTS).items())
