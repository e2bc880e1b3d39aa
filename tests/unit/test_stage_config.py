"""Configs are strict and frozen, and know which of their values are paths."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import Field, ValidationError

from tasks.json_files import canonical_json
from tasks.stage_config import DisplayOnly, LocalPath, StageConfig, content_paths, dotted, key_material


class Inner(StageConfig):
    path: LocalPath = ""
    rate: float = 0.1


class Outer(StageConfig):
    """A config with every kind of field."""

    count: int = Field(default=1, ge=1)
    """How many."""
    inner: Inner = Inner()
    several: tuple[Inner, ...] = ()
    title: Annotated[str, DisplayOnly()] = ""
    folder: LocalPath = ""
    by_name: dict[str, str] = Field(default_factory=dict)


def material(config):
    return key_material(config, lambda path: f"digest of {path}")


def test_an_unknown_key_is_an_error():
    with pytest.raises(ValidationError, match="conut"):
        Outer.model_validate({"conut": 2})


@pytest.mark.parametrize("values", [{"count": "2"}, {"count": 2.5}, {"count": True}, {"title": 3}, {"inner": "x"}])
def test_a_wrong_type_is_an_error(values):
    with pytest.raises(ValidationError):
        Outer.model_validate(values)


@pytest.mark.parametrize("rate", [float("nan"), float("inf")])
def test_a_number_must_be_finite_for_a_key_is_made_of_it(rate):
    with pytest.raises(ValidationError, match="finite"):
        Inner(rate=rate)


def test_a_config_cant_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        Outer().count = 3


def test_a_fields_docstring_is_its_help():
    assert Outer.model_fields["count"].description == "How many."


def test_paths_become_digests_at_any_depth():
    config = Outer(folder="/a", inner=Inner(path="/b"), several=(Inner(path="/c"),))
    made = material(config)
    assert made["folder"] == "digest of /a"
    assert made["inner"]["path"] == "digest of /b"
    assert made["several"][0]["path"] == "digest of /c"


def test_a_path_that_isnt_given_is_not_asked_for():
    def refuse(path):
        raise AssertionError(path)

    assert key_material(Outer(), refuse)["folder"] == ""


def test_display_only_values_are_left_out():
    assert "title" not in material(Outer())
    assert material(Outer(title="a")) == material(Outer(title="b"))


def test_every_other_value_counts():
    plain = material(Outer())
    assert set(plain) == set(Outer.model_fields) - {"title"}
    for changed in (
        Outer(count=2),
        Outer(folder="/x"),
        Outer(inner=Inner(rate=0.2)),
        Outer(several=(Inner(),)),
        Outer(by_name={"a": "b"}),
    ):
        assert material(changed) != plain


def test_a_whole_number_given_for_a_fraction_is_the_same_number():
    assert canonical_json(material(Inner(rate=1))) == canonical_json(material(Inner(rate=1.0)))


def test_content_paths_lists_the_paths_that_are_given():
    assert content_paths(Outer(folder="/a", inner=Inner(path="/b"))) == ["/b", "/a"]
    assert content_paths(Outer()) == []


def test_nested_values_are_named_by_their_dotted_key():
    values = {"a": 1, "b": {"c": {"d": None}, "e": {}}}
    assert dotted(values) == {"a": 1, "b.c.d": None, "b.e": {}}


def test_paths_in_a_list_of_configs_are_found():
    config = Outer(several=(Inner(path="a"), Inner(path="b")), inner=Inner(path="c"), folder="d")
    assert sorted(content_paths(config)) == ["a", "b", "c", "d"]
