"""The cache key is the same wherever it is made, differs where something differs, and tells what did."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from tasks.artifacts import ArtifactRef
from tasks.caching import stage_key
from tasks.evaluation.config import EvaluationConfig, GeneralText, Probes, ScoringSettings
from tasks.evaluation.task import evaluate_base
from tasks.identity import HashMemo
from tasks.ingestion.config import SourceConfig
from tasks.ingestion.task import ingest_rows
from tasks.key_changes import explain_change
from tasks.locks import FlockLockManager, exclusively
from tasks.prompt_format import PromptConfig
from tasks.training.config import FreezeSettings, LoraSettings, TrainingConfig
from tasks.training.task import train_model
from tasks.validation.config import ValidationConfig
from tasks.validation.contract import Contract, Rule
from tasks.validation.task import validate_rows

ROOT = Path(__file__).resolve().parents[2]
TOKENS = ArtifactRef(kind="tokens", digest="sha256:" + "1" * 64)
BASE = ArtifactRef(kind="base", digest="sha256:" + "2" * 64)


@pytest.fixture
def memo(tmp_path):
    return HashMemo(tmp_path / "hashes.json")


def training_key(config, memo, tokens=TOKENS, base=BASE):
    return stage_key(train_model.fn, {"config": config, "tokens": tokens, "base": base}, memo)


def test_a_key_is_the_same_in_every_process_and_from_any_folder(tmp_path):
    code = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from tasks.caching import stage_key
from tasks.identity import HashMemo
from tasks.artifacts import ArtifactRef
from tasks.evaluation.config import *
from tasks.evaluation.task import evaluate_base
from tasks.ingestion.config import SourceConfig
from tasks.ingestion.task import ingest_rows
from tasks.prompt_format import PromptConfig
memo = HashMemo(Path("hashes.json"))
ref = ArtifactRef(kind="x", digest="sha256:" + "1" * 64)
settings = ScoringSettings(probes=Probes(in_domain=("a", "é")), temperature=0.1, general=GeneralText(path="text"))
config = EvaluationConfig(settings=settings, prompt=PromptConfig(template="{{text}}"))
print(stage_key(evaluate_base.fn, {{"config": config, "tokens": ref, "accepted": ref, "base": ref}}, memo).digest)
source = SourceConfig(path="text", columns={{"text": "a", "author": "b", "year": "c"}})
print(stage_key(ingest_rows.fn, {{"config": source}}, memo).digest)
"""
    running = []
    for seed in ("0", "4242"):
        folder = tmp_path / f"at {seed}"
        folder.mkdir()
        (folder / "text").write_text("the same text")
        environment = {**os.environ, "PYTHONHASHSEED": seed, "GADFLY_HOME": str(folder)}
        running.append(
            subprocess.Popen(
                [sys.executable, "-c", code], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
            )
        )
    first, second = (process.communicate()[0].split() for process in running)
    assert [len(key) for key in first] == [64, 64]
    assert first == second


def test_a_key_differs_just_where_a_value_differs(memo):
    configs = [
        TrainingConfig(),
        TrainingConfig(learning_rate=1e-3),
        TrainingConfig(epochs=2),
        TrainingConfig(batch_size=16),
        TrainingConfig(warmup_fraction=0.0),
        TrainingConfig(schedule="linear"),
        TrainingConfig(weight_decay=0.0),
        TrainingConfig(max_grad_norm=2.0),
        TrainingConfig(precision="float32"),
        TrainingConfig(seed=1),
        TrainingConfig(lora=LoraSettings(rank=8)),
        TrainingConfig(lora=LoraSettings(alpha=8)),
        TrainingConfig(lora=LoraSettings(dropout=0.1)),
        TrainingConfig(lora=LoraSettings(target_modules="c_attn")),
        TrainingConfig(method="full"),
        TrainingConfig(method="frozen", freeze=FreezeSettings()),
        TrainingConfig(method="frozen", freeze=FreezeSettings(first_blocks=1)),
        TrainingConfig(method="frozen", freeze=FreezeSettings(embeddings=True)),
    ]
    keys = [training_key(config, memo).digest for config in configs]
    assert len(set(keys)) == len(configs)
    assert keys == [training_key(config.model_copy(), memo).digest for config in configs]


