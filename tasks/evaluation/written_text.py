"""What written texts are like, in domain and out of it: stopping, form, length, variety, copying, style."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from tasks.evaluation import style
from tasks.evaluation.judged_samples import JudgedSample
from tasks.evaluation.memorisation import COPIED_RUN, SHORTEST_COPY, copies, longest_copied_runs
from tasks.evaluation.repetition import distinct_1, distinct_2, repeats
from tasks.evaluation.words import words
from tasks.generation import Sample

COPY = f"{COPIED_RUN} words running, or all of a text of {SHORTEST_COPY} or more, that stand in a training row"


def measured(
    judged: Sequence[JudgedSample],
    foreign: Sequence[Sample],
    training: Sequence[str],
    holdout: Sequence[tuple[str, str]],
) -> dict[str, Any]:
    """The `probes` of `scores.json`.

    Args:
        judged: Continuations of held-out rows' prompts.
        foreign: Continuations of prompts unlike the data.
        training: Whole texts of the training rows.
        holdout: Prompt and continuation of held-out rows: the same measures on them say what is natural.
    """
    own = [one.sample for one in judged]
    texts = [words(text) for text in [sample.text for sample in (*own, *foreign)] + [text for _, text in holdout]]
    runs = longest_copied_runs(texts, (words(text) for text in training))
    ends = (len(own), len(own) + len(foreign))
    natural = _copying(texts[ends[1] :], runs[ends[1] :])
    forms = [one.adheres for one in judged if one.adheres is not None]

    def domain(samples: Sequence[Sample], part: slice, adherence: float | None) -> dict[str, Any] | None:
        if not samples:
            return None
        copied = {"copying_fraction": _copying(texts[part], runs[part]), "longest_copied_run": max(runs[part])}
        alone = _alone(samples, texts[part])
        return alone | copied | {"holdout_copying_fraction": natural, "format_adherence": adherence}

    written = [(sample.prompt, sample.text) for sample in foreign]
    nearness = style.spill_over(training, holdout, written) if written else None
    return {
        "in_domain": domain(own, slice(ends[0]), share(forms)),
        "out_of_domain": domain(foreign, slice(*ends), None),
        "spill_over": {"value": nearness, "definition": style.DEFINITION},
        "copy": COPY,
    }


def share(flags: Sequence[bool]) -> float | None:
    """The fraction that is true; None of none."""
    return round(sum(flags) / len(flags), 6) if flags else None


def _alone(samples: Sequence[Sample], texts: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Measures that look at the samples and nothing else; `texts` are their words."""
    return {
        "samples": len(samples),
        "stop_rate": share([sample.stopped for sample in samples]),
        "mean_tokens": round(statistics.fmean(sample.num_tokens for sample in samples), 3),
        "median_words": statistics.median(map(len, texts)),
        "repetition": share([repeats(text) for text in texts]),
        "distinct_1": distinct_1(texts),
        "distinct_2": distinct_2(texts),
    }


def _copying(texts: Sequence[Sequence[str]], runs: Sequence[int]) -> float | None:
    return share([copies(len(text), run) for text, run in zip(texts, runs, strict=True)])
