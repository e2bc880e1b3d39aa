"""The code and libraries that a stage's function runs, as digests.

Prefect's own policy hashes the lines of the task alone, so an edit one module further gives stale results. Here the
function's imports are followed through the project's own modules, nested imports too. Comments, docstrings, help
texts and layout don't count: each module is parsed, bare strings and `description=` dropped, and printed again by
`ast.unparse` (whose text is the same in every Python version that reads it, unlike `ast.dump`).
Parsing costs about 5 ms a module, so what was found is remembered beside the byte code, by the source's digest.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any, NamedTuple

from tasks import code_parts
from tasks.code_parts import is_for_type_checkers, parse, used_nodes

PLUMBING_FORMAT = 1
"""Raise it when plumbing changes in a way that must make every stage run again."""

PLUMBING = frozenset(
    f"tasks.{name}"
    for name in (
        "artifacts",
        "base_files",
        "caching",
        "code_identity",
        "code_parts",
        "errors",
        "home",
        "identity",
        "json_files",
        "locks",
        "manifest",
        "progress",
        "stage_config",
        "stages",
        "training.child",
        "training.memory_kills",
        "training.supervision",
    )
) | {"tasks", "tasks.tracking"}
"""Modules that carry work and don't do it: left out, so that a better error message doesn't train for 13 hours."""

MEMO_SIZE = 2000
"""Sources remembered; the oldest go first."""

ORCHESTRATOR = "prefect"
FIRST_PARTY = "tasks"
ROOT = Path(__file__).resolve().parent.parent

DISTRIBUTIONS = {"yaml": "PyYAML"}
"""Import names whose distribution is called otherwise."""


@dataclass(frozen=True, kw_only=True)
class CodeIdentity:
    """What a function runs."""

    modules: dict[str, str]
    """First-party module, or other file of a stage's folder, to the first 16 hex digits of its SHA-256."""
    libraries: dict[str, str]
    """Library to version, local label removed."""


def code_identity(function: Callable[..., Any]) -> CodeIdentity:
    """The import closure of a function: the function itself, then every first-party module it leads to, whole."""
    file = sys.modules[function.__module__].__file__
    assert file is not None
    itself = _facts(Path(file), function.__name__)
    modules = {f"{function.__module__}:{function.__name__}": itself.digest}
    libraries: set[str] = set()
    folders: set[Path] = set()
    queue = list(itself.imports)
    while queue:
        imported = queue.pop()
        if imported.split(".")[0] != FIRST_PARTY:
            libraries.add(imported.split(".")[0])
        elif imported not in modules and imported not in PLUMBING:
            path = _module_path(imported)
            if path is not None:
                facts = _facts(path)
                modules[imported] = facts.digest
                queue += facts.imports
                folders.add(path.parent)
    for folder in folders:
        modules |= _other_files(folder)
    versions = {name: _version(name) for name in libraries - {ORCHESTRATOR} if name not in sys.stdlib_module_names}
    return CodeIdentity(modules=dict(sorted(modules.items())), libraries=dict(sorted(versions.items())))


def _imports(tree: ast.AST) -> Iterator[str]:
    """Module names a piece of code imports, at any depth; `from a import b` gives `a.b` where that is a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None, "first-party imports are absolute"
            yield node.module
            if node.module.split(".")[0] == FIRST_PARTY:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _module_path(name: str) -> Path | None:
    base = os.path.join(ROOT, *name.split("."))
    for path in (f"{base}.py", os.path.join(base, "__init__.py")):
        if os.path.isfile(path):  # noqa: PTH113 (pathlib takes five times as long)
            return Path(path)
    return None


def _other_files(folder: Path) -> dict[str, str]:
    """The files beside a stage's modules that aren't Python (templates, word lists), by path from the root."""
    if folder.name == FIRST_PARTY:
        return {}
    return {
        path.relative_to(ROOT).as_posix(): _file_digest(path, _state(path))
        for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix not in {".py", ".pyc"} and not path.name.startswith(".")
    }


class _Facts(NamedTuple):
    digest: str
    imports: tuple[str, ...]


def _facts(path: Path, function: str = "") -> _Facts:
    """The digest and the imports of a module, or of one function of it; read again once the file has changed."""
    return _facts_of(path, _state(path), function)


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


@cache
def _file_digest(path: Path, state: tuple[int, int]) -> str:
    return _digest_bytes(path.read_bytes())


@cache
def _facts_of(path: Path, state: tuple[int, int], function: str) -> _Facts:
    memo, source = _read_memo(), path.read_text(encoding="utf-8")
    key = _digest("\0".join([source, function, sys.version, _own_source()]))
    if key not in memo:
        tree = parse(source)
        tree.body = [statement for statement in tree.body if not is_for_type_checkers(statement)]
        nodes: list[ast.AST] = used_nodes(tree, function) if function else [tree]
        imports = tuple(found for node in nodes for found in _imports(node))
        memo[key] = _Facts(_digest("\n".join(_normalised(node) for node in nodes)), imports)
        _write_memo(memo)
    return memo[key]


@cache
def _own_source() -> str:
    return "".join(Path(file).read_text(encoding="utf-8") for file in (__file__, code_parts.__file__))


def _memo_path() -> Path:
    return Path(cache_from_source(__file__)).with_suffix(".json")


@cache
def _read_memo() -> dict[str, _Facts]:
    try:
        kept = json.loads(_memo_path().read_text(encoding="utf-8"))
        return {key: _Facts(digest, tuple(imports)) for key, (digest, imports) in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write_memo(memo: dict[str, _Facts]) -> None:
    temporary = _memo_path().with_suffix(f".{os.getpid()}.tmp")
    with contextlib.suppress(OSError):  # a memo that can't be kept costs time, nothing else
        temporary.parent.mkdir(exist_ok=True)
        temporary.write_text(json.dumps(dict(list(memo.items())[-MEMO_SIZE:])), encoding="utf-8")
        temporary.replace(_memo_path())


def _normalised(node: ast.AST) -> str:
    """The code's text without bare strings and `description=`."""
    tree = parse(ast.unparse(node))
    for child in ast.walk(tree):
        body = getattr(child, "body", None)
        if isinstance(body, list):
            child.body = [item for item in body if not _is_bare_string(item)] or [ast.Pass()]  # type: ignore[attr-defined]
        if isinstance(child, ast.Call):
            child.keywords = [keyword for keyword in child.keywords if keyword.arg != "description"]
    return ast.unparse(tree)


def _is_bare_string(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


@cache
def _version(import_name: str) -> str:
    distribution = DISTRIBUTIONS.get(import_name, import_name)
    try:
        return metadata.version(distribution).split("+")[0]
    except metadata.PackageNotFoundError:
        named = metadata.packages_distributions().get(import_name)
        return metadata.version(named[0]).split("+")[0] if named else "unknown"


def _digest(text: str) -> str:
    return _digest_bytes(text.encode())


def _digest_bytes(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
