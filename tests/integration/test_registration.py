"""The registry: a version for each thing trained, never two, and none that comes back different."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasks import progress
from tasks.errors import GateError

PREDICT = """
import json, sys
import mlflow, pandas
model = mlflow.pyfunc.load_model(sys.argv[1])
prompts = pandas.DataFrame({"prompt": ["The Heron says", "The river"]})
params = {"max_new_tokens": 5, "temperature": 0.0, "seed": 1}
made = [model.predict(prompts, params=params), model.predict(prompts, params=params | {"max_new_tokens": 9})]
print(json.dumps({"made": made, "modules": sorted(name for name in sys.modules if "." not in name)}))
"""


def tamper(trained: Path) -> None:
    """Change what was learned: the files stay valid."""
    from safetensors.torch import load_file, save_file

    (file,) = trained.rglob("*.safetensors")
    save_file({name: tensor + 0.01 for name, tensor in load_file(file).items()}, file, metadata={"format": "pt"})


def mlflow_environment(bench: Any, folder: Path) -> dict[str, str]:
    """The environment of a process that knows MLflow's database and nothing of this checkout or its home."""
    env = {name: value for name, value in bench.environment().items() if name not in ("GADFLY_HOME", "PYTHONPATH")}
    database = f"sqlite:///{bench.home / 'mlruns' / 'mlflow.db'}"
    path = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"  # MLflow starts uvicorn by name
    own = {"MLFLOW_TRACKING_URI": database, "HOME": str(folder), "MLFLOW_DISABLE_TELEMETRY": "true", "PATH": path}
    return env | own


def test_the_same_training_never_makes_a_second_version(bench: Any):
    """Neither when training runs again to the same bytes, nor when only what comes after it changed."""
    assert bench.run(refresh=["training"])["model"]["version"] == 1
    assert bench.run("evaluation.samples_per_probe=2")["model"]["version"] == 1
    assert bench.versions() == [1]
    assert len(bench.mlflow_runs()) == 3, "each run in which something ran leaves one MLflow run"


def test_data_of_which_nothing_is_stated_is_refused_by_name_until_it_is_stated_or_waived(bench: Any):
    bench.replace(bench.recipe, ", licence: MIT", "")
    unstated = bench.run()
    assert "provenance" in unstated["model"]["gate"]["outcome"]
    assert unstated["stages"]["training"]["state"] == "cached", "what is stated of the data trains nothing again"
    for said in ("source.origin=a shoe box", "registration.waive.provenance=Ann wrote it herself"):
        assert "provenance" not in bench.run(said)["model"]["gate"]["outcome"]
    assert bench.versions() == [1]


def test_the_newest_version_is_challenger_and_none_is_champion(bench: Any):
    assert bench.summary["model"]["aliases"] == ["challenger"]
    second = bench.run("training.seed=7")
    assert second["model"]["version"] == 2
    client = bench.mlflow()
    assert {name: int(number) for name, number in client.get_registered_model("tiny").aliases.items()} == {
        "challenger": 2
    }


def test_a_version_says_where_it_came_from(first_run: Any, digests: Any):
    version = first_run.mlflow().get_model_version("tiny", "1")
    assert version.tags["gadfly.training_digest"] == digests(first_run.summary)["training"]["trained"]
    assert version.tags["gadfly.run_id"] == first_run.summary["run_id"]
    assert version.run_id == first_run.summary["model"]["mlflow_run_id"]
    (run,) = first_run.mlflow_runs()
    assert run.info.status == "FINISHED"
    assert run.data.tags["gadfly.digest.tokens"] == digests(first_run.summary)["tokenization"]["tokens"]
    assert run.data.metrics["eval/nll"] == first_run.summary["metrics"]["tuned"]["nll"]
    assert float(run.data.params["training.learning_rate"]) == 0.001


