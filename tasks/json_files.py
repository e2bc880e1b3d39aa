"""JSON whose bytes are decided by its content alone."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any


def canonical_json(content: Any) -> str:
    """JSON with sorted keys and no spare space: equal content gives equal text in every process."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def write_json(path: Path, content: Any) -> None:
    """Write JSON for people and machines, with sorted keys, so that equal content gives equal bytes."""
    path.write_text(json.dumps(content, sort_keys=True, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def replace_json(path: Path, content: Any) -> None:
    """As `write_json`, in one step: whoever reads the file finds the old content or the new, never a part."""
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    write_json(temporary, content)
    temporary.replace(path)


def replace_text(path: Path, text: str) -> None:
    """Write a text file in one step: whoever reads it finds the old text or the new, never a part."""
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
