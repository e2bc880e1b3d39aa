"""A file's bytes without compression, as a seekable file: the file itself, or what it unpacks to in a scratch folder.

Compression is told by its first bytes, so a wrong extension does no harm. A small file can unpack to terabytes: past
`FREE_BYTES` it may grow to `max_expansion` times its size (text packs about 3 to 20 times), then reading stops.
A file that is written to while it is read is an error: its rows would be of no one state of it.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import stat
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from tasks.errors import SourceError

BLOCK_BYTES = 1 << 20
FREE_BYTES = 1 << 28
"""Unpacked size up to which the expansion isn't looked at: 256 MB."""

_PIECE_BYTES = 1 << 12

Opener = Callable[[Path | None], IO[bytes]]
"""Opens stored bytes; what must be fetched first goes to a scratch folder, or to the system's for None."""


class Content(NamedTuple):
    """A file's bytes, unpacked."""

    file: IO[bytes]
    """Seekable, at any place."""
    sha256: str
    """Of the bytes as they are stored, in hex."""

    def head(self, num_bytes: int) -> bytes:
        """The first bytes."""
        self.file.seek(0)
        return self.file.read(num_bytes)

    def blocks(self) -> Iterator[bytes]:
        """All bytes, a block at a time."""
        self.file.seek(0)
        while block := self.file.read(BLOCK_BYTES):
            yield block

    @property
    def size(self) -> int:
        """Bytes."""
        return self.file.seek(0, os.SEEK_END)

    def is_blank(self) -> bool:
        """Whether it holds nothing but white space."""
        return not any(block.strip() for block in self.blocks())


def local_opener(file: Path) -> Opener:
    """Opens a local file; one that isn't a file (a pipe would wait for ever) or may not be read is a SourceError."""

    def opened(_: Path | None) -> IO[bytes]:
        try:
            if not stat.S_ISREG(file.stat().st_mode):
                raise SourceError(f"{file} is no file but a pipe, socket or device\n  write its content into a file")
            return file.open("rb")
        except OSError as error:
            raise SourceError(f"{file} can't be read: {error.strerror}") from error

    return opened


def fetched_opener(fetch: Callable[[str], None]) -> Opener:
    """Opens what `fetch` writes to a path: a file without a name, gone when it is closed."""

    def opened(scratch: Path | None) -> IO[bytes]:
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            file = Path(folder) / "fetched"
            fetch(str(file))
            return file.open("rb")

    return opened


@contextmanager
def open_content(opener: Opener, where: str, max_expansion: float, scratch: Path | None) -> Iterator[Content]:
    """A file's content, for as long as the context lasts.

    Args:
        opener: Opens the stored bytes.
        where: What errors call the file.
        max_expansion: Unpacked size over stored size from which on it is refused.
        scratch: Folder for what is fetched or unpacked; None is the system's.

    Raises:
        SourceError: The compressed stream is damaged, cut short or a bomb; or the file changed while it was read.
    """
    with opener(scratch) as stored:
        before = _state(stored)
        sha256, size = _sha256(stored)
        stored.seek(0)
        magic = stored.read(4)
        stored.seek(0)
        unpack = _gunzipped if magic[:2] == b"\x1f\x8b" else _unzstd if magic == b"\x28\xb5\x2f\xfd" else None
        if unpack is None:
            yield Content(stored, sha256)
        else:
            with tempfile.TemporaryFile(dir=scratch) as plain:
                limit = max(FREE_BYTES, int(size * max_expansion))
                try:
                    for block in unpack(stored):
                        plain.write(block)
                        if plain.tell() > limit:
                            raise SourceError(_bomb(where, size, limit, max_expansion))
                except (OSError, EOFError, zlib.error, ValueError) as error:
                    raise SourceError(
                        f"{where} is compressed and damaged: {error}\n  fetch or export it again"
                    ) from error
                yield Content(plain, sha256)
        if _state(stored) != before:
            raise SourceError(f"{where} changed while it was read\n  run it again once nothing writes to it")


def _bomb(where: str, size: int, limit: int, max_expansion: float) -> str:
    return (
        f"{where} unpacks to more than {limit / 1e6:,.0f} MB, {max_expansion:g} times its {size:,} bytes: "
        "it may be made to fill the disk\n"
        f"  if it is sound: unpack it first, or -s source.max_expansion={100 * max_expansion:g}"
    )


def _state(file: IO[bytes]) -> tuple[int, int]:
    found = os.fstat(file.fileno())
    return (found.st_size, found.st_mtime_ns)


def _sha256(file: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while block := file.read(BLOCK_BYTES):
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size


def _gunzipped(stored: IO[bytes]) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=stored) as packed:
        while block := packed.read(BLOCK_BYTES):
            yield block


def _unzstd(stored: IO[bytes]) -> Iterator[bytes]:
    """All frames; read in pieces so small that one of a bomb unpacks to megabytes only."""
    import zstandard

    rest = b""
    while rest := rest or stored.read(_PIECE_BYTES):
        frame = zstandard.ZstdDecompressor().decompressobj()
        while not frame.eof:
            if not (rest := rest or stored.read(_PIECE_BYTES)):
                raise ValueError("cut short")
            try:
                yield frame.decompress(rest)
            except zstandard.ZstdError as error:
                raise ValueError(str(error)) from error
            rest = frame.unused_data if frame.eof else b""
