"""A model of the Hugging Face hub: the commit a revision stands for, and its files, whole."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tasks.errors import RecipeError
from tasks.hub_files import told, why_refused, wrong_files

_PAGES = "https://huggingface.co"


def commit_of(repo: str, revision: str) -> str:
    """The commit that a branch or tag stands for; without network, the one that it stood for when last asked.

    Raises:
        RecipeError: No such model or revision, it is gated, or the hub can't be reached.
    """
    from huggingface_hub import snapshot_download

    try:  # asked by its name, which the client remembers
        folder = snapshot_download(repo, revision=revision or "main", allow_patterns=["config.json"], etag_timeout=10)
    except Exception as error:  # the hub's client lets its transport's errors through, whatever their kind
        refused = why_refused(error, repo, f"{_PAGES}/{repo}", revision)
        raise RecipeError(
            f"base.model: {refused}"
            if refused
            else f"base.model: {repo} is no local folder, not downloaded, and the hub can't be reached: "
            f"{_first_line(error)}\n  give a model folder, or go online"
        ) from error
    return Path(folder).name


def fetch_model(repo: str, commit: str, patterns: Sequence[str]) -> Path:
    """A commit's files of these names in the hub's cache, fetched where missing, and held against their hashes.

    Raises:
        RecipeError: They can't be had, or aren't what the hub says they are.
    """
    from huggingface_hub import snapshot_download

    try:
        folder = Path(snapshot_download(repo, revision=commit, allow_patterns=list(patterns), etag_timeout=10))
    except Exception as error:  # as above
        refused = why_refused(error, repo, f"{_PAGES}/{repo}", commit)
        raise RecipeError(
            f"base.model: {refused}"
            if refused
            else f"base.model: {repo} at {commit[:12]} is not downloaded and can't be: {_first_line(error)}\n"
            "  go online; a download that was cut goes on where it ended"
        ) from error
    if wrong := wrong_files(folder):
        raise RecipeError(f"base.model: {told(wrong, repo, commit)}\n  run it again; where it stays so, tell its owner")
    return folder


def listed_names(repo: str, commit: str) -> list[str]:
    """The files that the hub lists for a commit; empty where it doesn't answer."""
    from huggingface_hub import HfApi

    with suppress(Exception):  # the download says why
        return [file.rfilename for file in HfApi().model_info(repo, revision=commit, timeout=10).siblings or []]
    return []


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
