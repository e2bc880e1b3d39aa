"""What all tests share: a home of their own, and tiny models made in the process. Nothing is fetched from anywhere."""

from __future__ import annotations

import os

os.environ["HF_HUB_OFFLINE"] = "1"  # before huggingface_hub reads it
os.environ["OMP_NUM_THREADS"] = "1"  # in the processes that train as well: other numbers give other bits
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import json
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from flows.environment import QUIET

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # a shell does so in the background, and children inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

END_TOKEN = "<|endoftext|>"
CONTEXT = 64
"""Tokens that the tiny models read."""
VOCABULARY = 300
"""256 bytes, the end token and a few merges."""

LONGEST = (
    *("tests/integration/test_up.py", "tests/ui/", "tests/integration/test_kills.py", "tests/integration/test_gc.py"),
    *("tests/integration/test_settings.py", "tests/integration/", "tests/unit/training/"),
)
"""Begun first, in this order: no process is left alone with a file of minutes while the others have ended."""

LARGE = (
    *("numpy", "pandas", "pyarrow.parquet", "scipy.stats", "torch", "safetensors.torch", "tokenizers", "transformers"),
    *("transformers.models.gpt2.modeling_gpt2", "peft", "great_expectations", "mlflow", "mlflow.pyfunc", "sqlalchemy"),
    *("fastapi", "httpx", "websockets", "rich", "jinja2", "opentelemetry.sdk", "typer", "pydantic_settings"),
    *("pendulum", "cryptography.x509"),
)
"""What commands import that takes long, and reads nothing of the environment that the tests change. That a command
imports what it needs is seen where one is started cold: `Bench.start` and `Bench.python`."""

