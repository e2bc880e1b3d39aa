"""What is in a key and what isn't: every setting of a recipe is read by something, and processes agree."""

from __future__ import annotations

import ast
import json
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from flows.recipe import Recipe, load_recipe
from tasks.errors import GadflyError

CHECKOUT = Path(__file__).resolve().parents[2]

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FROZEN = ["training.lora=null", "training.method=frozen", "training.freeze={}"]
HALVES = ["prompt.template=''", "prompt.prompt='By {author}:'", "prompt.completion=' {text}'"]
HUB = ["source.path=''", "source.hub=someone/something", f"source.revision={COMMIT}"]
NOT_DOWNLOADED = f"some/model at {COMMIT[:12]} is not downloaded"

CHANGES: dict[str, tuple[list[str], str]] = {
    "source.path": ([], "source.path=other.csv"),
    "source.hub": (HUB, "source.hub=someone/else"),
    "source.revision": (HUB, f"source.revision={COMMIT[::-1]}"),
    "source.subset": (HUB, "source.subset=small"),
    "source.hub_split": (HUB, "source.hub_split=test"),
    "source.format": ([], "source.format=csv"),
    "source.encoding": ([], "source.encoding=utf-8"),
    "source.unit": (["source.format=text"], "source.unit=paragraph"),
    "source.columns": ([], "source.columns={text: author, author: text}"),
    "source.licence": ([], "source.licence=CC0"),
    "contract": ([], "contract=short_text"),
    "validation.holdout_fraction": ([], "validation.holdout_fraction=0.2"),
    "validation.split_seed": ([], "validation.split_seed=1"),
    "prompt.template": ([], "prompt.template='{text}'"),
    "prompt.prompt": (HALVES, "prompt.prompt='{author} says'"),
    "prompt.completion": (HALVES, "prompt.completion=' \"{text}\"'"),
    "base.model": ([], "base.model=./other_base"),
    "tokenization.max_seq_len": ([], "tokenization.max_seq_len=64"),
    "tokenization.overlong": ([], "tokenization.overlong=reject"),
    "tokenization.packing": ([], "tokenization.packing=false"),
    "training.method": (["training.lora=null"], "training.method=full"),
    "training.lora.rank": ([], "training.lora.rank=2"),
    "training.lora.alpha": ([], "training.lora.alpha=16"),
    "training.lora.dropout": ([], "training.lora.dropout=0.1"),
    "training.lora.target_modules": ([], "training.lora.target_modules=c_attn"),
    "training.freeze.first_blocks": (FROZEN, "training.freeze.first_blocks=1"),
    "training.freeze.embeddings": (FROZEN, "training.freeze.embeddings=true"),
    "training.learning_rate": ([], "training.learning_rate=0.002"),
    "training.epochs": ([], "training.epochs=0.5"),
    "training.batch_size": ([], "training.batch_size=16"),
    "training.warmup_fraction": ([], "training.warmup_fraction=0.1"),
    "training.schedule": ([], "training.schedule=linear"),
    "training.weight_decay": ([], "training.weight_decay=0.1"),
    "training.max_grad_norm": ([], "training.max_grad_norm=0.5"),
    "training.precision": ([], "training.precision=auto"),
    "training.seed": ([], "training.seed=43"),
    "evaluation.general.path": ([], "evaluation.general.path=other.txt"),
    "evaluation.general.max_paragraphs": ([], "evaluation.general.max_paragraphs=1"),
    "evaluation.probes.in_domain": ([], "evaluation.probes.in_domain=['The Owl']"),
    "evaluation.probes.out_of_domain": ([], "evaluation.probes.out_of_domain=['The wind']"),
    "evaluation.samples_per_probe": ([], "evaluation.samples_per_probe=2"),
    "evaluation.max_new_tokens": ([], "evaluation.max_new_tokens=9"),
    "evaluation.temperature": ([], "evaluation.temperature=0.5"),
    "evaluation.seed": ([], "evaluation.seed=1"),
}
"""Setting -> (what must be set to make it matter, another valid value): some stage's key must change."""

ELSEWHERE = {"name", "base.revision", "registration.model"}
"""Settings that are no stage's; each has a test of its own below."""


def settings(model: type[BaseModel] = Recipe, prefix: str = "") -> Iterator[tuple[str, type[BaseModel], str]]:
    """Every setting as dotted key, the model it belongs to and its name there."""
    for name, field in model.model_fields.items():
        kinds = [kind for kind in (field.annotation, *typing.get_args(field.annotation)) if isinstance(kind, type)]
        section = next((kind for kind in kinds if issubclass(kind, BaseModel)), None)
        if section is None:
            yield f"{prefix}{name}", model, name
        else:
            yield from settings(section, f"{prefix}{name}.")


