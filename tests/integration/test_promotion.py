"""Promotions for real: trained models, their evidence, the gate, MLflow's registry and its server.

Version 1 learned next to nothing, versions 2 and 3 learned alike and differ by their seed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.errors import RecipeError

CLAUSES = ["improvement", "sample_junk", "forgetting", "stopping", "copying", "leak", "fit", "reload", "provenance"]
LEARNED = [
    "training.method=full",
    "training.lora=null",
    "training.learning_rate=0.01",
    "training.epochs=3",
    "registration.gate.min_stop_rate=0",  # samples of 8 tokens hardly ever end
]
PATIENCE_S = 120
"""How long a test waits for servers on a busy machine."""


@pytest.fixture(scope="module")
def three_versions(new_bench: Callable[..., Any], first_run: Any) -> Any:
    """A bench with versions 1 to 3 and no champion. Don't change it."""
    bench = new_bench(first_run)
    bench.second = bench.run(*LEARNED)["model"]
    bench.third = bench.run(*LEARNED, "training.seed=7")["model"]
    return bench


@pytest.fixture
def trio(new_bench: Callable[..., Any], three_versions: Any) -> Any:
    """A copy of it for a test."""
    return new_bench(three_versions)


def promote(bench: Any, version: int, **options: Any) -> dict[str, Any]:
    from flows.promotion import promote as flow

    made: dict[str, Any] = bench.call(flow, "tiny", str(version), **options)
    return made


def aliases(bench: Any) -> dict[str, int]:
    return {name: int(number) for name, number in bench.mlflow().get_registered_model("tiny").aliases.items()}


def logged_folder(bench: Any, version: int) -> Path:
    """Where MLflow keeps a version's model."""
    source = bench.mlflow().get_model_version("tiny", str(version)).source
    models: Path = bench.home / "mlruns" / "artifacts" / "tiny" / "models"
    return models / source.removeprefix("models:/") / "artifacts"


def refusal(bench: Any, version: int) -> dict[str, Any]:
    """The verdict of a promotion that is refused; nobody becomes champion by it."""
    from flows.promotion import PromotionRefused

    before = aliases(bench)
    with pytest.raises(PromotionRefused) as refused:
        promote(bench, version)
    assert aliases(bench) == before
    return refused.value.verdict


def names_refused(verdict: dict[str, Any]) -> list[str]:
    return [clause["name"] for clause in verdict["clauses"] if not clause["passed"]]


def test_every_version_is_judged_once_when_it_is_registered(three_versions: Any):
    assert three_versions.summary["model"]["gate"]["outcome"].startswith("refused (improvement")
    for told in (three_versions.second, three_versions.third):
        assert told["gate"] == {"outcome": "passed", "against": "its base", "champion": None}
    client = three_versions.mlflow()
    tags = [client.get_model_version("tiny", str(number)).tags["gate"] for number in (1, 2, 3)]
    assert tags[0].startswith("refused (improvement")
    assert tags[1:] == ["passed", "passed"]
    assert len(three_versions.mlflow_runs()) == 3, "a verdict is no entry of the promotion log"


def test_a_cached_run_doesnt_judge_again(trio: Any, monkeypatch: pytest.MonkeyPatch):
    from flows import promotion

    def never(*_: Any) -> None:
        raise AssertionError("judged again")

    monkeypatch.setattr(promotion, "judged", never)
    assert trio.run(*LEARNED)["model"]["gate"]["outcome"] == "passed"
    with pytest.raises(AssertionError, match="judged again"):  # another bound is another verdict
        trio.run(*LEARNED, "registration.gate.min_improvement=0.001")


def test_promote_prints_every_clause_and_refuses_with_exit_code_4(trio: Any):
    refused, as_json, no_why, promoted, listed = trio.gadfly(
        ["promote", "tiny", "1"],
        ["promote", "tiny", "1", "--json"],
        ["promote", "tiny", "1", "--force"],
        ["promote", "tiny", "--why", "the newest one", "--json"],
        ["models", "tiny", "--json"],
    )
    assert refused.code == 4
    for name in CLAUSES:
        assert f"  {name}: seen " in refused.stderr
    assert as_json.code == 4
    assert [clause["name"] for clause in as_json.json["verdict"]["clauses"]] == CLAUSES
    assert no_why.code == 2
    assert "--force needs --why" in no_why.stderr
    assert promoted.code == 0, promoted.stderr
    assert promoted.json["entry"]["to_version"] == 3, "the challenger"
    log = listed.json["log"]
    assert [(entry["action"], entry["version"]) for entry in log] == [("refused", 1), ("refused", 1), ("promoted", 3)]
    assert (log[2]["why"], log[2]["gate"]) == ("the newest one", "passed")
    assert aliases(trio) == {"champion": 3}


