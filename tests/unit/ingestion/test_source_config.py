"""SourceConfig: exactly one source, and canonical names that a template can use."""

import json

import pytest
from pydantic import ValidationError

from tasks.ingestion.config import RESERVED_NAMES, SourceConfig
from tasks.stage_config import content_paths, key_material


def test_a_recipes_source_is_read_from_json():
    config = SourceConfig.model_validate_json(json.dumps({"path": "quotes.csv", "columns": {"text": "quote"}}))
    assert config.columns == {"text": "quote"}
    assert content_paths(config) == ["quotes.csv"]


@pytest.mark.parametrize(("given", "seen"), [({}, "neither is given"), ({"path": "a", "hub": "b/c"}, "both are given")])
def test_exactly_one_of_path_and_hub_is_asked_for(given, seen):
    with pytest.raises(ValidationError, match=f"give exactly one of path and hub; {seen}"):
        SourceConfig(**given)


@pytest.mark.parametrize("name", sorted(RESERVED_NAMES))
def test_a_reserved_canonical_name_is_refused(name):
    with pytest.raises(ValidationError, match=rf"columns\.{name}: reserved"):
        SourceConfig(path="a.csv", columns={name: "x"})


def test_a_canonical_name_that_no_template_can_hold_is_refused():
    with pytest.raises(ValidationError, match=r"columns\.my text: a canonical name is"):
        SourceConfig(path="a.csv", columns={"my text": "x"})


def test_every_field_has_a_help_text():
    assert all(field.description for field in SourceConfig.model_fields.values())


def test_the_format_that_a_name_stands_for_is_in_the_key_and_the_name_is_not(tmp_path):
    def key(path, **options):
        return key_material(SourceConfig(path=str(path), **options), lambda _: "digest")

    assert key("/a/corpus.csv") == key("file:///b/other.CSV.gz") == key("https://me@a.org/b.csv?c=d.txt")
    assert key("/a/corpus.csv") != key("/a/corpus.txt")
    assert key("zip://a.csv::https://a.org/b.zip") == key("/a/corpus.csv")
    assert key("/a/corpus.csv", format="csv") == key("/a/corpus.txt", format="csv")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "folder").mkdir()
    assert key(tmp_path / "folder.csv") == key(tmp_path / "folder")
