"""Recognising what a dataset's columns are, for the draft of a recipe: the text, a prompt and its completion, the rest.

Names decide first, since people who call a column `quoteText` mean it; content decides where names say nothing, and
overrules a name that doesn't fit (an `answer` of numbers only is still an answer, a `text` of links is none). It looks
at the first 2,000 rows. The result is a guess for a person to look over, so every column comes with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from tasks.ingestion.column_profiles import STRUCTURED, ColumnProfile, profile_column, words_of

_SAMPLE_ROWS = 2000

_PAIRS = (
    ("prompt", "completion"),
    ("prompt", "response"),
    ("instruction", "output"),
    ("instruction", "response"),
    ("question", "answer"),
    ("query", "response"),
    ("query", "answer"),
    ("problem", "solution"),
    ("user", "assistant"),
    ("human", "assistant"),
    ("input", "output"),
    ("input", "response"),
    ("input", "target"),
    ("source", "target"),
    ("context", "response"),
    ("dialogue", "summary"),
    ("document", "summary"),
    ("article", "summary"),
)
"""Names that mean a prompt and its completion, the clearest first."""
_TEXT_NAMES = frozenset(
    {"text", "quote", "content", "contents", "body", "sentence", "passage", "paragraph", "story", "document"}
    | {"article", "notes", "note", "message", "review", "abstract", "lyrics", "poem", "post", "tweet"}
)
_NAMED = ("author", "title", "keyword", "topic", "category", "label", "genre", "speaker", "character", "headline")
"""Short columns worth naming in a template, the most telling first."""
_TAGS = frozenset({"tags", "tag", "keywords"})


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """What each column of a dataset is taken for, and why."""

    text: str = ""
    """Source column of the text; empty where there is a pair."""
    prompt: str = ""
    """Source column of the prompt; empty where there is one text."""
    completion: str = ""
    """Source column of the completion; empty where there is one text."""
    named: dict[str, str] = field(default_factory=dict)
    """Canonical name to source column, for what a template may name beside the text; the most telling first."""
    tags: str = ""
    """Source column of the tags."""
    reasons: dict[str, str] = field(default_factory=dict)
    """Source column to why it is kept."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Source column to why it is left out."""
    kinds: dict[str, str] = field(default_factory=dict)
    """Source column to what it holds, in words."""
    num_structured: int = 0
    """Columns of numbers, dates and categories."""

    @property
    def columns(self) -> dict[str, str]:
        """Canonical name to source column: the recipe's `source.columns`."""
        roles = {"text": self.text, "prompt": self.prompt, "completion": self.completion}
        return {name: column for name, column in {**roles, **self.named, "tags": self.tags}.items() if column}


def recognise_columns(frame: pd.DataFrame) -> Recognised:
    """Say what the columns of a dataset are.

    Args:
        frame: The source's records, a text column each, under their own names.
    """
    profiles = {str(name): profile_column(str(name), frame[name].head(_SAMPLE_ROWS)) for name in frame.columns}
    reasons: dict[str, str] = {}
    prompt, completion, why = _pair(profiles)
    text = ""
    if prompt:
        reasons |= {prompt: f"the prompt: {why}", completion: f"the completion: {why}"}
    else:
        text, why = _text(profiles)
        reasons |= {text: f"the text: {why}"} if text else {}
    named: dict[str, str] = {}
    if prompt and profiles[prompt].name == "instruction" and _fits_name(profiles, "input", completion):
        named["input"] = "input"
        reasons["input"] = "what the instruction is about"
    for role in [] if prompt else _NAMED:
        column = next((name for name, profile in profiles.items() if _is_named(profile, role, name, text)), "")
        if column:
            named[role] = column
            reasons[column] = f"a short {role} for {profiles[column].fraction_filled:.0%} of the rows"
    tags = next((name for name, profile in profiles.items() if profile.words[-1] in _TAGS and name not in reasons), "")
    if tags:
        reasons[tags] = "the tags, for rules that look at them"
    left_out = {name: _why_left_out(profile) for name, profile in profiles.items() if name not in reasons}
    return Recognised(
        text=text,
        prompt=prompt,
        completion=completion,
        named=named,
        tags=tags,
        reasons=reasons,
        left_out=left_out,
        kinds={name: profile.described for name, profile in profiles.items()},
        num_structured=sum(profile.kind in STRUCTURED for profile in profiles.values()),
    )


