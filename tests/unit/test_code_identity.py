"""A stage's key changes with what it runs: its code wherever that lies and its libraries, and with nothing else.

Each test writes a small `tasks` package, reads the identity of its stage, makes one edit and reads it again.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import sys
from pathlib import Path

import pytest

from tasks import code_identity as module
from tasks.code_identity import code_identity

FILES = {
    "tasks/stage/task.py": '''
"""A stage."""
from __future__ import annotations

import time

from tasks import errors
from tasks.stage.config import LIMIT

UNUSED = 1
FACTOR = 3


def decorate(**options):
    return lambda function: function


@decorate(retries=2)
def run(config):
    """Do it."""
    from tasks.stage.compute import compute

    errors.check(config)
    return compute(config) * helper(LIMIT)


def helper(value):
    return value * FACTOR


def other():
    import tasks.unrelated
''',
    "tasks/stage/__init__.py": "",
    "tasks/stage/config.py": "LIMIT = 5\n",
    "tasks/stage/compute.py": '''
"""Computes."""
import json
import yaml

from tasks.shared import add


class Settings:
    size: int = 3
    """How many."""


def compute(value):
    """Compute."""
    # a comment
    field(default=1, description="Help.")
    return add(value, 1)
''',
    "tasks/stage/words.txt": "one\n",
    "tasks/stage/report/page.html": "<p>",
    "tasks/shared.py": "def add(a, b):\n    from tasks.deep import more\n    return a + b\n",
    "tasks/deep.py": "more = 1\n",
    "tasks/unrelated.py": "import numpy\n",
    "tasks/errors.py": "def check(config):\n    return 'a message'\n",
}

_ticks = itertools.count(1)


class Tree:
    """A source tree whose stage can be identified, edited and identified again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        os.utime(path, ns=(0, next(_ticks)))  # two writes within one tick of the file system's clock stay apart

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, (name, old)
        self.write(name, text.replace(old, new))

    def identity(self) -> module.CodeIdentity:
        def run() -> None: ...

        run.__module__ = "scratch_stage_task"
        return code_identity(run)


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ROOT", tmp_path)
    made = Tree(tmp_path)
    path = tmp_path / "tasks" / "stage" / "task.py"
    spec = importlib.util.spec_from_file_location("scratch_stage_task", path)
    assert spec is not None
    monkeypatch.setitem(sys.modules, "scratch_stage_task", importlib.util.module_from_spec(spec))
    return made


def test_the_closure_holds_what_the_function_leads_to(tree):
    identity = tree.identity()
    assert set(identity.modules) == {
        "scratch_stage_task:run",
        "tasks.stage.config",
        "tasks.stage.compute",
        "tasks.shared",
        "tasks.deep",
        "tasks/stage/words.txt",
    }
    assert set(identity.libraries) == {"yaml"}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("tasks/stage/compute.py", "# a comment", "# another comment"),
        ("tasks/stage/compute.py", '"""Compute."""', '"""Compute it better."""'),
        ("tasks/stage/compute.py", '"""Computes."""', ""),
        ("tasks/stage/compute.py", '"""How many."""', '"""How many there are."""'),
        ("tasks/stage/compute.py", '"Help."', '"Better help."'),
        ("tasks/stage/compute.py", "def compute(value):", "def compute(\n    value\n):"),
        ("tasks/stage/task.py", '"""Do it."""', '"""Do it well."""'),
        ("tasks/stage/task.py", "retries=2", "retries=5"),
        ("tasks/stage/task.py", "UNUSED = 1", "UNUSED = 2"),
        ("tasks/stage/task.py", "import tasks.unrelated", "import tasks.unrelated as more"),
        ("tasks/unrelated.py", "import numpy", "import scipy"),
        ("tasks/errors.py", "a message", "a better message"),
        ("tasks/stage/report/page.html", "<p>", "<div>"),
    ],
)
def test_an_edit_that_changes_no_result_changes_nothing(tree, file, old, new):
    before = tree.identity()
    tree.replace(file, old, new)
    assert tree.identity() == before


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("tasks/stage/compute.py", "add(value, 1)", "add(value, 2)", "tasks.stage.compute"),
        ("tasks/stage/compute.py", "size: int = 3", "size: int = 4", "tasks.stage.compute"),
        ("tasks/stage/compute.py", "default=1", "default=2", "tasks.stage.compute"),
        ("tasks/stage/config.py", "5", "6", "tasks.stage.config"),
        ("tasks/shared.py", "a + b", "a - b", "tasks.shared"),
        ("tasks/deep.py", "1", "2", "tasks.deep"),
        ("tasks/stage/words.txt", "one", "two", "tasks/stage/words.txt"),
        ("tasks/stage/task.py", "* helper(LIMIT)", "+ helper(LIMIT)", "scratch_stage_task:run"),
        ("tasks/stage/task.py", "FACTOR = 3", "FACTOR = 4", "scratch_stage_task:run"),
        ("tasks/stage/task.py", "value * FACTOR", "value + FACTOR", "scratch_stage_task:run"),
        ("tasks/stage/task.py", "def helper", "@decorate(twice=True)\ndef helper", "scratch_stage_task:run"),
    ],
)
def test_an_edit_of_what_is_run_is_told_by_its_module(tree, file, old, new, changed):
    before = tree.identity()
    tree.replace(file, old, new)
    after = tree.identity()
    assert {name for name in after.modules if after.modules[name] != before.modules.get(name)} == {changed}
    assert after.libraries == before.libraries


