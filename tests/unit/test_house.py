"""The rules of the house, 1 to 4: what may import what, and what nothing may be called.

Each rule is a function from a source tree to the places that break it, so that a test can show that it bites.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
STAGES = ("ingestion", "validation", "tokenization", "training", "evaluation", "registration")
HEAVY = {"torch", "transformers", "great_expectations", "mlflow", "peft", "datasets", "pandas"}
NEVER_IN_HELP = ("torch", "transformers", "great_expectations", "mlflow")
OF_OURS = {"flows", "tasks", "demo"}


class Import(NamedTuple):
    """One imported module, and where."""

    file: str
    """From the root, with slashes."""
    module: str
    deferred: bool
    """Inside a function, or under TYPE_CHECKING: not run when the file is imported."""


def python_files(root: Path, *folders: str) -> list[Path]:
    """The Python files of some folders, in order."""
    return sorted(path for folder in folders for path in (root / folder).rglob("*.py"))


def imports(root: Path, *folders: str) -> Iterator[Import]:
    """Every import; `from tasks.training import task` gives `tasks.training` and `tasks.training.task`."""
    for path in python_files(root, *folders):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node, deferred in _walk(tree, False):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: relative imports hide what is imported"
                names = [str(node.module)]
                if names[0].split(".")[0] in OF_OURS:
                    names += [f"{node.module}.{alias.name}" for alias in node.names]
            for name in names:
                yield Import(path.relative_to(root).as_posix(), name, deferred)


def _walk(node: ast.AST, deferred: bool) -> Iterator[tuple[ast.AST, bool]]:
    yield node, deferred
    inside = deferred or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        inside = True
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, inside)


def _stage(module: str) -> str:
    """The stage that a module (`tasks.training.task`) or a file (`tasks/training/task.py`) belongs to, or nothing."""
    parts = module.replace("/", ".").split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "tasks" and parts[1] in STAGES else ""


def wrong_way(root: Path) -> list[str]:
    """Rule 1: flows → a stage's task → the stage's own modules → modules directly in tasks/."""
    broken = []
    for file, module, _ in imports(root, "flows", "tasks"):
        stage, target, name = _stage(file), _stage(module), module.split(".")
        if file.startswith("flows/"):
            allowed = not target or name[2:3] in (["task"], ["config"]) or name[1:3] == ["validation", "contract"]
            wrong = not allowed and len(name) > 2
        elif stage:
            wrong = name[0] == "flows" or (bool(target) and target != stage)
        else:
            wrong = name[0] == "flows" or bool(target)
        if wrong:
            broken.append(f"{file} imports {module}")
    return broken


def libraries_out_of_place(root: Path) -> list[str]:
    """Rule 2: who may know Prefect, MLflow and Great Expectations."""
    at_home: dict[str, Callable[[str], bool]] = {
        "prefect": lambda file: file.startswith("flows/") or file.endswith("/task.py") or file == "tasks/caching.py",
        "mlflow": lambda file: file == "tasks/tracking.py" or file.startswith("tasks/registration/"),
        "great_expectations": lambda file: file == "tasks/validation/expectations.py",
    }
    return [
        f"{file} imports {module}"
        for file, module, _ in imports(root, "flows", "tasks")
        if (library := module.split(".")[0]) in at_home and not at_home[library](file)
    ]


def heavy_at_the_top(root: Path) -> list[str]:
    """Rule 3: what the command line touches imports no heavy library at its top."""
    return [
        f"{file} imports {module}"
        for file, module, deferred in imports(root, "flows", "tasks")
        if module.split(".")[0] in HEAVY and not deferred and _is_touched_by_help(file)
    ]


def _is_touched_by_help(file: str) -> bool:
    directly_in_tasks = file.startswith("tasks/") and file.count("/") == 1
    return file.startswith("flows/") or directly_in_tasks or file.endswith(("/task.py", "/config.py"))


def named_like_a_library(root: Path, libraries: set[str]) -> list[str]:
    """Rule 4: files and folders that would hide a library where their folder comes first on the import path."""
    found = []
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        skipped = parts[0] in (".venv", "mlruns") or any(part.startswith((".", "__pycache__")) for part in parts)
        if skipped or path.name.endswith(".egg-info") or (len(parts) == 1 and path.name in OF_OURS):
            continue
        if (path.suffix == ".py" and path.stem != "__init__") or path.is_dir():
            found += [path.relative_to(root).as_posix()] if path.stem in libraries else []
    return found


def library_names() -> set[str]:
    """What can be imported here, and names of the field that need not be installed."""
    installed = {name for name in metadata.packages_distributions() if not name.startswith("_")}
    well_known = {"datasets", "evaluate", "tokenize", "tokenizers", "types", "transformers", "ray", "trl"}
    return (installed - OF_OURS) | set(sys.stdlib_module_names) | well_known


def test_the_checks_see_the_whole_code():
    assert len(python_files(ROOT, "flows")) > 8
    assert len(python_files(ROOT, "tasks")) > 50
    assert {stage for file in python_files(ROOT, "tasks") if (stage := file.parent.name) in STAGES} == set(STAGES)
    found = list(imports(ROOT, "flows", "tasks"))
    assert sum(item.deferred for item in found) > 30
    assert sum(not item.deferred for item in found) > 300


def test_imports_run_one_way():
    assert wrong_way(ROOT) == []


def test_prefect_mlflow_and_great_expectations_stay_where_they_belong():
    assert libraries_out_of_place(ROOT) == []


def test_no_heavy_library_is_imported_at_the_top_of_what_the_command_line_touches():
    assert heavy_at_the_top(ROOT) == []


def test_nothing_is_named_like_a_library():
    assert {"torch", "yaml", "types", "tokenize", "evaluate"} <= library_names()
    assert named_like_a_library(ROOT, library_names()) == []


def test_there_is_no_second_tasks_on_the_import_path():
    assert not (ROOT / "tests" / "tasks").exists()
    assert not list((ROOT / "tests").rglob("__init__.py"))


@pytest.mark.parametrize(
    ("rule", "file", "line"),
    [
        (wrong_way, "flows/run.py", "from tasks.training.trainer import train"),
        (wrong_way, "flows/run.py", "from tasks.training import trainer"),
        (wrong_way, "tasks/training/trainer.py", "import tasks.tokenization.tokenize_rows"),
        (wrong_way, "tasks/training/trainer.py", "from tasks.evaluation import config"),
        (wrong_way, "tasks/training/trainer.py", "def f():\n    from flows.recipe import Recipe"),
        (wrong_way, "tasks/packing.py", "from tasks.training.config import TrainingConfig"),
        (libraries_out_of_place, "tasks/training/trainer.py", "from prefect import task"),
        (libraries_out_of_place, "tasks/training/task.py", "def f():\n    import mlflow.pyfunc"),
        (libraries_out_of_place, "tasks/validation/task.py", "import great_expectations as gx"),
        (heavy_at_the_top, "flows/cli.py", "import torch"),
        (heavy_at_the_top, "tasks/training/task.py", "from peft import LoraConfig"),
        (heavy_at_the_top, "tasks/evaluation/config.py", "class A:\n    import pandas"),
        (heavy_at_the_top, "tasks/packing.py", "try:\n    import torch\nexcept ImportError:\n    pass"),
    ],
)
def test_a_rule_bites(rule, file, line, tmp_path):
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(line + "\n")
    broken = rule(tmp_path)
    assert broken
    assert all(place.startswith(f"{file} imports ") for place in broken)


@pytest.mark.parametrize(
    ("rule", "file", "line"),
    [
        (wrong_way, "flows/run.py", "from tasks.training.task import train_model\nfrom tasks.home import store"),
        (wrong_way, "flows/run.py", "from tasks.validation.contract import load_contract"),
        (wrong_way, "tasks/training/task.py", "from tasks.training.trainer import train\nfrom tasks import home"),
        (libraries_out_of_place, "tasks/registration/gate.py", "import mlflow"),
        (heavy_at_the_top, "flows/cli.py", "if TYPE_CHECKING:\n    import torch"),
        (heavy_at_the_top, "tasks/packing.py", "def f():\n    import torch"),
        (heavy_at_the_top, "tasks/training/trainer.py", "import torch"),
    ],
)
def test_a_rule_allows_what_it_should(rule, file, line, tmp_path):
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(line + "\n")
    assert rule(tmp_path) == []


@pytest.mark.parametrize("name", ["flows/types.py", "tasks/datasets/rows.py", "tasks/evaluation/evaluate.py"])
def test_the_rule_of_names_bites(name, tmp_path):
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).touch()
    assert len(named_like_a_library(tmp_path, library_names())) == 1


def test_help_loads_no_heavy_library(tmp_path):
    code = (
        "import sys, flows.cli\n"
        "sys.argv = ['gadfly', '--help']\n"
        "try:\n    flows.cli.main()\n"
        "except SystemExit as exit:\n    assert not exit.code, exit.code\n"
        f"loaded = [name for name in {NEVER_IN_HELP!r} if name in sys.modules]\n"
        "assert 'typer' in sys.modules\n"
        "sys.exit(f'help loads {loaded}' if loaded else 0)\n"
    )
    environment = {**os.environ, "GADFLY_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "run" in done.stdout


def test_the_installed_command_prints_its_help(tmp_path):
    command = Path(sys.executable).with_name("gadfly")
    environment = {**os.environ, "GADFLY_HOME": str(tmp_path)}
    done = subprocess.run(
        [command, "--help"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert "Usage: gadfly" in done.stdout
    for name in ("run", "plan", "check", "models", "generate"):
        assert f"  {name} " in done.stdout
