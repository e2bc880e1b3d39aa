"""No setting is read by nothing: each is read where the work is done, and another value of it gives another result.

The stages' real code runs in this process, without Prefect: one call a key, and what it returned is kept. A key holds
a stage's whole config, so a key that changes doesn't prove that anything reads the setting; hence both are looked at,
who reads a setting and what comes out.
"""

from __future__ import annotations

import copy
import json
import shutil
import sys
import typing
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from flows.recipe import Recipe, load_recipe
from tasks.artifacts import ArtifactRef
from tasks.base_files import BaseConfig
from tasks.errors import GadflyError
from tasks.evaluation.config import LmEvalSettings
from tasks.ingestion.config import SourceConfig
from tasks.registration.config import GateSettings
from tasks.stage_config import DisplayOnly, StageConfig
from tasks.training import supervision
from tasks.training.config import TrainingConfig
from tasks.training.run import TrainingJob, run_training
from tasks.validation.contract import Contract, Rule

COMMIT = "0123456789abcdef0123456789abcdef01234567"
EARLY = ["training.epochs=2", "training.evaluate_every=1", "training.early_stopping={patience: 2, min_delta: 50}"]
DIVERGING = [
    *("training.lora=null", "training.method=full", "training.learning_rate=1", "training.warmup_fraction=0"),
    *("training.max_grad_norm=1.0e+30", "training.weight_decay=1.0e+9", "training.evaluate_every=1"),
    "training.divergence={action: roll_back, rate_factor: 1.0e-6}",
]
"""Its weights become no numbers at once; after two roll-backs they hardly move."""
ENDLESS = ["base.model=./endless_base", "tokenization.waive.end_token='it is never asked to stop'"]
FILES = ["evaluation.files=[{name: bench, path: general.txt}]"]
FROZEN = ["training.lora=null", "training.method=frozen", "training.freeze={}"]
FULL = ["training.lora=null", "training.method=full"]
HALVES = ["prompt.template=''", "prompt.prompt='By {author}:'", "prompt.completion=' {text}'"]
HUB = ["source.path=''", "source.hub=someone/something", f"source.revision={COMMIT}"]
LINES = ["source.path=lines.txt", "source.columns={}", "prompt.template='{text}'"]
PEFT = ["training.lora.peft={}"]
REPLAY = ["training.replay={path: other.txt}"]
UNUSUAL = ["contract=./other.yaml", "evaluation.probes={}"]
NOT_DOWNLOADED = f"some/model at {COMMIT[:12]} is not downloaded"
NOT_LOCAL = ["base.model=some/model", f"base.revision={COMMIT}"]

