"""An end token that the tokenizer has can be named; one that it splits into text is told, with those that it has."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tasks.base_files import BaseConfig, base_folder, resolve_base
from tasks.base_tokenizer import load_tokenizer
from tasks.errors import RecipeError
from tasks.tokenization.special_tokens import end_token_problem
from tasks.tokenizer_settings import with_settings


@pytest.fixture
def endless_base(tiny_base: Path, tmp_path: Path) -> Path:
    """As Galactica's: the token is there, and nothing says that it ends a text."""
    folder = tmp_path / "endless"
    shutil.copytree(tiny_base, folder)
    file = folder / "tokenizer_config.json"
    settings = json.loads(file.read_text())
    settings.pop("eos_token")
    file.write_text(json.dumps(settings))
    (folder / "special_tokens_map.json").unlink(missing_ok=True)
    return folder


def test_a_named_end_token_ends_texts_and_the_bases_own_files_stay(gadfly_home, endless_base):
    assert "names no end token" in end_token_problem(load_tokenizer(endless_base))
    folder = with_settings(endless_base, "<|endoftext|>")
    tokenizer = load_tokenizer(folder)
    assert end_token_problem(tokenizer) == ""
    assert len(tokenizer) == len(load_tokenizer(endless_base))
    assert (folder / "model.safetensors").resolve() == (endless_base / "model.safetensors").resolve()
    assert with_settings(endless_base, "<|endoftext|>") == folder
    assert with_settings(endless_base) == endless_base


def test_a_base_that_is_saved_again_is_not_read_half_old(gadfly_home, endless_base):
    before = with_settings(endless_base, "<|endoftext|>")
    (endless_base / "chat_template.jinja").write_text("{{ messages }}", encoding="utf-8")
    after = with_settings(endless_base, "<|endoftext|>")
    assert after != before
    assert (after / "chat_template.jinja").is_file()


def test_an_end_token_that_becomes_plain_text_is_told_with_the_one_there_is(gadfly_home, endless_base):
    with pytest.raises(
        RecipeError,
        match=r"base\.end_token: '</s>' is plain text to the base's tokenizer: it becomes 4 tokens "
        r"\['<', '/', 's', '>'\]"
        r"\n  name a token that it has: <\|endoftext\|>",
    ):
        with_settings(endless_base, "</s>")


def test_what_is_set_is_a_part_of_what_the_base_is(gadfly_home, endless_base):
    plain = resolve_base(BaseConfig(model=str(endless_base)))
    ended = resolve_base(BaseConfig(model=str(endless_base), end_token="<|endoftext|>"))
    assert plain.digest != ended.digest
    assert load_tokenizer(base_folder(plain)).eos_token is None
    assert load_tokenizer(base_folder(ended)).eos_token == "<|endoftext|>"
    assert plain == resolve_base(BaseConfig(model=str(endless_base)))
