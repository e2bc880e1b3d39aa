"""Files of the Hugging Face hub in its client's cache: what went wrong with a request, and whether a file is whole.

The client checks a download's size alone. The cache names a file by its ETag, which for a large file is its SHA-256 and
for a small one git's SHA-1 of it, so what is there can be checked at any time, also without network.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from tasks import home

LOG_IN = "hf auth login"
_SHA256, _GIT = re.compile("[0-9a-f]{64}"), re.compile("[0-9a-f]{40}")


class WrongFile(NamedTuple):
    """A cached file whose content is not what the hub said it is."""

    name: str
    expected: str
    seen: str


def wrong_files(snapshot: Path) -> list[WrongFile]:
    """The files of a cached commit that are not what their ETags say; they are removed, so that they come anew.

    Args:
        snapshot: The commit's folder in the client's cache, with a link a file.
    """
    found = []
    for link in sorted(path for path in snapshot.rglob("*") if path.is_file()):
        blob = link.resolve()
        seen = _digest(blob)
        if seen and seen != blob.name:
            found.append(WrongFile(link.relative_to(snapshot).as_posix(), blob.name, seen))
            link.unlink()
            blob.unlink(missing_ok=True)
    return found


def told(wrong: list[WrongFile], repository: str, commit: str) -> str:
    """What is wrong with the files of a repository, on a line."""
    first, more = wrong[0], f" (and {len(wrong) - 1} files more)" if len(wrong) > 1 else ""
    return (
        f"{first.name} of {repository} at {commit[:12]} is not what the hub says it is: "
        f"expected {first.expected[:19]}, seen {first.seen[:19]}{more}; it was removed from the cache"
    )


def why_refused(error: Exception, repository: str, address: str, revision: str) -> str:
    """What the hub's refusal means, and what to do; empty where it is none, such as a broken connection.

    Args:
        error: Raised by the hub's client.
        repository: As a person calls it.
        address: Of its page.
        revision: What was asked for; empty is the default branch.
    """
    from huggingface_hub import errors

    chain = [error, *filter(None, (error.__cause__, error.__context__))]
    for seen in chain:
        if isinstance(seen, errors.GatedRepoError):
            return f"{repository} is gated\n  agree to its terms at {address}, then log in: {LOG_IN}"
        if isinstance(seen, errors.RepositoryNotFoundError):
            return f"{repository} is not on the hub, or private\n  check the id; for a private one log in: {LOG_IN}"
        if isinstance(seen, errors.RevisionNotFoundError):
            named = revision[:12] if _GIT.fullmatch(revision) else revision
            return f"{repository} has no revision {named}\n  see what there is: {address}/commits/main"
        if isinstance(seen, errors.RemoteEntryNotFoundError):
            path = unquote(urlsplit(str(seen.response.url)).path).partition("/resolve/")[2]
            return f"{repository} lists {path.partition('/')[2]}, and the hub doesn't have it\n  try another revision"
    return ""


def first_line(error: Exception) -> str:
    """The first line of what an error says; its kind where it says nothing."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _digest(blob: Path) -> str:
    """What a cached file would be called by its content; empty where its name is no digest that we know."""
    if _SHA256.fullmatch(blob.name):
        return home.hash_memo().sha256(blob).removeprefix("sha256:")
    if _GIT.fullmatch(blob.name):
        content = blob.read_bytes()
        return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    return ""
