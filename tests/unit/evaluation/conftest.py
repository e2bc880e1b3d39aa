"""A tiny model with a few tokenized rows, and how they are scored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pandas as pd
import pytest

from tasks.base_model import load_model
from tasks.base_tokenizer import load_tokenizer
from tasks.evaluation.config import EvaluationConfig, ScoringSettings
from tasks.prompt_format import PromptConfig
from tasks.tokenization.config import TokenizationConfig, TokenizationSettings
from tasks.tokenization.tokenize_rows import tokenize_accepted
from tasks.tokenized import Tokens, read_tokens, write_tokens

PROMPT = PromptConfig(template="{author}: {text}")


class Subject(NamedTuple):
    """What is scored."""

    model: Any
    tokenizer: Any
    tokens: Tokens
    accepted: pd.DataFrame


@pytest.fixture
def accepted(quotes) -> pd.DataFrame:
    """Eight rows, every other one held out; row ids run backwards."""
    return pd.DataFrame(
        {
            "row_id": [f"{9 - number}" for number in range(len(quotes))],
            "split": ["holdout", "train"] * 4,
            "text": quotes,
            "author": ["Thales", "Bias"] * 3 + ["Solon", "Chilon"],
        }
    )


@pytest.fixture
def subject(tiny_base, accepted, tmp_path) -> Subject:
    """A tiny model, its tokenizer, and the rows as tokens."""
    config = TokenizationConfig(settings=TokenizationSettings(), prompt=PROMPT)
    write_tokens(tmp_path, *tokenize_accepted(accepted, config, tiny_base, lambda done, total: None))
    return Subject(load_model(tiny_base), load_tokenizer(tiny_base), read_tokens(tmp_path), accepted)


@pytest.fixture
def config() -> Callable[..., EvaluationConfig]:
    """Makes the config of settings."""
    return lambda **settings: EvaluationConfig(settings=ScoringSettings(**settings), prompt=PROMPT)
