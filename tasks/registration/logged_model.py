"""Logging a trained model in MLflow, and refusing one that comes back different."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

from tasks.artifacts import ArtifactRef
from tasks.base_files import base_folder, base_identity, base_location
from tasks.documents import Document
from tasks.errors import GateError
from tasks.packing import collate
from tasks.trained_model import load_trained

RELOAD_DOCUMENTS = 4
"""Held-out documents on which the reloaded model's logits must equal the trained model's."""


def log_model(run_id: str, base: ArtifactRef, trained: ArtifactRef, trained_folder: Path) -> str:
    """Log what was trained and how to load it; the base stays where it is. Returns the logged model's URI."""
    import mlflow
    from mlflow.models import ModelSignature
    from mlflow.types.schema import ColSpec, ParamSchema, ParamSpec, Schema

    signature = ModelSignature(
        inputs=Schema([ColSpec("string", "prompt")]),
        outputs=Schema([ColSpec("string")]),
        params=ParamSchema(
            [
                ParamSpec("max_new_tokens", "long", 64),
                ParamSpec("temperature", "double", 0.8),
                ParamSpec("seed", "long", 0),
                ParamSpec("stop", "string", [], shape=(-1,)),
            ]
        ),
    )
    for name in ("mlflow.utils.environment", "mlflow.models.model", "mlflow.pyfunc"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with mlflow.start_run(run_id=run_id):
        logged = mlflow.pyfunc.log_model(
            name="model",
            python_model=str(Path(__file__).with_name("serving.py")),
            artifacts={"trained": str(trained_folder)},
            model_config={
                "base_identity": base_identity(base),
                "base_location": base_location(base),
                "trained_kind": trained.kind,
                "training_digest": trained.digest,
            },
            code_paths=[str(Path(__file__).resolve().parent.parent)],
            signature=signature,
            pip_requirements=_requirements(),
        )
    uri: str = logged.model_uri
    return uri


def check_reload(
    uri: str, base: ArtifactRef, trained: ArtifactRef, trained_folder: Path, documents: list[Document]
) -> None:
    """Load the logged model as MLflow does and compare its logits, bit by bit, with the trained model's.

    Raises:
        GateError: They differ: what would be served is not what was trained.
    """
    import torch

    served = model_of(uri).model
    model = load_trained(base_folder(base), trained, trained_folder)
    input_ids = collate(documents, [[number] for number in range(len(documents))], pad_id=0).input_ids_RL
    with torch.inference_mode():
        expected, seen = model(input_ids).logits, served(input_ids).logits
    if not torch.equal(expected, seen):
        difference = float((expected - seen).abs().max())
        raise GateError(
            f"the registry refuses the model: reloaded from MLflow, its logits differ by up to {difference:.3g}\n"
            "  allowed: 0. Nothing was registered; gadfly verify checks the stored files"
        )


def _requirements() -> list[str]:
    from importlib.metadata import version

    names = (
        "mlflow",
        "torch",
        "transformers",
        "peft",
        "safetensors",
        "pydantic",
        "fsspec",
        "huggingface_hub",
        "pandas",
    )
    return [f"{name}=={version(name).split('+')[0]}" for name in names]


def model_of(uri: str) -> Any:
    """The model and tokenizer of a logged or registered model, loaded as MLflow does."""
    import mlflow

    # MLflow asks for type hints that would drop `params`, under a filter of its own that no other can precede.
    with warnings.catch_warnings(record=True) as caught:
        loaded = mlflow.pyfunc.load_model(uri).unwrap_python_model()
    for warning in caught:
        if "Add type hints to the `predict` method" not in str(warning.message):
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    return loaded
