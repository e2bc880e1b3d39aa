"""A dataset of the Hugging Face hub, read through `datasets` at a pinned commit. Its own code is never run.

Without network, `datasets` hands out the latest version it has cached, whatever commit was asked for. So what comes
back is checked against the commit, and the hub is asked once (10 s at most) before `datasets` begins its own retries.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tasks.card_check.card import read_card
from tasks.errors import SourceAbsent, SourceError
from tasks.hub_files import first_line, told, why_refused, wrong_files
from tasks.ingestion.arrow_tables import read_table
from tasks.ingestion.config import SourceConfig
from tasks.ingestion.files import SourceUnreachable
from tasks.ingestion.records import Records

_COMMIT = re.compile("[0-9a-f]{40}")
_TIMEOUT_S = 10.0
_PAGES = "https://huggingface.co/datasets"


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

    dataset: Any = None
    try:
        with _offline(unreachable is not None), _explained_content(config, commit, unreachable):
            dataset = datasets.load_dataset(
                f"hf://datasets/{config.hub}", config.subset or None, split=config.hub_split, revision=commit
            )
            table = dataset.with_format("arrow")[:]
    finally:  # what isn't whole is the reason why it can't be read, too
        _check_whole(config.hub, commit, dataset)
    if unreachable and not any(commit in file["filename"] for file in dataset.cache_files):
        raise SourceAbsent(
            f"hub dataset {config.hub} can't be reached, and the cache holds another commit than {commit[:12]}\n"
            "  go online, or give a local copy (-s source.path=…)"
        )
    return read_table(table), commit, str(dataset.info.license or "") or _card_licence(config.hub, commit)


def _check_whole(dataset: str, commit: str, built: Any) -> None:
    """Refuse files that are not what the hub says they are, and forget what was made of them."""
    wrong = wrong_files(_snapshot(dataset, commit))
    if wrong:
        for file in built.cache_files if built is not None else ():
            if commit in file["filename"]:
                shutil.rmtree(Path(file["filename"]).parent, ignore_errors=True)
        raise SourceError(
            f"hub dataset: {told(wrong, dataset, commit)}\n  run it again; where it stays so, tell its owner"
        )


def _card_licence(dataset: str, commit: str) -> str:
    """The licence that the dataset's card states; empty where it states none."""
    try:
        stated = read_card((_snapshot(dataset, commit) / "README.md").read_bytes()).metadata.get("license")
    except (OSError, SourceError):
        return ""
    return ", ".join(map(str, stated)) if isinstance(stated, list) else str(stated or "")


def _snapshot(dataset: str, commit: str) -> Path:
    """A commit's folder in the client's cache."""
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    repository = repo_folder_name(repo_id=dataset, repo_type="dataset")
    return Path(constants.HF_HUB_CACHE) / repository / "snapshots" / commit


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
    except errors.HFValidationError as error:
        raise SourceError(f"source.hub: {dataset} is no dataset id, which reads owner/name") from error
    except Exception as error:
        if refused := why_refused(error, dataset, f"{_PAGES}/{dataset}", revision):
            raise SourceError(f"hub dataset {refused}") from error
        # connection, timeout, 5xx: httpx's and the hub's own
        raise SourceUnreachable(
            f"hub dataset {dataset} can't be reached: {first_line(error)}\n"
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
        if refused := why_refused(error, config.hub, f"{_PAGES}/{config.hub}", commit):
            raise SourceError(f"hub dataset {refused}") from error
        if isinstance(error, (ValueError, RuntimeError, FileNotFoundError)):
            raise SourceError(
                f"hub dataset {config.hub} at {commit[:12]}, split {config.hub_split}: {first_line(error)}\n"
                "  check source.subset, source.hub_split and source.revision"
            ) from error
        raise SourceUnreachable(
            f"hub dataset {config.hub} can't be fetched: {first_line(error)}\n  check the network and try again"
        ) from error
