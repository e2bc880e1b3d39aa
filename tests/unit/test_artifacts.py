"""The store: an artifact is there whole or not at all, and what it is called says what it holds."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
import uuid
from pathlib import Path

import pytest

from tasks.artifacts import ArtifactRef, ArtifactStore
from tasks.errors import ArtifactDamaged, ArtifactError
from tasks.json_files import canonical_json
from tasks.manifest import SETTLED_NS


def writer(**files: str):
    """Writes named texts; a name's `__` is a folder."""

    def write(folder: Path) -> None:
        for name, text in files.items():
            path = folder / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    return write


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "store"))


@pytest.fixture
def remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ArtifactStore:
    """A store that isn't a local folder; what it fetches goes into a temporary folder of this test's."""
    (tmp_path / "fetched").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "fetched"))
    return ArtifactStore(f"memory://gadfly-{uuid.uuid4().hex}")


def test_equal_content_has_an_equal_digest_in_any_store(tmp_path):
    first = ArtifactStore(str(tmp_path / "a")).put("rows", writer(a="1", b__c="2"), record={"seconds": 1})
    second = ArtifactStore(str(tmp_path / "b")).put("rows", writer(b__c="2", a="1"), record={"seconds": 2})
    assert first == second


@pytest.mark.parametrize(
    "other",
    [writer(a="2", b="2"), writer(a="1"), writer(a="1", c="2"), writer(a="1", b="2", c=""), writer(a="2", b="1")],
)
def test_other_content_has_another_digest(store, other):
    assert store.put("rows", writer(a="1", b="2")).digest != store.put("rows", other).digest


def test_the_kind_is_part_of_the_digest(store):
    assert store.put("rows", writer(a="1")).digest != store.put("tokens", writer(a="1")).digest


def test_open_gives_the_files(store):
    folder = store.open(store.put("rows", writer(a="1", b__c="2")))
    assert (folder / "a").read_text() == "1"
    assert (folder / "b" / "c").read_text() == "2"


def test_a_writer_that_fails_leaves_nothing(store, tmp_path):
    def write(folder: Path) -> None:
        (folder / "half").write_text("a beginning")
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        store.put("rows", write)
    assert list(store.refs()) == []
    assert files_below(tmp_path) == []


def test_putting_again_keeps_what_is_there(store):
    ref = store.put("rows", writer(a="1"), record={"made": "first"})
    inode = (store.open(ref) / "a").stat().st_ino
    assert store.put("rows", writer(a="1"), record={"made": "again"}) == ref
    assert (store.open(ref) / "a").stat().st_ino == inode
    assert store.record(ref) == {"made": "first"}


def test_a_flipped_byte_is_found_on_opening_and_moved_aside(store, tmp_path):
    ref = store.put("rows", writer(a="12345"))
    (store.open(ref) / "a").write_text("12346")
    assert store.is_whole(ref)  # names and sizes are right
    assert store.damage(ref) == "a was altered"
    with pytest.raises(ArtifactDamaged, match=rf"artifact rows {ref.digest[:19]}: a was altered"):
        store.open(ref)
    assert not store.is_whole(ref)
    assert [path.read_text() for path in (tmp_path / "store" / "damaged").glob("*/a")] == ["12346"]


def settled(store: ArtifactStore, **files: str) -> tuple[ArtifactRef, Path]:
    """An artifact whose files have lain for a while, opened once."""
    ref = store.put("rows", writer(**files))
    time.sleep(SETTLED_NS / 1e9 + 0.02)
    return ref, store.open(ref)


def test_a_process_hashes_what_it_opens_once(store, monkeypatch):
    ref, folder = settled(store, a="1", b="2")
    hashed: list[str] = []
    monkeypatch.setattr("tasks.manifest.file_sha256", lambda path: hashed.append(path.name))
    assert store.open(ref) == folder
    assert hashed == []


