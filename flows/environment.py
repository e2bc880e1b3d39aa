"""The environment of a run, set before Prefect, torch or Great Expectations are imported."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from flows.services.state import running
from tasks import home
from tasks.errors import ArtifactError

QUIET = {
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_FLOW_RUNS_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_ROOT_LEVEL": "CRITICAL",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "TRANSFORMERS_VERBOSITY": "error",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}
"""What keeps a command's terminal to its own lines."""
PEFT_ASKS = "`is_gradient_checkpointing` is deprecated"
"""How a warning of transformers begins that peft causes, and nobody else can mend."""


def prepare_environment(*, quiet: bool = False) -> None:
    """Point Prefect and MLflow at this home or at the servers that `gadfly up` runs in it; what the user set stays.

    Everybody's analytics are turned off.

    Args:
        quiet: Keep Prefect's log lines off the console; they still reach the server.
    """
    state = home.state_folder()
    defaults = {
        "PREFECT_HOME": str(state / "prefect"),
        "PREFECT_LOCAL_STORAGE_PATH": str(state / "results"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "MPLCONFIGDIR": str(state / "matplotlib"),
        "OMP_WAIT_POLICY": "PASSIVE",
        "TOKENIZERS_PARALLELISM": "false",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "gadfly",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",  # gadfly check logs without a flow
        "PYTHONWARNINGS": f"ignore:{PEFT_ASKS}:FutureWarning",  # in the process that trains
    }
    if quiet:
        defaults |= QUIET
    if servers := running():
        defaults |= servers.environment()
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
    warnings.filterwarnings("ignore", message=PEFT_ASKS)
    try:
        Path(os.environ["PREFECT_HOME"]).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArtifactError(
            f"{state} can't be written to: {error.strerror}\n"
            "  mend its permissions, or name another folder with GADFLY_HOME"
        ) from error
