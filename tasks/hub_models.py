"""A model of the Hugging Face hub: the commit a revision stands for, and its files, whole."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tasks.errors import RecipeError
from tasks.hub_files import first_line, told, why_refused, wrong_files

_PAGES = "https://huggingface.co"
NEEDED = ("config.json", "*.safetensors")


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
            f"{first_line(error)}\n  give a model folder, or go online: hf download {repo}"
        ) from error
    return Path(folder).name


def fetch_model(repo: str, commit: str, patterns: Sequence[str]) -> Path:
    """A commit's files of these names in the hub's cache, fetched where missing, and held against their hashes.

    Raises:
        RecipeError: They can't be had, or aren't what the hub says they are.
    """
    from huggingface_hub import snapshot_download

    refused, answers, _ = _about(repo, commit)
    try:  # a hub that doesn't answer is not asked again and again
        found = snapshot_download(
            repo, revision=commit, allow_patterns=list(patterns), etag_timeout=10, local_files_only=not answers
        )
    except Exception as error:  # as above
        refused = refused or why_refused(error, repo, f"{_PAGES}/{repo}", commit)
        why = first_line(error) if answers else "the hub can't be reached"
        raise RecipeError(f"base.model: {refused}" if refused else _not_here(repo, commit, why)) from error
    folder = Path(found)
    lacks = [pattern for pattern in NEEDED if pattern in patterns and not any(folder.glob(pattern))]
    if lacks and not answers:
        raise RecipeError(_not_here(repo, commit, f"the hub can't be reached, and here is no {' and no '.join(lacks)}"))
    if wrong := wrong_files(folder):
        raise RecipeError(f"base.model: {told(wrong, repo, commit)}\n  run it again; where it stays so, tell its owner")
    return folder


def _not_here(repo: str, commit: str, why: str) -> str:
    return (
        f"base.model: {repo} at {commit[:12]} is not downloaded and can't be: {why}\n"
        f"  to get it, where there is a network: hf download {repo} --revision {commit}\n"
        "  what was cut goes on where it ended; or name a model folder: -s base.model=FOLDER"
    )


class _About(NamedTuple):
    """What the hub says of a commit."""

    refused: str
    """Why it refuses it; empty where it doesn't."""
    answers: bool
    names: tuple[str, ...] = ()
    """The files it lists."""


@cache
def _about(repo: str, commit: str) -> _About:
    """What the hub says of a commit; a process asks it once."""
    from huggingface_hub import HfApi

    try:
        found = HfApi().model_info(repo, revision=commit, timeout=10)
    except Exception as error:  # as above
        refused = why_refused(error, repo, f"{_PAGES}/{repo}", commit)
        return _About(refused, answers=bool(refused))
    return _About("", answers=True, names=tuple(file.rfilename for file in found.siblings or []))


def listed_names(repo: str, commit: str) -> tuple[str, ...]:
    """The files that the hub lists for a commit; empty where it doesn't answer, which the download explains."""
    return _about(repo, commit).names
