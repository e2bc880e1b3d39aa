"""What a change costs: each test makes one change after a first run and says which stages run again."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.evaluation.config import SEED_SD_FLOOR

DATA = {"ingestion", "validation", "tokenization", "baseline"}
SAMPLES = {"baseline samples", "samples"}
"""The stages before training, whose work doesn't depend on it."""


def ran(summary: dict[str, Any]) -> set[str]:
    return {stage for stage, facts in summary["stages"].items() if facts["state"] in ("ran", "would run")}


def why(summary: dict[str, Any], stage: str) -> str:
    return "; ".join(summary["stages"][stage]["why"])


def test_the_first_run_runs_everything(first_run: Any, states: Any):
    assert set(states(first_run.summary).values()) == {"ran"}
    assert len(first_run.summary["stages"]) == 10
    assert first_run.summary["rows"]["quarantined"] >= 2
    assert first_run.summary["model"]["version"] == 1
    assert len(first_run.mlflow_runs()) == 1


def test_the_same_again_runs_nothing_and_registers_nothing(bench: Any, states: Any, digests: Any):
    again = bench.run()
    assert set(states(again).values()) == {"cached"}
    assert digests(again) == digests(bench.summary)
    assert again["model"] == bench.summary["model"]
    assert bench.versions() == [1]
    assert len(bench.mlflow_runs()) == 1
    first = bench.summary["run_id"]
    assert again["run_id"] != first
    assert {facts["made_by"] for stage, facts in again["stages"].items() if stage != "registration"} == {first}


def test_prefect_itself_shows_every_cached_stage_as_cached(bench: Any, task_run_states: Any):
    again = bench.run()
    shown = task_run_states(again["run_id"])
    assert len(shown) == 10
    assert shown.pop("registration · tiny") == "Completed"
    assert set(shown.values()) == {"Cached"}, shown


def test_a_new_learning_rate_reruns_training_and_what_follows(bench: Any):
    changed = bench.run("training.learning_rate=0.002")
    assert ran(changed) == {"training", "evaluation", "samples", "comparison", "registration"}
    assert why(changed, "training") == "config learning_rate: 0.001 → 0.002"
    assert "input trained: sha256:" in why(changed, "evaluation")
    assert changed["model"]["version"] == 2
    assert bench.versions() == [1, 2]
    assert len(bench.mlflow_runs()) == 2

    back = bench.run()
    assert ran(back) == set()
    assert back["model"]["version"] == 1


def test_a_contract_that_accepts_the_same_rows_judges_data_and_samples_and_stops_there(bench: Any):
    bench.replace(bench.contract, "signal: word_count, max: 800", "signal: word_count, max: 799")
    changed = bench.run()
    assert ran(changed) == {"validation", *SAMPLES}
    assert "contract.rules" in why(changed, "validation")
    assert bench.versions() == [1]


def test_an_edited_contract_under_the_same_path_is_noticed(bench: Any):
    bench.replace(bench.contract, "signal: word_count, min: 3", "signal: word_count, min: 12")
    changed = bench.run()
    assert {"validation", "tokenization", "training"} <= ran(changed)
    assert "ingestion" not in ran(changed)
    assert changed["rows"]["reasons"]["too_short"] > bench.summary["rows"]["reasons"]["too_short"]


def test_a_contract_file_renamed_or_described_otherwise_runs_nothing(bench: Any):
    bench.contract.rename(bench.folder / "renamed.yaml")
    bench.replace(bench.recipe, "./contract.yaml", "./renamed.yaml")
    bench.replace(bench.folder / "renamed.yaml", "version: 1\n", "version: 1\ndescription: Other words.\n")
    assert ran(bench.plan()) == set()


def test_a_new_row_reruns_what_it_touches_and_old_rows_keep_their_side(bench: Any):
    before = bench.frame(bench.summary, "accepted").set_index("row_id")["split"]
    bench.add_row("A patient gardener never scolds the snow for being late to the funeral of autumn.", "Gardener")
    changed = bench.run()
    assert ran(changed) >= {"ingestion", "validation", "tokenization", "training", "registration"}
    after = bench.frame(changed, "accepted").set_index("row_id")["split"]
    assert len(after) == len(before) + 1
    assert (after[before.index] == before).all()


def test_a_junk_row_on_top_of_the_source_changes_nothing_after_validation(bench: Any, digests: Any):
    bench.add_row("https://example.com/bbbbbbb", "Nobody", on_top=True)
    changed = bench.run()
    assert ran(changed) == {"ingestion", "validation"}
    assert changed["rows"]["quarantined"] == bench.summary["rows"]["quarantined"] + 1
    assert digests(changed)["validation"]["accepted"] == digests(bench.summary)["validation"]["accepted"]
    assert changed["model"] == bench.summary["model"] | {"mlflow_run_id": changed["model"]["mlflow_run_id"]}
    assert bench.versions() == [1]


