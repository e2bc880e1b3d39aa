"""An exported model is a folder that plain transformers loads, with the logits of the registered version."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tasks.errors import GateError, RecipeError

PLAIN = """
import sys
sys.modules["tasks"] = sys.modules["flows"] = sys.modules["mlflow"] = None  # an import of them fails
import json, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32).eval()
inputs = tokenizer("The Heron says", return_tensors="pt")
with torch.inference_mode():
    logits = model(input_ids=inputs["input_ids"]).logits
made = model.generate(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], do_sample=False,
                      max_new_tokens=6, pad_token_id=tokenizer.eos_token_id)
print(json.dumps({"logits": logits[0, -1].tolist(), "text": tokenizer.decode(made[0]), "class": type(model).__name__}))
"""
"""A program that knows transformers and peft alone."""


def export(bench: Any, name: str, folder: Path, *, merge: bool = False) -> dict[str, Any]:
    """Export with the bench's home."""
    from flows.export import export

    told: dict[str, Any] = bench.call(export, name, str(folder), merge=merge)
    return told


def plainly(folder: Path, cwd: Path) -> dict[str, Any]:
    """What plain transformers makes of a folder."""
    done = subprocess.run(
        [sys.executable, "-c", PLAIN, str(folder)], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def registered_logits(bench: Any, name: str) -> list[float]:
    """The registered model's logits behind the same prompt."""
    import torch

    from tasks.registration.task import load_registered

    model, tokenizer = bench.call(load_registered, name)
    with torch.inference_mode():
        logits = model(**{"input_ids": tokenizer("The Heron says", return_tensors="pt")["input_ids"]}).logits
    return list(logits[0, -1].tolist())


def test_an_adapter_and_its_merge_have_the_registered_models_logits(first_run: Any, tmp_path: Path):
    adapter = export(first_run, "tiny@challenger", tmp_path / "adapter")
    merged = export(first_run, "tiny@1", tmp_path / "merged", merge=True)
    assert (adapter["kind"], merged["kind"]) == ("adapter", "merged")
    assert adapter["base"] == str(first_run.folder / "base")
    assert merged["base"] == ""
    assert adapter["max_logit_difference"] == 0.0
    assert 0 < merged["max_logit_difference"] <= merged["allowed_difference"]
    expected = registered_logits(first_run, "tiny@1")
    for folder, exactly in (("adapter", 1e-6), ("merged", 1e-4)):
        told = plainly(tmp_path / folder, tmp_path)
        assert told["logits"] == pytest.approx(expected, abs=exactly * max(map(abs, expected)))
        assert told["text"].startswith("The Heron says")
    names = {path.name for path in (tmp_path / "merged").iterdir()}
    assert {"README.md", "config.json", "model.safetensors", "tokenizer.json"} <= names
    assert not {"adapter_config.json", "training.json"} & names
    cards = [(tmp_path / folder / "README.md").read_text("utf-8") for folder in ("adapter", "merged")]
    assert "library_name: peft\n" in cards[0]
    assert "library_name: transformers\n" in cards[1]
    assert "gadfly run" in cards[0]


def test_weights_are_written_whole(bench: Any, tmp_path: Path):
    made = bench.run("training.lora=null", "training.method=full")
    exported = export(bench, f"tiny@{made['model']['version']}", tmp_path / "whole")
    assert exported["kind"] == "weights"
    assert exported["max_logit_difference"] == 0.0
    told = plainly(tmp_path / "whole", tmp_path)
    expected = registered_logits(bench, f"tiny@{made['model']['version']}")
    assert told["logits"] == pytest.approx(expected, abs=1e-6 * max(map(abs, expected)))


def test_nothing_is_overwritten_and_only_registered_versions_are_exported(first_run: Any, tmp_path: Path):
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(RecipeError, match="is not empty"):
        export(first_run, "tiny@1", tmp_path)
    with pytest.raises(RecipeError, match="is a file"):
        export(first_run, "tiny@1", tmp_path / "mine.txt")
    with pytest.raises(RecipeError, match="give NAME@alias or NAME@version"):
        export(first_run, "tiny", tmp_path / "new")
    with pytest.raises(RecipeError, match="no registered version is called tiny@9"):
        export(first_run, "tiny@9", tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_export_that_reads_back_as_another_model_leaves_nothing(
    first_run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from tasks.registration import export as exporting

    real = exporting._write_adapter

    def spoil(trained: Path, location: Any, target: Path) -> None:
        from safetensors.torch import load_file, save_file

        real(trained, location, target)
        file = target / "adapter_model.safetensors"
        save_file({name: tensor + 0.1 for name, tensor in load_file(file).items()}, file, metadata={"format": "pt"})

    monkeypatch.setattr(exporting, "_write_adapter", spoil)
    with pytest.raises(GateError, match="the export is another model"):
        export(first_run, "tiny@1", tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_the_runs_files_in_mlflow_bear_fixed_names(first_run: Any, tmp_path: Path):
    client = first_run.mlflow()
    run = first_run.summary["model"]["mlflow_run_id"]
    assert {"report/report.html", "report/data.html"} == {file.path for file in client.list_artifacts(run, "report")}
    report = Path(client.download_artifacts(run, "report/report.html", str(tmp_path))).read_text("utf-8")
    assert report == Path(first_run.summary["report"]).read_text("utf-8"), "with the gate's clauses, as on disk"
    assert "The gate" in report
    card = Path(client.download_artifacts(run, "model_card.md", str(tmp_path))).read_text("utf-8")
    assert card.startswith("---\n")


def test_a_cached_runs_report_lists_the_gates_clauses_too(bench: Any):
    again = bench.run()
    assert again["stages"]["registration"]["state"] == "cached"
    report = Path(again["report"]).read_text("utf-8")
    assert "The gate" in report
    assert "from the cache" in report
