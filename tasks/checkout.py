"""The checkout that the code comes from."""

from __future__ import annotations

import subprocess

from tasks import home


def git_commit() -> str:
    """The commit that is checked out; empty where this is no checkout or git isn't there."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=home.CHECKOUT, capture_output=True, text=True, timeout=5, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
