"""The sections of a model card, in Markdown. Numbers come from the artifacts; text of the data is escaped."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from tasks.plain_text import code_block, markdown
from tasks.registration.card_content import CardContent, Facts
from tasks.registration.config import RunFacts
from tasks.token_notes import waived_checks


def data_licence(content: CardContent) -> str:
    """The licence of the data, as its owner states it."""
    return markdown(content.source.get("licence") or "not stated")


def what_it_is(content: CardContent) -> str:
    """What was trained, on what, and what came of it."""
    training = content.training
    methods = {"lora": "adapters (LoRA)", "frozen": "a part of the weights", "full": "all weights"}
    share = training["trainable_parameters"] / max(1, training["base_parameters"])
    lines = [
        f"A causal language model: {methods[training['method']]} trained on {_base(content)}, "
        f"{training['trainable_parameters']:,} parameters ({share:.1%} of the base's {training['base_parameters']:,})."
    ]
    if content.comparison:
        lines += ["", content.comparison["judgement"]]
    return "\n".join(lines)


def _base(content: CardContent) -> str:
    if "hub" in content.base:
        name, commit = content.base["hub"], content.base["commit"]
        return f"[{markdown(name)}](https://huggingface.co/{quote(name)}) at commit `{commit[:12]}`"
    if parent := content.base.get("parent"):
        return f"a model that was itself trained by Gadfly (`{parent['trained'][:19]}` on base `{parent['base'][:19]}`)"
    weights = next((digest for name, digest in content.base["files"].items() if name.endswith(".safetensors")), "")
    return f"a base from a local folder (weights `{weights[:19]}`)"


def data(facts: RunFacts, content: CardContent) -> str:
    """Identity, licence, rows in and out by reason."""
    rows, source = content.validation, content.source
    hub = str(facts.params.get("source.hub") or "")
    named = f"[{markdown(hub)}](https://huggingface.co/datasets/{quote(hub)})" if hub else "A local source"
    identity = f", revision `{source['revision'][:12]}`" if source.get("revision") else ""
    lines = [
        f"{named}{identity}, identity `{str(source.get('identity', ''))[:19]}`. Licence: {data_licence(content)}. "
        f"Origin: {markdown(facts.provenance.origin or 'not stated')}.",
        "",
        f"{rows['ingested']:,} rows in, {rows['accepted']:,} accepted by the contract "
        f"{markdown(rows['contract']['name'])} v{rows['contract']['version']} ({rows['split']['train']:,} to train on, "
        f"{rows['split']['holdout']:,} held out), {rows['quarantined']:,} rejected. A row can have several reasons:",
        "",
    ]
    counted = sorted(rows["reasons"].items(), key=lambda item: (-item[1], item[0]))
    table = [(markdown(reason), f"{count:,}") for reason, count in counted]
    table += [(f"{markdown(reason)} (repaired)", f"{count:,}") for reason, count in rows.get("repaired", {}).items()]
    return "\n".join([*lines, *_table(("reason", "rows"), table)])


def training_part(facts: RunFacts, content: CardContent) -> str:
    """Settings, and the losses at each evaluation."""
    wanted: tuple[str, ...] = ("method", "learning_rate", "epochs", "batch_size", "schedule", "weight_decay", "seed")
    wanted += ("max_steps", "max_minutes", "dropout", "adam_betas", "adam_epsilon", "early_stopping.patience")
    wanted += ("lora.rank", "lora.alpha", "lora.target_modules", "lora.upper_blocks", "replay.fraction")
    wanted += ("freeze.first_blocks", "freeze.embeddings", "freeze.head", "freeze.patterns")
    values = [(name, facts.params.get(f"training.{name}")) for name in wanted]
    settings = [(f"`{name}`", f"`{value}`") for name, value in values if value is not None]
    steps = [
        (f"{point['epoch']:.2f}", f"{point['step']:,}", train, f"{point['nll']:.4f}", f"{math.exp(point['nll']):.2f}")
        for point, train in zip(content.training["holdout"], _train_losses(content.training), strict=True)
    ]
    return "\n".join(
        [
            f"{content.training['steps']:,} steps over {content.training['supervised_tokens']:,} tokens.",
            "",
            *_table(("setting", "value"), settings),
            "",
            "At each evaluation during training (the held-out loss on the first held-out rows):",
            "",
            *_table(("epoch", "step", "training loss", "held-out loss", "perplexity"), steps),
        ]
    )


def _train_losses(training: Facts) -> Iterator[str]:
    """The mean training loss of the steps before each evaluation, since the one before it."""
    since = 0
    for point in training["holdout"]:
        losses = [step["nll"] for step in training["train"] if since <= step["step"] < point["step"]]
        yield f"{sum(losses) / len(losses):.4f}" if losses else "–"
        since = point["step"]


def results(content: CardContent) -> str:
    """The losses with their intervals, and the junk among the samples."""
    lines = [
        "Loss is in nats a token, perplexity its exponential; in brackets 95 % intervals from resampling documents.",
        "",
    ]
    header = ("text", "model", "loss", "perplexity", "bits a byte", "documents")
    table = []
    for title, of in _texts(content.scores["tuned"]):
        for model, scores in content.scores.items():
            if found := of(scores):
                cells = (
                    _measured(found, key, form)
                    for key, form in (("nll", ".4f"), ("perplexity", ".2f"), ("bits_per_byte", ".3f"))
                )
                table.append((markdown(title), model, *cells, f"{found['rows']:,}"))
    lines += _table(header, table)
    for model, verdict in content.samples.items():
        low, high = verdict["interval"]
        lines += [
            "",
            f"Of {verdict['judged']:,} samples of the {model} model, {verdict['junk_rate']:.1%} ({low:.1%} to "
            f"{high:.1%}) break the data's contract.",
        ]
    return "\n".join(lines)


def _texts(tuned: Facts) -> Iterator[tuple[str, Any]]:
    yield "held-out rows", lambda scores: scores.get("holdout")
    yield "training rows", lambda scores: scores.get("train")
    yield "general text", lambda scores: scores.get("general")
    for name in tuned.get("files") or {}:
        yield name, lambda scores, name=name: (scores.get("files") or {}).get(name)


def _measured(facts: Facts, key: str, form: str) -> str:
    if key not in facts:
        return "–"
    bounds = (facts.get("interval") or {}).get(key)
    interval = f" ({bounds[0]:{form}} to {bounds[1]:{form}})" if bounds else ""
    return f"{facts[key]:{form}}{interval}"


def limits(content: CardContent) -> str:
    """Where the model must not be trusted."""
    tuned = content.scores["tuned"]["generation"]
    lines = [
        "- It continues text in the style of its data. What it says is not checked for truth.",
        "- Its numbers hold for rows like the held-out ones, and for nothing else.",
        f"- {tuned['stop_rate']:.1%} of its samples end by themselves; a limit of tokens ends the others.",
    ]
    comparison = content.comparison
    if comparison.get("fit"):
        lines.append(f"- Fit: {comparison['fit']['judgement']}. {comparison['fit']['why'].rstrip('.')}.")
    if comparison.get("general"):
        general = comparison["general"]
        lines.append(
            f"- General text costs {general['forgetting']:+.3f} nats a token ({general['low']:+.3f} to "
            f"{general['high']:+.3f}) against the base."
        )
    elif not content.scores["tuned"].get("general"):
        lines.append("- What it forgot was not measured.")
    copied = ((tuned.get("probes") or {}).get("in_domain") or {}).get("copying_fraction")
    if copied is not None:
        lines.append(f"- {copied:.1%} of its samples copy a long run of words from its training rows.")
    return "\n".join(lines)


AS_A_TURN = (
    'turns = [{"role": "user", "content": prompt}]\n'
    "prompt = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)\n"
)
NO_BEGIN = ", add_special_tokens=False"


def how_to_use(facts: RunFacts, content: CardContent) -> str:
    """A program that plain transformers runs in the exported folder."""
    is_adapter = content.training["method"] == "lora"
    needs = "`transformers`" + (", and `peft` where the folder holds an adapter" if is_adapter else "")
    code = (
        "from transformers import AutoModelForCausalLM, AutoTokenizer\n\n"
        'folder = "."  # where this card lies\n'
        "tokenizer = AutoTokenizer.from_pretrained(folder)\n"
        "model = AutoModelForCausalLM.from_pretrained(folder)\n"
        f"prompt = {json.dumps(facts.example_prompt, ensure_ascii=False)}\n"
        f"{AS_A_TURN if content.base.get('chat') else ''}"
        f'inputs = tokenizer(prompt, return_tensors="pt"{NO_BEGIN if content.base.get("chat") else ""})\n'
        "written = model.generate(**inputs, do_sample=True, temperature=0.8, max_new_tokens=64,\n"
        "                         eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.eos_token_id)\n"
        "print(tokenizer.decode(written[0], skip_special_tokens=True))"
    )
    return f"With {needs}:\n\n{code_block(code, 'python')}"


def how_to_reproduce(facts: RunFacts) -> str:
    """The command, overrides included."""
    return f"{code_block(facts.command or f'gadfly run {facts.recipe}', 'sh')}\n\nRun `{facts.run_id}`."


def waivers(facts: RunFacts, content: CardContent) -> str:
    """What was let pass although a rule spoke against it."""
    warned = content.validation.get("warnings", {})
    lines = [f"- {count:,} rows were kept with the warning {markdown(reason)}." for reason, count in warned.items()]
    lines += [f"- {markdown(waived)}." for waived in waived_checks(content.tokens)]
    if reason := facts.params.get("registration.waive.provenance"):
        lines.append(f"- Neither licence nor origin of the data is stated; waived because: {markdown(str(reason))}.")
    return "\n".join(lines or ["None of the data's rules was waived."])


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}"]
    return lines + [f"| {' | '.join(row)} |" for row in rows]
