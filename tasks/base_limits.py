"""What a base model's `config.json` says of its limits."""

from __future__ import annotations

from typing import Any

LENGTH_FIELDS = ("max_position_embeddings", "n_positions", "max_sequence_length", "seq_length")
BLOCK_FIELDS = ("num_hidden_layers", "n_layer", "num_layers")


def max_length(model_config: dict[str, Any]) -> int:
    """The longest sequence, in tokens, that a model's configuration allows."""
    return next((int(model_config[name]) for name in LENGTH_FIELDS if model_config.get(name)), 1024)


def num_blocks(model_config: dict[str, Any]) -> int:
    """The number of transformer blocks a model's configuration names."""
    return next((int(model_config[name]) for name in BLOCK_FIELDS if model_config.get(name)), 0)