def test_an_edited_general_text_under_the_same_path_is_noticed(bench: Any):
    text = bench.folder / "general.txt"
    text.write_text(text.read_text() + "\nOne more paragraph, of which nobody was told.\n")
    changed = bench.run()
    assert ran(changed) == {"baseline", "evaluation", *SAMPLES, "comparison"}
    assert "general.path: sha256:" in why(changed, "evaluation")
    assert changed["metrics"]["base"]["general_nll"] != bench.summary["metrics"]["base"]["general_nll"]


def test_another_floor_for_noise_measures_no_model_again(bench: Any):
    changed = bench.run("evaluation.noise.floor=9")
    assert ran(changed) == {"comparison"}
    assert why(changed, "comparison") == f"config noise.floor: {SEED_SD_FLOOR} → 9.0"
    assert bench.summary["comparison"]["noise"]["source"] == changed["comparison"]["noise"]["source"] == "stated floor"
    assert not changed["comparison"]["is_better"]


def test_more_seeds_train_only_those_that_were_never_trained(bench: Any):
    changed = bench.run("evaluation.noise.seeds=3")
    extra = {f"{stage} seed {seed}" for stage in ("training", "evaluation") for seed in (43, 44)}
    assert ran(changed) == {*extra, "comparison"}
    assert changed["comparison"]["noise"]["source"] == "3 seeds of this recipe"
    assert bench.versions() == [1]

    again = bench.run("evaluation.noise.seeds=4")
    assert ran(again) == {"training seed 45", "evaluation seed 45", "comparison"}

    own = bench.run("training.seed=43")
    assert ran(own) == {"evaluation", "samples", "comparison", "registration"}
    assert own["stages"]["training"]["digests"] == changed["stages"]["training seed 43"]["digests"]


def test_another_base_under_the_same_path_is_noticed(bench: Any, make_model: Any):
    make_model("GPT2", seed=1, n_positions=128).save_pretrained(bench.folder / "base")
    plan = bench.plan()
    assert ran(plan) >= {"tokenization", "baseline", "training", "evaluation"}
    assert ran(plan).isdisjoint({"ingestion", "validation"})
    assert "input base: sha256:" in why(plan, "training")


def test_a_readme_beside_the_base_changes_nothing(bench: Any):
    (bench.folder / "base" / "README.md").write_text("# A base\n")
    assert ran(bench.plan()) == set()


@pytest.mark.parametrize("stage", ["ingestion", "baseline", "training"])
def test_refresh_runs_one_stage_and_gets_the_same_bytes(bench: Any, digests: Any, stage: str):
    refreshed = bench.run(refresh=[stage])
    assert ran(refreshed) == {stage}
    assert refreshed["stages"][stage]["why"] == ["refresh asked for"]
    assert digests(refreshed) == digests(bench.summary)
    assert bench.versions() == [1]


def test_a_plan_names_what_changed_and_touches_nothing(bench: Any):
    def contents() -> dict[str, tuple[int, int]]:
        state = bench.home / ".gadfly" / "store"
        return {
            str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in state.rglob("*") if path.is_file()
        }

    before = contents()
    bench.add_row("The moon keeps no diary, and still the tide remembers everything it said.", "Tide")
    plan = bench.plan("training.learning_rate=0.002")
    assert ran(plan) == {*DATA, "training", "evaluation", *SAMPLES, "comparison"}
    assert plan["stages"]["registration"]["state"] == "looks"
    (source,) = plan["stages"]["ingestion"]["why"]
    assert "path: sha256:" in source
    assert source.count("sha256:") == 2
    assert "input rows: sha256:" in why(plan, "validation")
    assert "→ not known yet" in why(plan, "validation")
    assert "learning_rate: 0.001 → 0.002" in why(plan, "training")
    assert contents() == before
    assert len(before) > 20
    assert bench.versions() == [1]
    assert len(bench.mlflow_runs()) == 1


def test_a_plan_names_a_library_that_changed(bench: Any, monkeypatch: pytest.MonkeyPatch):
    from tasks import code_identity

    real = code_identity._version
    monkeypatch.setattr(code_identity, "_version", lambda name: "0.0.1" if name == "peft" else real(name))
    plan = bench.plan()
    assert {"training", "evaluation"} <= ran(plan)
    assert ran(plan).isdisjoint({"ingestion", "validation"})
    assert f"library peft: {real('peft')} → 0.0.1" in why(plan, "training")
