"""A recipe's mistakes are told all at once, in the recipe's own words, before anything runs."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from flows.check import source_config
from flows.named_files import contract_file, known_names, recipe_file
from flows.recipe import Recipe, load_recipe
from tasks.errors import RecipeError, SourceError
from tasks.ingestion.config import SourceConfig
from tasks.registration.config import Provenance
from tasks.yaml_values import read_yaml

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def place(gadfly_home, tmp_path, monkeypatch, tiny_base) -> Path:
    """A folder with data and `recipe.yaml`; the command is typed in another one."""
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "quotes.csv").write_text("quote,author\nHope is a waking dream.,Aristotle\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "other.csv").write_text("quote,author\n")
    monkeypatch.chdir(elsewhere)
    write(folder, base=tiny_base)
    return folder


def write(folder: Path, base: object = "", extra: str = "", **sections: str) -> Path:
    """Write a recipe with some sections replaced; an empty one is left out."""
    lines = {
        "name": "quotes",
        "source": "{path: data/quotes.csv, columns: {text: quote, author: author}}",
        "contract": "short_text",
        "prompt": "{template: 'Quote by {author}: {text}'}",
        "base": f"{{model: '{base}'}}",
        "registration": "{model: quotes}",
    } | sections
    text = "".join(f"{name}: {value}\n" for name, value in lines.items() if value)
    file = folder / "recipe.yaml"
    file.write_text(text + textwrap.dedent(extra), encoding="utf-8")
    return file


def load(place: Path, *overrides: str) -> Recipe:
    return load_recipe(str(place / "recipe.yaml"), overrides)


def message(place: Path, *overrides: str, error: type[Exception] = RecipeError) -> str:
    with pytest.raises(error) as caught:
        load(place, *overrides)
    return str(caught.value)


def test_a_recipe_is_read(place):
    recipe = load(place)
    assert recipe.name == "quotes"
    assert recipe.source.columns == {"text": "quote", "author": "author"}
    assert recipe.training.method == "lora"


def test_a_misspelled_key_is_told_with_the_nearest_one(place):
    assert message(place, "training.learnig_rate=0.1") == (
        f"{place}/recipe.yaml has 1 problem\n  training.learnig_rate: unknown key; did you mean learning_rate?"
    )
    assert "trainign: unknown key; did you mean training?" in message(place, "trainign.epochs=1")
    assert "training.lora.rnk: unknown key; did you mean rank?" in message(place, "training.lora.rnk=1")


def test_a_key_unlike_any_lists_the_known_ones(place):
    assert "tokenization.zzz: unknown key; known: max_seq_len, overlong, packing" in message(
        place, "tokenization.zzz=1"
    )


def test_all_problems_come_in_one_message(place, tiny_base):
    write(
        place,
        base=tiny_base,
        contract="",
        name="'bad name!'",
        extra="""
        training: {learnig_rate: 0.1, epochs: -1, method: adapter}
        evaluation: {temperature: hot}
        """,
    )
    told = message(place)
    assert told.startswith(f"{place}/recipe.yaml has 6 problems\n")
    for problem in (
        "name: ",
        "contract: is missing",
        "training.learnig_rate: unknown key; did you mean learning_rate?",
        "training.epochs: Input should be greater than 0 (is -1",
        "training.method: Input should be 'lora', 'frozen' or 'full' (is 'adapter')",
        "evaluation.temperature: Input should be a valid number (is 'hot')",
    ):
        assert f"\n  {problem}" in told, problem


def test_a_wrong_type_is_not_bent_into_the_right_one(place):
    assert "training.batch_size: " in message(place, "training.batch_size='32'")
    assert "training.batch_size: " in message(place, "training.batch_size=3.5")
    assert "tokenization.packing: " in message(place, "tokenization.packing='yes'")


@pytest.mark.parametrize("value", [".inf", ".nan", "-.inf"])
def test_a_number_must_be_finite(place, value):
    assert "training.max_grad_norm: " in message(place, f"training.max_grad_norm={value}")


def test_what_is_not_yaml_is_told_with_its_line(place):
    (place / "recipe.yaml").write_text("name: quotes\nsource: {path: a\ncontract: [\n")
    assert f"{place}/recipe.yaml is not YAML, line 3, column " in message(place)


def test_a_file_without_keys_is_told(place):
    (place / "recipe.yaml").write_text("- a\n- b\n")
    assert "holds no keys: a recipe starts with `name:`" in message(place)
    (place / "recipe.yaml").write_text("")
    assert "holds no keys" in message(place)


def test_a_file_that_is_not_text_is_told(place):
    (place / "recipe.yaml").write_bytes(b"name: \xff\xfe")
    assert "is not UTF-8 text: byte 6" in message(place)


@pytest.mark.parametrize(
    ("text", "number"),
    [("3e-4", 3e-4), ("3.0e-4", 3e-4), ("1E5", 1e5), ("+2e3", 2e3), (".5e1", 5.0), ("0.1", 0.1), ("7", 7)],
)
def test_numbers_are_numbers(text, number):
    assert read_yaml(text) == number
    assert type(read_yaml(text)) is type(number)


@pytest.mark.parametrize("text", ["3e", "e5", "1e5x", "gpt2", "2026-11-21", "1.2.3"])
def test_text_that_looks_like_a_number_or_date_stays_text(text):
    assert read_yaml(text) == text


def test_a_learning_rate_may_be_written_as_3e_minus_4(place, tiny_base):
    assert load(place, "training.learning_rate=3e-4").training.learning_rate == 3e-4
    write(place, base=tiny_base, extra="training: {learning_rate: 3e-4}\n")
    assert load(place).training.learning_rate == 3e-4


def test_a_recipes_paths_start_at_its_folder(place, tmp_path):
    assert load(place).source.path == str(place / "data" / "quotes.csv")


def test_a_recipes_paths_are_the_same_from_any_folder(place, monkeypatch):
    before = load(place)
    monkeypatch.chdir(place)
    assert load_recipe("recipe.yaml") == load_recipe("./recipe.yaml") == before


def test_an_overrides_path_starts_where_it_was_typed(place, tmp_path):
    assert load(place, "source.path=other.csv").source.path == str(tmp_path / "elsewhere" / "other.csv")
    told = message(place, "source.path=data/quotes.csv", error=SourceError)
    assert told.startswith(f"{tmp_path}/elsewhere/data/quotes.csv doesn't exist")


def test_a_misspelled_path_is_told_with_the_nearest_one(place):
    told = message(place, f"source.path={place}/data/qoutes.csv", error=SourceError)
    assert told.startswith(f"{place}/data/qoutes.csv doesn't exist; did you mean quotes.csv?\n")


def test_a_url_stays_a_url(place):
    assert load(place, "source.path=s3://bucket/quotes.csv").source.path == "s3://bucket/quotes.csv"


def test_a_file_url_is_a_path(place):
    expected = str(place / "data" / "quotes.csv")
    assert load(place, f"source.path=file://{expected}").source.path == expected
    assert source_config(f"file://{expected}").path == expected


def test_a_recipe_is_recorded_without_a_urls_credentials(place, tiny_base):
    source = "{path: 'https://me:pass@a.org/b.csv?sig=token', columns: {text: quote, author: author}}"
    write(place, base=tiny_base, source=source)
    recipe = load(place)
    assert recipe.source.path == "https://me:pass@a.org/b.csv?sig=token"
    assert recipe.as_params()["source.path"] == "https://a.org/b.csv"
    assert read_yaml(recipe.as_yaml())["source"]["path"] == "https://a.org/b.csv"


def test_a_hub_dataset_is_no_path(place):
    recipe = load(place, "source={hub: someone/quotes, revision: " + "a" * 40 + "}")
    assert (recipe.source.hub, recipe.source.path) == ("someone/quotes", "")


def test_a_hub_dataset_without_commit_needs_the_network(place):
    told = message(place, "source={hub: someone/quotes}", error=SourceError)
    assert "hub dataset someone/quotes: offline mode is on" in told


def test_a_general_text_is_a_path_too(place, tiny_base):
    (place / "general.txt").write_text("Some text.\n")
    write(place, base=tiny_base, extra="evaluation: {general: {path: general.txt}}\n")
    recipe = load(place)
    assert recipe.evaluation.general.path == str(place / "general.txt")


def test_named_files_are_paths_too_in_the_recipe_and_as_overrides(place, tiny_base):
    (place / "bench.jsonl").write_text('{"text": "Hope."}\n')
    write(place, base=tiny_base, extra="evaluation: {files: [{name: bench, path: bench.jsonl}]}\n")
    (file,) = load(place).evaluation.files
    assert (file.path, file.is_json_lines) == (str(place / "bench.jsonl"), True)
    (other,) = load(place, "evaluation.files=[{name: other, path: other.csv}]").evaluation.files
    assert (other.path, other.is_json_lines) == (str(Path.cwd() / "other.csv"), False)
    general = load(place, "evaluation.general={path: other.csv}").evaluation.general
    assert general.path == str(Path.cwd() / "other.csv")


@pytest.mark.parametrize(
    ("files", "told", "error"),
    [
        ("[{name: bench, path: none.jsonl}]", "none.jsonl doesn't exist", SourceError),
        ("[{name: bench, path: .}]", "evaluation.files.bench: must be a local file, is a folder", RecipeError),
        ("[{name: a b, path: other.csv}]", "evaluation.files.0.name: String should match", RecipeError),
        ("[{nam: a, path: other.csv}]", "evaluation.files.0.nam: unknown key; did you mean name?", RecipeError),
        ("[{name: a, path: other.csv}, {name: a, path: other.csv}]", "files: two are called a", RecipeError),
    ],
)
def test_a_named_file_that_cant_be_read_is_told(place, files, told, error):
    assert told in message(place, f"evaluation.files={files}", error=error)


@pytest.mark.parametrize("seeds", [1, 2])
def test_too_few_seeds_to_show_a_spread_are_an_error(place, seeds):
    assert (
        f"evaluation.noise: seeds: {seeds} can't show a spread; give at least 3 (the recipe's own counts), "
        "or 0 for the stated floor" in message(place, f"evaluation.noise.seeds={seeds}")
    )
    assert load(place, "evaluation.noise.seeds=3").evaluation.noise.seeds == 3


def test_what_scores_a_model_does_not_hold_what_compares_models(place):
    one, other = (load(place, f"evaluation.noise.floor={floor}") for floor in (0.01, 0.02))
    assert one.evaluation_config() == other.evaluation_config()
    assert one.comparison_config() != other.comparison_config()


def test_an_override_replaces_a_value_and_keeps_its_neighbours(place):
    recipe = load(place, "source.columns.author=quote", "training.epochs=2", "training.lora.rank=4")
    assert recipe.source.columns == {"text": "quote", "author": "quote"}
    assert (recipe.training.epochs, recipe.training.lora.rank, recipe.training.lora.alpha) == (2.0, 4, 32)


def test_the_last_override_counts(place):
    assert load(place, "training.epochs=2", "training.epochs=5").training.epochs == 5


@pytest.mark.parametrize("override", ["training.epochs", "=3", ""])
def test_an_override_is_a_key_and_a_value(place, override):
    assert f"-s {override}: an override is key=value, such as training.epochs=2" in message(place, override)


def test_an_override_that_is_not_yaml_is_told(place):
    assert "-s training.epochs=[: the value is not YAML" in message(place, "training.epochs=[")


@pytest.mark.parametrize("base", ["./nowhere", "/nowhere/at/all", "~/nowhere-at-all"])
def test_a_base_path_that_isnt_one_is_told(place, base):
    told = message(place, f"base.model={base}")
    assert "base.model: " in told
    assert "neither a model folder nor a hub id" in told


def test_a_folder_that_is_no_model_is_told_with_all_it_lacks(place):
    told = message(place, f"base.model={place}/data")
    assert f"base.model: {place}/data is not a model folder: config.json is missing; " in told
    assert "no *.safetensors (pickled weights such as pytorch_model.bin are never read; convert them)" in told
    assert "no tokenizer files" in told


def test_a_hub_base_that_isnt_downloaded_is_told_without_network(place):
    told = message(place, "base={model: someone/model, revision: " + "a" * 40 + "}")
    assert "base.model: someone/model at aaaaaaaaaaaa is not downloaded and can't be" in told


def test_a_length_beyond_the_models_is_told(place):
    assert message(place, "tokenization.max_seq_len=65") == (
        f"{place}/recipe.yaml has 1 problem\n  tokenization.max_seq_len: 65, but the base reads at most 64 tokens"
    )
    assert load(place, "tokenization.max_seq_len=64").tokenization.max_seq_len == 64


def test_more_frozen_blocks_than_the_base_has_are_told_beside_other_misfits(place):
    told = message(place, "training.method=frozen", "training.freeze.first_blocks=3", "tokenization.max_seq_len=1000")
    assert "has 2 problems" in told
    assert "training.freeze.first_blocks: 3, but the base has 2 blocks" in told
    assert "tokenization.max_seq_len: 1,000, but the base reads at most 64 tokens" in told


def test_a_template_that_names_no_column_is_told(place):
    assert message(place, "prompt.template='{auhtor}: {text}'") == (
        "prompt names {auhtor}, which is no column; did you mean {author}?\n"
        "  columns: text, author (mapped in source.columns)"
    )


def test_a_template_that_reaches_into_objects_is_told(place):
    assert "{text.__class__} in '{text.__class__}': a field is a column's name and nothing else" in message(
        place, "prompt.template='{text.__class__}'"
    )


def test_an_unknown_recipe_is_told_with_the_nearest_name(gadfly_home):
    (gadfly_home / "recipes").mkdir()
    (gadfly_home / "recipes" / "proverbs.yaml").touch()
    with pytest.raises(RecipeError) as caught:
        load_recipe("probervs")
    first, second = str(caught.value).splitlines()
    assert first == "no recipe is called probervs; did you mean proverbs?"
    assert second == f"  there are: {', '.join(known_names('recipes'))}; a path works too"
    assert {"demo", "proverbs"} <= set(known_names("recipes"))


def test_a_recipe_path_that_isnt_there_is_told(place, tmp_path):
    with pytest.raises(RecipeError, match=r"recipe mine\.yaml doesn't exist\n  seen from .*/elsewhere"):
        load_recipe("mine.yaml")


def test_an_unknown_contract_is_told_with_the_nearest_name(place):
    assert "no contract is called short_txt; did you mean short_text?" in message(place, "contract=short_txt")


def test_a_contract_may_be_a_file_beside_the_recipe(place, tiny_base):
    text = contract_file("short_text").read_text()
    (place / "strict.yaml").write_text(text.replace("name: short_text", "name: strict"))
    write(place, base=tiny_base, contract="strict.yaml")
    assert load(place).validation_config().contract.name == "strict"


def test_a_homes_own_recipe_comes_before_the_checkouts(gadfly_home):
    (gadfly_home / "recipes").mkdir()
    (gadfly_home / "recipes" / "demo.yaml").touch()
    assert recipe_file("demo") == gadfly_home / "recipes" / "demo.yaml"


def test_a_recipe_written_out_reads_back_the_same(place):
    recipe = load(place, "training.epochs=0.1", "source.licence=MIT")
    (place / "whole.yaml").write_text(recipe.as_yaml())
    assert load_recipe(str(place / "whole.yaml")) == recipe


def test_params_hold_every_value_by_its_dotted_key(place):
    params = load(place, "training.lora.rank=4").as_params()
    assert params["training.lora.rank"] == 4
    assert params["source.columns.text"] == "quote"
    assert params["tokenization.packing"] is True


RECIPES = sorted((ROOT / "recipes").glob("*.yaml"))


def test_there_are_recipes():
    assert RECIPES


@pytest.mark.parametrize("file", RECIPES, ids=lambda file: file.stem)
def test_every_recipe_of_the_house_is_valid(file, gadfly_home):
    """Every key and value; whether a hub base or dataset is to be had is not asked."""
    recipe = Recipe.model_validate_json(json.dumps(read_yaml(file.read_text(encoding="utf-8"))))
    assert recipe.name == file.stem
    assert f"gadfly run {file.stem}" in file.read_text(encoding="utf-8").split("name:")[0]
    if "/" not in recipe.contract:
        assert contract_file(recipe.contract).is_file()


def test_forgetting_is_not_measured_on_what_is_replayed(place):
    Path("one.txt").write_text("The heron waits.\n")
    Path("two.txt").write_text("The heron waits.\n")
    told = message(place, "training.replay.path=one.txt", "evaluation.general.path=two.txt")
    assert "training.replay.path: " in told
    assert "forgetting would be measured on what was trained on" in told


def test_more_upper_blocks_than_the_base_has_are_told_before_anything_runs(place):
    assert "training.lora.upper_blocks: 3, but the base has 2 blocks" in message(place, "training.lora.upper_blocks=3")


def test_pefts_options_are_checked_with_the_recipe(place):
    assert load(place, "training.lora.peft={use_dora: true, rank_pattern: {c_attn: 4}}").training.lora.peft.use_dora
    told = message(place, "training.lora.peft.use_drora=true")
    assert "training.lora.peft.use_drora: unknown key; did you mean use_dora?" in told
    assert "training.lora.peft.init_lora_weights: " in message(place, "training.lora.peft.init_lora_weights=pissa")


def test_a_path_on_this_machine_is_no_origin(place):
    assert load(place).provenance() == Provenance()
    assert load(place, "source.origin=a shoe box", "source.licence=MIT").provenance() == Provenance(
        licence="MIT", origin="a shoe box"
    )
    recipe = load(place)
    for source, origin in (
        ({"hub": "someone/quotes"}, "someone/quotes on the Hugging Face hub"),
        ({"path": "https://ann:secret@example.com/q.csv"}, "https://example.com/q.csv"),
    ):
        assert recipe.model_copy(update={"source": SourceConfig(**source)}).provenance().origin == origin
