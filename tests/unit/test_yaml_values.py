"""YAML as recipes and contracts read it."""

from __future__ import annotations

import pytest
import yaml

from tasks.yaml_values import read_yaml


def test_an_exponent_without_a_point_is_a_number() -> None:
    assert read_yaml("rate: 3e-4") == {"rate": 3e-4}


def test_a_date_stays_the_text_that_was_written() -> None:
    assert read_yaml("revision: 2024-01-02") == {"revision": "2024-01-02"}


def test_a_key_given_twice_is_an_error_and_not_the_last_one() -> None:
    with pytest.raises(yaml.YAMLError, match="key 'epochs' is given twice"):
        read_yaml("training:\n  epochs: 1\n  epochs: 2\n")


def test_python_objects_are_never_made() -> None:
    with pytest.raises(yaml.YAMLError, match="could not determine a constructor"):
        read_yaml("name: !!python/object/apply:os.system ['true']")