def test_a_whole_number_and_a_fraction_that_are_equal_give_one_key(memo):
    assert training_key(TrainingConfig(epochs=3), memo) == training_key(TrainingConfig(epochs=3.0), memo)


def test_an_inputs_digest_is_part_of_the_key_and_its_kind_is_not_needed(memo):
    config = TrainingConfig()
    keys = {
        training_key(config, memo, tokens, base).digest for tokens, base in itertools.product((TOKENS, BASE), repeat=2)
    }
    assert len(keys) == 4


def test_each_of_several_inputs_is_part_of_the_key(memo):
    one, other = (ArtifactRef(kind="rows", digest=f"sha256:{letter * 64}") for letter in "ab")
    keys = [stage_key(train_model.fn, {"seeds": seeds}, memo) for seeds in ([one, other], [other, one], [one], None)]
    assert len({key.digest for key in keys}) == 4
    assert keys[0].inputs == {"seeds.0": one.digest, "seeds.1": other.digest}


def test_the_content_of_a_path_counts_and_its_name_does_not(tmp_path, memo):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("text\none\n")

    def key(name):
        return stage_key(ingest_rows.fn, {"config": SourceConfig(path=str(tmp_path / name))}, memo)

    assert key("a.csv") == key("b.csv")
    (tmp_path / "b.csv").write_text("text\nanother\n")
    assert key("a.csv").digest != key("b.csv").digest
    assert str(tmp_path) not in str(key("a.csv"))


def test_a_contracts_rules_count_and_its_words_do_not(memo):
    def key(description="", **rule):
        made = Rule(reason="too_short", signal="word_count", **{"min": 3.0, **rule})
        contract = Contract(name="c", version=1, description=description, rules=(made,))
        arguments = {"config": ValidationConfig(contract=contract), "rows": TOKENS}
        return stage_key(validate_rows.fn, arguments, memo).digest

    assert key() == key(description="other words", source="a paper")
    assert key() != key(min=4.0)
    assert key() != key(max_fraction=0.5)


def test_a_key_tells_every_change_in_a_line(memo, tmp_path):
    before = asdict(training_key(TrainingConfig(lora=LoraSettings(rank=8)), memo))
    assert explain_change(before, before) == ["nothing that its key shows"]
    after = asdict(training_key(TrainingConfig(learning_rate=5e-4, lora=LoraSettings(rank=16)), memo, tokens=BASE))
    after["libraries"] = {**after["libraries"], "torch": "9.9.9"}
    after["code"] = {**after["code"], "tasks.packing": "0" * 16}
    after["plumbing"] = before["plumbing"] + 1
    assert explain_change(before, after) == [
        "config learning_rate: 0.0002 → 0.0005",
        "config lora.rank: 8 → 16",
        "input tokens: sha256:11111111 → sha256:22222222",
        f"code tasks.packing: {before['code']['tasks.packing']} → 0000000000000000",
        f"library torch: {before['libraries']['torch']} → 9.9.9",
        f"plumbing format: {before['plumbing']} → {after['plumbing']}",
    ]


def test_a_value_that_appears_is_told_as_coming_from_none(memo):
    before, after = (
        asdict(training_key(TrainingConfig(lora=lora), memo)) for lora in (None, LoraSettings(target_modules="x" * 80))
    )
    lines = explain_change(before, after)
    assert "config lora.rank: none → 16" in lines
    assert f"config lora.target_modules: none → {'x' * 57}…" in lines


def test_only_what_a_stage_is_given_is_in_its_key(memo, tmp_path):
    (tmp_path / "text").write_text("general")
    settings = ScoringSettings(general=GeneralText(path=str(tmp_path / "text")), probes=Probes(in_domain=("a",)))
    config = EvaluationConfig(settings=settings, prompt=PromptConfig(template="{text}"))
    key = stage_key(evaluate_base.fn, {"config": config, "tokens": TOKENS, "accepted": TOKENS, "base": BASE}, memo)
    assert set(key.config) == {"config"}
    assert set(key.config["config"]) == {"settings", "prompt"}
    assert key.config["config"]["settings"]["general"]["path"].startswith("sha256:")
    assert key.inputs == {"tokens": TOKENS.digest, "accepted": TOKENS.digest, "base": BASE.digest}


