"""Gadfly's own training of given rows, in a process of its own: what it takes and how far it comes."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path
from typing import Any


def peak_bytes() -> int:
    """Of this process alone (Linux): `ru_maxrss` would hold what its parent took before it."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found.group(1)) * 1024 if found else 0


def train(given: dict[str, Any]) -> dict[str, Any]:
    """Training as the pipeline's stage does it, from the base's folder to the last step."""
    import torch

    from tasks.base_model import load_model
    from tasks.documents import Document
    from tasks.tokenized import Tokens
    from tasks.training.adapters import make_trainable
    from tasks.training.config import TrainingConfig
    from tasks.training.trainer import train as trained

    config = TrainingConfig.model_validate(given["training"])
    torch.manual_seed(config.seed)
    model = make_trainable(load_model(Path(given["base"]), config.dropout), config)
    documents, holdout = ([Document(row, row) for row in given[name]] for name in ("rows", "holdout"))
    tokens: Any = Tokens(documents, holdout or documents[:1], {"pad_id": 0, "packing": True})  # type: ignore[arg-type]
    cpu_started = time.process_time()
    curve, cost = trained(model, tokens, config, lambda done, total, **measures: None)
    return {
        "seconds": cost.seconds,
        "cpu_s": time.process_time() - cpu_started,
        "steps": len(curve.train),
        "peak_bytes": peak_bytes(),
        "padding": curve.padding_fraction,
        "holdout": [[place["epoch"], place["nll"]] for place in curve.holdout],
    }


if __name__ == "__main__":
    answer = train(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    Path(sys.argv[2]).write_text(json.dumps(answer), encoding="utf-8")