@pytest.mark.parametrize(
    "block",
    [
        "if sys.platform:\n    {}\nelse:\n    LIMIT = 0",
        "if sys.platform:\n    LIMIT = 0\nelif sys.path:\n    {}",
        "try:\n    {}\nexcept ImportError:\n    LIMIT = 0",
        "try:\n    import numpy\nexcept ImportError:\n    {}",
        "try:\n    pass\nfinally:\n    {}",
        "with open(__file__):\n    {}",
        "for number in range(3):\n    {}",
        "while sys.argv:\n    {}",
        "match sys.platform:\n    case _:\n        {}",
    ],
)
@pytest.mark.parametrize("bound", ["LIMIT = {}", "LIMIT: int = {}", "LIMIT = 1; LIMIT += {}", "print(LIMIT := {})"])
def test_a_name_bound_inside_a_block_of_the_module_counts(tree, block, bound):
    top = block.format(bound.format(5))
    tree.replace("tasks/stage/task.py", "from tasks.stage.config import LIMIT", f"import sys\n{top}")
    before = tree.identity()
    assert "tasks.stage.config" not in before.modules
    tree.replace("tasks/stage/task.py", bound.format(5), bound.format(6))
    assert tree.identity() != before


@pytest.mark.parametrize(
    ("statement", "edited"),
    [
        ("for LIMIT in (5,):\n    pass", "for LIMIT in (6,):\n    pass"),
        ("with open(5) as LIMIT:\n    pass", "with open(6) as LIMIT:\n    pass"),
        ("try:\n    go(5)\nexcept OSError as LIMIT:\n    pass", "try:\n    go(6)\nexcept OSError as LIMIT:\n    pass"),
        ("match 5:\n    case LIMIT:\n        pass", "match 6:\n    case LIMIT:\n        pass"),
        ("match 5:\n    case [*LIMIT]:\n        pass", "match 6:\n    case [*LIMIT]:\n        pass"),
        ("match 5:\n    case {**LIMIT}:\n        pass", "match 6:\n    case {**LIMIT}:\n        pass"),
        ("(LIMIT, [other_one]) = 5, [1]", "(LIMIT, [other_one]) = 6, [1]"),
        ("LIMIT = {}\nLIMIT['a'] = 5", "LIMIT = {}\nLIMIT['a'] = 6"),
        ("LIMIT = sys\nLIMIT.a.b = 5", "LIMIT = sys\nLIMIT.a.b = 6"),
        ("LIMIT = 5\nLIMIT = 7", "LIMIT = 6\nLIMIT = 7"),
        ("if sys:\n    def LIMIT():\n        return 5", "if sys:\n    def LIMIT():\n        return 6"),
    ],
)
def test_every_way_of_binding_a_name_counts(tree, statement, edited):
    tree.replace("tasks/stage/task.py", "from tasks.stage.config import LIMIT", f"import sys\n{statement}")
    before = tree.identity()
    tree.replace("tasks/stage/task.py", statement, edited)
    assert tree.identity() != before


def test_an_import_inside_a_block_of_the_module_is_followed(tree):
    line = "from tasks.stage.config import LIMIT"
    tree.replace("tasks/stage/task.py", line, f"try:\n    import tomllib\nexcept ImportError:\n    {line}")
    assert "tasks.stage.config" in tree.identity().modules


