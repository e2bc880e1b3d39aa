"""YAML as recipes and contracts read it."""

from __future__ import annotations

import math
import re
from typing import Any

import yaml

MAX_VALUES = 100_000
"""Keys and values of a file with every alias written out; the largest recipe has hundreds."""
MAX_DIGITS = 100


class _Loader(yaml.SafeLoader):
    """YAML 1.2's numbers (`3e-4` is one, which PyYAML takes for text), and no dates: a date stays what was written.

    A key given twice is an error, where PyYAML would silently keep the last.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key.value!r} is given twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        """A whole number of 64 bits; none of ours is larger, and larger ones can't even be printed."""
        if len(node.value) <= MAX_DIGITS and -(2**63) <= (number := super().construct_yaml_int(node)) < 2**63:
            return int(number)
        raise yaml.constructor.ConstructorError(None, None, "a number is too large", node.start_mark)


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)$"),
    list("-+.0123456789"),
)


def read_yaml(text: str) -> Any:
    """The values of a YAML text.

    A few lines of aliases of aliases can stand for billions of values ("billion laughs"), so what they stand for is
    counted before any of it is built.

    Raises:
        yaml.YAMLError: It is none, or holds more than anyone writes by hand.
    """
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return None
        if _size(root, {}) > MAX_VALUES:
            raise yaml.constructor.ConstructorError(
                None, None, f"its aliases stand for more than {MAX_VALUES:,} values, or for themselves", root.start_mark
            )
        return loader.construct_document(root)
    except RecursionError as error:
        raise yaml.YAMLError("its values are nested too deep") from error
    except (ValueError, OverflowError) as error:  # what Python's own numbers refuse
        raise yaml.YAMLError(str(error)) from error
    finally:
        loader.dispose()


def _size(node: yaml.Node, known: dict[int, float]) -> float:
    """Values under a node, an alias's counted each time; infinite where an alias stands for what it is part of."""
    if id(node) not in known:
        known[id(node)] = math.inf
        parts = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
        known[id(node)] = 1 + (0 if isinstance(node, yaml.ScalarNode) else sum(_size(part, known) for part in parts))
    return known[id(node)]