@pytest.mark.parametrize("keeps_time", [True, False])
def test_a_flipped_byte_is_found_though_the_artifact_was_hashed_before(store, keeps_time):
    ref, folder = settled(store, a="1", b="2")
    before = (folder / "a").stat()
    (folder / "a").write_text("3")
    if keeps_time:
        os.utime(folder / "a", ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(ArtifactDamaged, match="a was altered"):
        store.open(ref)


def test_a_file_that_is_replaced_after_hashing_is_found(store):
    ref, folder = settled(store, a="1", b="2")
    (folder / "c").write_text("3")
    (folder / "c").replace(folder / "b")
    with pytest.raises(ArtifactDamaged, match="b was altered"):
        store.open(ref)


def test_what_was_written_a_moment_ago_is_hashed_again(store):
    """A second write may leave the same times as the first: clocks of file systems tick every few milliseconds."""
    ref = store.put("rows", writer(a="1"))
    folder = store.open(ref)
    before = (folder / "a").stat()
    with (folder / "a").open("r+") as file:
        file.write("2")
    os.utime(folder / "a", ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(ArtifactDamaged, match="a was altered"):
        store.open(ref)


def test_a_damaged_artifact_is_repaired_by_putting_it_again(store):
    ref = store.put("rows", writer(a="12345"))
    (store.open(ref) / "a").write_text("12346")
    assert store.put("rows", writer(a="12345")) == ref
    assert (store.open(ref) / "a").read_text() == "12345"


def test_a_truncated_file_is_found_without_reading_it(store):
    ref = store.put("rows", writer(a="12345"))
    (store.open(ref) / "a").write_text("1234")
    assert not store.is_whole(ref)
    assert store.damage(ref) == "a has 4 bytes; the manifest says 5"


def test_a_lost_file_is_found(store):
    ref = store.put("rows", writer(a="1", b="2"))
    (store.open(ref) / "b").unlink()
    assert not store.is_whole(ref)
    with pytest.raises(ArtifactDamaged, match="b is missing"):
        store.open(ref)


@pytest.mark.parametrize("manifest", ["", "{}", '{"files": {}, "format": 1, "kind": "rows"}', "\0"])
def test_an_altered_manifest_is_found(store, manifest):
    ref = store.put("rows", writer(a="1"))
    (store.open(ref) / "manifest.json").write_text(manifest)
    assert not store.is_whole(ref)
    with pytest.raises(ArtifactDamaged, match=r"manifest\.json was altered"):
        store.open(ref)


def test_what_was_never_there_is_missing(store):
    ref = ArtifactRef(kind="rows", digest="sha256:" + "0" * 64)
    assert not store.is_whole(ref)
    with pytest.raises(ArtifactDamaged, match="missing from the store"):
        store.open(ref)


def test_private_files_are_their_owners_alone(store):
    folder = store.open(store.put("quarantined", writer(a="1"), private=True))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in files_below(folder)} == {0o600}
    shared = store.open(store.put("rows", writer(a="1")))
    assert stat.S_IMODE((shared / "a").stat().st_mode) == 0o644


def test_the_record_is_read_back_and_may_be_lost(store):
    ref = store.put("rows", writer(a="1"), record={"seconds": 1.5})
    assert store.record(ref) == {"seconds": 1.5}
    (store.open(ref) / "record.json").unlink()
    assert store.record(ref) == {}
    assert store.is_whole(ref)


def test_a_record_may_change_without_damage(store):
    ref = store.put("rows", writer(a="1"))
    (store.open(ref) / "record.json").write_text('{"seconds": 9}')
    assert store.damage(ref) is None


def test_refs_lists_what_is_there(store):
    refs = {store.put("rows", writer(a=str(number))) for number in range(3)} | {store.put("tokens", writer(a="1"))}
    assert set(store.refs()) == refs
    assert [ref.digest for ref in store.refs()] == sorted(ref.digest for ref in refs)


def test_notes_are_replaced_in_one_step(store, tmp_path):
    assert store.read_note("keys/a") is None
    store.write_note("keys/a", {"x": 1})
    store.write_note("keys/a", {"x": 2})
    store.write_note("keys/b", [])
    assert store.read_note("keys/a") == {"x": 2}
    assert store.notes("keys") == ["keys/a", "keys/b"]
    assert not list(tmp_path.rglob("*.tmp"))
    assert list(store.refs()) == []


def test_a_garbled_note_counts_as_none(store, tmp_path):
    store.write_note("keys/a", {"x": 1})
    (tmp_path / "store" / "keys" / "a.json").write_text('{"x": ')
    assert store.read_note("keys/a") is None


def test_a_store_that_cant_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("in the way")
    store = ArtifactStore(str(tmp_path / "file"))
    with pytest.raises(ArtifactError, match=r"(?s)rows can't be written to the artifact store .*/file: .*GADFLY_HOME"):
        store.put("rows", writer(a="1"))
    with pytest.raises(ArtifactError, match=r"the artifact store .*/file can't be written to: "):
        store.write_note("keys/a", {})


def test_a_newer_store_format_is_named(store):
    ref = store.put("rows", writer(a="1"))
    manifest = store.open(ref) / "manifest.json"
    newer = canonical_json({**json.loads(manifest.read_text()), "format": 2})
    other = ArtifactRef(kind="rows", digest="sha256:" + hashlib.sha256(newer.encode()).hexdigest())
    folder = manifest.parent.parent.parent / other.hex[:2] / other.hex
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(newer)
    assert store.damage(other) == "written in store format 2; this version reads 1"


def test_a_remote_store_gives_plain_files(remote):
    ref = remote.put("rows", writer(a="1", b__c="2"), record={"seconds": 1})
    assert remote.is_whole(ref)
    folder = remote.open(ref)
    assert (folder / "b" / "c").read_text() == "2"
    assert remote.record(ref) == {"seconds": 1}
    assert list(remote.refs()) == [ref]


def test_a_remote_store_gives_the_digest_that_a_local_one_gives(remote, store):
    assert remote.put("rows", writer(a="1")) == store.put("rows", writer(a="1"))


def test_a_remote_store_keeps_notes(remote):
    assert remote.read_note("keys/a") is None
    remote.write_note("keys/a", {"x": 1})
    remote.write_note("keys/a", {"x": 2})
    assert remote.read_note("keys/a") == {"x": 2}
    assert remote.notes("keys") == ["keys/a"]


def test_a_damaged_copy_of_a_remote_artifact_is_fetched_again(remote):
    ref = remote.put("rows", writer(a="12345"))
    (remote.open(ref) / "a").write_text("12346")
    assert (remote.open(ref) / "a").read_text() == "12345"
    assert remote.is_whole(ref)


def test_damage_of_a_remote_artifact_is_found_behind_a_sound_copy(remote):
    ref = remote.put("rows", writer(a="12345"))
    remote.open(ref)
    path = f"{remote.root}/artifacts/{ref.hex[:2]}/{ref.hex}/a"
    remote.fs.pipe_file(path, b"12346")
    assert remote.damage(ref) == "a was altered"
    with pytest.raises(ArtifactDamaged, match="a was altered"):
        remote.open(ref)
    assert not remote.is_whole(ref)
    assert remote.put("rows", writer(a="12345")) == ref
    assert (remote.open(ref) / "a").read_text() == "12345"


@pytest.mark.parametrize("manifest", [b"", b"{}", b"[]", b'{"files": 3}'])
def test_a_garbled_remote_manifest_is_a_miss(remote, manifest):
    ref = remote.put("rows", writer(a="1"))
    remote.fs.pipe_file(f"{remote.root}/artifacts/{ref.hex[:2]}/{ref.hex}/manifest.json", manifest)
    assert not remote.is_whole(ref)


def test_canonical_json_is_one_text_for_equal_content():
    assert (
        canonical_json({"b": 1, "a": ["é", 0.1]})
        == canonical_json({"a": ["é", 0.1], "b": 1})
        == '{"a":["é",0.1],"b":1}'
    )
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json(float("nan"))


def test_whoever_opens_a_removed_artifact_is_told_why_and_putting_it_again_mends_it(store):
    ref = store.put("rows", writer(a="1"))
    store.remove(ref, "it held a purged row")
    with pytest.raises(ArtifactDamaged, match="it held a purged row"):
        store.open(ref)
    assert store.put("rows", writer(a="1")) == ref
    assert (store.open(ref) / "a").read_text() == "1"
