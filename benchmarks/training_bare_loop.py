"""A training loop as short as it can be made: packed rows, bfloat16, fused AdamW, and nothing to watch or resume.

What Gadfly's loop is held against. Rows of one optimizer step are laid out one after another in a single row, with
positions that start again; transformers keeps documents apart by them (right for GPT-2, not for every architecture).
"""

from __future__ import annotations

import json
import math
import random
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.training_process import peak_bytes


def train(given: dict[str, Any]) -> dict[str, Any]:
    """One epoch of full fine-tuning; seconds of all steps, and how many."""
    import torch
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(given["base"], dtype=torch.float32, attn_implementation="sdpa")
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=given["learning_rate"], weight_decay=0.01, fused=True)
    rows = list(given["rows"])
    random.Random(given["seed"]).shuffle(rows)
    steps = math.ceil(len(rows) / given["batch_size"])
    started, cpu_started = time.perf_counter(), time.process_time()
    for step in range(steps):
        batch = rows[step * given["batch_size"] : (step + 1) * given["batch_size"]]
        total = sum(len(row) - 1 for row in batch)
        for packed in packed_rows(batch, given["row_tokens"]):
            ids = torch.tensor([[token for row in packed for token in row]])
            places = torch.tensor([[place for row in packed for place in range(len(row))]])
            labels = ids.masked_fill(places == 0, -100)[0, 1:]
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = model(input_ids=ids, position_ids=places, use_cache=False).logits[0, :-1]
                loss = torch.nn.functional.cross_entropy(logits.float(), labels, reduction="sum") / total
            loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = given["learning_rate"] * 0.5 * (1 + math.cos(math.pi * step / steps))
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    seconds, cpu_s = time.perf_counter() - started, time.process_time() - cpu_started
    return {"seconds": seconds, "cpu_s": cpu_s, "steps": steps, "peak_bytes": peak_bytes(), "holdout": []}


def packed_rows(rows: list[list[int]], row_tokens: int) -> list[list[list[int]]]:
    """Rows in groups of at most `row_tokens` tokens, in order; a longer one is alone."""
    packed: list[list[list[int]]] = []
    for row in rows:
        if not packed or sum(map(len, packed[-1])) + len(row) > row_tokens:
            packed.append([])
        packed[-1].append(row)
    return packed


if __name__ == "__main__":
    answer = train(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    Path(sys.argv[2]).write_text(json.dumps(answer), encoding="utf-8")
