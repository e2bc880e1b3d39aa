"""What to try next: the one change of the recipe that is most likely to help, and why.

The rules are asked in the order of `RULES`, and the first that applies speaks: what makes the numbers worthless comes
first (a leak), then what training did wrong (nothing learned, overfitting), then what the samples show (no end, copies,
junk), then what was lost (forgetting), then what is still open (chance), and last what may be had for more computing.
Each rule looks at one finding. They are rules of thumb, not measurements: the next run tells.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tasks.evaluation.report.findings import Findings
from tasks.evaluation.report.verdict import MAX_LEAK, in_domain_probes
from tasks.sample_junk import junk_above

STILL_FALLING = 0.05
"""Share of the whole fall of the held-out loss that the last epoch brought: from here on, more epochs are worth it."""
TURNED = 0.005
"""How far, in nats a token, the held-out loss must have risen from its lowest point to count as having turned."""
MANY_CUT = 0.05
"""Share of the rows that were cut at `max_seq_len` from which a longer one is worth its price."""
MUCH_PADDING = 0.2
"""Share of the computing on padding from which packing is worth it."""


class Advice(NamedTuple):
    """One thing to try."""

    override: str
    """`key=value` for `-s`; empty where no single override does it."""
    what: str
    """What to do, in a sentence."""
    why: str
    """The finding that it answers, with its numbers."""


def advice(findings: Findings) -> Advice:
    """The first rule's that applies."""
    return next(found for rule in RULES if (found := rule(findings)) is not None)


def leak(findings: Findings) -> Advice | None:
    """Held-out rows stand in the training rows: the contract doesn't look for near-duplicates."""
    found = findings.comparison.get("leak", {})
    if found.get("fraction", 0.0) <= MAX_LEAK:
        return None
    return Advice(
        "",
        "Add {reason: near_duplicate, signal: near_duplicate_of, max: 0} to the contract's rules for the text.",
        f"{found['rows']:,} held-out rows have a copy among the training rows, so no held-out number can be believed.",
    )


def diverged(findings: Findings) -> Advice | None:
    """The loss rose in training: the rate is too high."""
    train, rate = findings.training["train"], findings.setting("training.learning_rate", 2e-4)
    if len(train) < 2 or _mean(train[-10:]) <= _mean(train[:10]):
        return None
    return Advice(
        f"training.learning_rate={_number(rate / 5)}",
        "Train with a fifth of the learning rate.",
        f"The training loss rose from {_mean(train[:10]):.3f} to {_mean(train[-10:]):.3f} nats a token.",
    )


def nothing_learned(findings: Findings) -> Advice | None:
    """Neither loss moved: the rate is too low."""
    if _fit(findings) != "nothing learned":
        return None
    rate = findings.setting("training.learning_rate", 2e-4)
    before, after = (findings.scores[model]["holdout"]["nll"] for model in ("base", "tuned"))
    return Advice(
        f"training.learning_rate={_number(min(5 * rate, 1.0))}",
        "Train with five times the learning rate.",
        f"The held-out loss went from {before:.3f} to {after:.3f} nats a token: training hardly moved the model.",
    )


def overfitting(findings: Findings) -> Advice | None:
    """The held-out loss was lower before the end, or the gap to the training rows is judged too wide."""
    points = findings.training["holdout"]
    lowest = min(points, key=lambda point: point["nll"])
    kept_best = findings.training.get("kept_step") is not None
    if points[-1]["nll"] - lowest["nll"] > TURNED and lowest["epoch"] > 0 and not kept_best:
        return Advice(
            f"training.epochs={_number(lowest['epoch'])}",
            "Stop where the held-out loss was lowest.",
            f"It was {lowest['nll']:.3f} nats a token after epoch {lowest['epoch']:g} "
            f"and {points[-1]['nll']:.3f} at the end.",
        )
    if _fit(findings) != "overfitting":
        return None
    epochs = findings.setting("training.epochs", 3.0)
    return Advice(
        f"training.epochs={_number(epochs / 2)}",
        "Train for half as long.",
        f"Held-out rows cost {findings.comparison['fit']['gap']:.3f} nats a token more than training rows.",
    )


def copying(findings: Findings) -> Advice | None:
    """Samples copy training rows."""
    probes = in_domain_probes(findings, "tuned")
    seen, own = probes.get("copying_fraction") or 0.0, probes.get("holdout_copying_fraction") or 0.0
    if seen - own <= findings.setting("registration.gate.max_copying", 0.2):
        return None
    epochs = findings.setting("training.epochs", 3.0)
    return Advice(
        f"training.epochs={_number(epochs / 2)}",
        "Train for half as long.",
        f"{seen:.1%} of the samples repeat training rows, against {own:.1%} of held-out rows.",
    )


def endless(findings: Findings) -> Advice | None:
    """Samples don't end: rows lost their end by being cut, or the model saw too few ends."""
    rate = findings.scores["tuned"]["generation"]["stop_rate"]
    if rate >= findings.setting("registration.gate.min_stop_rate", 0.5):
        return None
    why = f"Only {rate:.1%} of the samples end by themselves"
    cut = _cut_share(findings)
    if cut > MANY_CUT:
        length = 2 * findings.tokens["max_seq_len"]
        return Advice(
            f"tokenization.max_seq_len={length}",
            "Read longer rows.",
            f"{why}, and {cut:.1%} of the rows were cut, so the model never saw their end.",
        )
    epochs = findings.setting("training.epochs", 3.0)
    return Advice(f"training.epochs={_number(2 * epochs)}", "Train for twice as long.", f"{why}.")


