"""The third group: corruption kinds written after the detectors were frozen, by somebody who had not seen them.

Nor were the rows of the other groups looked at, only the names of their kinds. Grammars are in `texts/blind_kinds.txt`,
damage to clean text in the other modules named `blind_`. Do not tune a detector on any of it: see the README.
"""

from __future__ import annotations

from benchmarks.blind_encodings import ENCODINGS
from benchmarks.blind_pages import PAGES
from benchmarks.blind_tools import TOOLS
from benchmarks.blind_writers import WRITERS
from benchmarks.corruptions import Kind, Maker
from benchmarks.row_grammars import grammars_in

_MAKERS: dict[str, Maker] = {name: grammar.expanded for name, grammar in grammars_in("blind_kinds.txt").items()}
_MAKERS |= ENCODINGS | PAGES | TOOLS | WRITERS

BLIND: tuple[Kind, ...] = tuple(Kind(name, "junk", make) for name, make in _MAKERS.items())
