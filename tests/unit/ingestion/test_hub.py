"""The hub without network: fast and clear, and never another version than the one asked for."""

import json
import time

import datasets
import pytest
from huggingface_hub import constants

from tasks.errors import SourceError
from tasks.ingestion.config import SourceConfig
from tasks.ingestion.files import SourceUnreachable
from tasks.ingestion.hub import resolve_commit
from tasks.ingestion.sources import read_source

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """Offline mode, and an empty cache (both libraries read the environment once, when they are imported)."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    return tmp_path / "cache"


def test_offline_is_a_fast_and_clear_error(offline):
    started = time.perf_counter()
    with pytest.raises(
        SourceError, match=r"offline mode is on .*default branch.*\n  go online, give a commit"
    ) as caught:
        read_source(SourceConfig(hub="someone/quotes"))
    assert time.perf_counter() - started < 5
    assert not isinstance(caught.value, SourceUnreachable)


def test_offline_a_pinned_commit_that_was_never_read_is_an_error(offline):
    with pytest.raises(SourceError, match=r"commit 0123456789ab is not in the cache"):
        read_source(SourceConfig(hub="someone/quotes", revision=COMMIT))


def _cache(folder, commit):
    """A dataset as `datasets` leaves it in its cache."""
    place = folder / "someone___quotes" / "default" / "0.0.0" / commit
    place.mkdir(parents=True)
    built = datasets.Dataset.from_list([{"quote": "Know thyself", "tags": ["wit", "life"]}])
    with datasets.arrow_writer.ArrowWriter(path=str(place / "quotes-train.arrow"), features=built.features) as writer:
        writer.write_table(built.data.table)
        num_examples, num_bytes = writer.finalize()
    split = {"name": "train", "num_bytes": num_bytes, "num_examples": num_examples, "dataset_name": "quotes"}
    info = {"builder_name": "json", "dataset_name": "quotes", "config_name": "default", "splits": {"train": split}}
    version = {"version_str": "0.0.0", "major": 0, "minor": 0, "patch": 0}
    features = built.features.to_dict()
    (place / "dataset_info.json").write_text(json.dumps({**info, "version": version, "features": features}))


def test_offline_a_pinned_commit_is_read_from_the_cache(offline):
    _cache(offline, COMMIT)
    source = read_source(SourceConfig(hub="someone/quotes", revision=COMMIT, licence="CC-BY-4.0"))
    assert source.frame.to_dict("records") == [{"quote": "Know thyself", "tags": "wit, life"}]
    assert source.facts.identity == f"hub:someone/quotes@{COMMIT}:train"
    assert (source.facts.revision, source.facts.licence) == (COMMIT, "CC-BY-4.0")


def test_another_commit_in_the_cache_is_not_passed_off_as_the_one_asked_for(offline):
    """`datasets` alone would return the latest cached version with a warning."""
    _cache(offline, "f" * 40)
    with pytest.raises(SourceError, match=r"the cache holds another commit than 0123456789ab"):
        read_source(SourceConfig(hub="someone/quotes", revision=COMMIT))


def test_a_commit_needs_no_look_up():
    assert resolve_commit("someone/quotes", COMMIT) == COMMIT
