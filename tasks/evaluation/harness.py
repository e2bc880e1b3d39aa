"""Tasks of EleutherAI's lm-evaluation-harness (`lm_eval`), by name: an extra that is installed on request.

It is imported by name, so that its version is in the cache key (`LmEvalSettings.key_extra`) only where it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tasks.errors import RecipeError, SourceError
from tasks.evaluation.config import LmEvalSettings

BATCH_SIZE = 8


def harness_scores(model: Any, tokenizer: Any, settings: LmEvalSettings) -> dict[str, dict[str, Any]]:
    """Each task's metrics, as `acc` or `acc_norm`, with their standard errors: `{task: {metric: {value, stderr}}}`.

    Raises:
        RecipeError: There is no such task.
        SourceError: A task's data isn't on this machine and can't be fetched.
    """
    manager = import_module("lm_eval.tasks").TaskManager(include_path=settings.include or None)
    unknown = [name for name in settings.tasks if not manager.match_tasks([name])]
    if unknown:
        raise RecipeError(
            f"evaluation.lm_eval.tasks: lm-eval knows no task {', '.join(unknown)}\n"
            "  see what there is: lm-eval ls tasks"
        )
    wrapped = import_module("lm_eval.models.huggingface").HFLM(
        pretrained=model, tokenizer=tokenizer, batch_size=BATCH_SIZE, device=str(model.device)
    )
    try:
        found = import_module("lm_eval").simple_evaluate(
            model=wrapped,
            tasks=list(settings.tasks),
            limit=settings.limit,
            num_fewshot=settings.num_fewshot,
            task_manager=manager,
            log_samples=False,
        )
    except OSError as error:  # what the hub's libraries raise for data that isn't there, and for a network that isn't
        raise SourceError(
            f"evaluation.lm_eval: the data of {', '.join(settings.tasks)} isn't on this machine and can't be fetched: "
            f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}\n"
            "  run it once where the hub is reachable and carry the folder HF_HOME over, or leave the task out"
        ) from error
    return {task: _metrics(figures) for task, figures in sorted(found["results"].items())}


def _metrics(figures: dict[str, Any]) -> dict[str, Any]:
    """The numbers under lm-eval's keys `metric,filter` and `metric_stderr,filter`; a filter `none` goes unsaid."""
    metrics: dict[str, Any] = {}
    for key, value in figures.items():
        name, _, chosen = key.partition(",")
        if not isinstance(value, (int, float)) or not chosen or name.endswith("_stderr"):
            continue
        error = figures.get(f"{name}_stderr,{chosen}")
        metrics[name if chosen == "none" else f"{name} ({chosen})"] = {
            "value": float(value),
            "stderr": float(error) if isinstance(error, (int, float)) else None,
        }
    return metrics
