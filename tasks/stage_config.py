"""What every stage's config is made of: strict, frozen, and with paths that are told apart from values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict


class StageConfig(BaseModel):
    """Strict and frozen: unknown keys and wrong types are errors, and a field's docstring is its help text."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    def key_extra(self) -> dict[str, Any]:
        """What enters the cache key besides the fields: what a path's name says, where that decides how it is read."""
        return {}


class ContentPath:
    """Marks a field that names a file, folder or URL: its content enters the cache key, its name never does."""


class DisplayOnly:
    """Marks a field that changes what a person sees and nothing that is computed: it never enters a cache key."""


LocalPath = Annotated[str, ContentPath()]


def content_paths(config: BaseModel) -> list[str]:
    """Every path that a config names, for checks that they exist before anything runs."""
    found: list[str] = []
    for name, field in type(config).model_fields.items():
        value = getattr(config, name)
        if value and any(isinstance(mark, ContentPath) for mark in field.metadata):
            found += [value] if isinstance(value, str) else value
        else:
            inside = value if isinstance(value, tuple) else (value,)
            found += [path for item in inside if isinstance(item, BaseModel) for path in content_paths(item)]
    return found


def dotted(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested values by their dotted key; a mapping that is empty stays a value."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            flat |= dotted(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def key_material(config: BaseModel, identify: Any) -> dict[str, Any]:
    """A config as plain JSON values for a cache key.

    Args:
        config: A stage's config.
        identify: Maps a path or URL to the digest of its content.

    Returns:
        Field names to values; paths are replaced by digests, display-only fields left out, and `key_extra` added.
    """
    material: dict[str, Any] = {}
    for name, field in type(config).model_fields.items():
        value = getattr(config, name)
        if any(isinstance(mark, DisplayOnly) for mark in field.metadata):
            continue
        if value and any(isinstance(mark, ContentPath) for mark in field.metadata):
            value = identify(value) if isinstance(value, str) else [identify(path) for path in value]
        elif isinstance(value, BaseModel):
            value = key_material(value, identify)
        elif isinstance(value, (list, tuple)):
            value = [key_material(item, identify) if isinstance(item, BaseModel) else item for item in value]
        material[name] = value
    return material | config.key_extra() if isinstance(config, StageConfig) else material
