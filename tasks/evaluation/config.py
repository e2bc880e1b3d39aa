"""How models are scored and compared."""

from __future__ import annotations

from importlib import metadata
from pathlib import PurePath
from typing import Any

from pydantic import Field, model_validator

from tasks.prompt_format import PromptConfig
from tasks.stage_config import LocalPath, StageConfig

MIN_SEEDS = 3
"""Trainings from which a standard deviation is worth estimating; its t quantile has two degrees of freedom then."""
SEED_SD_FLOOR = 0.01
"""Nats a token. Measured over six seeds each, an epoch on 600 quotes, 250 held out, a Llama of 264,000 weights: 0.0095
with LoRA of rank 8, 0.0053 with all weights. It holds for a training that is nearly done: where the loss still falls
steeply it is too low (the demo's base after such an epoch: 0.060 and 0.039; after its own recipe: 0.0033 over three
seeds). Estimate such recipes with `seeds`;
`python -m benchmarks.seed_noise` measures it again."""
JSON_LINES = (".jsonl", ".ndjson")


class GeneralText(StageConfig):
    """A text that has nothing to do with the data: what the base model knew of it should not be lost."""

    path: LocalPath
    """A plain text file; paragraphs are its documents."""
    max_paragraphs: int = Field(default=200, ge=1)
    """How many paragraphs are read, from the top."""


class NamedFile(StageConfig):
    """A file that both models are measured on besides, such as a benchmark."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    """What the result is called."""
    path: LocalPath
    """JSON Lines (`.jsonl`) with the prompt's columns or a column `text`; else plain text, a paragraph a document."""

    def key_extra(self) -> dict[str, Any]:
        """JSON Lines and text are told apart by the name's ending."""
        return {"is_json_lines": self.is_json_lines}

    @property
    def is_json_lines(self) -> bool:
        """Whether each line is a JSON object."""
        return PurePath(self.path).suffix.lower() in JSON_LINES


class Probes(StageConfig):
    """Prompts that both models continue."""

    in_domain: tuple[str, ...] = ()
    """Prompts as in the data; none: the beginnings of held-out rows."""
    out_of_domain: tuple[str, ...] = ()
    """Prompts unlike the data, which should not pick up its style."""


class LmEvalSettings(StageConfig):
    """Tasks of EleutherAI's lm-evaluation-harness; it needs the extra `lm-eval`, and the tasks' data."""

    tasks: tuple[str, ...] = Field(min_length=1)
    """Names, as `lm-eval ls tasks` has them."""
    limit: int | None = Field(default=None, ge=1)
    """Documents of each task at most; none: all. Scores with a limit compare with none but those of the same limit."""
    num_fewshot: int | None = Field(default=None, ge=0)
    """Examples before each question; none: as the task says."""
    include: LocalPath = ""
    """A folder with tasks of your own, as YAML."""

    def key_extra(self) -> dict[str, Any]:
        """Another version may score otherwise."""
        return {"lm_eval": lm_eval_version()}


def lm_eval_version() -> str:
    """The installed version; empty where there is none."""
    try:
        return metadata.version("lm-eval")
    except metadata.PackageNotFoundError:
        return ""


class ScoringSettings(StageConfig):
    """What a model is measured on."""

    general: GeneralText | None = None
    """A text for measuring what was forgotten."""
    files: tuple[NamedFile, ...] = ()
    """More files to measure on."""
    lm_eval: LmEvalSettings | None = None
    """Tasks of lm-eval to measure on besides; they tell, and the gate doesn't ask them."""
    probes: Probes = Probes()
    """Prompts that both models continue."""
    samples_per_probe: int = Field(default=4, ge=1, le=100)
    """Continuations of each probe."""
    judged_samples: int = Field(default=200, ge=1, le=10_000)
    """Continuations of held-out rows' prompts that are measured and that the contract judges."""
    max_new_tokens: int | None = Field(default=None, ge=1)
    """Longest continuation in tokens; none: twice the length of a typical held-out row."""
    temperature: float = Field(default=0.8, ge=0, le=5)
    """Of the sampling; 0 takes the likeliest token each time."""
    seed: int = Field(default=0, ge=0)
    """Of the sampling."""

    @model_validator(mode="after")
    def _names_differ(self) -> ScoringSettings:
        names = [file.name for file in self.files]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"files: two are called {twice[0]}; each needs a name of its own")
        return self


class NoiseSettings(StageConfig):
    """How far the held-out NLL wanders with training's seed alone; no difference within it is an improvement."""

    seeds: int = Field(default=0, ge=0, le=50)
    """Trainings to estimate it from, the recipe's own among them: at least 3, each cached; 0 takes `floor`."""
    floor: float = Field(default=SEED_SD_FLOOR, gt=0)
    """Its standard deviation where it isn't estimated, nats a token; estimates are pulled towards it."""

    @model_validator(mode="after")
    def _enough_seeds(self) -> NoiseSettings:
        if 0 < self.seeds < MIN_SEEDS:
            raise ValueError(
                f"seeds: {self.seeds} can't show a spread; give at least {MIN_SEEDS} (the recipe's own counts), "
                "or 0 for the stated floor"
            )
        return self


class EvaluationSettings(ScoringSettings):
    """The recipe's `evaluation` section."""

    noise: NoiseSettings = NoiseSettings()
    """How far results wander by chance."""


class EvaluationConfig(StageConfig):
    """All that scoring a model reads."""

    settings: ScoringSettings
    prompt: PromptConfig


class ComparisonConfig(StageConfig):
    """All that comparing two models' scores reads."""

    noise: NoiseSettings
    prompt: PromptConfig
    """Names the columns that make up a row's text, for finding leaks."""