class Keys:
    """Goes through the chain as a run does, and only makes the keys; an output is named by the key it came from."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}

    def __call__(self, task: Any, **arguments: Any) -> Any:
        from tasks import home
        from tasks.artifacts import ArtifactRef
        from tasks.caching import stage_key, stage_name

        digest = stage_key(task.fn, arguments, home.hash_memo()).digest
        self.keys[stage_name(task)] = digest

        class Outputs(dict[str, ArtifactRef]):
            def __missing__(self, kind: str) -> ArtifactRef:
                return ArtifactRef(kind=kind, digest=f"sha256:{digest}")

        return Outputs()

    def require(self, check: Any, artifact: Any) -> None:
        """There is no data to be checked."""


def keys_of(bench: Any, *overrides: str) -> dict[str, str]:
    from flows.chain import chain

    keys = Keys()
    bench.call(lambda: chain(load_recipe(str(bench.recipe), overrides), keys))
    return keys.keys


@pytest.fixture(scope="module")
def place(new_bench: Any, make_model: Any, tiny_tokenizer: Any) -> Iterator[Any]:
    """A bench with an empty home, and other files that settings can point to; commands are typed in its folder."""
    bench = new_bench()
    make_model("GPT2", seed=1, n_positions=128).save_pretrained(bench.folder / "other_base")
    tiny_tokenizer.save_pretrained(bench.folder / "other_base")
    (bench.folder / "other.csv").write_text("text,author\nA short row of words.,Me\n")
    (bench.folder / "other.txt").write_text("Another general text.\n")
    patch = pytest.MonkeyPatch()
    patch.chdir(bench.folder)
    yield bench
    patch.undo()


def test_every_setting_has_a_change():
    known = {key for key, _, _ in settings()}
    assert len(known) > 40
    assert known == CHANGES.keys() | ELSEWHERE, "a new setting needs a line in CHANGES"


@pytest.mark.parametrize("setting", CHANGES)
def test_every_setting_changes_some_stages_key(place: Any, setting: str):
    context, change = CHANGES[setting]
    assert change.startswith(f"{setting}=")
    before, after = keys_of(place, *context), keys_of(place, *context, change)
    assert before == keys_of(place, *context)
    assert len(before) == 6
    assert before != after, f"{setting} changes no stage's key: nothing reads it"


def test_every_setting_is_read_by_the_code():
    """A key holds a stage's whole config, so a key that changes doesn't prove that anything reads the setting."""
    read: set[str] = set()
    for file in [*CHECKOUT.glob("tasks/**/*.py"), *CHECKOUT.glob("flows/**/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id == "self"):
                read.add(node.attr)
    unread = [key for key, _, name in settings() if name not in read]
    assert unread == []


def test_the_recipes_name_names_the_run(place: Any):
    from flows.planning import plan

    assert place.call(plan, str(place.recipe), ["name=other"])["recipe"] == "other"
    assert keys_of(place) == keys_of(place, "name=other")


def test_the_registered_models_name_is_the_recipes(bench: Any):
    renamed = bench.run("registration.model=other")
    assert renamed["stages"]["training"]["state"] == "cached"
    assert renamed["model"]["name"] == "other"
    assert bench.versions("other") == [1]
    assert bench.versions() == [1]


def test_a_hub_models_revision_is_the_one_that_is_wanted(place: Any):
    with pytest.raises(GadflyError, match=NOT_DOWNLOADED):
        keys_of(place, "base.model=some/model", f"base.revision={COMMIT}")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("base.revision=main", r"base\.revision: .*base\.model is a folder"),
        ("source.revision=main", r"source\.revision: .*source\.path"),
        ("source.subset=small", r"source\.subset: .*source\.path"),
        ("source.hub_split=test", r"source\.hub_split: .*source\.path"),
    ],
)
def test_a_setting_that_nothing_would_read_is_an_error(place: Any, override: str, message: str):
    with pytest.raises(GadflyError, match=message):
        keys_of(place, override)


def test_two_processes_compute_the_same_keys(bench: Any, tmp_path: Path):
    """Under another hash seed and from another folder; the files lie under other paths than in the first run."""
    plans = []
    for seed, folder in (("1", tmp_path), ("2", bench.folder)):
        done = bench.cli("plan", str(bench.recipe), "--json", cwd=folder, env={"PYTHONHASHSEED": seed})
        assert done.code == 0, done.stderr
        plans.append(done.json)
    assert plans[0] == plans[1]
    stages = dict(plans[0]["stages"])
    assert stages.pop("registration")["state"] == "would run"
    assert {facts["state"] for facts in stages.values()} == {"cached"}
    assert {facts["made_by"] for facts in stages.values()} == {bench.summary["run_id"]}


def test_two_processes_write_the_same_key_notes(new_bench: Any):
    """The first two stages' notes, parts and all, of two homes that never met."""
    script = (
        "import sys\n"
        "from flows.recipe import load_recipe\n"
        "from tasks.stages import StageRunner\n"
        "from tasks.ingestion.task import ingest_rows\n"
        "from flows.environment import prepare_environment\n"
        "prepare_environment(quiet=True)\n"
        "recipe = load_recipe(sys.argv[1])\n"
        "StageRunner('tiny', 'a run')(ingest_rows, config=recipe.source)\n"
    )
    notes = []
    for seed in ("1", "2"):
        bench = new_bench()
        done = bench.python("-c", script, str(bench.recipe), env={"PYTHONHASHSEED": seed})
        assert done.code == 0, done.stderr
        (note,) = (bench.home / ".gadfly" / "store" / "keys" / "ingestion").glob("*.json")
        notes.append((note.name, json.loads(note.read_text())))
    assert notes[0] == notes[1]
