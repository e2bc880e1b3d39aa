"""A dataset of the Hugging Face hub, read through `datasets` at a pinned commit. Its own code is never run.

Without network, `datasets` hands out the latest version it has cached, whatever commit was asked for. So what comes
back is checked against the commit, and the hub is asked once (10 s at most) before `datasets` begins its own retries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tasks.errors import SourceAbsent, SourceError
from tasks.ingestion.arrow_tables import read_table
from tasks.ingestion.config import SourceConfig
from tasks.ingestion.files import SourceUnreachable
from tasks.ingestion.records import Records

_COMMIT = re.compile("[0-9a-f]{40}")
_TIMEOUT_S = 10.0


def read_hub(config: SourceConfig) -> tuple[Iterator[Records], str, str]:
    """Read one split of a hub dataset; a commit that was read before is read from the cache when offline.

    Returns:
        Its records, the commit they are from, and the licence that the dataset states (may be empty).

    Raises:
        SourceError: No such dataset, revision, subset or split; or it is private; or it needs code of its own.
        SourceUnreachable: The hub didn't answer.
    """
    commit = resolve_commit(config.hub, config.revision)
    unreachable = _why_unreachable(config.hub, commit)
    import datasets

    with _offline(unreachable is not None), _explained_content(config, commit, unreachable):
        dataset: Any = datasets.load_dataset(
            f"hf://datasets/{config.hub}", config.subset or None, split=config.hub_split, revision=commit
        )
        table = dataset.with_format("arrow")[:]
    if unreachable and not any(commit in file["filename"] for file in dataset.cache_files):
        raise SourceAbsent(
            f"hub dataset {config.hub} can't be reached, and the cache holds another commit than {commit[:12]}\n"
            "  go online, or give a local copy (-s source.path=…)"
        )
    return read_table(table), commit, str(dataset.info.license or "")


def resolve_commit(dataset: str, revision: str = "") -> str:
    """The commit that a branch or tag of a hub dataset stands at now; a commit is returned as it is, without network.

    Raises:
        SourceError: No such dataset or revision, or offline mode is on.
        SourceUnreachable: The hub didn't answer within seconds.
    """
    if _COMMIT.fullmatch(revision):
        return revision
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        raise SourceAbsent(
            f"hub dataset {dataset}: offline mode is on (HF_HUB_OFFLINE), so its revision "
            f"{revision or '(the default branch)'} can't be looked up\n"
            "  go online, give a commit that was read before (-s source.revision=…), or a local copy (-s source.path=…)"
        )
    return _look_up(dataset, revision)


def _why_unreachable(dataset: str, commit: str) -> SourceUnreachable | None:
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return SourceUnreachable(f"hub dataset {dataset}: offline mode is on (HF_HUB_OFFLINE)")
    try:
        _look_up(dataset, commit)
    except SourceUnreachable as error:
        return error
    return None


def _look_up(dataset: str, revision: str) -> str:
    from huggingface_hub import HfApi, errors

    try:
        return str(HfApi().dataset_info(dataset, revision=revision or None, timeout=_TIMEOUT_S).sha)
    except errors.RevisionNotFoundError as error:
        raise SourceError(f"hub dataset {dataset} has no revision {revision}\n  look it up on the hub") from error
    except errors.RepositoryNotFoundError as error:
        raise SourceError(
            f"hub dataset {dataset} doesn't exist, or is private\n"
            "  check the id (owner/name); for a private one log in: hf auth login"
        ) from error
    except errors.HFValidationError as error:
        raise SourceError(f"source.hub: {dataset} is no dataset id, which reads owner/name") from error
    except Exception as error:  # connection, timeout, 5xx: httpx's and the hub's own
        raise SourceUnreachable(
            f"hub dataset {dataset} can't be reached: {_first_line(error)}\n"
            "  check the network, or give a local copy (-s source.path=…)"
        ) from error


@contextmanager
def _offline(on: bool) -> Iterator[None]:
    """Keep `datasets` from asking, and asking again, a hub that doesn't answer."""
    from datasets import config

    before = config.HF_HUB_OFFLINE
    config.HF_HUB_OFFLINE = before or on
    try:
        yield
    finally:
        config.HF_HUB_OFFLINE = before


@contextmanager
def _explained_content(config: SourceConfig, commit: str, unreachable: SourceUnreachable | None) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if unreachable:
            from huggingface_hub import constants

            kind = SourceAbsent if constants.HF_HUB_OFFLINE else SourceUnreachable
            what = str(unreachable).splitlines()[0]
            raise kind(
                f"{what}; commit {commit[:12]} is not in the cache\n"
                "  go online and read it once, or give a local copy (-s source.path=…)"
            ) from error
        if isinstance(error, (ValueError, RuntimeError, FileNotFoundError)):
            raise SourceError(
                f"hub dataset {config.hub} at {commit[:12]}, split {config.hub_split}: {_first_line(error)}\n"
                "  check source.subset, source.hub_split and source.revision"
            ) from error
        raise SourceUnreachable(
            f"hub dataset {config.hub} can't be fetched: {_first_line(error)}\n  check the network and try again"
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
