"""Which flows are ours."""

from __future__ import annotations

import re
from pathlib import Path

from flows.flow_runs import FLOWS

CHECKOUT = Path(__file__).resolve().parents[3]


def test_every_flow_of_the_code_is_known():
    """`gadfly gc` deletes runs of no other flow, and so would never delete those of one that isn't named."""
    files = [path for folder in ("flows", "tasks") for path in (CHECKOUT / folder).rglob("*.py")]
    names = re.findall(r"^@flow\(name=\"([^\"]+)\"", "\n".join(path.read_text() for path in files), re.MULTILINE)
    assert len(names) >= 10
    assert sorted(names) == sorted(FLOWS)
