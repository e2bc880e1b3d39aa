"""The code and libraries that a stage's function runs, as digests.

Prefect's own policy hashes the lines of the task alone, so an edit one module further gives stale results. Here the
function's imports are followed through the project's own modules, nested imports too. Comments, docstrings, help
texts and layout don't count: each module is parsed, bare strings and `description=` dropped, and printed again by
`ast.unparse` (whose text is the same in every Python version that reads it, unlike `ast.dump`).
Reading and parsing costs about 5 ms a module and process.
"""

from __future__ import annotations

import ast
import hashlib
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

PLUMBING_FORMAT = 1
"""Raise it when plumbing changes in a way that must make every stage run again."""

PLUMBING = frozenset(
    f"tasks.{name}"
    for name in (
        "artifacts",
        "base_files",
        "caching",
        "code_identity",
        "errors",
        "home",
        "identity",
        "locks",
        "progress",
        "stage_config",
        "stages",
    )
) | {"tasks", "tasks.tracking"}
"""Modules that carry work and don't do it: left out, so that a better error message doesn't train for 13 hours."""

ORCHESTRATOR = "prefect"
FIRST_PARTY = "tasks"
ROOT = Path(__file__).resolve().parent.parent

DISTRIBUTIONS = {"yaml": "PyYAML", "sklearn": "scikit-learn", "PIL": "pillow", "zstandard": "zstandard"}
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
    module = sys.modules[function.__module__]
    nodes = _used_nodes(module, function.__name__)
    name = f"{function.__module__}:{function.__name__}"
    modules = {name: _digest("\n".join(_normalised(node) for node in nodes))}
    libraries: set[str] = set()
    queue = [found for node in nodes for found in _imports(node)]
    while queue:
        imported = queue.pop()
        if imported.split(".")[0] != FIRST_PARTY:
            libraries.add(imported.split(".")[0])
        elif imported not in modules and imported not in PLUMBING:
            path = _module_path(imported)
            if path is not None:
                facts = _module_facts(path)
                modules[imported] = facts.digest
                queue += facts.imports
                modules |= _other_files(path.parent)
    versions = {name: _version(name) for name in libraries - {ORCHESTRATOR} if name not in sys.stdlib_module_names}
    return CodeIdentity(modules=dict(sorted(modules.items())), libraries=dict(sorted(versions.items())))


def _used_nodes(module: ModuleType, function: str) -> list[ast.AST]:
    """The function's definition and the top-level statements of its module that it needs, in the module's order."""
    assert module.__file__ is not None
    defined: dict[str, ast.stmt] = {}
    tree = _parsed(Path(module.__file__))
    for top_level in tree.body:
        for name in _bound_names(top_level):
            defined[name] = top_level
    needed: dict[ast.stmt, ast.AST] = {}
    queue = [function]
    while queue:
        name = queue.pop()
        statement = defined.get(name)
        if statement is None or statement in needed:
            continue
        needed[statement] = _undecorated(statement) if name == function else statement
        queue += [node.id for node in ast.walk(needed[statement]) if isinstance(node, ast.Name)]
    return [needed[top_level] for top_level in tree.body if top_level in needed]


def _undecorated(statement: ast.stmt) -> ast.AST:
    """A copy of a task's function without what Prefect is told about it."""
    (copy,) = _parse(ast.unparse(statement)).body
    assert isinstance(copy, ast.FunctionDef)
    copy.decorator_list = []
    return copy


def _bound_names(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, (ast.Import, ast.ImportFrom)):
        for alias in statement.names:
            yield alias.asname or alias.name.split(".")[0]
    elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


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
    base = ROOT.joinpath(*name.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def _other_files(folder: Path) -> dict[str, str]:
    """The files beside a stage's modules that aren't Python (templates, word lists), by path from the root."""
    if folder.name == FIRST_PARTY:
        return {}
    return {
        path.relative_to(ROOT).as_posix(): _digest_bytes(path.read_bytes())
        for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix not in {".py", ".pyc"} and not path.name.startswith(".")
    }


def _parse(source: str) -> ast.Module:
    """Parse code, and again where CPython 3.11 mistook another thread's parsing for an error of this one.

    It counts the depth of all threads together: https://github.com/python/cpython/issues/106905.
    """
    for _ in range(20):
        try:
            return ast.parse(source)
        except SystemError:
            time.sleep(0.01)
    return ast.parse(source)


@cache
def _parsed_at(path: Path, mtime_ns: int) -> ast.Module:
    return _parse(path.read_text(encoding="utf-8"))


def _parsed(path: Path) -> ast.Module:
    return _parsed_at(path, path.stat().st_mtime_ns)


class _ModuleFacts(NamedTuple):
    digest: str
    imports: tuple[str, ...]


@cache
def _module_facts_at(path: Path, mtime_ns: int) -> _ModuleFacts:
    tree = _parsed_at(path, mtime_ns)
    return _ModuleFacts(_digest(_normalised(tree)), tuple(_imports(tree)))


def _module_facts(path: Path) -> _ModuleFacts:
    return _module_facts_at(path, path.stat().st_mtime_ns)


def _normalised(node: ast.AST) -> str:
    """The code's text without bare strings and `description=`."""
    tree = _parse(ast.unparse(node))
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
