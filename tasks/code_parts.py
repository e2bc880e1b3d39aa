"""Which statements of a module one of its functions needs."""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator

_OWN_SCOPE = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
"""Expressions whose names are their own; only `:=` reaches out of them."""

_FOR_TYPE_CHECKERS = ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def used_nodes(tree: ast.Module, function: str) -> list[ast.AST]:
    """The function's definition and the top-level statements of its module that it needs, in the module's order."""
    defined: dict[str, list[ast.stmt]] = {}
    for top_level in tree.body:
        for name in _bound_names(top_level):
            defined.setdefault(name, []).append(top_level)
    needed: dict[ast.stmt, ast.AST] = {}
    queue = [function]
    while queue:
        name = queue.pop()
        for statement in defined.get(name, []):
            if statement not in needed:
                needed[statement] = _undecorated(statement) if name == function else statement
                queue += [node.id for node in ast.walk(needed[statement]) if isinstance(node, ast.Name)]
    return [needed[top_level] for top_level in tree.body if top_level in needed]


def _undecorated(statement: ast.stmt) -> ast.AST:
    """A copy of a task's function without what Prefect is told about it; other statements stay whole."""
    (copy,) = parse(ast.unparse(statement)).body
    if isinstance(copy, (ast.FunctionDef, ast.AsyncFunctionDef)):
        copy.decorator_list = []
    return copy


def _bound_names(node: ast.AST) -> Iterator[str]:
    """The names that a top-level statement binds or changes (`TABLE["a"] = 1`), those inside its blocks too."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, _OWN_SCOPE):
        yield from (inner.target.id for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr))
    else:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
            yield from (inner.id for inner in ast.walk(node.value) if isinstance(inner, ast.Name))
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            yield node.name
        elif isinstance(node, ast.MatchMapping) and node.rest:
            yield node.rest
        for child in ast.iter_child_nodes(node):
            yield from _bound_names(child)


def parse(source: str) -> ast.Module:
    """Parse code, and again where CPython 3.11 mistook another thread's parsing for an error of this one.

    It counts the depth of all threads together: https://github.com/python/cpython/issues/106905.
    """
    for _ in range(20):
        try:
            return ast.parse(source)
        except SystemError:
            time.sleep(0.01)
    return ast.parse(source)


def is_for_type_checkers(node: ast.stmt) -> bool:
    """Whether it is `if TYPE_CHECKING:`, whose imports are never run."""
    return isinstance(node, ast.If) and ast.unparse(node.test) in _FOR_TYPE_CHECKERS and not node.orelse
