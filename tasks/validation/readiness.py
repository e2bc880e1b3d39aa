"""Is a dataset fit to train on? The verdict: *train*, *repair first* or *find other data*, with its reasons.

Each check looks at one thing and says a sentence; the gravest decision of all checks is the verdict. Counting is done
before (`data_facts.py`), so this is a pure function of a few numbers. What a person can mend is told apart from junk:
a dataset whose rows all hold the same special token is no bad dataset.

The verdict is about the data alone: whether a base learns something from it, the evaluation says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tasks.validation.languages import UNKNOWN_LATIN
from tasks.validation.signals import DUPLICATE, NEAR_DUPLICATE

TRAIN, REPAIR, OTHER = "train", "repair first", "find other data"
DECISIONS = (TRAIN, REPAIR, OTHER)
"""From the best to the worst."""

MIN_ROWS, MIN_WORDS = 50, 10_000
"""Fewest rows, or words where the rows are long. OpenAI's fine-tuning guide sees clear improvements from 50 to 100
examples on; 10,000 words are about as many batches: some 26 full rows of 512 tokens, one or two optimizer steps."""
ENOUGH_ROWS, ENOUGH_WORDS = 1_000, 100_000
"""Below both a model takes on a tone rather than a subject. LIMA (Zhou et al. 2023, arXiv:2305.11206) aligns a base
with 1,000 chosen examples; 100,000 words are as many rows of a hundred words."""
MAX_JUNK = 0.5
"""Share of rows that are junk. Where half are, and a detector finds 85 % of it (what we ask of ours on unforeseen
kinds), 13 % of the rows that are kept still are: 0.5 · 0.15 / (0.5 · 0.15 + 0.5)."""
JUNK_RECALL = 0.85
MAX_MENDABLE = 0.05
"""Share of rows lost to what one pass over the source would mend. A language model's loss falls with data as D^-0.095
(Kaplan et al. 2020, arXiv:2001.08361): 5 % fewer rows cost 0.5 % of it, which isn't worth a person's time."""
MAX_CONTRADICTORY = 0.05
"""Share of rows whose author is contradicted or disputed. Published test sets have 3.3 % wrong labels on average
(Northcutt et al. 2021, arXiv:2103.14749); more is worse than usual, and a template teaches the author as a fact."""
MAX_OTHER_LANGUAGES = 0.2
"""Share of the texts in other languages than the commonest. A draft's rule rejects at most a fifth of the rows, so with
more than that nothing would keep the others out."""
MANY_REPEATS = 0.2
"""Share of repeats from which on the source's size misleads; they cost nothing, as one of each is kept. Lee et al.
(2022, arXiv:2107.06499) find up to 14 % near duplicates in web corpora."""

MENDABLE = {
    "mojibake": "read the source again in its right encoding, or mend it with `action: repair`",
    "lost_characters": "export it again as UTF-8: an earlier export wrote ? for what it didn't know",
    "control_characters": "strip the invisible characters",
    "untidy_whitespace": "tidy the spaces",
    "run_together": "export it with its line ends, or take the rule's repair",
    "stray_punctuation": "strip the names",
    "html_residue": "strip the markup",
    "escape_residue": "read the source with a parser that unescapes its strings, or with `action: repair`",
    "special_token_in_text": "delete the special tokens: the tokenizer sets its own",
    "pii": "mask the personal data and keys",
}
"""Signals of defects that a pass over the source mends, and how."""
REPEATS = frozenset({DUPLICATE, NEAR_DUPLICATE})
JUNK = frozenset(
    {"boilerplate_fraction", "echo", "gibberish_fraction", "keyword_list", "letter_fraction", "placeholder", "refusal"}
    | {
        "damaged_word_fraction",
        "lookalike_letters",
        "misplaced_words",
        "unknown_word_fraction",
        "machine_text_fraction",
    }
    | {"repetition_fraction", "speaker_only", "spam_cues", "symbol_fraction", "url_fraction", "url_only"}
)
"""Signals of junk that counts even where a rule only warns."""
DISPUTED = frozenset({"attribution_conflict", "disputed_attribution"})
WHAT = {
    "mojibake": "hold mojibake",
    "lost_characters": "lost apostrophes to question marks",
    "control_characters": "hold invisible characters",
    "untidy_whitespace": "have untidy spaces",
    "run_together": "lost spaces or line ends between words",
    "stray_punctuation": "have a comma or dash at the edge of a name",
    "html_residue": "hold markup",
    "escape_residue": "hold backslash escapes",
    "special_token_in_text": "hold literal special tokens",
    "pii": "hold personal data or keys",
}


@dataclass(frozen=True, kw_only=True)
class DataFacts:
    """What a verdict rests on, in rows unless said otherwise."""

    ingested: int
    accepted: int
    words: int
    """Words in the accepted rows."""
    repeats: int = 0
    """Rejected as a copy of another, and for nothing else but what can be mended."""
    mendable: int = 0
    """Rejected for nothing but what can be mended."""
    junk: int = 0
    """Rejected for something else."""
    unread: int = 0
    """Records that ingestion couldn't read; also in `mendable`."""
    rejecting: Mapping[str, int] = field(default_factory=dict)
    """Signal -> rows that a rule on it rejects."""
    warning: Mapping[str, int] = field(default_factory=dict)
    """Signal -> rows that a rule on it only counts."""
    mended: int = 0
    """Rows that the contract's repairs changed."""
    languages: Mapping[str, float] = field(default_factory=dict)
    """Language, or what is known of it -> share of the rows with enough words to tell; the commonest first."""
    failures: Sequence[str] = ()
    """What the contract asks for and the data isn't."""


