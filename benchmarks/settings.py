"""What a run of the benchmarks was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Sizes, seed and the folder of real data."""

    data: Path | None = None
    """Folder with `quotes/`, `junk/` and `general/`; sections that need it are skipped without."""
    seed: int = 1
    per_kind: int = 30
    """Rows planted of each corruption kind."""
    num_clean: int = 4000
    """Clean rows beside the planted ones."""
    genre_rows: int = 3000
    """Clean rows of each genre, at most."""
    num_speed_rows: int = 40_000
    """Rows that speed is measured on."""
    others: bool = False
    """Compare with other systems, in environments of their own."""
    scale: bool = False
    """Measure time and memory up to a million rows."""
    scale_sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    """Rows that growth is measured on."""
    misses: Path | None = None
    """Where to write the rows of the first group that were misjudged."""
    cache: Path = Path(".gadfly/benchmarks")
    """Where those environments are made."""
