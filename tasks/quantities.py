"""Numbers as a person reads them."""

from __future__ import annotations


def byte_size(size: float) -> str:
    """Bytes in the largest unit that leaves a number of one or more: `3.4 kB`."""
    for power, unit in ((3, "GB"), (2, "MB"), (1, "kB")):
        if size >= 1000**power:
            return f"{size / 1000**power:,.1f} {unit}"
    return f"{size:,.0f} B"


def percent(part: float, whole: float = 1.0) -> str:
    """A share, with a second digit after the point where it is small."""
    share = 100 * part / max(whole, 1)
    return f"{share:.2f} %" if 0 < share < 0.1 else f"{share:.1f} %"


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 90:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