class Readiness(NamedTuple):
    """A verdict."""

    decision: str
    """One of `DECISIONS`."""
    reasons: list[str]
    """Plain sentences, the gravest first."""

    def as_dict(self) -> dict[str, object]:
        """As `--json` prints it."""
        return {"decision": self.decision, "reasons": self.reasons}


Remark = tuple[str, str]
"""What a check thinks should be done, and why."""


def readiness(facts: DataFacts) -> Readiness:
    """Decide what to do with a dataset.

    Args:
        facts: Of the data as a contract sorts it.
    """
    checks = (_amount, _junk, _mendable, _contradictory, _language, _unread, _failures, _repeats, _mended)
    remarks = [remark for check in checks for remark in check(facts)]
    remarks.sort(key=lambda remark: -DECISIONS.index(remark[0]))
    return Readiness(remarks[0][0], [sentence for _, sentence in remarks])


def _amount(facts: DataFacts) -> list[Remark]:
    left = f"{facts.accepted:,} of {facts.ingested:,} rows ({_share(facts.accepted, facts.ingested)}) are left"
    amount = f"{left}, {facts.words:,} words"
    if facts.accepted >= ENOUGH_ROWS or facts.words >= ENOUGH_WORDS:
        return [(TRAIN, f"{amount}: enough to fine-tune on")]
    if facts.accepted >= MIN_ROWS or facts.words >= MIN_WORDS:
        few = f"under {ENOUGH_ROWS:,} rows and {ENOUGH_WORDS:,} words a model takes on a tone rather than a subject"
        return [(TRAIN, f"{amount}: little; {few}")]
    too_few = f"{amount}: too few; {MIN_ROWS:,} rows or {MIN_WORDS:,} words are the least"
    if facts.accepted + facts.mendable >= MIN_ROWS:
        return [(REPAIR, f"{too_few}, and {facts.mendable:,} more could be mended")]
    return [(OTHER, too_few)]


def _junk(facts: DataFacts) -> list[Remark]:
    """Junk that dominates, rejected or, of one kind, only counted because it is so much."""
    counted = {signal: rows for signal, rows in facts.warning.items() if signal in JUNK}
    worst = max(counted, key=lambda signal: counted[signal], default="")
    for rows, what in ((facts.junk, "junk"), (counted.get(worst, 0), f"junk ({worst})")):
        if rows > MAX_JUNK * facts.ingested:
            share = rows / facts.ingested
            rest = share * (1 - JUNK_RECALL)
            left = f"; about {rest / (rest + 1 - share):.0%} of what is kept would be junk nobody found"
            return [(OTHER, f"{_share(rows, facts.ingested)} of the rows are {what}{left}")]
    return []


def _mendable(facts: DataFacts) -> list[Remark]:
    remarks = []
    for signal, how in MENDABLE.items():
        rejected, counted = facts.rejecting.get(signal, 0), facts.warning.get(signal, 0)
        fate = "and are rejected for it" if rejected >= counted else "and would be learned with it"
        if max(rejected, counted) > MAX_MENDABLE * facts.ingested:
            told = f"{_share(max(rejected, counted), facts.ingested)} of the rows {WHAT[signal]} {fate}"
            remarks.append((REPAIR, f"{told}: {how}"))
    return remarks


def _contradictory(facts: DataFacts) -> list[Remark]:
    rows = sum(facts.rejecting.get(signal, 0) + facts.warning.get(signal, 0) for signal in sorted(DISPUTED))
    if rows <= MAX_CONTRADICTORY * facts.ingested:
        return []
    told = f"{_share(rows, facts.ingested)} of the rows have an author that other rows or their tags contradict"
    return [(REPAIR, f"{told}: settle who said it, or leave the author out of the template")]


def _language(facts: DataFacts) -> list[Remark]:
    """Texts whose language can't be told are left out of the mix: most are short, or full of names."""
    main = next(iter(facts.languages), "")
    if main.startswith("unknown"):
        return [(TRAIN, f"the language is {main}: whether rows are in another language isn't checked")]
    others = {name: share for name, share in facts.languages.items() if name not in (main, UNKNOWN_LATIN)}
    if sum(others.values()) <= MAX_OTHER_LANGUAGES:
        return []
    mix = ", ".join(f"{name} {facts.languages[name]:.0%}" for name in [main, *others][:3])
    return [(REPAIR, f"the languages are mixed ({mix}): keep one of them, or make a dataset of each")]


def _unread(facts: DataFacts) -> list[Remark]:
    if facts.unread <= MAX_MENDABLE * facts.ingested:
        return []
    told = f"{_share(facts.unread, facts.ingested)} of the records couldn't be read"
    return [(REPAIR, f"{told}: mend the file; the quarantine says what is wrong with each")]


def _failures(facts: DataFacts) -> list[Remark]:
    return [(REPAIR, f"the contract fails: {failure}") for failure in facts.failures]


def _repeats(facts: DataFacts) -> list[Remark]:
    if facts.repeats <= MANY_REPEATS * facts.ingested:
        return []
    told = f"{_share(facts.repeats, facts.ingested)} of the rows repeat another"
    return [(TRAIN, f"{told}; one of each is kept, so the source is smaller than it looks")]


def _mended(facts: DataFacts) -> list[Remark]:
    told = "1 row is" if facts.mended == 1 else f"{facts.mended:,} rows are"
    return [(TRAIN, f"{told} mended by the contract")] if facts.mended else []


def _share(part: int, whole: int) -> str:
    share = part / max(whole, 1)
    if 0.9995 <= share < 1:
        return "over 99.9 %"
    return "under 0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f}".removesuffix(".0") + " %"