def test_a_challenger_is_held_against_the_champion_on_its_own_held_out_rows(trio: Any):
    promote(trio, 2)
    verdict = refusal(trio, 3)
    assert verdict["against"] == "champion version 2"
    assert "improvement" in names_refused(verdict), "another seed is no improvement"
    comparison = verdict["measured"]["comparison"]
    assert comparison["against"] == "champion"
    assert comparison["rows"] == trio.summary["rows"]["split"]["holdout"]
    assert comparison["excluded_rows"] == 0
    assert abs(comparison["improvement"]["nll"]) < 0.5
    assert verdict["measured"]["champion_samples"]["judged"] > 0
    told = trio.mlflow().get_model_version("tiny", "3").tags
    assert told["gadfly.gate_against"] == "champion version 2"


def test_a_champion_of_another_prompt_format_reads_rows_in_its_own(trio: Any):
    """Given this one's format the champion would seem worse by all that the format costs it."""
    promote(trio, 2)
    formatted = [*LEARNED, "registration.gate.min_improvement=0.1", 'prompt.template="[{author}] => {text} <="']
    told = trio.run(*formatted)["model"]
    assert told["gate"]["against"] == "champion version 2"
    verdict = refusal(trio, 4)
    assert set(verdict["champion_artifacts"]) == {"comparison", "samples"}, "no scores to stand beside this one's"
    comparison = verdict["measured"]["comparison"]
    assert abs(comparison["improvement"]["nll"]) < 0.5, "as two seeds of one recipe"
    assert comparison["rows"] == trio.summary["rows"]["split"]["holdout"]
    written = trio.store.read_json(trio.artifact(trio.summary, "tokenization", "tokens"), "tokens.json")
    assert comparison["tokens"] < written["counts"]["holdout"]["supervised_tokens"], "only what follows the author"


def test_models_that_write_different_columns_are_not_compared(trio: Any):
    promote(trio, 2)
    assert trio.run(*LEARNED, 'prompt.template="{text} ({author})"')["model"]["gate"]["outcome"] == "refused (evidence)"
    (clause,) = refusal(trio, 4)["clauses"]
    assert "tiny@2 was trained to write text, this version author" in clause["why"]


