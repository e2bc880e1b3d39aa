"""ArtifactRef and the content-addressed store.

An artifact is a folder of files and a manifest that lists each file with its size and SHA-256. Its digest is the
SHA-256 of the manifest, so equal content has an equal digest, whoever made it and when. A folder is written under a
temporary name, fsynced and renamed: it is there whole or not at all. What differs between two makings of the same
content (times, memory, hardware) lies in `record.json` beside the files, outside the digest.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem
from pydantic import BaseModel, ConfigDict

from tasks.durable import sync
from tasks.errors import ArtifactDamaged, ArtifactError
from tasks.manifest import MANIFEST, damage_since_hashed, folder_damage, manifest_of

RECORD = "record.json"


class ArtifactRef(BaseModel):
    """Names an artifact by what it is and what it holds. All that passes between stages."""

    model_config = ConfigDict(frozen=True)

    kind: str
    digest: str

    @property
    def hex(self) -> str:
        """The digest without its `sha256:` prefix."""
        return self.digest.removeprefix("sha256:")


class ArtifactStore:
    """Artifacts under one fsspec URL: a local folder by default, `s3://…` for many machines.

    A remote artifact is fetched into a local folder when it is opened, so that readers always get plain files.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.fs, self.root = fsspec.core.url_to_fs(url)
        self.is_local = isinstance(self.fs, LocalFileSystem)

    def put(
        self,
        kind: str,
        write: Callable[[Path], None],
        *,
        record: Mapping[str, Any] | None = None,
        private: bool = False,
    ) -> ArtifactRef:
        """Store the files that `write` puts into the folder it is given.

        Args:
            kind: The artifact's kind, part of its digest.
            write: Fills an empty folder.
            record: How it came about (times, memory, hardware): kept beside the files, outside the digest.
            private: Files are readable by their owner alone (rows with personal data).

        Raises:
            ArtifactError: The store can't be written to.
        """
        try:
            staging = self._staging_folder()
            try:
                write(staging)
                content = manifest_of(kind, staging)
                ref = ArtifactRef(kind=kind, digest="sha256:" + hashlib.sha256(content).hexdigest())
                (staging / MANIFEST).write_bytes(content)
                (staging / RECORD).write_text(json.dumps(record or {}, sort_keys=True, indent=1))
                _sync_folder(staging, private)
                self._publish(staging, ref)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
        except OSError as error:
            raise ArtifactError(
                f"{kind} can't be written to the artifact store {self.url}: {error}\n"
                "  free space or mend its permissions, or name another with GADFLY_HOME or GADFLY_STORE"
            ) from error
        return ref

    def open(self, ref: ArtifactRef) -> Path:
        """The artifact's folder, after every byte was checked against the manifest, once a process and change.

        Raises:
            ArtifactDamaged: It is missing or altered. It is moved aside, so that its stage runs again. Where it was
                removed with a reason, that is told.
        """
        folder = self._fetch(ref)
        damage = damage_since_hashed(folder, ref.digest)
        if damage and not self.is_local:  # perhaps only the fetched copy is
            folder = self._fetch(ref, afresh=True)
            damage = damage_since_hashed(folder, ref.digest)
        if damage:
            self.discard(ref)
            raise ArtifactDamaged(f"artifact {ref.kind} {ref.digest[:19]}: {self.read_note(_removal(ref)) or damage}")
        return folder

    def read_json(self, ref: ArtifactRef, file: str) -> dict[str, Any]:
        """The content of one of the artifact's JSON files.

        Raises:
            ArtifactDamaged: As `open`.
        """
        content: dict[str, Any] = json.loads((self.open(ref) / file).read_text(encoding="utf-8"))
        return content

    def is_whole(self, ref: ArtifactRef) -> bool:
        """Whether the artifact is there with every file's name and size right (hashes are checked on opening)."""
        if self.is_local:
            return folder_damage(Path(self._folder(ref)), ref.digest, hash_files=False) is None
        try:
            manifest = json.loads(self.fs.cat(f"{self._folder(ref)}/{MANIFEST}"))
            sizes = {name: self.fs.size(f"{self._folder(ref)}/{name}") for name in manifest["files"]}
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return False
        return all(sizes[name] == entry["size"] for name, entry in manifest["files"].items())

    def damage(self, ref: ArtifactRef) -> str | None:
        """What is wrong with the artifact, every byte checked; None where it is sound."""
        return folder_damage(self._fetch(ref, afresh=True), ref.digest, hash_files=True)

    def discard(self, ref: ArtifactRef) -> None:
        """Move an artifact aside (into `damaged/`), so that it counts as missing."""
        if self.fs.exists(self._folder(ref)):
            self.fs.makedirs(f"{self.root}/damaged", exist_ok=True)
            self.fs.mv(self._folder(ref), f"{self.root}/damaged/{ref.hex}-{uuid.uuid4().hex[:8]}", recursive=True)

    def remove(self, ref: ArtifactRef, why: str = "") -> None:
        """Delete an artifact and every copy of it: also what was moved aside, and what was fetched from afar.

        Args:
            ref: The artifact.
            why: What whoever opens it from now on is told.
        """
        if why:
            self.write_note(_removal(ref), why)
        for path in [self._folder(ref), *self.fs.glob(f"{self.root}/damaged/{ref.hex}-*")]:
            if self.fs.exists(path):
                self.fs.rm(path, recursive=True)
        if not self.is_local:
            shutil.rmtree(self._fetched(ref), ignore_errors=True)

    def modified(self, ref: ArtifactRef) -> float:
        """When an artifact was put, in seconds since 1970."""
        changed: datetime = self.fs.modified(f"{self._folder(ref)}/{MANIFEST}")
        return changed.timestamp()

    def size(self, ref: ArtifactRef) -> int:
        """An artifact's bytes."""
        return int(self.fs.du(self._folder(ref)))

    def record(self, ref: ArtifactRef) -> dict[str, Any]:
        """How the artifact came about: times, memory, hardware."""
        try:
            content: dict[str, Any] = json.loads(self.fs.cat(f"{self._folder(ref)}/{RECORD}"))
        except (FileNotFoundError, ValueError):
            return {}
        return content

    def refs(self) -> Iterator[ArtifactRef]:
        """Every artifact in the store, damaged ones included, ordered by digest."""
        for folder in sorted(self.fs.glob(f"{self.root}/artifacts/??/*")):
            try:
                kind = json.loads(self.fs.cat(f"{folder}/{MANIFEST}"))["kind"]
            except (OSError, ValueError, KeyError):
                kind = "unreadable"
            yield ArtifactRef(kind=kind, digest="sha256:" + folder.rsplit("/", 1)[1])

    def read_note(self, name: str) -> Any:
        """A small JSON document kept in the store by name, None where there is none. Notes are not artifacts."""
        try:
            return json.loads(self.fs.cat(f"{self.root}/{name}.json"))
        except (FileNotFoundError, ValueError):
            return None

    def write_note(self, name: str, content: Any) -> None:
        """Replace a note in one step.

        Raises:
            ArtifactError: The store can't be written to.
        """
        path = f"{self.root}/{name}.json"
        temporary = f"{path}.{uuid.uuid4().hex[:8]}.tmp"
        try:
            self.fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
            self.fs.pipe_file(temporary, json.dumps(content, sort_keys=True, indent=1).encode())
            self.fs.mv(temporary, path)
        except OSError as error:
            raise ArtifactError(f"the artifact store {self.url} can't be written to: {error}") from error

    def notes(self, folder: str) -> list[str]:
        """The names of the notes in a folder of the store, without their ending."""
        paths = self.fs.glob(f"{self.root}/{folder}/*.json")
        return sorted(path[len(self.root) + 1 :].removesuffix(".json") for path in paths)

    def note_folders(self, parent: str) -> list[str]:
        """The folders of notes in a folder of the store."""
        return sorted(path[len(self.root) + 1 :] for path in self.fs.glob(f"{self.root}/{parent}/*"))

    def remove_note(self, name: str) -> None:
        """Delete a note; nothing where there is none."""
        if self.fs.exists(path := f"{self.root}/{name}.json"):
            self.fs.rm(path)

    def _folder(self, ref: ArtifactRef) -> str:
        return f"{self.root}/artifacts/{ref.hex[:2]}/{ref.hex}"

    def _staging_folder(self) -> Path:
        parent = None
        if self.is_local:
            parent = f"{self.root}/staging"
            os.makedirs(parent, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=parent, prefix="artifact-"))

    def _publish(self, staging: Path, ref: ArtifactRef) -> None:
        target = self._folder(ref)
        if not self.is_local:
            for path in sorted(staging.rglob("*"), key=lambda path: path.name == MANIFEST):
                if path.is_file():
                    self.fs.put_file(str(path), f"{target}/{path.relative_to(staging).as_posix()}")
            return
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if Path(target).is_dir():
            if folder_damage(Path(target), ref.digest, hash_files=True) is None:
                return
            self.discard(ref)
        try:
            os.rename(staging, target)
        except OSError:
            if folder_damage(Path(target), ref.digest, hash_files=True) is None:
                return  # another process published the same content meanwhile
            raise
        sync(Path(target).parent)

    def _fetch(self, ref: ArtifactRef, *, afresh: bool = False) -> Path:
        if self.is_local:
            return Path(self._folder(ref))
        local = self._fetched(ref)
        if afresh:
            shutil.rmtree(local, ignore_errors=True)
        if folder_damage(local, ref.digest, hash_files=False) is not None and self.fs.exists(self._folder(ref)):
            shutil.rmtree(local, ignore_errors=True)
            local.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.fs.get(self._folder(ref), str(local), recursive=True)
        return local

    def _fetched(self, ref: ArtifactRef) -> Path:
        return Path(tempfile.gettempdir()) / f"gadfly-{os.getuid()}" / ref.hex


def _removal(ref: ArtifactRef) -> str:
    """The note that says why an artifact was removed."""
    return f"removed/{ref.hex}"


def _sync_folder(folder: Path, private: bool) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o600 if private else 0o644)
        sync(path)
    folder.chmod(0o700 if private else 0o755)
    sync(folder)
