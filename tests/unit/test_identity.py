"""What a path holds decides its identity; what it is called never does."""

from __future__ import annotations

import hashlib
import http.server
import os
import threading
from functools import partial

import pytest

from tasks.errors import SourceError
from tasks.identity import HashMemo, content_identity, is_url, public_url


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


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://me:pass@a.org/b.csv?X-Sig=a::b/@", "https://a.org/b.csv"),
        ("s3://bucket/a@b.csv", "s3://bucket/a@b.csv"),
        ("simplecache::https://token@a.org/b.csv?c", "simplecache::https://a.org/b.csv"),
        ("zip://a.csv::https://me:pass@a.org/b.zip?c", "zip://a.csv::https://a.org/b.zip"),
        ("zip://a.csv?c::https://me:pass@a.org/b.zip", "zip://a.csv::https://a.org/b.zip"),
        ("/data/what?/me@home.csv", "/data/what?/me@home.csv"),
    ],
)
def test_a_url_is_shown_without_credentials(url, expected):
    assert public_url(url) == expected


class Handler(http.server.SimpleHTTPRequestHandler):
    """A folder on loopback that refuses what is called secret, and tells no time of what is called bare."""

    def log_message(self, *_):
        pass

    def send_head(self):
        return self.send_error(403) if "secret" in self.path else super().send_head()

    def send_header(self, keyword, value):
        if keyword != "Last-Modified" or "bare" not in self.path:
            super().send_header(keyword, value)


@pytest.fixture
def served(place):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(place))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_an_edit_of_the_same_size_changes_a_urls_identity(place, memo, served):
    file = place / "a.csv"
    file.write_bytes(b"one")
    os.utime(file, (1_000_000_000, 1_000_000_000))
    before = content_identity(f"http://{served}/a.csv", memo)
    assert content_identity(f"http://{served}/a.csv", memo) == before
    file.write_bytes(b"two")
    assert content_identity(f"http://{served}/a.csv", memo) != before


def test_a_size_alone_is_no_identity(place, memo, served):
    (place / "bare.csv").write_bytes(b"one")
    with pytest.raises(SourceError, match=r"bare\.csv tells no ETag, checksum or time of change"):
        content_identity(f"http://{served}/bare.csv", memo)


def test_a_url_that_cant_be_reached_tells_why_and_no_credentials(memo, served):
    with pytest.raises(SourceError, match="status 403 Forbidden") as caught:
        content_identity(f"http://me:pass@{served}/secret.csv?sig=token", memo)
    assert str(caught.value).startswith(f"http://{served}/secret.csv can't be reached")
    assert "pass" not in str(caught.value)
    assert "token" not in str(caught.value)
    with pytest.raises(SourceError, match=r"a\.csv can't be reached: .*(refused|connect)"):
        content_identity("http://127.0.0.1:9/a.csv", memo)


def test_a_folder_behind_a_url_is_its_files_names_and_marks(memo):
    import fsspec

    fs = fsspec.filesystem("memory")
    fs.pipe_file("/identity-folder/a.csv", b"12345")
    fs.pipe_file("/identity-folder/below/b.csv", b"12345")
    seen = [content_identity("memory://identity-folder", memo)]
    assert content_identity("memory://identity-folder/", memo) == seen[0]
    fs.pipe_file("/identity-folder/.hidden", b"1")
    assert content_identity("memory://identity-folder", memo) == seen[0]
    fs.pipe_file("/identity-folder/below/b.csv", b"12346")
    seen.append(content_identity("memory://identity-folder", memo))
    fs.mv("/identity-folder/a.csv", "/identity-folder/c.csv")
    seen.append(content_identity("memory://identity-folder", memo))
    assert len(set(seen)) == 3
