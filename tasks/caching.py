"""The cache policy: what decides whether a stage runs.

    key(stage) = its own config + the digests it reads + the code it runs + the versions of the libraries it uses

Prefect holds the results under these keys, and two runs on one host that want the same key wait for each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from prefect.cache_policies import CachePolicy
from prefect.tasks import Task
from prefect.transactions import IsolationLevel
from pydantic import BaseModel

from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.code_identity import PLUMBING_FORMAT, code_identity
from tasks.identity import HashMemo, content_identity
from tasks.json_files import canonical_json
from tasks.locks import LOCKS
from tasks.stage_config import key_material


@dataclass(frozen=True, kw_only=True)
class StageKey:
    """The parts of a stage's cache key."""

    config: dict[str, Any]
    inputs: dict[str, str]
    code: dict[str, str]
    libraries: dict[str, str]
    plumbing: int = PLUMBING_FORMAT

    def parts(self) -> dict[str, Any]:
        """The parts by name, as JSON values."""
        return {
            "config": self.config,
            "inputs": self.inputs,
            "code": self.code,
            "libraries": self.libraries,
            "plumbing": self.plumbing,
        }

    @cached_property
    def digest(self) -> str:
        """The key itself: SHA-256 over the parts' canonical JSON, in hex."""
        return hashlib.sha256(canonical_json(self.parts()).encode()).hexdigest()


def stage_key(function: Any, arguments: Mapping[str, Any], memo: HashMemo) -> StageKey:
    """The key of one call of a stage's function: configs become values, paths become digests of what they hold."""
    config: dict[str, Any] = {}
    inputs: dict[str, str] = {}
    for name, value in arguments.items():
        if isinstance(value, ArtifactRef):
            inputs[name] = value.digest
        elif isinstance(value, list) and all(isinstance(item, ArtifactRef) for item in value):
            inputs |= {f"{name}.{number}": item.digest for number, item in enumerate(value)}
        elif isinstance(value, BaseModel):
            config[name] = key_material(value, lambda path: content_identity(path, memo))
        elif value is not None:
            config[name] = value
    identity = code_identity(function)
    return StageKey(config=config, inputs=inputs, code=identity.modules, libraries=identity.libraries)


@dataclass
class StageCachePolicy(CachePolicy):
    """Prefect's view of `stage_key`. Two runs that want the same key wait for each other (one host)."""

    stage: str = ""
    known: str = ""
    """The key's digest, where whoever calls the stage has made it already."""

    def compute_key(
        self, task_ctx: Any, inputs: dict[str, Any], flow_parameters: dict[str, Any], **kwargs: Any
    ) -> str | None:
        """The key under which Prefect stores the result."""
        return self.known or stage_key(task_ctx.task.fn, inputs, home.hash_memo()).digest


def stage_options(stage: str) -> dict[str, Any]:
    """The options every stage's Prefect task has in common: cache policy, JSON results, a tag."""
    policy = StageCachePolicy(stage=stage, isolation_level=IsolationLevel.SERIALIZABLE, lock_manager=LOCKS)
    return {
        "cache_policy": policy,
        "persist_result": True,
        "result_serializer": "json",
        "tags": ["gadfly"],  # Prefect asks its server about every new set of tags; a busy SQLite one answers in 2 s
    }


def stage_name(task: Task[Any, Any]) -> str:
    """The stage a task belongs to."""
    assert isinstance(task.cache_policy, StageCachePolicy)
    return task.cache_policy.stage