def guess_template(recognised: Recognised) -> dict[str, str]:
    """A recipe's `prompt` section over the canonical names: a template, or a prompt with its completion."""
    if recognised.prompt:
        context = "{prompt}\n{input}\n" if "input" in recognised.named else "{prompt}\n"
        return {"prompt": context, "completion": "{completion}"}
    first = next(iter(recognised.named), "")
    if first == "author" and "quote" in words_of(recognised.text):
        return {"template": 'Quote by {author}: "{text}"'}
    if first in ("title", "headline"):
        return {"template": f"{{{first}}}\n\n{{text}}"}
    return {"template": f"{{{first}}}: {{text}}" if first else "{text}"}


def _pair(profiles: Mapping[str, ColumnProfile]) -> tuple[str, str, str]:
    """Prompt, completion and why; empty where there is no pair."""
    for first, second in _PAIRS:
        prompt = _best_named(profiles, first)
        completion = _best_named(profiles, second)
        if prompt and completion and profiles[prompt].is_prose:
            return prompt, completion, f"the names {prompt} and {completion} go together"
    prose = [name for name, profile in profiles.items() if profile.is_prose and not _has_role(profile)]
    questions = [name for name in prose if profiles[name].fraction_questions >= 0.5]
    others = [name for name in prose if profiles[name].fraction_questions < 0.5]
    if len(questions) == 1 and len(others) == 1:
        return questions[0], others[0], f"{questions[0]} mostly ends in a question mark"
    return "", "", ""


def _best_named(profiles: Mapping[str, ColumnProfile], word: str) -> str:
    """The column called so, or whose name ends or starts so; of several the first."""
    tests: tuple[Callable[[ColumnProfile], bool], ...] = (
        lambda profile: profile.name == word,
        lambda profile: profile.words[-1] == word,
        lambda profile: profile.words[0] == word and profile.words[-1] == "text",
    )
    usable = {name: profile for name, profile in profiles.items() if profile.unfit in ("", "numbers", "yes or no")}
    return next((name for test in tests for name, profile in usable.items() if test(profile)), "")


def _text(profiles: Mapping[str, ColumnProfile]) -> tuple[str, str]:
    """The text column and why: prose that is named like text, else the longest prose, else the longest column."""
    prose = {name: profile for name, profile in profiles.items() if profile.is_prose and not _has_role(profile)}
    named = {name: profile for name, profile in prose.items() if _TEXT_NAMES & set(profile.words)}
    rest = {name: profile for name, profile in profiles.items() if not profile.unfit}
    for candidates, why in (
        (named, "free text under a usual name"),
        (prose, "the longest free text"),
        (rest, "longest"),
    ):
        if candidates:
            column = max(candidates, key=lambda name: candidates[name].mean_chars * candidates[name].fraction_filled)
            return column, f"{why}, {candidates[column].mean_chars:.0f} characters on average"
    return "", ""


def _is_named(profile: ColumnProfile, role: str, name: str, text: str) -> bool:
    is_short = profile.mean_words <= 12 and not profile.unfit
    return name != text and profile.words[-1] == role and is_short and not profile.idle


def _has_role(profile: ColumnProfile) -> bool:
    return profile.words[-1] in _NAMED or profile.words[-1] in _TAGS


def _fits_name(profiles: Mapping[str, ColumnProfile], name: str, taken: str) -> bool:
    return name in profiles and name != taken and not profiles[name].unfit


def _why_left_out(profile: ColumnProfile) -> str:
    is_id = profile.num_values >= 20 and profile.fraction_distinct == 1 and profile.mean_words < 1.1
    return profile.unfit or profile.idle or ("ids: one word, different in every row" if is_id else "not needed")
