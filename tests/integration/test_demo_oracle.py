"""The demo's model against the grammar that wrote the demo's corpus.

The grammar knows the exact probability of each row, so its mean negative log-probability is a floor: a model that is
clearly below it has seen the held-out rows. Above it by more than 0.1 nats a token, the demo's training is too weak.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from demo.grammar import log_probability
from tasks.artifacts import ArtifactRef, ArtifactStore

WORST_GAP = 0.1
"""Nats a token above the optimum that the demo may be."""


@pytest.mark.slow
def test_held_out_rows_cost_what_the_generator_says_and_no_less(tmp_path: Path) -> None:
    environment = {**os.environ, "GADFLY_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "flows.cli", "run", "demo", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    digests = {
        name: digest
        for stage in json.loads(done.stdout)["stages"].values()
        for name, digest in stage["digests"].items()
    }
    store = ArtifactStore(str(tmp_path / ".gadfly" / "store"))
    accepted = pd.read_parquet(
        store.open(ArtifactRef(kind="accepted", digest=digests["accepted"])) / "accepted.parquet"
    ).set_index("row_id")
    stages = json.loads(done.stdout)["stages"]
    scores = store.open(ArtifactRef(kind="scores", digest=stages["evaluation"]["digests"]["scores"]))
    held_out = pd.read_parquet(scores / "holdout.parquet")

    optimum = np.array([-log_probability(accepted.author[row], accepted.text[row]) for row in held_out.row_id])
    known = np.isfinite(optimum)  # planted rows that the contract let through are none of the grammar's
    excess = held_out.nll_sum.to_numpy()[known] - optimum[known]
    standard_error = excess.std(ddof=1) / np.sqrt(known.sum())

    assert known.sum() >= 150, "too few held-out rows to say anything"
    assert excess.mean() > -1.96 * standard_error, "below the generator's entropy: held-out rows leaked into training"
    assert excess.sum() / held_out.num_tokens[known].sum() < WORST_GAP