QUOTES = [
    "Hope is a waking dream.",
    "The heron waits for the river to forget it.",
    "Be kind; everyone you meet has a leaking boat.",
    "No ferryman ever crossed the same water twice.",
    "A closed mouth gathers no regrets.",
    "What the wind takes it seldom brings back whole.",
    "Every lantern is brave until the morning.",
    "He who counts the stones will not finish the wall.",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first."""

    def place(item: pytest.Item) -> int:
        return next((place for place, start in enumerate(LONGEST) if item.nodeid.startswith(start)), len(LONGEST))

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file's tests stay in one process, and so do all of the browser's: what they share is made once."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "tests/ui" if nodeid.startswith("tests/ui/") else super()._split_scope(nodeid)

    return Scheduling(config, log)


class WarmStart:
    """Runs Python in processes that start with some modules imported: see `warm_start.py`."""

    def __init__(self, modules: Sequence[str]) -> None:
        self._modules = modules
        self._asked: socket.socket | None = None

    def __call__(self, command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> tuple[int, str, str]:
        """The exit status, standard output and standard error of a command, as Python takes it."""
        question = json.dumps({"command": command, "cwd": str(cwd), "env": dict(env)}).encode() + b"\n"
        (stdout, its_stdout), (stderr, its_stderr) = os.pipe(), os.pipe()
        socket.send_fds(self.started(), [question], [its_stdout, its_stderr])
        os.close(its_stdout)
        os.close(its_stderr)
        with open(stdout, encoding="utf-8") as out, open(stderr, encoding="utf-8") as err, ThreadPoolExecutor() as two:
            told, complained = two.map(lambda stream: stream.read(), (out, err))
        return int(self.started().recv(16)), told, complained

    def started(self) -> socket.socket:
        """Where the process is asked, which is started by the first question."""
        if self._asked is None:
            self._asked, theirs = socket.socketpair()
            env = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "GADFLY_"))}
            command = [sys.executable, str(Path(__file__).with_name("warm_start.py")), *self._modules]
            self._process = subprocess.Popen(command, stdin=theirs, env=env | QUIET, start_new_session=True)
            theirs.close()
        return self._asked

    def end(self) -> None:
        """End the process, if there is one."""
        if self._asked is not None:
            self._asked.close()
            self._process.wait()


@pytest.fixture(scope="session")
def warm_start_with() -> Iterator[Callable[[Sequence[str]], WarmStart]]:
    """Makes a process that imports modules and forks for each command of a session."""
    made: list[WarmStart] = []

    def make(modules: Sequence[str]) -> WarmStart:
        made.append(WarmStart(modules))
        return made[-1]

    yield make
    for process in made:
        process.end()


@pytest.fixture(scope="session")
def warm_start(warm_start_with: Callable[[Sequence[str]], WarmStart]) -> WarmStart:
    """With the large libraries, and what Prefect needs."""
    return warm_start_with(LARGE)


@pytest.fixture
def gadfly_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty `GADFLY_HOME` with nothing of the environment's own stores."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("GADFLY_HOME", str(home))
    monkeypatch.delenv("GADFLY_STORE", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return home


@pytest.fixture(scope="session")
def empty_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database without content: making its tables takes seconds."""
    home = tmp_path_factory.mktemp("registry")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GADFLY_HOME", str(home))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        from tasks.tracking import connect

        connect()
    return home / "mlruns" / "mlflow.db"


@pytest.fixture(scope="session")
def quotes() -> list[str]:
    """Short texts that the tiny tokenizer was trained on."""
    return QUOTES


@pytest.fixture(scope="session")
def tiny_tokenizer() -> Any:
    """A byte-level BPE tokenizer trained here, with an end token and no padding token, as GPT-2's."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END_TOKEN],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(QUOTES, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=backend, eos_token=END_TOKEN)


ModelMaker = Callable[..., Any]


@pytest.fixture(scope="session")
def make_model() -> ModelMaker:
    """Makes a tiny random model of an architecture, in evaluation mode, as `load_model` would load it."""
    import torch
    import transformers

    torch.set_num_threads(1)
    small = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": CONTEXT}
    wide = {**small, "intermediate_size": 64}
    settings: dict[str, dict[str, Any]] = {
        "GPT2": {
            "n_embd": 32,
            "n_layer": 2,
            "n_head": 4,
            "n_positions": CONTEXT,
            "resid_pdrop": 0.0,
            "embd_pdrop": 0.0,
            "attn_pdrop": 0.0,
        },
        "OPT": {**small, "ffn_dim": 64, "word_embed_proj_dim": 32, "dropout": 0.0},
        "Llama": {**wide, "num_key_value_heads": 2},
        "GPTNeoX": wide,
        "Qwen2": {**wide, "num_key_value_heads": 2},
    }

    def make(architecture: str = "GPT2", seed: int = 0, **changes: Any) -> Any:
        config = getattr(transformers, f"{architecture}Config")(
            **{"vocab_size": VOCABULARY, "eos_token_id": 0, "bos_token_id": None, "pad_token_id": None}
            | settings[architecture]
            | changes
        )
        torch.manual_seed(seed)
        return transformers.AutoModelForCausalLM.from_config(
            config, dtype=torch.float32, attn_implementation="sdpa"
        ).eval()

    return make


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory, make_model: ModelMaker, tiny_tokenizer: Any) -> Path:
    """A base model's folder: GPT-2 of 2 blocks, 32 wide, random weights, no dropout. Don't write into it."""
    folder = tmp_path_factory.mktemp("base")
    make_model("GPT2").save_pretrained(folder)
    tiny_tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def random_documents() -> Callable[..., list[Any]]:
    """Makes documents of given lengths: random ids, all learned, the end token (0) last."""
    from tasks.documents import Document

    def make(lengths: list[int], seed: int = 0) -> list[Document]:
        draw = random.Random(seed)
        made = [[draw.randrange(1, VOCABULARY) for _ in range(length - 1)] + [0] for length in lengths]
        return [Document(input_ids, input_ids) for input_ids in made]

    return make