CHANGES: dict[str, tuple[list[str], str]] = {
    "source.path": ([], "source.path=other.csv"),
    "source.hub": (HUB, "source.hub=someone/else"),
    "source.revision": (HUB, f"source.revision={COMMIT[::-1]}"),
    "source.subset": (HUB, "source.subset=small"),
    "source.hub_split": (HUB, "source.hub_split=test"),
    "source.format": ([], "source.format=tsv"),
    "source.encoding": ([], "source.encoding=utf-16"),
    "source.unit": (LINES, "source.unit=paragraph"),
    "source.columns": ([], "source.columns={text: author, author: text}"),
    "source.licence": ([], "source.licence=CC0"),
    "source.origin": ([], "source.origin='a shoe box'"),
    "contract": ([], "contract=./other.yaml"),
    "validation.holdout_fraction": ([], "validation.holdout_fraction=0.2"),
    "validation.split_seed": ([], "validation.split_seed=1"),
    "prompt.template": ([], "prompt.template='{text}'"),
    "prompt.prompt": (HALVES, "prompt.prompt='{author} says'"),
    "prompt.completion": (HALVES, "prompt.completion=' \"{text}\"'"),
    "base.model": ([], "base.model=./other_base"),
    "tokenization.max_seq_len": ([], "tokenization.max_seq_len=64"),
    "tokenization.overlong": (["tokenization.max_seq_len=64"], "tokenization.overlong=reject"),
    "tokenization.packing": ([], "tokenization.packing=false"),
    "tokenization.waive.end_token": (ENDLESS, "tokenization.waive.end_token='another reason'"),
    "training.method": (["training.lora=null"], "training.method=full"),
    "training.lora.rank": ([], "training.lora.rank=2"),
    "training.lora.alpha": ([], "training.lora.alpha=16"),
    "training.lora.dropout": ([], "training.lora.dropout=0.1"),
    "training.lora.target_modules": ([], "training.lora.target_modules=c_attn"),
    "training.lora.upper_blocks": ([], "training.lora.upper_blocks=1"),
    "training.lora.peft.use_rslora": ([], "training.lora.peft.use_rslora=true"),
    "training.lora.peft.use_dora": ([], "training.lora.peft.use_dora=true"),
    "training.lora.peft.init_lora_weights": ([], "training.lora.peft.init_lora_weights=gaussian"),
    "training.lora.peft.bias": ([], "training.lora.peft.bias=all"),
    "training.lora.peft.lora_bias": ([], "training.lora.peft.lora_bias=true"),
    "training.lora.peft.rank_pattern": ([], "training.lora.peft.rank_pattern={c_attn: 2}"),
    "training.lora.peft.alpha_pattern": ([], "training.lora.peft.alpha_pattern={c_attn: 2}"),
    "training.lora.peft.exclude_modules": ([], "training.lora.peft.exclude_modules=[c_fc]"),
    "training.lora.peft.modules_to_save": ([], "training.lora.peft.modules_to_save=[ln_f]"),
    "training.freeze.first_blocks": (FROZEN, "training.freeze.first_blocks=1"),
    "training.freeze.embeddings": (FROZEN, "training.freeze.embeddings=true"),
    "training.freeze.head": (FROZEN, "training.freeze.head=true"),
    "training.freeze.patterns": (FROZEN, "training.freeze.patterns=['*.mlp.*']"),
    "training.learning_rate": ([], "training.learning_rate=0.002"),
    "training.adam_betas": ([], "training.adam_betas=[0.8, 0.9]"),
    "training.adam_epsilon": ([], "training.adam_epsilon=0.1"),
    "training.epochs": ([], "training.epochs=0.5"),
    "training.max_steps": ([], "training.max_steps=1"),
    "training.max_minutes": ([], "training.max_minutes=0.0001"),
    "training.batch_size": ([], "training.batch_size=16"),
    "training.warmup_fraction": ([], "training.warmup_fraction=0.5"),
    "training.schedule": ([], "training.schedule=linear"),
    "training.weight_decay": ([], "training.weight_decay=0.1"),
    "training.max_grad_norm": ([], "training.max_grad_norm=0.001"),
    "training.dropout": ([], "training.dropout=0.5"),
    "training.evaluate_every": ([], "training.evaluate_every=1"),
    "training.early_stopping.patience": (EARLY, "training.early_stopping.patience=1"),
    "training.early_stopping.min_delta": (EARLY, "training.early_stopping.min_delta=0"),
    "training.divergence.action": (DIVERGING, "training.divergence.action=stop"),
    "training.divergence.rate_factor": (DIVERGING, "training.divergence.rate_factor=1.0e-7"),
    "training.divergence.max_roll_backs": (DIVERGING, "training.divergence.max_roll_backs=1"),
    "training.replay.path": (REPLAY, "training.replay.path=lines.txt"),
    "training.replay.fraction": (REPLAY, "training.replay.fraction=0.5"),
    "training.precision": ([], "training.precision=bfloat16"),
    "training.seed": ([], "training.seed=43"),
    "evaluation.general.path": ([], "evaluation.general.path=other.txt"),
    "evaluation.general.max_paragraphs": ([], "evaluation.general.max_paragraphs=1"),
    "evaluation.probes.in_domain": ([], "evaluation.probes.in_domain=['The Owl']"),
    "evaluation.probes.out_of_domain": ([], "evaluation.probes.out_of_domain=['The wind']"),
    "evaluation.samples_per_probe": ([], "evaluation.samples_per_probe=2"),
    "evaluation.judged_samples": ([], "evaluation.judged_samples=21"),
    "evaluation.max_new_tokens": ([], "evaluation.max_new_tokens=9"),
    "evaluation.temperature": ([], "evaluation.temperature=0"),
    "evaluation.seed": ([], "evaluation.seed=1"),
    "evaluation.files.name": (FILES, "evaluation.files=[{name: other, path: general.txt}]"),
    "evaluation.files.path": (FILES, "evaluation.files=[{name: bench, path: other.txt}]"),
    "evaluation.noise.seeds": ([], "evaluation.noise.seeds=3"),
    "evaluation.noise.floor": ([], "evaluation.noise.floor=0.5"),
}
"""Setting -> (what must be set to make it matter, another value, which must give another result or an error)."""

