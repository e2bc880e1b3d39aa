"""Memory is a process's own, and a bare process tells what the libraries hold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.documents import Document

linux = pytest.mark.skipif(sys.platform != "linux", reason="told by /proc")
TOLD = "from tasks.training.memory import *; print(peak_bytes(), available_bytes())"


@linux
def test_the_peak_is_not_that_of_the_process_that_started_it():
    """`ru_maxrss` would be: it goes through exec."""
    held = bytearray(b"x") * 300_000_000
    done = subprocess.run([sys.executable, "-c", TOLD], stdout=subprocess.PIPE, check=True, text=True)
    peak, available = map(int, done.stdout.split())
    assert 5_000_000 < peak < 100_000_000 < len(held)
    assert available > 0


def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@linux
def test_a_peak_stays_when_the_memory_is_given_back():
    from tasks.training.memory import peak_bytes

    before = resident_bytes()
    held = bytearray(b"x") * 200_000_000
    del held
    assert peak_bytes() > before + 150_000_000
    assert resident_bytes() < before + 100_000_000


@linux
def test_what_was_freed_is_given_back():
    from tasks.training.memory import give_back

    held = [bytes(50_000) for _ in range(4000)]
    del held[:-1]  # the last one keeps the others' memory from going back by itself
    before = resident_bytes()
    give_back()
    assert resident_bytes() < before - 150_000_000


TRAIN = """
import json, sys
from tasks.documents import Document
from tasks.tokenized import Tokens
from tasks.training.adapters import make_trainable
from tasks.training.config import TrainingConfig
from tasks.training.memory import peak_bytes
from tasks.training.probe import random_model
from tasks.training.trainer import train
shape, settings, rows = json.loads(sys.argv[1])
config, documents = TrainingConfig.model_validate(settings), [Document(ids, ids) for ids in rows]
model = make_trainable(random_model(shape), config)
tokens = Tokens(documents, documents[:8], {"pad_id": 0, "packing": True})
train(model, tokens, config, lambda done, total, **found: None)
print(peak_bytes())
"""


@linux
def test_what_a_bare_process_holds_and_what_is_counted_is_what_a_training_holds():
    """Of another shape, another method and rows of other lengths than the bare process's own."""
    from tasks.training.bare_process import Started
    from tasks.training.config import TrainingConfig
    from tasks.training.forecast import forecast

    shape = {"model_type": "llama", "hidden_size": 192, "intermediate_size": 512, "num_hidden_layers": 6,
             "num_attention_heads": 6, "num_key_value_heads": 6, "vocab_size": 9000}  # fmt: skip
    settings = {"method": "lora", "precision": "float32", "batch_size": 48, "epochs": 1}
    rows = [[(7 * row + place) % 9000 for place in range(20 + row % 60)] for row in range(96)]
    documents = [Document(ids, ids) for ids in rows]
    config = TrainingConfig.model_validate(settings)
    counted = forecast(shape, config, documents, documents[:8], rows=96, packing=True, half=False).memory(0).total
    bare = Started().ended()
    planned = bare.beside_bytes + counted
    command = [sys.executable, "-W", "ignore", "-c", TRAIN, json.dumps([shape, settings, rows])]
    actual = int(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    assert counted > 150e6
    assert planned == pytest.approx(actual, rel=0.15)
    assert bare.seconds > 0
    assert bare.step_seconds > 0