def test_a_champion_on_another_base_and_tokenizer_is_compared_by_the_bytes(trio: Any, make_model: Any):
    """Its tokens are bytes: its nats a token are lower for that alone, its bits a byte are not."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    from flows.gating import gate
    from tasks.artifacts import ArtifactRef
    from tasks.registration.task import read_record

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={token: n for n, token in enumerate(["<end>", *alphabet])}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    other = trio.root / "bytes"
    make_model("GPT2", seed=3, vocab_size=257, n_positions=256).save_pretrained(other)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>").save_pretrained(other)
    on_bytes = [*LEARNED, f"base.model={other}", "tokenization.max_seq_len=256"]
    assert trio.run(*on_bytes)["model"]["gate"]["outcome"] == "passed"
    promote(trio, 4)
    verdict = trio.call(gate, "tiny", 3)[0]
    scores = ArtifactRef.model_validate(verdict["champion_artifacts"]["scores"])
    champion = trio.store.read_json(scores, "scores.json")
    own = trio.store.read_json(trio.call(read_record, "tiny", 3).artifacts["tuned_scores"], "scores.json")
    assert champion["holdout"]["tokens"] > own["holdout"]["tokens"]
    gained = champion["holdout"]["bits_per_byte"] - own["holdout"]["bits_per_byte"]
    found = verdict["measured"]["comparison"]["improvement"]
    assert found["bits_per_byte"] == pytest.approx(gained, abs=0.02)


def test_force_and_two_rollbacks(trio: Any):
    from flows.promotion import rollback

    promote(trio, 1, force=True, why="a start")
    promote(trio, 2)
    assert promote(trio, 3, force=True, why="it sounds better")["entry"]["forced"]
    assert aliases(trio) == {"champion": 3, "previous_champion": 2}
    assert trio.call(rollback, "tiny")["entry"]["to_version"] == 2
    assert trio.call(rollback, "tiny", "this too")["entry"]["to_version"] == 1
    with pytest.raises(RecipeError, match="version 1 is its first champion"):
        trio.call(rollback, "tiny")


def test_auto_promotes_what_passes_and_never_what_a_person_rolled_back_from(trio: Any):
    from flows.promotion import rollback

    promote(trio, 2)
    auto = [*LEARNED, "registration.promote=auto", "training.epochs=12", "training.learning_rate=0.003"]
    told = trio.run(*auto)["model"]
    assert told["gate"] == {"outcome": "passed", "against": "champion version 2", "champion": 4}
    assert aliases(trio) == {"champion": 4, "previous_champion": 2}
    trio.call(rollback, "tiny", "it swears")
    assert trio.run(*auto)["model"]["gate"]["champion"] == 2
    assert aliases(trio) == {"champion": 2}


def test_a_corrupted_model_is_refused_by_name(trio: Any):
    (weights,) = logged_folder(trio, 2).glob("artifacts/*/*.safetensors")
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    verdict = refusal(trio, 2)
    assert names_refused(verdict) == ["reload"]
    (clause,) = (clause for clause in verdict["clauses"] if clause["name"] == "reload")
    assert "model.safetensors was altered" in clause["seen"]
    content[-1] ^= 1
    weights.write_bytes(content)
    assert promote(trio, 2)["verdict"]["passed"], "what was mended is judged again"


def test_a_model_on_another_base_than_its_own_is_refused(trio: Any, make_model: Any):
    import yaml

    from tasks.registration.task import load_registered

    other = trio.root / "other"
    shutil.copytree(trio.folder / "base", other)
    make_model("GPT2", seed=5, n_positions=128).save_pretrained(other)  # the same shapes
    from tasks.base_files import BaseConfig, base_identity, resolve_base

    identity = trio.call(lambda: base_identity(resolve_base(BaseConfig(model=str(other)))))
    for version, what in ((1, "adapter was"), (2, "weights were")):
        file = logged_folder(trio, version) / "MLmodel"
        content = yaml.safe_load(file.read_text())
        content["flavors"]["python_function"]["config"] |= {
            "base_identity": identity,
            "base_location": {"path": str(other)},
        }
        file.write_text(yaml.safe_dump(content))
        with pytest.raises(Exception, match=f"the {what} made for another base"):
            trio.call(load_registered, f"tiny@{version}")
    assert names_refused(refusal(trio, 2)) == ["reload"]


def test_a_champion_that_the_store_lost_is_measured_from_mlflow(trio: Any):
    promote(trio, 2)
    from tasks.registration.task import read_record

    record = trio.call(read_record, "tiny", 2)
    for name in ("trained", "base"):
        trio.store.remove(record.artifacts[name])
    assert refusal(trio, 3)["against"] == "champion version 2"
    assert trio.store.is_whole(record.artifacts["trained"])


def test_a_version_says_what_it_is_and_what_it_learned_from(three_versions: Any):
    client = three_versions.mlflow()
    tags = client.get_model_version("tiny", "2").tags
    assert tags.items() >= {"dataset.licence": "MIT", "contract": "tiny v1", "gate": "passed"}.items()
    assert tags["dataset"].endswith("rows.csv")
    assert tags["base"].endswith("base")
    run = client.get_run(client.get_model_version("tiny", "2").run_id)
    inputs = {given.tags[0].value: given.dataset for given in run.inputs.dataset_inputs}
    assert inputs.keys() == {"training", "evaluation"}
    split, digest = inputs["training"].digest.split()
    assert split == "train"
    assert tags["dataset.accepted"].removeprefix("sha256:").startswith(digest)


@pytest.fixture
def watched(trio: Any, free_port: Callable[[], int], tmp_path: Path) -> Iterator[Any]:
    """A client of an MLflow server on the bench's registry, watched by `gadfly watch` through its webhook."""
    from mlflow import MlflowClient

    from tasks.registration.task import server_settings

    port, hook = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    words = ["server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    words += ["--backend-store-uri", f"sqlite:///{trio.home / 'mlruns' / 'mlflow.db'}"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**trio.environment(), **trio.call(server_settings, "127.0.0.1"), "PATH": path}
    log = tmp_path / "log"
    with log.open("w") as stream, contextlib.ExitStack() as ends:

        def start(*command: str, **more: str) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=tmp_path,
                env={**env, **more},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
            ends.callback(process.wait)
            ends.callback(os.killpg, process.pid, signal.SIGKILL)
            return process

        start("mlflow", *words)
        client = MlflowClient(tracking_uri=url, registry_uri=url)
        wait_for(lambda: is_up(url), log)
        start("flows.cli", "watch", "--port", str(hook), "--every", "600", MLFLOW_TRACKING_URI=url)
        wait_for(lambda: "watching http" in log.read_text(), log)
        assert "without the webhook" not in log.read_text()
        yield client, log


def is_up(url: str) -> bool:
    import urllib.request

    with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/health", timeout=2):
        return True
    return False


def wait_for(is_so: Callable[[], Any], log: Path) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if found := is_so():
            return found
        time.sleep(0.5)
    raise AssertionError(log.read_text())


def test_a_champion_set_by_hand_meets_the_gate(trio: Any, watched: Any):
    """The looks are 10 minutes apart here: what follows, follows from MLflow's webhook."""
    client, log = watched

    def gated(number: int) -> bool:
        return f"tiny version {number} by hand: " in log.read_text()

    def champion() -> str:
        return client.get_registered_model("tiny").aliases.get("champion", "none")

    client.set_registered_model_alias("tiny", "champion", "1")
    wait_for(lambda: gated(1), log)
    assert champion() == "none", log.read_text()
    assert client.get_model_version("tiny", "1").tags["gate"].startswith("refused (improvement")

    client.set_registered_model_alias("tiny", "champion", "2")
    wait_for(lambda: gated(2), log)
    assert champion() == "2", log.read_text()
    assert client.get_model_version("tiny", "2").tags["gate"] == "passed"

    client.set_registered_model_alias("tiny", "champion", "1")
    wait_for(lambda: log.read_text().count("tiny version 1 by hand: ") == 2, log)
    assert champion() == "2", "it went back"
    from tasks.registration.task import promotion_log

    told = [
        (entry.action, entry.version, entry.to_version, entry.by_hand) for entry in trio.call(promotion_log, "tiny")
    ]
    assert told == [("refused", 1, None, True), ("promoted", 2, 2, True), ("refused", 1, 2, True)], (
        "our own changes of the alias ring as well, and nothing follows from them"
    )
