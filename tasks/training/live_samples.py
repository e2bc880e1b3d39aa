"""What a model writes on its way: the same beginnings of held-out rows, continued greedily at evaluations.

Greedy decoding draws no random number and changes no weight, so training's bits stay as they are. What it costs is
bounded by counting, not by timing: a token written is a pass of its own, and passes are dear beside a step's packed
tokens. Where evaluations are so frequent that all of them would cost more than `MAX_SHARE`, every n-th has samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tasks.chat_frame import chat_frame
from tasks.documents import IGNORE_INDEX, Document
from tasks.generation import generate_all
from tasks.tokenized import Tokens
from tasks.training.config import TrainingConfig
from tasks.training.schedule import num_steps

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

PROMPTS = 3
PROMPT_TOKENS = 8
"""Of a row that is learned from its beginning; where a row has a prompt of its own, that is continued."""
LONGEST_PROMPT = 64
"""Tokens of such a prompt; its end counts."""
NEW_TOKENS = 16
PASS_TOKENS = {"cpu": 70, "cuda": 2000, "mps": 500}
"""Tokens trained in the time of a pass that writes one token a prompt: for a processor as measured on a model of 1.6
million parameters, where a pass is dearest; for others an assumption."""
MAX_SHARE = 0.04
"""Of training's time, at most."""


class SampleWriter:
    """Writes samples with a model in training, where that is cheap enough.

    Args:
        tokenizer: The base's.
        holdout: Held-out rows; the first give the prompts.
        evaluations: How many are planned.
        planned_tokens: What all steps learn from.
        device: `cpu`, `cuda` or `mps`.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        holdout: Sequence[Document],
        evaluations: int,
        planned_tokens: float,
        device: str,
    ) -> None:
        self.tokenizer = tokenizer
        self.prompts = [text for row in holdout[:PROMPTS] if (text := beginning(tokenizer, row))]
        affordable = int(MAX_SHARE * planned_tokens / (NEW_TOKENS * PASS_TOKENS.get(device, PASS_TOKENS["cuda"])))
        self.every = -(-evaluations // affordable) if affordable and self.prompts else 0
        """Evaluations from one with samples to the next; 0: none has any."""

    def write(self, model: Any, evaluation: int) -> list[dict[str, str]]:
        """Samples at an evaluation, counted from 0: `prompt` and `text`; empty where it has none."""
        if not self.every or evaluation % self.every:
            return []
        model.eval()
        found = generate_all(model, self.tokenizer, self.prompts, max_new_tokens=NEW_TOKENS, temperature=0)
        return [{"prompt": sample.prompt, "text": sample.text} for sample in found]


def sample_writer(
    tokenizer: PreTrainedTokenizerBase, tokens: Tokens, config: TrainingConfig, device: str
) -> SampleWriter:
    """The writer for a training, as frequent as its steps and evaluations allow."""
    steps = num_steps(len(tokens.train), config)
    per_epoch = -(-len(tokens.train) // config.batch_size)
    every = config.evaluate_every or per_epoch
    trained_tokens = sum(tokens.train.lengths()) * steps / per_epoch
    return SampleWriter(tokenizer, tokens.holdout[:PROMPTS], -(-steps // every) + 1, trained_tokens, device)


def beginning(tokenizer: PreTrainedTokenizerBase, row: Document) -> str:
    """What of a row is given: its prompt where it has one, else its first tokens, at most half of them."""
    learned = next((place for place, label in enumerate(row.labels) if label != IGNORE_INDEX), 0)
    end = learned if learned > 1 else min(PROMPT_TOKENS, len(row.input_ids) // 2)
    start, frame = max(0, end - LONGEST_PROMPT), chat_frame(tokenizer)
    if frame:  # the frame is set around it again
        start, end = len(frame.before), learned - len(frame.after)
    given = [int(token) for token in row.input_ids[start:end]]
    return str(tokenizer.decode(given, skip_special_tokens=True))