def test_a_name_inside_a_function_or_comprehension_of_the_module_is_not_the_modules(tree):
    own = "OTHER = [LIMIT for LIMIT in (5,)]\ndef another():\n    LIMIT = 5\nlambda LIMIT: 5"
    tree.replace("tasks/stage/task.py", "UNUSED = 1", own)
    before = tree.identity()
    tree.replace("tasks/stage/task.py", own, own.replace("5", "6"))
    assert tree.identity() == before


def test_what_only_type_checkers_import_is_not_run(tree):
    before = tree.identity()
    for file, line in (("tasks/deep.py", "more = 1"), ("tasks/stage/task.py", "FACTOR = 3")):
        tree.replace(file, line, f"if TYPE_CHECKING:\n    import numpy\n    from tasks.unrelated import x\n{line}")
    assert tree.identity() == before
    tree.replace("tasks/deep.py", "if TYPE_CHECKING", "if not TYPE_CHECKING")
    assert set(tree.identity().libraries) == {"yaml", "numpy"}


def test_a_new_import_brings_its_module_in(tree):
    tree.replace("tasks/deep.py", "more = 1", "from tasks.unrelated import x as more")
    assert "tasks.unrelated" in tree.identity().modules
    assert set(tree.identity().libraries) == {"yaml", "numpy"}


def test_a_new_file_beside_a_stages_modules_counts(tree):
    before = tree.identity()
    tree.write("tasks/stage/template.html", "<p>")
    assert set(tree.identity().modules) - set(before.modules) == {"tasks/stage/template.html"}


def test_a_cycle_of_imports_ends(tree):
    tree.replace("tasks/deep.py", "more = 1", "from tasks.shared import add as more")
    assert "tasks.deep" in tree.identity().modules


@pytest.mark.parametrize(("installed", "counted"), [("2.13.0+cpu", "2.13.0"), ("2.14.0", "2.14.0")])
def test_a_librarys_version_shows_without_its_local_label(tree, monkeypatch, installed, counted):
    def version(name):
        assert name == "PyYAML"
        return installed

    module._version.cache_clear()
    monkeypatch.setattr(module.metadata, "version", version)
    assert tree.identity().libraries == {"yaml": counted}
    module._version.cache_clear()


def test_every_stage_counts_its_own_modules_and_no_other_stages():
    from tasks.evaluation.task import evaluate_base, evaluate_model
    from tasks.ingestion.task import ingest_rows
    from tasks.tokenization.task import tokenize_rows
    from tasks.training.task import train_model
    from tasks.validation.task import validate_rows

    stages = {
        "ingestion": ingest_rows,
        "validation": validate_rows,
        "tokenization": tokenize_rows,
        "training": train_model,
        "evaluation": evaluate_model,
    }
    for stage, task in stages.items():
        identity = code_identity(task.fn)
        folders = {name.split(".")[1] for name in identity.modules if name.startswith("tasks.")}
        assert stage in folders
        assert not folders & (set(stages) - {stage})
        assert len(identity.modules) > 3
        assert not {"prefect", "mlflow"} & set(identity.libraries)
        assert not module.PLUMBING & set(identity.modules)
        assert "unknown" not in identity.libraries.values()
    assert "torch" in code_identity(train_model.fn).libraries
    assert "great_expectations" in code_identity(validate_rows.fn).libraries
    assert set(code_identity(evaluate_base.fn).modules) - {"tasks.evaluation.task:evaluate_base"} == set(
        code_identity(evaluate_model.fn).modules
    ) - {"tasks.evaluation.task:evaluate_model", "tasks.trained_model"}


def test_tokens_depend_on_no_library_that_trains():
    from tasks.tokenization.task import tokenize_rows

    libraries = set(code_identity(tokenize_rows.fn).libraries)
    assert {"transformers", "pandas", "pyarrow"} <= libraries
    assert not libraries & {"torch", "peft", "safetensors", "accelerate"}


def test_comparing_models_depends_on_no_library_that_runs_them():
    from tasks.evaluation.task import compare_models

    assert not {"torch", "transformers", "peft"} & set(code_identity(compare_models.fn).libraries)


def test_rendering_the_report_is_no_part_of_training_or_scoring():
    from tasks.evaluation.task import evaluate_model
    from tasks.training.task import train_model

    for task in (evaluate_model, train_model):
        assert not [name for name in code_identity(task.fn).modules if "report" in name]