# Locks: the holder is another process, forked so that it needs no imports of its own.


def _hold(key, channel):
    locks = FlockLockManager()
    channel.send(locks.acquire_lock(key, "child"))
    channel.recv()
    locks.release_lock(key, "child")


@pytest.fixture
def holder(gadfly_home):
    """Another process that holds the lock `k` until it is sent something."""
    fork = multiprocessing.get_context("fork")
    channel, theirs = fork.Pipe()
    process = fork.Process(target=_hold, args=("k", theirs), daemon=True)
    process.start()
    assert channel.poll(30)
    assert channel.recv() is True
    yield process, channel
    process.kill()
    process.join(30)


def test_a_lock_is_held_by_one_process_at_a_time(holder):
    _, channel = holder
    locks = FlockLockManager()
    assert locks.is_locked("k")
    assert not locks.acquire_lock("k", "me", acquire_timeout=0.2)
    assert not locks.wait_for_lock("k", timeout=0.2)
    assert locks.acquire_lock("another key", "me", acquire_timeout=0)
    channel.send("let go")
    assert locks.acquire_lock("k", "me", acquire_timeout=30)
    assert locks.is_lock_holder("k", "me")


def test_a_killed_holders_lock_is_free_and_its_waiter_goes_on(holder):
    process, _ = holder
    locks = FlockLockManager()
    assert not locks.acquire_lock("k", "me", acquire_timeout=0)
    threading.Timer(0.3, os.kill, (process.pid, signal.SIGKILL)).start()  # while the next line waits
    assert locks.acquire_lock("k", "me", acquire_timeout=30)


@pytest.mark.parametrize("timeout", [None, 30])
def test_waiting_for_a_lock_ends_when_its_holder_lets_go_and_leaves_it_free(holder, timeout):
    _, channel = holder
    locks = FlockLockManager()
    let_go = threading.Timer(0.4, channel.send, ("let go",))
    started = time.monotonic()
    let_go.start()
    assert locks.wait_for_lock("k", timeout=timeout)
    assert 0.4 <= time.monotonic() - started < 20
    assert not locks.is_lock_holder("k", "waiter")
    assert FlockLockManager().acquire_lock("k", "another", acquire_timeout=0)


def test_waiting_for_a_lock_gives_up_after_its_timeout_and_its_holder_keeps_it(holder):
    _, channel = holder
    locks = FlockLockManager()
    started = time.monotonic()
    assert not locks.wait_for_lock("k", timeout=0.4)
    assert 0.4 <= time.monotonic() - started < 20
    assert not asyncio.run(locks.await_for_lock("k", timeout=0.1))
    assert locks.is_locked("k")
    assert not locks.acquire_lock("k", "me", acquire_timeout=0)
    channel.send("let go")
    assert asyncio.run(locks.await_for_lock("k"))


def test_nobody_waits_for_a_lock_that_is_free(gadfly_home):
    assert FlockLockManager().wait_for_lock("k", timeout=0)
    assert FlockLockManager().wait_for_lock("k")


def test_two_managers_of_one_process_exclude_each_other(gadfly_home):
    first, second = FlockLockManager(), FlockLockManager()
    assert first.acquire_lock("k", "a")
    assert not second.acquire_lock("k", "b", acquire_timeout=0)
    first.release_lock("k", "a")
    assert second.acquire_lock("k", "b", acquire_timeout=0)


def test_a_holder_may_ask_again_and_a_stranger_cant_release(gadfly_home):
    locks = FlockLockManager()
    assert locks.acquire_lock("k", "a")
    assert locks.acquire_lock("k", "a")
    locks.release_lock("k", "b")
    assert locks.is_lock_holder("k", "a")
    locks.release_lock("k", "a")
    assert not locks.is_locked("k")


def test_exclusively_lets_go_though_the_block_fails(gadfly_home):
    def fail():
        with exclusively("name"):
            assert FlockLockManager().is_locked("name")
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        fail()
    assert not FlockLockManager().is_locked("name")
