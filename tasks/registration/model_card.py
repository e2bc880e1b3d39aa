"""The model card: the hub's README of a model, with its metadata, and a short form for the registry's page.

It says what a stranger must know: what the model is, what it learned from, how well it does and how sure that is, where
it must not be trusted.
"""

from __future__ import annotations

from tasks.plain_text import markdown, one_line
from tasks.registration.card_content import CardContent
from tasks.registration.card_sections import (
    data,
    data_licence,
    how_to_reproduce,
    how_to_use,
    limits,
    results,
    training_part,
    waivers,
    what_it_is,
)
from tasks.registration.config import RunFacts

CARD = "model_card.md"
"""The card among the files of a version's MLflow run."""
WAIVERS = "## Waivers"
"""The last section: what is waived later is added at the end."""


def short_description(facts: RunFacts, content: CardContent) -> str:
    """A registered version in a few lines of Markdown."""
    before, after = (content.scores[model]["holdout"] for model in ("base", "tuned"))
    rows, training = content.validation, content.training
    lines = [
        f"Recipe `{facts.recipe}`, {training['method']}, {training['trainable_parameters']:,} trained parameters.",
        "",
        f"- held-out NLL {before['nll']:.4f} → {after['nll']:.4f} nats a token "
        f"(perplexity {before['perplexity']:.2f} → {after['perplexity']:.2f}, {after['rows']:,} rows)",
        f"- rows: {rows['ingested']:,} in, {rows['accepted']:,} accepted, {rows['quarantined']:,} quarantined; "
        f"contract {rows['contract']['name']} v{rows['contract']['version']}; "
        f"licence of the data: {data_licence(content)}",
        f"- stops by itself: {content.scores['tuned']['generation']['stop_rate']:.0%} of samples",
    ]
    if content.comparison:
        lines.append(f"- {content.comparison['judgement']}")
    return "\n".join(lines)


def model_card(model: str, facts: RunFacts, content: CardContent) -> str:
    """The whole card: metadata in YAML, then Markdown."""
    sections = [
        f"# {model}",
        what_it_is(content),
        "## Data",
        data(facts, content),
        "## Training",
        training_part(facts, content),
        "## Results",
        results(content),
        "## Limits",
        limits(content),
        "## How to use",
        how_to_use(facts, content),
        "## How to reproduce",
        how_to_reproduce(facts),
        WAIVERS,
        waivers(facts, content),
    ]
    return f"---\n{_metadata(model, facts, content).strip()}\n---\n\n" + "\n\n".join(sections) + "\n"


def with_waiver(card: str, waiver: str) -> str:
    """A card, or a page's description, with a waiver that was given after it was written; one that has it stays."""
    line = f"- **Waived**: {markdown(waiver)}"
    return card if line in card.splitlines() else f"{card.rstrip()}\n{line}\n".lstrip()


def _metadata(model: str, facts: RunFacts, content: CardContent) -> str:
    from huggingface_hub import EvalResult, ModelCardData

    hub = str(facts.params.get("source.hub") or "")
    tuned = content.scores["tuned"]["holdout"]
    measured = [("perplexity", tuned["perplexity"]), ("loss", tuned["nll"])]
    measured += [("bits_per_byte", tuned["bits_per_byte"])] if "bits_per_byte" in tuned else []
    licence, licence_name = _model_licence(content)
    metadata = ModelCardData(
        model_name=model,
        library_name="peft" if content.training["method"] == "lora" else "transformers",
        pipeline_tag="text-generation",
        base_model=content.base.get("hub"),
        datasets=[hub] if hub else None,
        tags=["gadfly", "text-generation", content.training["method"]],
        eval_results=[
            EvalResult(
                task_type="text-generation",
                dataset_type=hub or "local",
                dataset_name=one_line(f"{facts.recipe}: {tuned['rows']:,} held-out rows"),
                dataset_revision=content.source.get("revision") or None,
                dataset_split="holdout",
                metric_type=kind,
                metric_name=f"{kind.replace('_', ' ')}, held-out rows",
                metric_value=round(value, 6),
            )
            for kind, value in measured
        ],
        license=licence,
        license_name=licence_name or None,
    )
    return str(metadata.to_yaml())


def _model_licence(content: CardContent) -> tuple[str, str]:
    """The model's licence where base and data agree on one; else `other`, with both named."""
    data, base = content.source.get("licence", ""), content.base_licence
    if data and data.lower() == base.lower():
        return data.lower(), ""
    return "other", one_line(f"data {data or 'unknown'}, base {base or 'unknown'}")
