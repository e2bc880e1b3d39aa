"""Writing text with a model, seeded: the one way it is done, for probes, the command line and serving.

Many prompts are continued at once, padded on the left. What a sample draws is fixed beforehand: one uniform number a
token, from the seed, the prompt and how often that prompt came before; a token is where that number falls in the
cumulated probabilities. So a sample depends on neither the prompts beside it nor the size of a batch (up to rounding),
and two models that are given the same prompts and seed draw the same numbers.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.chat_frame import ChatFrame, chat_frame

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

BATCH_ROWS = 64
BATCH_TOKENS = 8192
"""Tokens a batch, padding and what is to be written included: what bounds the memory of keys and values."""
UNKNOWN_CONTEXT = 1024
"""Tokens, for a model that doesn't say how many it reads."""


class Sample(NamedTuple):
    """One continuation of a prompt."""

    prompt: str
    text: str
    """What the model wrote after the prompt, special tokens and stop strings left out."""
    num_tokens: int
    """New tokens, the end token or those of a stop string included."""
    stopped: bool
    """Whether the model ended the text by itself: with its end token, or a stop string."""


def generate(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    prompt: str,
    *,
    num_samples: int = 1,
    max_new_tokens: int = 64,
    temperature: float = 0.8,
    seed: int = 0,
    stop: Sequence[str] = (),
    streamer: Any = None,
) -> list[Sample]:
    """Continue one prompt, `num_samples` times (once at temperature 0); for the rest see `generate_all`."""
    prompts = [prompt] * (num_samples if temperature > 0 else 1)
    return generate_all(
        model,
        tokenizer,
        prompts,
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        seed=seed,
        stop=stop,
        streamer=streamer,
    )


def generate_all(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[str],
    *,
    max_new_tokens: int = 64,
    temperature: float = 0.8,
    seed: int = 0,
    stop: Sequence[str] = (),
    told: Callable[[int, int], None] = lambda done, total: None,
    streamer: Any = None,
) -> list[Sample]:
    """Continue each prompt once; a prompt that comes again is continued anew.

    Args:
        model: A causal model in evaluation mode.
        tokenizer: Its tokenizer.
        prompts: Texts to continue; what the tokenizer adds at the front is kept, and the front is cut to the context.
        max_new_tokens: Longest continuation, cut to what the model's context leaves.
        temperature: Of the sampling; 0 takes the likeliest token each time.
        seed: Equal seeds give equal samples on one machine.
        stop: Strings that end a continuation where they first come in it.
        told: Called with the samples done and the samples in all.
        streamer: Of transformers, told each token as it comes; for a single prompt.
    """
    context = getattr(model.config, "max_position_embeddings", None) or UNKNOWN_CONTEXT
    frame = chat_frame(tokenizer)
    ids = [_prompt_ids(tokenizer, prompt, context, frame) for prompt in prompts]
    limits = [min(max_new_tokens, context - len(given)) for given in ids]
    uniforms = list(_uniforms(prompts, limits, seed))
    samples: dict[int, Sample] = {}
    for batch in _batches([len(given) for given in ids], limits):
        new_ids = _continue(
            model,
            tokenizer,
            [ids[row] for row in batch],
            limits[batch[0]],
            temperature,
            np.array([uniforms[row] for row in batch]),
            stop,
            streamer,
        )
        for row, new in zip(batch, new_ids, strict=True):
            samples[row] = _sample(tokenizer, prompts[row], ids[row], new, stop)
        told(len(samples), len(prompts))
    return [samples[row] for row in range(len(prompts))]


def _prompt_ids(tokenizer: PreTrainedTokenizerBase, prompt: str, context: int, frame: ChatFrame | None) -> list[int]:
    end_id = tokenizer.eos_token_id
    encoded = tokenizer(
        prompt,
        add_special_tokens=frame is None,
        return_attention_mask=False,
        split_special_tokens=True,
        verbose=False,
    )
    input_ids = list(encoded["input_ids"])
    if frame:
        room = max(0, context - 1 - len(frame.before) - len(frame.after))
        return [*frame.before, *input_ids[len(input_ids) - min(room, len(input_ids)) :], *frame.after]
    if len(input_ids) > 1 and input_ids[-1] == end_id:
        input_ids.pop()
    return input_ids[-(context - 1) :] or [0 if end_id is None else end_id]


