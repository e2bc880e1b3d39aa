"""Writing text with a model, seeded: the one way it is done, for probes, the command line and serving."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


class Sample(NamedTuple):
    """One continuation of a prompt."""

    prompt: str
    text: str
    """What the model wrote after the prompt, special tokens left out."""
    num_tokens: int
    """New tokens, the end token included."""
    stopped: bool
    """Whether the model ended the text by itself, with its end token."""


def generate(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    prompt: str,
    *,
    num_samples: int = 1,
    max_new_tokens: int = 64,
    temperature: float = 0.8,
    seed: int = 0,
) -> list[Sample]:
    """Continue a prompt.

    Args:
        model: A causal model in evaluation mode.
        tokenizer: Its tokenizer.
        prompt: Text to continue; what the tokenizer adds at the front is kept.
        num_samples: Continuations.
        max_new_tokens: Longest continuation, cut to what the model's context leaves.
        temperature: Of the sampling; 0 takes the likeliest token each time.
        seed: Equal seeds give equal samples on one machine.
    """
    import torch

    end_id = tokenizer.eos_token_id
    input_ids = list(
        tokenizer(prompt, return_attention_mask=False, split_special_tokens=True, verbose=False)["input_ids"]
    )
    if len(input_ids) > 1 and input_ids[-1] == end_id:
        input_ids.pop()
    context = getattr(model.config, "max_position_embeddings", None) or 1024
    input_ids = input_ids[-(context - 1) :] or [end_id]
    prompt_IL = torch.tensor([input_ids], device=model.device)
    sampling: dict[str, Any] = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
    torch.manual_seed(seed)
    with torch.inference_mode():
        output_SL = model.generate(
            input_ids=prompt_IL,
            attention_mask=torch.ones_like(prompt_IL),
            max_new_tokens=min(max_new_tokens, context - len(input_ids)),
            num_return_sequences=num_samples if temperature > 0 else 1,
            eos_token_id=end_id,
            pad_token_id=tokenizer.pad_token_id if tokenizer.pad_token_id is not None else end_id,
            **(sampling if temperature > 0 else {"do_sample": False}),
        )
    head = str(tokenizer.decode(input_ids, skip_special_tokens=True))
    return [_sample(tokenizer, prompt, head, len(input_ids), ids, end_id) for ids in output_SL.tolist()]


def _sample(
    tokenizer: PreTrainedTokenizerBase, prompt: str, head: str, start: int, ids: list[int], end_id: int | None
) -> Sample:
    new = ids[start:]
    stopped = end_id in new
    new = new[: new.index(end_id) + 1] if stopped else new  # type: ignore[arg-type]
    text = str(tokenizer.decode([*ids[:start], *new], skip_special_tokens=True))[len(head) :]
    return Sample(prompt, text, len(new), stopped)