def junk(findings: Findings) -> Advice | None:
    """Samples hold more junk than the base's: the data still holds it."""
    base, tuned = (findings.samples.get(model) for model in ("base", "tuned"))
    allowed = findings.setting("registration.gate.max_junk_above_base", 0.02)
    if not base or not tuned or not junk_above(tuned, base).exceeds(allowed):
        return None
    worst = max(tuned["reasons"].items(), key=lambda item: (item[1], item[0]), default=("junk", 0))
    return Advice(
        "",
        f"Tighten the contract's rule for {worst[0]}, or mend the source: the model writes what it was given.",
        f"{worst[1]:,} of {tuned['judged']:,} samples are {worst[0]}; "
        f"{tuned['junk_rate']:.1%} are junk, against {base['junk_rate']:.1%} of the base's.",
    )


def forgetting(findings: Findings) -> Advice | None:
    """General text is predicted worse than by the base, beyond chance."""
    found = findings.comparison.get("general") or {}
    allowed = findings.setting("registration.gate.max_forgetting", 0.1)
    if found.get("low", 0.0) <= 0 or found.get("forgetting", 0.0) <= allowed:
        return None
    why = f"General text costs {found['forgetting']:.3f} nats a token more than before training."
    if findings.training["method"] != "lora":
        return Advice("training.method=lora", "Train adapters, which change the base less.", why)
    rate = findings.setting("training.learning_rate", 2e-4)
    return Advice(f"training.learning_rate={_number(rate / 2)}", "Train with half the learning rate.", why)


def undecided(findings: Findings) -> Advice | None:
    """The interval holds both better and worse: measure the noise, or hold out more rows."""
    found = findings.comparison.get("improvement")
    if not found or findings.comparison["is_better"] or found["high"] <= 0:
        return None
    why = f"The improvement lies between {found['low']:+.3f} and {found['high']:+.3f} nats a token: it may be chance."
    if findings.comparison["noise"]["seeds"] < 3:
        return Advice(
            "evaluation.noise.seeds=6", "Measure this recipe's own noise: six seeds can show it to be small.", why
        )
    share = findings.setting("validation.holdout_fraction", 0.1)
    return Advice(f"validation.holdout_fraction={_number(min(2 * share, 0.4))}", "Hold out twice as many rows.", why)


def still_falling(findings: Findings) -> Advice | None:
    """The last epoch still brought a good part of the fall: more of them."""
    points = findings.training["holdout"]
    fall = points[0]["nll"] - points[-1]["nll"]
    if len(points) < 2 or fall <= 0 or points[-2]["nll"] - points[-1]["nll"] < STILL_FALLING * fall:
        return None
    epochs = findings.setting("training.epochs", 3.0)
    return Advice(
        f"training.epochs={_number(2 * epochs)}",
        "Train for twice as long.",
        f"The held-out loss was still falling at the end: {points[-2]['nll']:.3f} → {points[-1]['nll']:.3f} nats a "
        "token over the last epoch.",
    )


def cut_rows(findings: Findings) -> Advice | None:
    """Many rows are cut."""
    share = _cut_share(findings)
    if share <= MANY_CUT:
        return None
    length = 2 * findings.tokens["max_seq_len"]
    return Advice(
        f"tokenization.max_seq_len={length}",
        "Read longer rows.",
        f"{share:.1%} of the rows are longer than {findings.tokens['max_seq_len']:,} tokens.",
    )


def padding(findings: Findings) -> Advice | None:
    """Much of the computing is on padding, and packing is off."""
    share = findings.training["padding_fraction"]
    if share < MUCH_PADDING or findings.setting("tokenization.packing", True):
        return None
    return Advice("tokenization.packing=true", "Pack rows: the same training in less time.", f"{share:.1%} is padding.")


def another_seed(findings: Findings) -> Advice:
    """Nothing stands out: find out how much of it is luck."""
    if findings.comparison.get("noise", {}).get("seeds", 0) < 3:
        return Advice(
            "evaluation.noise.seeds=3",
            "Train with three seeds, to learn how much of the result is luck.",
            "Nothing in this run calls for a change.",
        )
    seed = findings.setting("training.seed", 42)
    return Advice(f"training.seed={seed + 1}", "Train with another seed.", "Nothing in this run calls for a change.")


RULES = (
    leak,
    diverged,
    nothing_learned,
    overfitting,
    copying,
    endless,
    junk,
    forgetting,
    undecided,
    still_falling,
    cut_rows,
    padding,
    another_seed,
)


def _fit(findings: Findings) -> str:
    return str(findings.comparison.get("fit", {}).get("judgement", ""))


def _cut_share(findings: Findings) -> float:
    counts: Any = findings.tokens.get("counts", {}).get("train", {})
    rows = counts.get("rows", 0) + counts.get("left_out_rows", 0)
    return float(counts.get("overlong_rows", 0) / max(1, rows))


def _mean(points: Any) -> float:
    return float(sum(point["nll"] for point in points) / len(points))


def _number(value: float) -> str:
    """A number that YAML reads as one: `3e-4` would be text there."""
    text = f"{value:.4g}"
    mantissa, e, exponent = text.partition("e")
    return text if not e or "." in mantissa else f"{mantissa}.0e{exponent}"