def _uniforms(prompts: Sequence[str], limits: Sequence[int], seed: int) -> Iterator[npt.NDArray[np.float64]]:
    """A number in [0, 1) for each token that may be written."""
    before: Counter[str] = Counter()
    for prompt, limit in zip(prompts, limits, strict=True):
        named = int.from_bytes(hashlib.sha256(prompt.encode("utf-8", "replace")).digest()[:8], "big")
        yield np.random.default_rng([seed, named, before[prompt]]).random(limit)
        before[prompt] += 1


def _batches(lengths: Sequence[int], limits: Sequence[int]) -> list[list[int]]:
    """Prompts that may be continued by equally many tokens, of like lengths."""
    batches: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda row: (limits[row], lengths[row])):
        last = batches[-1] if batches else []
        width = lengths[row] + limits[row]
        fits = len(last) < BATCH_ROWS and (len(last) + 1) * width <= BATCH_TOKENS
        if last and fits and limits[last[0]] == limits[row]:
            last.append(row)
        else:
            batches.append([row])
    return batches


def _continue(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    ids: Sequence[Sequence[int]],
    limit: int,
    temperature: float,
    uniforms_RT: npt.NDArray[np.float64],
    stop: Sequence[str],
    streamer: Any,
) -> list[list[int]]:
    """The new tokens of each row, the end token included where it came."""
    import torch

    end_id = tokenizer.eos_token_id
    pad_id = next((token for token in (tokenizer.pad_token_id, end_id) if token is not None), 0)
    width = max(map(len, ids))
    given_RP = torch.tensor([[pad_id] * (width - len(row)) + list(row) for row in ids], device=model.device)
    mask_RP = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in ids], device=model.device)
    with torch.inference_mode():
        written_RL = model.generate(
            input_ids=given_RP,
            attention_mask=mask_RP,
            max_new_tokens=limit,
            do_sample=False,
            eos_token_id=end_id,
            pad_token_id=pad_id,
            logits_processor=[_Draw(uniforms_RT, temperature, width)] if temperature > 0 else [],
            stopping_criteria=[_HasStopString(tokenizer, stop, width)] if stop else [],
            streamer=streamer,
        )
    new_ids = written_RL[:, width:].tolist()
    return [row[: row.index(end_id) + 1] if end_id in row else row for row in new_ids]


class _Draw:
    """Leaves only the token that a uniform number falls on (inverse transform sampling)."""

    def __init__(self, uniforms_RT: npt.NDArray[np.float64], temperature: float, width: int) -> None:
        self.uniforms_RT, self.temperature, self.width = uniforms_RT, temperature, width

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        import torch

        softmax_RV = torch.softmax(scores.float() / self.temperature, dim=-1)
        if scores.device.type == "mps":
            softmax_RV = softmax_RV.cpu()  # float64 isn't there
        cumulated_RV = softmax_RV.cumsum(dim=-1, dtype=torch.float64)
        uniform_R = torch.from_numpy(self.uniforms_RT[:, input_ids.shape[1] - self.width].copy())
        uniform_R = uniform_R.to(cumulated_RV.device)
        place_R1 = torch.searchsorted(cumulated_RV, (uniform_R * cumulated_RV[:, -1]).unsqueeze(1), right=True)
        place_R1 = place_R1.clamp(max=scores.shape[1] - 1).to(scores.device)
        return torch.full_like(scores, -torch.inf).scatter_(1, place_R1, 0.0)


class _HasStopString:
    """Tells for each row whether a stop string stands in what was written."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, stop: Sequence[str], width: int) -> None:
        self.tokenizer, self.stop, self.width = tokenizer, stop, width

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        import torch

        written = self.tokenizer.batch_decode(input_ids[:, self.width :], skip_special_tokens=True)
        has = [any(string in text for string in self.stop) for text in written]
        return torch.tensor(has, device=input_ids.device)


def _sample(
    tokenizer: PreTrainedTokenizerBase, prompt: str, given: Sequence[int], new: Sequence[int], stop: Sequence[str]
) -> Sample:
    """Text and length of a row; what the batch went on to write behind a stop string is left out."""
    end_id = tokenizer.eos_token_id
    head = str(tokenizer.decode(list(given), skip_special_tokens=True))

    def text(num_tokens: int) -> str:
        return str(tokenizer.decode([*given, *new[:num_tokens]], skip_special_tokens=True))[len(head) :]

    whole = text(len(new))
    cut = min((place for string in stop if (place := whole.find(string)) >= 0), default=-1)
    if cut < 0:
        return Sample(prompt, whole, len(new), bool(new) and new[-1] == end_id)
    needed = next(count for count in range(1, len(new) + 1) if any(string in text(count) for string in stop))
    return Sample(prompt, whole[:cut], needed, True)
