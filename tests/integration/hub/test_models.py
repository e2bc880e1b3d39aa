"""A base from the hub: by commit, whole, as it was put there, or one clear error; never pickles, never code."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def model_files(tiny_base: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in tiny_base.iterdir()}


@pytest.fixture
def tiny(hub: Any, model_files: dict[str, bytes]) -> Any:
    """`someone/tiny` on the hub, with one commit."""
    made = hub.new("models", "someone/tiny")
    made.first = made.commit_files({**model_files, "README.md": b"---\nlicense: mit\n---\n# tiny\n"})
    return made


def test_a_base_is_its_commit_and_is_whole(ask: Ask, tiny: Any, model_files: dict[str, bytes]):
    told = ask(model="someone/tiny")
    assert (told["identity"]["hub"], told["identity"]["commit"]) == ("someone/tiny", tiny.first)
    assert told["config"] == "gpt2"
    for name, content in model_files.items():
        assert (Path(told["folder"]) / name).read_bytes() == content, name


def test_a_commit_stays_the_same_when_the_branch_moves_on(ask: Ask, tiny: Any, model_files: dict[str, bytes]):
    second = tiny.commit_files({**model_files, "generation_config.json": b'{"eos_token_id": 0}'})
    assert ask(model="someone/tiny")["identity"]["commit"] == second
    assert ask(model="someone/tiny", revision="main")["identity"]["commit"] == second
    assert ask(model="someone/tiny", revision=tiny.first)["identity"]["commit"] == tiny.first


def test_a_cached_commit_needs_no_network_and_asks_for_none(ask: Ask, hub: Any, tiny: Any):
    first = ask(model="someone/tiny")
    asked = len(hub.requests)
    assert ask({"HF_HUB_OFFLINE": "1"}, model="someone/tiny", revision=tiny.first) == first
    assert ask({"HF_HUB_OFFLINE": "1"}, model="someone/tiny") == first, "the branch as it was when it was last seen"
    assert len(hub.requests) == asked
    assert ask({"HF_ENDPOINT": "http://127.0.0.1:9"}, model="someone/tiny", revision=tiny.first) == first


def test_a_download_that_was_cut_goes_on_where_it_ended(ask: Ask, hub: Any, model_files: dict[str, bytes]):
    """The client writes 10 MB at a time, so a shorter file begins anew."""
    large = hub.new("models", "someone/large")
    content = bytes(range(256)) * 100_000
    large.commit_files({**model_files, "more.safetensors": content})
    large.cut["more.safetensors"] = 22_000_000
    told = ask(model="someone/large")
    assert (Path(told["folder"]) / "more.safetensors").read_bytes() == content
    (resumed,) = [asked for asked in hub.requests if "more.safetensors bytes=" in asked]
    assert int(resumed.partition("bytes=")[2].rstrip("-")) >= 10_000_000


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json"])
def test_content_that_is_not_what_its_hash_says_is_named_and_not_kept(
    ask: Ask, tiny: Any, model_files: dict[str, bytes], file: str
):
    """A large file's ETag is its SHA-256, a small one's is git's SHA-1 of it."""
    content = bytearray(model_files[file])
    content[-5] ^= 1
    tiny.spoilt[file] = bytes(content)
    told = ask(model="someone/tiny")
    assert told["exit_code"] == 2
    assert f"{file} of someone/tiny at {tiny.first[:12]} is not what the hub says it is" in told["error"]
    assert "expected" in told["error"]
    del tiny.spoilt[file]
    assert "error" not in ask(model="someone/tiny"), "what was wrong was removed; the next run fetches it again"


def test_a_cached_file_that_was_altered_is_noticed_without_network(ask: Ask, tiny: Any):
    folder = Path(ask(model="someone/tiny", revision=tiny.first)["folder"])
    weights = (folder / "model.safetensors").resolve()
    content = bytearray(weights.read_bytes())
    content[-5] ^= 1
    weights.chmod(0o644)
    weights.write_bytes(bytes(content))
    told = ask({"HF_HUB_OFFLINE": "1"}, model="someone/tiny", revision=tiny.first)
    assert "model.safetensors of someone/tiny" in told["error"]


def test_a_file_that_is_listed_and_is_not_there(ask: Ask, tiny: Any):
    tiny.lost.add("model.safetensors")
    told = ask(model="someone/tiny")
    assert told["exit_code"] == 2
    assert "someone/tiny" in told["error"]
    assert "model.safetensors" in told["error"]


@pytest.mark.parametrize("status", [401, 403])
def test_a_gated_model_names_the_way_in(names_the_way_in: Callable[..., None], tiny: Any, status: int):
    names_the_way_in(tiny, status, "https://huggingface.co/someone/tiny", model="someone/tiny")


def test_no_such_model_and_no_such_revision(ask: Ask, tiny: Any):
    told = ask(model="someone/none")
    assert "someone/none is not on the hub, or private" in told["error"]
    assert "hf auth login" in told["error"]
    told = ask(model="someone/tiny", revision="v9")
    assert "someone/tiny has no revision v9" in told["error"]
    told = ask(model="someone/tiny", revision="f" * 40)
    assert "someone/tiny has no revision ffffffffffff" in told["error"]


def test_without_network_the_error_is_fast_and_says_what_to_do(ask: Ask, tiny: Any):
    told = ask({"HF_ENDPOINT": "http://127.0.0.1:9"}, model="someone/tiny")
    assert "the hub can't be reached" in told["error"]
    assert "give a model folder, or go online" in told["error"]
    for unreachable in ({"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}):
        told = ask(unreachable, model="someone/tiny", revision=tiny.first)
        assert "not downloaded and can't be: the hub can't be reached" in told["error"]
        assert f"hf download someone/tiny --revision {tiny.first}" in told["error"]


def test_pickled_weights_are_refused_and_not_even_fetched(ask: Ask, hub: Any, model_files: dict[str, bytes]):
    pickled = {name: content for name, content in model_files.items() if not name.endswith(".safetensors")}
    hub.new("models", "someone/old").commit_files({**pickled, "pytorch_model.bin": b"\x80\x02."})
    told = ask(model="someone/old")
    assert told["exit_code"] == 2
    assert "no *.safetensors" in told["error"]
    assert "pytorch_model.bin" in told["error"]
    assert not [asked for asked in hub.requests if "resolve" in asked and "pytorch_model.bin" in asked]


def test_code_in_a_repository_is_neither_fetched_nor_run(ask: Ask, hub: Any, model_files: dict[str, bytes], tmp_path):
    import json

    evil = tmp_path / "ran"
    config = json.loads(model_files["config.json"])
    config["auto_map"] = {"AutoConfig": "evil.Config", "AutoModelForCausalLM": "evil.Model"}
    code = f"open({str(evil)!r}, 'w').close()\n"
    made = hub.new("models", "someone/coded")
    made.commit_files({**model_files, "config.json": json.dumps(config).encode(), "evil.py": code.encode()})
    told = ask(model="someone/coded")
    assert told["config"] == "gpt2"
    assert not (Path(told["folder"]) / "evil.py").exists()
    shutil.copytree(told["folder"], tmp_path / "copy")
    from tasks.base_model import load_model

    assert load_model(tmp_path / "copy").config.model_type == "gpt2"
    assert not evil.exists()
