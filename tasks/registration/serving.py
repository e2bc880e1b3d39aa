"""The registered model's code, run by MLflow: `mlflow.pyfunc.load_model` and `mlflow models serve`.

A version holds what was trained and the base's identity, never the base: on loading, the base's files are looked for
where they lay and must be the same to the byte.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow

DEFAULTS: dict[str, Any] = {"max_new_tokens": 64, "temperature": 0.8, "seed": 0, "stop": []}
"""What `predict` does where it isn't told otherwise; `stop` are strings that end a text where they first come in it."""


class FineTunedModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc, name-defined]
    """Continues prompts."""

    def load_context(self, context: Any) -> None:
        """Load the base, then what was trained on top."""
        from tasks.artifacts import ArtifactRef
        from tasks.base_files import base_digest, checked_folder
        from tasks.base_tokenizer import load_tokenizer
        from tasks.trained_model import check_made_for, load_trained

        settings = context.model_config
        check_made_for(Path(context.artifacts["trained"]), base_digest(settings["base_identity"]))
        folder = checked_folder(settings["base_identity"], settings["base_location"])
        self.tokenizer = load_tokenizer(folder)
        trained = ArtifactRef(kind=settings["trained_kind"], digest=settings["training_digest"])
        self.model = load_trained(folder, trained, Path(context.artifacts["trained"]))

    # Without type hints on purpose: MLflow would let them override the signature and drop `params`.
    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
        """Continue each prompt of the column `prompt`; parameters as in `DEFAULTS`."""
        from tasks.generation import generate

        chosen = {**DEFAULTS, **(params or {})}
        return [
            generate(
                self.model,
                self.tokenizer,
                prompt,
                max_new_tokens=int(chosen["max_new_tokens"]),
                temperature=float(chosen["temperature"]),
                seed=int(chosen["seed"]),
                stop=[str(string) for string in chosen["stop"]],
            )[0].text
            for prompt in model_input["prompt"]
        ]


mlflow.models.set_model(FineTunedModel())