REGISTRATION = {f"registration.{name}" for name in ("model", "promote", "manual", "waive.provenance")}
GATE = {f"registration.gate.{name}" for name in GateSettings.model_fields}
UNSEEN = {"training.gradient_checkpointing", "training.checkpoint_minutes"}
"""Change no bit of any result: `test_trainer.py` and `test_resume.py` hold them to it."""
LM_EVAL = {f"evaluation.lm_eval.{name}" for name in LmEvalSettings.model_fields}
ELSEWHERE = (
    {"name", "base.revision", "base.end_token", "base.chat"}
    | {"source.max_expansion", "source.obtain", "training.divergence.spike"}
    | UNSEEN
    | REGISTRATION
    | GATE
    | LM_EVAL
)
"""Settings that are no stage's, or whose tests are elsewhere: the limit on bombs in `test_rows.py`, how to get a source
in `test_overrides.py`, what is set about a base's tokenizer in `test_tokenizer_settings.py` and `test_chat_frame.py`,
when a loss has jumped in `test_divergence.py`, the gate's bounds in `test_gate.py`, whom it promotes and who may
overrule it in both `test_promotion.py`, lm-eval, an extra, in `test_harness.py`."""

WORDS = {(Contract, "description"), (Rule, "source"), (SourceConfig, "obtain")}
"""What a file says to the person who reads it, or an error says of it, and to no stage."""
OWN = {(BaseConfig, "end_token"), (BaseConfig, "chat")}
"""Read by their own config alone, which makes them a part of the base's identity."""

SEEDS = ["evaluation.noise.seeds=3"]
CONTEXTS = [[], FROZEN, FULL, HALVES, LINES, HUB, UNUSUAL, FILES, SEEDS, EARLY, DIVERGING, REPLAY, PEFT, ENDLESS]
"""Recipes that together make every part of the stages work."""

Setting = tuple[type[StageConfig], str]