def test_a_registered_model_predicts_in_a_process_that_knows_nothing_of_gadfly(bench: Any, tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", PREDICT, "models:/tiny/1"],
        cwd=tmp_path,
        env=mlflow_environment(bench, tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert {"flows", "prefect"}.isdisjoint(told["modules"])
    short, long = told["made"]
    assert len(short) == 2
    assert all(text for text in short)
    assert [text[: len(start)] for text, start in zip(long, short, strict=True)] == short, "params reach the model"
    assert any(len(text) > len(start) for text, start in zip(long, short, strict=True))


def test_a_registered_model_has_the_logits_of_what_was_trained(bench: Any):
    import torch

    from tasks.base_files import base_folder, resolve_base
    from tasks.base_model import load_model
    from tasks.registration.task import load_registered
    from tasks.trained_model import load_trained

    def logits() -> tuple[Any, Any, Any]:
        from flows.recipe import load_recipe

        base = resolve_base(load_recipe(str(bench.recipe)).base)
        trained = bench.artifact(bench.summary, "training", "trained")
        served, tokenizer = load_registered("tiny@challenger")
        tuned = load_trained(base_folder(base), trained, bench.store.open(trained))
        ids = torch.tensor([tokenizer("The heron waits for the river.")["input_ids"]])
        with torch.inference_mode():
            return served(ids).logits, tuned(ids).logits, load_model(base_folder(base))(ids).logits

    served, tuned, base = bench.call(logits)
    assert torch.equal(served, tuned)
    assert not torch.equal(served, base)


def test_a_tampered_model_is_refused_by_the_reload_check(bench: Any):
    """The same check passes before the file in MLflow's folder is changed."""
    from tasks.base_files import resolve_base
    from tasks.registration.logged_model import check_reload
    from tasks.tokenized import read_tokens

    def check() -> None:
        from flows.recipe import load_recipe

        base = resolve_base(load_recipe(str(bench.recipe)).base)
        trained = bench.artifact(bench.summary, "training", "trained")
        tokens = bench.store.open(bench.artifact(bench.summary, "tokenization", "tokens"))
        bench.mlflow()
        check_reload("models:/tiny/1", base, trained, bench.store.open(trained), read_tokens(tokens).holdout[:4])

    bench.call(check)
    (logged,) = (bench.home / "mlruns" / "artifacts" / "tiny" / "models").iterdir()
    tamper(logged / "artifacts" / "artifacts")
    with pytest.raises(GateError, match="the registry refuses the model: reloaded from MLflow, its logits differ by"):
        bench.call(check)


def test_a_run_renders_its_report_once_with_its_verdict(bench: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    from flows import finetune

    real, verdicts = finetune.report_run, []

    def report_run(*arguments: Any) -> Any:
        verdicts.append(arguments[-1])
        return real(*arguments)

    monkeypatch.setattr(finetune, "report_run", report_run)
    summary = bench.run("training.learning_rate=0.002")
    assert [verdict["version"] for verdict in verdicts] == [2]
    run_id = summary["model"]["mlflow_run_id"]
    logged = bench.call(bench.mlflow().download_artifacts, run_id, "report/report.html", str(tmp_path))
    assert Path(logged).read_text() == Path(summary["report"]).read_text()


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_model_that_changes_between_logging_and_reloading_is_not_registered(
    bench: Any, monkeypatch: pytest.MonkeyPatch, method: str
):
    from tasks.registration import publish

    real = publish.log_model
    logged: list[str] = []

    def log_and_tamper(*arguments: Any) -> str:
        uri = real(*arguments)
        folder = bench.home / "mlruns" / "artifacts" / "tiny" / "models" / uri.removeprefix("models:/")
        tamper(folder / "artifacts" / "artifacts")
        logged.append(uri)
        return uri

    monkeypatch.setattr(publish, "log_model", log_and_tamper)
    change = ["training.learning_rate=0.002"] if method == "lora" else ["training.lora=null", "training.method=full"]
    told: list[progress.Event] = []
    reports = set((bench.home / ".gadfly" / "reports").iterdir())
    with progress.listening(told.append), pytest.raises(GateError, match="Nothing was registered"):
        bench.run(*change)
    assert [event.state for event in told if event.stage == "registration"] == ["began", "failed"]
    assert len(set((bench.home / ".gadfly" / "reports").iterdir()) - reports) == 1, "it has a report all the same"
    assert len(logged) == 1
    assert bench.versions() == [1]
    assert bench.mlflow_runs()[0].info.status == "FAILED"

    monkeypatch.undo()
    again = bench.run(*change)
    assert again["stages"]["training"]["state"] == "cached"
    assert again["model"]["version"] == 2


def test_a_base_that_changed_since_is_refused_when_a_version_is_loaded(bench: Any, make_model: Any):
    from tasks.registration.task import load_registered

    assert bench.run("training.seed=7")["model"]["version"] == 2
    bench.call(load_registered, "tiny@2")
    make_model("GPT2", seed=1, n_positions=128).save_pretrained(bench.folder / "base")
    with pytest.raises(Exception, match=r"the base model in .* is gone or was changed since it was used"):
        bench.call(load_registered, "tiny@2")


@pytest.mark.slow
def test_mlflow_serves_a_version_and_passes_params_on(bench: Any, tmp_path: Path, free_port: Callable[[], int]):
    port = free_port()
    words = ["models", "serve", "-m", "models:/tiny@challenger", "--env-manager", "local"]
    with (tmp_path / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *words, "--host", "127.0.0.1", "--port", str(port)],
            cwd=tmp_path,
            env=mlflow_environment(bench, tmp_path),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        while not _is_up(f"http://127.0.0.1:{port}/ping"):
            assert server.poll() is None, (tmp_path / "server.log").read_text()
            time.sleep(0.3)
        answers = [
            _post(f"http://127.0.0.1:{port}/invocations", {"max_new_tokens": tokens, "temperature": 0.0})
            for tokens in (4, 8)
        ]
        stop = answers[1]["predictions"][0][2:4]
        address = f"http://127.0.0.1:{port}/invocations"
        stopped = _post(address, {"max_new_tokens": 8, "temperature": 0.0, "stop": ["never written", stop]})
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    (short,), (long,) = (answer["predictions"] for answer in answers)
    assert short
    assert long.startswith(short)
    assert len(long) > len(short)
    assert stopped["predictions"] == [long.partition(stop)[0]]


def _is_up(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _post(url: str, params: dict[str, Any]) -> Any:
    body = json.dumps({"dataframe_split": {"columns": ["prompt"], "data": [["The Heron says"]]}, "params": params})
    request = urllib.request.Request(url, body.encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)
