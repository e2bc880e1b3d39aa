"""A run in which everything is cached loads none of the heavy libraries."""

from __future__ import annotations

import json
from typing import Any

RUN_AND_TELL = """
import json, sys
from flows.cli import main
told, recipe, *options = sys.argv[1:]
sys.argv = ["gadfly", "run", recipe, *options]
try:
    main()
except SystemExit as end:
    code = end.code
with open(told, "w") as stream:
    json.dump({"code": code, "modules": sorted(sys.modules)}, stream)
"""

HEAVY = {"torch", "transformers", "great_expectations", "peft", "datasets", "pandas"}


def run_and_tell(bench: Any, *options: str) -> set[str]:
    told = bench.root / "told.json"
    done = bench.python("-c", RUN_AND_TELL, str(told), str(bench.recipe), *options)
    content = json.loads(told.read_text())
    assert content["code"] == 0, done.stderr
    return set(content["modules"])


def test_a_fully_cached_run_imports_neither_torch_nor_transformers_nor_great_expectations(bench: Any):
    working = run_and_tell(bench, "--refresh", "validation", "--refresh", "evaluation")
    assert working >= {"torch", "transformers", "peft", "great_expectations", "pandas"}
    cached = run_and_tell(bench)
    assert "prefect" in cached
    assert cached.isdisjoint(HEAVY - {"pandas"}), sorted(cached & HEAVY)
    assert bench.versions() == [1]


def test_help_and_a_recipe_with_a_mistake_import_nothing_heavy(bench: Any):
    script = "import sys\nfrom flows.cli import main\nsys.argv = sys.argv[1:]\n"
    script += "try:\n    main()\nexcept SystemExit:\n    print('\\n' + ' '.join(sorted(sys.modules)))\n"
    for words, light in (("--help", {"mlflow", "prefect"}), ("run no_such_recipe", {"mlflow"})):
        done = bench.python("-c", script, "gadfly", *words.split())
        modules = set(done.stdout.splitlines()[-1].split())
        assert "typer" in modules, done.stderr
        assert modules.isdisjoint(HEAVY | light), (words, sorted(modules & (HEAVY | light)))
