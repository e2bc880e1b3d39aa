"""The Hugging Face Trainer as notebooks use it, and TRL's SFTTrainer, on rows of token ids.

Runs in its own environment. Reads what to do from the file named first: "way", "base", "rows", "holdout", "batch_size",
"row_tokens", "accumulation", "bf16", "learning_rate", "epochs" and "seed". Writes {"seconds", "cpu_s", "steps",
"peak_bytes", "holdout": [[seconds, nll], …]} to the one named second. Seconds, of the clock and of the processor, run
from the first step's begin to the last one's end, held-out measurements left out.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from datasets import Dataset
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    DataCollatorForLanguageModeling,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)


class Clock(TrainerCallback):
    """Times the steps, and measures the held-out loss before the first one and at each epoch's end, off the clock."""

    def __init__(self, holdout: list[list[int]]) -> None:
        self.holdout = holdout
        self.curve: list[Any] = []
        self.began: tuple[float, float] | None = None
        self.seconds = self.cpu_s = 0.0
        self.steps = 0

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        if self.holdout:
            self.curve.append([0.0, token_nll(model, self.holdout)])

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.began = self.began or (time.perf_counter(), time.process_time())

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.steps = state.global_step
        self.ended = time.perf_counter(), time.process_time()

    def on_epoch_end(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        assert self.began is not None
        self.seconds += self.ended[0] - self.began[0]
        self.cpu_s += self.ended[1] - self.began[1]
        self.began = None
        if self.holdout:
            self.curve.append([self.seconds, token_nll(model, self.holdout)])


def token_nll(model: Any, rows: list[list[int]]) -> float:
    """Nats a token over rows one by one, in float32."""
    import torch

    was_training, total = model.training, 0.0
    model.eval()
    with torch.no_grad():
        for row in rows:
            ids = torch.tensor([row])
            logits = model(input_ids=ids).logits[0, :-1].float()
            total += float(torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="sum"))
    model.train(was_training)
    return total / sum(len(row) - 1 for row in rows)


def notebook(given: dict[str, Any], clock: Clock, folder: str) -> Trainer:
    """Every row padded to the model's context, two at a time, float32."""
    tokenizer = AutoTokenizer.from_pretrained(given["base"])
    tokenizer.pad_token = tokenizer.eos_token
    context = 1024
    rows = [row[:context] for row in given["rows"]]
    padded = Dataset.from_dict(
        {
            "input_ids": [row + [tokenizer.pad_token_id] * (context - len(row)) for row in rows],
            "attention_mask": [[1] * len(row) + [0] * (context - len(row)) for row in rows],
        }
    )
    return Trainer(
        model=AutoModelForCausalLM.from_pretrained(given["base"]),
        args=TrainingArguments(folder, per_device_train_batch_size=2, num_train_epochs=1, **quiet(given)),
        train_dataset=padded,
        data_collator=DataCollatorForLanguageModeling(tokenizer, mlm=False),
        callbacks=[clock],
    )


def sft(given: dict[str, Any], clock: Clock, folder: str) -> Trainer:
    """TRL in bfloat16 where asked: packed, as few rows at once as hold one batch's tokens, or padded to the longest."""
    from peft import LoraConfig
    from trl import SFTConfig, SFTTrainer

    is_packed = "packing" in given["way"]
    length: dict[str, Any] = {"max_length": given["row_tokens"], "packing": True} if is_packed else {"max_length": 1024}
    if not is_packed:
        length["train_sampling_strategy"] = "group_by_length" if given["way"].startswith("by_length") else "random"
    accumulation = given["accumulation"] if is_packed else 1
    return SFTTrainer(  # type: ignore[no-any-return]
        model=given["base"],
        args=SFTConfig(
            folder,
            per_device_train_batch_size=1 if is_packed else given["batch_size"],
            gradient_accumulation_steps=accumulation,
            num_train_epochs=given["epochs"],
            bf16=given["bf16"],
            gradient_checkpointing=False,
            **length,
            **quiet(given),
        ),
        train_dataset=Dataset.from_dict({"input_ids": given["rows"]}),
        processing_class=AutoTokenizer.from_pretrained(given["base"]),
        peft_config=LoraConfig(task_type="CAUSAL_LM", r=16, lora_alpha=32, target_modules="all-linear")
        if given["way"].endswith("lora")
        else None,
        callbacks=[clock],
    )


def quiet(given: dict[str, Any]) -> dict[str, Any]:
    """Settings that all ways share."""
    return {
        "use_cpu": True,
        "report_to": "none",
        "save_strategy": "no",
        "logging_strategy": "no",
        "disable_tqdm": True,
        "learning_rate": given["learning_rate"],
        "lr_scheduler_type": "cosine",
        "warmup_steps": 0.05,
        "weight_decay": 0.01,
        "seed": given["seed"],
    }


def peak_bytes() -> int:
    """Of this process alone: `ru_maxrss` would hold what its parent took before it."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text()).group(1)) * 1024  # type: ignore[union-attr]


def main() -> None:
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    clock = Clock(given["holdout"])
    with tempfile.TemporaryDirectory() as folder:
        make = notebook if given["way"] == "notebook" else sft
        make(given, clock, folder).train()
    found = {
        "seconds": clock.seconds,
        "cpu_s": clock.cpu_s,
        "steps": clock.steps,
        "peak_bytes": peak_bytes(),
        "holdout": clock.curve,
    }
    Path(sys.argv[2]).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
