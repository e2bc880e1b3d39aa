"""What ways of training cost in general text, and how far prompts of other kinds pick up the data's style."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.gate_recipes import Altered, Subject, altered_rows, changed, sized
from benchmarks.printing import Table, on_one_line
from flows.chain import chain
from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.stages import Stages

TRAIN_ROWS, HOLDOUT_ROWS = 600, 250
JUDGED = 20
"""Nothing here looks at them."""
IN_DOMAIN = ("Quote by Oscar Wilde:", "hope:")
OUT_OF_DOMAIN = ("virus:", "phosphorylation:")
OWN_TEXT = "tinystories_sample_niklas6.txt"
"""Of the kind that the base was trained on: what there is to forget."""
MEASURED_PARAGRAPHS, GAP = 200, 20
"""How many of its paragraphs forgetting is measured on, from the top, and left out behind them: of the same story."""
OTHER_TEXTS = {"wikitext": "wikitext2_valid.txt", "shakespeare": "tinyshakespeare.txt"}
REPLAYED_TEXT = "grimms_fairy_tales.txt"
REPLAYED = 0.3
"""Share of the tokens."""
METHODS: dict[str, dict[str, Any]] = {
    "full": {},
    "frozen: embeddings and 3 of 5 blocks": {
        "method": "frozen",
        "freeze": {"first_blocks": 3, "embeddings": True},
    },
    "LoRA, rank 8": {"method": "lora", "lora": {"rank": 8, "alpha": 16}, "learning_rate": 2.0e-3},
}


def methods(folder: Path, general: Path) -> dict[str, dict[str, Any]]:
    """Changes to `training` by name; replayed are other tales, or stories that aren't measured, written to `folder`."""
    text = (general / OWN_TEXT).read_text(encoding="utf-8", errors="replace")
    paragraphs = [part for part in text.split("\n\n") if part.strip()]
    unmeasured = folder / "unmeasured_stories.txt"
    unmeasured.write_text("\n\n".join(paragraphs[MEASURED_PARAGRAPHS + GAP :]), encoding="utf-8")
    replays = {"Grimm's tales": general / REPLAYED_TEXT, "stories, none of them measured": unmeasured}
    return METHODS | {
        f"full, {REPLAYED:.0%} replay of {name}": {"replay": {"path": str(path), "fraction": REPLAYED}}
        for name, path in replays.items()
    }


def tables(stages: Stages, subject: Subject, data: Path) -> Iterator[Table]:
    """Each way of training: what it gained and what it forgot; and samples of the first beside the base's."""
    general = data / "general"
    measured = changed(
        subject.recipe,
        "evaluation",
        general={"path": str(general / OWN_TEXT), "max_paragraphs": MEASURED_PARAGRAPHS},
        files=[{"name": name, "path": str(general / file)} for name, file in OTHER_TEXTS.items()],
        judged_samples=JUDGED,
        probes={"in_domain": list(IN_DOMAIN), "out_of_domain": list(OUT_OF_DOMAIN)},
    )
    only_some = Altered(stages, {"validation": altered_rows(sized(TRAIN_ROWS, HOLDOUT_ROWS))})
    table = Table(
        f"Gained and forgotten: {subject.name}, {TRAIN_ROWS} rows, nats a token",
        ["training", "trainable", "gained on held-out rows", "forgotten of stories", *OTHER_TEXTS, "spill-over"],
    )
    ways = methods(Path(str(subject.recipe.source.path)).parent, general)
    made = {name: chain(changed(measured, "training", **values), only_some) for name, values in ways.items()}
    for name, artifacts in made.items():
        comparison = home.store().read_json(artifacts["comparison"], "comparison.json")
        trained = home.store().read_json(artifacts["trained"], "training.json")
        general_text, gain = comparison["general"], comparison["improvement"]
        table.add(
            name,
            f"{trained['trainable_parameters']:,}",
            f"{gain['nll']:+.3f} ({gain['low']:+.3f} to {gain['high']:+.3f})",
            f"{general_text['forgetting']:+.3f} ({general_text['low']:+.3f} to {general_text['high']:+.3f})",
            *(f"{-comparison['files'][text]['improvement']:+.3f}" for text in OTHER_TEXTS),
            f"{_spill_over(artifacts):+.3f}",
        )
    table.note("wikitext and shakespeare: the same; below 0 it got better, for the base hardly knew such English")
    table.note(
        "spill-over: bits a character that out-of-domain samples came nearer to the data's style than the base's"
    )
    yield table
    yield _samples(made[next(iter(METHODS))])


def _spill_over(artifacts: Mapping[str, ArtifactRef]) -> float:
    base, tuned = (
        home.store().read_json(artifacts[name], "scores.json")["generation"]["probes"]["spill_over"]["value"]
        for name in ("base_scores", "tuned_scores")
    )
    return float(tuned - base)


def _samples(artifacts: Mapping[str, ArtifactRef]) -> Table:
    """The first sample of each probe, base and tuned."""
    table = Table("Probes, the first sample of each", ["prompt", "model", "continuation"])
    for name in ("base_scores", "tuned_scores"):
        samples = home.store().read_json(artifacts[name], "scores.json")["generation"]["samples"]
        for prompt in (*IN_DOMAIN, *OUT_OF_DOMAIN):
            first = next(sample for sample in samples if sample["prompt"] == prompt)
            table.add(prompt, name.removesuffix("_scores"), on_one_line(first["text"]))
    return table