def settings(model: type[BaseModel] = Recipe, prefix: str = "") -> Iterator[str]:
    """Every setting of a recipe as dotted key."""
    for name, field in model.model_fields.items():
        sections = configs_in(field.annotation)
        if sections:
            yield from settings(sections[0], f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def configs_in(annotation: Any) -> list[type[StageConfig]]:
    """The configs that an annotation names, inside unions and tuples too."""
    if isinstance(annotation, type) and issubclass(annotation, StageConfig):
        return [annotation]
    return [found for part in typing.get_args(annotation) for found in configs_in(part)]


def all_fields(roots: Sequence[type[StageConfig]]) -> set[Setting]:
    """Every field of these configs and of the configs that they hold."""
    fields: set[Setting] = set()
    queue = list(roots)
    while queue:
        model = queue.pop()
        for name, field in model.model_fields.items():
            if (model, name) not in fields:
                fields.add((model, name))
                queue += configs_in(field.annotation)
    return fields


def stage_configs() -> list[type[StageConfig]]:
    """What the stages' tasks are told, by their own signatures."""
    from prefect import Task

    from flows import chain

    tasks = [value for value in vars(chain).values() if isinstance(value, Task)]
    assert len(tasks) == 9
    told = [typing.get_type_hints(task.fn) for task in tasks]
    return [hints["config"] for hints in told if "config" in hints]


class Reads:
    """Which settings were read by code that does something with them.

    Making a key, checking that a path exists or that a setting goes with another, and a config's own validators read
    settings as well; these reads don't count, and pydantic's don't either.
    """

    def __init__(self) -> None:
        self.seen: set[Setting] = set()

    def patched(self) -> pytest.MonkeyPatch:
        """Look on at every config of this process; undo it after use."""

        def look(config: Any, name: str) -> Any:
            if name in type(config).model_fields and _does_something(sys._getframe(1)):
                self.seen.add((type(config), name))
            return object.__getattribute__(config, name)

        patch = pytest.MonkeyPatch()
        patch.setattr(StageConfig, "__getattribute__", look, raising=False)
        return patch


def _train_here(job: TrainingJob) -> dict[str, Any]:
    """Train in this process: what another one reads can't be seen."""
    return {**run_training(job, lambda *_, **__: None, lambda: False), "interruptions": []}


def _does_something(reader: FrameType) -> bool:
    module = reader.f_globals.get("__name__", "")
    if not module.startswith(("flows.", "tasks.")) or module in ("tasks.stage_config", "flows.recipe_checks"):
        return False
    owner = reader.f_globals.get(reader.f_code.co_qualname.split(".")[0])
    of_a_config = isinstance(owner, type) and issubclass(owner, StageConfig)
    return owner is Recipe or not of_a_config  # the recipe's own methods hand its settings on to the stages


class Stages:
    """Goes through the chain as a run does; `made` holds what every key's stage returned."""

    def __init__(self, made: dict[str, dict[str, ArtifactRef]]) -> None:
        self.made = made
        self.keys: dict[str, str] = {}
        self.outputs: dict[str, dict[str, ArtifactRef]] = {}

    def __call__(self, task: Any, *, called: str = "", **arguments: Any) -> dict[str, ArtifactRef]:
        from tasks import home
        from tasks.caching import stage_key, stage_name

        stage = called or stage_name(task)
        key = self.keys[stage] = stage_key(task.fn, arguments, home.hash_memo()).digest
        if key not in self.made:
            self.made[key] = task.fn(**arguments)
        self.outputs[stage] = self.made[key]
        return self.outputs[stage]

    def require(self, check: Callable[[ArtifactRef, str], None], artifact: ArtifactRef) -> None:
        """As a run does."""
        check(artifact, "a run")


class Workshop:
    """A bench in whose folder commands are typed, what was made there, and what was read on the way."""

    def __init__(self, bench: Any) -> None:
        self.bench = bench
        self.reads = Reads()
        self.made: dict[str, dict[str, ArtifactRef]] = {}

    def run(self, *overrides: str, edit: Callable[[Recipe], Recipe] | None = None) -> tuple[Stages, str]:
        """Every stage's keys and outputs as far as the chain gets, and the message of the error that ends it."""
        from flows.chain import chain

        stages = Stages(self.made)

        def go() -> None:
            recipe = load_recipe(str(self.bench.recipe), overrides)
            chain(edit(recipe) if edit else recipe, stages)

        patch = self.reads.patched()
        try:
            self.bench.call(go)
        except GadflyError as error:
            return stages, str(error)
        finally:
            patch.undo()
        return stages, ""

    def problem(self, before: tuple[Stages, str], after: tuple[Stages, str]) -> str:
        """What speaks against a change that was made; empty where it is an error, or changes a key and a result."""
        if after[1]:
            return ""
        if before[0].keys == after[0].keys:
            return "no stage's key is another"
        return "every stage's result is the same" if before[0].outputs == after[0].outputs else ""


@pytest.fixture(scope="module")
def workshop(new_bench: Any, make_model: Any, tiny_tokenizer: Any) -> Iterator[Workshop]:
    """An empty home, and other files that settings can point to, a hub dataset among them."""
    import datasets

    bench = new_bench()
    folder = bench.folder
    make_model("GPT2", seed=1, n_positions=128).save_pretrained(folder / "other_base")
    tiny_tokenizer.save_pretrained(folder / "other_base")
    shutil.copytree(folder / "other_base", folder / "endless_base")
    endless = copy.deepcopy(tiny_tokenizer)
    endless.eos_token = None
    endless.save_pretrained(folder / "endless_base")
    rows = folder / "rows.csv"
    texts = [line.rsplit(",", 1)[0].strip('"') for line in rows.read_text(encoding="utf-8").splitlines()[1:]]
    (folder / "other.csv").write_text("\n".join(rows.read_text(encoding="utf-8").splitlines()[:-20]) + "\n")
    (folder / "lines.txt").write_text("".join(f"{a}\n{b}\n\n" for a, b in zip(texts[::2], texts[1::2], strict=False)))
    (folder / "other.txt").write_text("Another general text.\n")
    (folder / "other.yaml").write_text(bench.contract.read_text().replace("word_count, min: 3", "word_count, min: 12"))
    with (folder / "other.yaml").open("a") as stream:
        stream.write("  - {reason: no_year, column: year, pattern: '^[0-9]+$', must_match: true, optional: true}\n")
    patch = pytest.MonkeyPatch()
    patch.chdir(folder)
    patch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    patch.setattr(supervision, "train_in_child", _train_here)
    patch.setattr(datasets.config, "HF_DATASETS_CACHE", folder / "hub")
    _cache_dataset(folder / "hub", datasets.Dataset.from_csv(str(rows), cache_dir=str(folder / "csv")))
    yield Workshop(bench)
    patch.undo()


def _cache_dataset(folder: Path, built: Any) -> None:
    """Put a dataset into a cache as `datasets` leaves it there."""
    from datasets.arrow_writer import ArrowWriter

    place = folder / "someone___something" / "default" / "0.0.0" / COMMIT
    place.mkdir(parents=True)
    with ArrowWriter(path=str(place / "something-train.arrow"), features=built.features) as writer:
        writer.write_table(built.data.table)
        num_examples, num_bytes = writer.finalize()
    split = {"name": "train", "num_bytes": num_bytes, "num_examples": num_examples, "dataset_name": "something"}
    info = {"builder_name": "csv", "dataset_name": "something", "config_name": "default", "splits": {"train": split}}
    version = {"version_str": "0.0.0", "major": 0, "minor": 0, "patch": 0}
    content = {**info, "version": version, "features": built.features.to_dict()}
    (place / "dataset_info.json").write_text(json.dumps(content))


def test_every_setting_has_a_change():
    known = set(settings())
    assert len(known) > 40
    assert known == CHANGES.keys() | ELSEWHERE, "a new setting needs a line in CHANGES"


@pytest.mark.parametrize("setting", CHANGES)
def test_another_value_of_a_setting_gives_another_result_or_an_error(workshop: Workshop, setting: str):
    context, change = CHANGES[setting]
    assert change.split("=")[0] in (setting, setting.rpartition(".")[0])  # a list's items are changed with the list
    before = workshop.run(*context)
    assert before[1] == ""
    assert len(before[0].outputs) == 9
    assert workshop.problem(before, before) == "no stage's key is another"
    assert workshop.problem(before, workshop.run(*context, change)) == "", setting


def test_every_setting_is_read_by_code_that_does_something_with_it(workshop: Workshop, bench: Any):
    from flows.promotion import settle_alias

    for context in CONTEXTS:
        stages, error = workshop.run(*context)
        assert (error, len(stages.outputs)) == ("", 9 + 2 * 2 * ("evaluation.noise.seeds=3" in context)), context
    assert NOT_DOWNLOADED in workshop.run(*NOT_LOCAL)[1]
    patch = workshop.reads.patched()
    try:
        bench.run("registration.manual=allow")  # for registration; the gate judges again
        bench.mlflow().set_registered_model_alias("tiny", "champion", "1")
        assert bench.call(settle_alias, "tiny")["to_version"] == 1, "refused by the gate, and allowed all the same"
    finally:
        patch.undo()
    fields = all_fields([Recipe, *stage_configs()])
    assert len(fields) > 75
    assert fields >= WORDS | OWN
    needs_the_extra = set() if find_spec("lm_eval") else all_fields([LmEvalSettings])  # tested where it is installed
    seen = workshop.reads.seen | needs_the_extra
    unread = sorted(f"{config.__name__}.{name}" for config, name in fields - WORDS - OWN - seen)
    assert unread == []


class _Unread(TrainingConfig):
    """As training's, with settings that somebody added and forgot."""

    forgotten: int = 0
    """In the key, and read by nothing."""
    shown: Annotated[int, DisplayOnly()] = 0
    """Not even in the key."""


def _with(**added: int) -> Callable[[Recipe], Recipe]:
    return lambda recipe: recipe.model_copy(
        update={"training": _Unread.model_validate({**recipe.training.model_dump(), **added})}
    )


def test_a_setting_that_nothing_reads_would_be_found(workshop: Workshop):
    before = workshop.run(edit=_with())
    assert before[1] == ""
    assert {"learning_rate", "method", "seed"} <= {name for config, name in workshop.reads.seen if config is _Unread}
    assert {(_Unread, "forgotten"), (_Unread, "shown")} <= all_fields([_Unread]) - workshop.reads.seen
    assert workshop.problem(before, workshop.run(edit=_with(forgotten=1))) == "every stage's result is the same"
    assert workshop.problem(before, workshop.run(edit=_with(shown=1))) == "no stage's key is another"
    assert workshop.problem(before, workshop.run(edit=_with(seed=43))) == ""


def test_the_recipes_name_names_the_run(workshop: Workshop):
    from flows.planning import plan

    bench = workshop.bench
    assert bench.call(plan, str(bench.recipe), ["name=other"])["recipe"] == "other"
    assert workshop.run()[0].keys == workshop.run("name=other")[0].keys


def test_the_registered_models_name_is_the_recipes(bench: Any):
    renamed = bench.run("registration.model=other")
    assert renamed["stages"]["training"]["state"] == "cached"
    assert renamed["model"]["name"] == "other"
    assert bench.versions("other") == [1]
    assert bench.versions() == [1]


def test_a_hub_models_revision_is_the_one_that_is_wanted(workshop: Workshop):
    assert NOT_DOWNLOADED in workshop.run(*NOT_LOCAL)[1]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("base.revision=main", r"base\.revision: .*base\.model is a folder"),
        ("source.revision=main", r"source\.revision: .*source\.path"),
        ("source.subset=small", r"source\.subset: .*source\.path"),
        ("source.hub_split=test", r"source\.hub_split: .*source\.path"),
    ],
)
def test_a_setting_that_nothing_would_read_is_an_error(workshop: Workshop, override: str, message: str):
    with pytest.raises(GadflyError, match=message):
        load_recipe(str(workshop.bench.recipe), [override])
