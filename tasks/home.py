"""Where state lives, as the environment says.

Everything Gadfly keeps is under `GADFLY_HOME` (default: the checkout): `.gadfly/` holds the store, Prefect's
results and database, and logs; `mlruns/` belongs to MLflow. `GADFLY_STORE` may point the artifact store
elsewhere (any fsspec URL); results, locks and the memory of splits stay local.
"""

from __future__ import annotations

import os
from pathlib import Path

from tasks.artifacts import ArtifactStore
from tasks.identity import HashMemo

CHECKOUT = Path(__file__).resolve().parent.parent


def home() -> Path:
    """The folder all state lives under."""
    return Path(os.environ.get("GADFLY_HOME") or CHECKOUT).expanduser().resolve()


def state_folder() -> Path:
    """`.gadfly/` under the home."""
    return home() / ".gadfly"


def store() -> ArtifactStore:
    """The artifact store of this home."""
    return ArtifactStore(os.environ.get("GADFLY_STORE") or str(state_folder() / "store"))


def mlflow_folder() -> Path:
    """`mlruns/` under the home: MLflow's SQLite database and artifacts."""
    return home() / "mlruns"


def hash_memo() -> HashMemo:
    """The digests of local files, remembered between runs."""
    return HashMemo(state_folder() / "hashes.json")
