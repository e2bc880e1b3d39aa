"""What a path holds decides its identity; what it is called never does."""

from __future__ import annotations

import hashlib
import os

import pytest

from tasks.errors import SourceError
from tasks.identity import HashMemo, content_identity, is_url


@pytest.fixture
def memo(tmp_path):
    return HashMemo(tmp_path / "state" / "hashes.json")


@pytest.fixture
def place(tmp_path):
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def test_a_file_is_its_sha256(place, memo):
    (place / "a.txt").write_bytes(b"content")
    expected = "sha256:" + hashlib.sha256(b"content").hexdigest()
    assert content_identity(str(place / "a.txt"), memo) == expected
    assert content_identity(f"file://{place}/a.txt", memo) == expected


def test_a_files_name_does_not_count(place, memo):
    (place / "a.csv").write_bytes(b"same")
    (place / "b.csv").write_bytes(b"same")
    assert content_identity(str(place / "a.csv"), memo) == content_identity(str(place / "b.csv"), memo)


def test_a_folder_is_its_files_names_and_contents(place, memo):
    for folder in ("one", "two"):
        (place / folder / "below").mkdir(parents=True)
        (place / folder / "a.csv").write_bytes(b"1")
        (place / folder / "below" / "b.csv").write_bytes(b"2")
    one, two = str(place / "one"), str(place / "two")
    assert content_identity(one, memo) == content_identity(two, memo)
    before = content_identity(two, memo)
    (place / "two" / "a.csv").rename(place / "two" / "c.csv")
    assert content_identity(two, memo) != before
    (place / "two" / "c.csv").rename(place / "two" / "a.csv")
    assert content_identity(two, memo) == before
    (place / "two" / ".hidden").write_bytes(b"an editor's")
    assert content_identity(two, memo) == before
    (place / "two" / "more.csv").write_bytes(b"3")
    assert content_identity(two, memo) != before


def test_what_isnt_there_is_named(place, memo):
    with pytest.raises(SourceError, match=r"nowhere\.csv doesn't exist\n  seen from .*recipe's folder"):
        content_identity(str(place / "nowhere.csv"), memo)


def test_the_memo_spares_reading_a_file_again(place, memo):
    file = place / "a"
    file.write_bytes(b"one")
    first = memo.sha256(file)
    stat = file.stat()
    file.write_bytes(b"two")  # same size and inode; the time is put back, so nothing shows the change
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert HashMemo(memo.path).sha256(file) == first


@pytest.mark.parametrize("change", ["time", "size", "inode"])
def test_the_memo_notices_a_change(place, memo, change):
    file = place / "a"
    file.write_bytes(b"one")
    memo.sha256(file)
    stat = file.stat()
    if change == "inode":
        (place / "other").write_bytes(b"two")
        (place / "other").replace(file)
    else:
        file.write_bytes(b"three" if change == "size" else b"two")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns + (change == "time")))
    assert memo.sha256(file) == hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize("garbage", ["", "{", "\0"])
def test_a_damaged_memo_costs_time_only(place, memo, garbage):
    (place / "a").write_bytes(b"one")
    memo.path.parent.mkdir(parents=True)
    memo.path.write_text(garbage)
    assert HashMemo(memo.path).sha256(place / "a") == hashlib.sha256(b"one").hexdigest()


def test_a_memo_that_cant_be_kept_is_no_error(place):
    (place / "file").write_bytes(b"in the way")
    assert HashMemo(place / "file" / "hashes.json").sha256(place / "file") == hashlib.sha256(b"in the way").hexdigest()


@pytest.mark.parametrize(
    ("path", "expected"),
    [("s3://bucket/a", True), ("https://a/b", True), ("file:///a", False), ("/a/b", False), ("a.csv", False)],
)
def test_urls_are_told_from_paths(path, expected):
    assert is_url(path) is expected


def test_a_url_is_what_its_file_system_tells(memo):
    import fsspec

    fs = fsspec.filesystem("memory")
    fs.pipe_file("/identity/a", b"12345")
    first = content_identity("memory://identity/a", memo)
    assert content_identity("memory://identity/a", memo) == first
    fs.pipe_file("/identity/a", b"123456")
    assert content_identity("memory://identity/a", memo) != first
    with pytest.raises(SourceError, match="memory://identity/none can't be reached"):
        content_identity("memory://identity/none", memo)
