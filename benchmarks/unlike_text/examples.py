"""What the judge learns from: clean texts of many sources, and junk of four groups, of random noise and of grammars.

With the fourth group learnt from, it is spent: it measures nothing new any more but when kinds are left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt

from benchmarks.blind4_kinds import BLIND4
from benchmarks.blind_kinds import BLIND
from benchmarks.clean_texts import TEXTS
from benchmarks.planted_kinds import SEEN
from benchmarks.row_grammars import grammars_in
from benchmarks.unlike_text.families import FAMILIES
from benchmarks.unlike_text.noise import Noise
from benchmarks.unlike_text.sources import clean_texts
from benchmarks.unlike_text.variety import Variety
from benchmarks.unseen_corruptions import UNSEEN
from tasks.validation.text_column import TextColumn
from tasks.validation.token_codes import NUM_COMMON, NUM_UNKNOWN, word_slots
from tasks.validation.token_stream import LETTERS, TokenStream

OTHER_RULES = frozenset(
    {
        "missing", "duplicate", "near_duplicate", "holdout_leak", "benchmark_leak", "attribution_conflict",
        "disputed_attribution", "undecodable", "pii", "speaker_only", "prompt_echo", "empty", "too_long", "refusal",
        "control_characters", "special_token_in_text", "too_short", "truncated",
    }
)  # fmt: skip
"""Reasons that don't show in how a text is made."""
PER_KIND, PER_NOISE, PER_VARIETY = 120, 240, 700
CLEAN_WORDS = ("quotes", "docstrings", "novels", "stories", "sentences", "aphorisms", "demo", "encyclopedia")
"""Sources that junk is made of."""
Corpus = dict[str, list[str]]


def clean_corpus(data: Path, word_class: npt.NDArray[np.uint8], rng: Random) -> Corpus:
    """Source -> clean texts, and variations of them."""
    found = clean_texts(data, rng)
    base = [text for texts in found.values() for text in texts[:1500] if 5 <= len(text.split()) <= 60]
    for name, vary in Variety(alike_words(base, word_class), base).kinds().items():
        found[f"varied: {name}"] = [vary(rng, text) for text in rng.sample(base, PER_VARIETY)]
    return found


def alike_words(texts: Sequence[str], word_class: npt.NDArray[np.uint8]) -> Mapping[str, Sequence[str]]:
    """A word and others of its class, as often as they occur."""
    words = [word for text in texts for word in re.findall(r"\b[a-z]{4,}\b", text)]
    stream = TokenStream(TextColumn(words))
    classes = word_class[word_slots(stream)[stream.groups == LETTERS]]
    members: dict[int, list[str]] = defaultdict(list)
    for word, own in zip(words, classes.tolist(), strict=True):
        if own >= NUM_UNKNOWN + NUM_COMMON:
            members[own].append(word)
    return {word: members[own] for word, own in zip(words, classes.tolist(), strict=True) if own in members}


def junk_corpus(clean: Corpus, rng: Random) -> Corpus:
    """Kind -> corrupted texts; kinds of noise and of grammars have their group before a colon."""
    base = [text for name in CLEAN_WORDS for text in clean[name][:1200] if 6 <= len(text.split()) <= 40]
    base = [text for text in base if "\n" not in text]
    makers: dict[str, tuple[Callable[[Random, str, int], object], int]] = {}
    for kind in (*SEEN, *UNSEEN, *BLIND, *BLIND4):
        if kind.reason not in OTHER_RULES and not kind.copies and not kind.leaks:
            makers[kind.name] = kind.make, min(PER_KIND, kind.most)
    words = [word for text in base for word in re.findall("[A-Za-z]{3,}", text)]
    for name, spoil in Noise(base, words).kinds().items():
        makers[f"noise: {name}"] = spoil, PER_NOISE
    for name, grammar in grammars_in("unlike_text_junk.txt").items():
        makers[f"grammar: {name}"] = grammar.expanded, PER_KIND
    found = {}
    for name, (make, count) in makers.items():
        sound = [rng.choice(base) for _ in range(count)]
        made = (make(rng, text, number) for number, text in enumerate(sound))
        texts = (text for text, source in zip(made, sound, strict=True)
                 if isinstance(text, str) and text.strip() and text != source and len(text) < 4000)  # fmt: skip
        found[name] = list(dict.fromkeys(texts))
    return found


def neutral_words() -> npt.NDArray[np.int64]:
    """Places in the table of words of the names, towns and things that grammars fill their slots with.

    They recur in many kinds of a group, and would tell left-out kinds by who wrote them. Whole sentences in slots count
    like any others.
    """
    words = set()
    for file in ("blind_kinds.txt", "blind4_kinds.txt", "unlike_text_junk.txt"):
        shared = re.split(r"\n\[\w", (TEXTS / file).read_text(encoding="utf-8"))[0]
        entries = [entry for entry in re.split("[~\n]", shared) if len(entry.split()) < 4]
        words |= set(re.findall(r"[a-z]{3,}", " ".join(entries).lower()))
    stream = TokenStream(TextColumn(sorted(words)))
    return np.asarray(word_slots(stream)[stream.groups == LETTERS])


def family_of(kind: str) -> str:
    """The family that a kind of junk belongs to."""
    return next((family for family, kinds in FAMILIES.items() if kind in kinds), "encodings and escapes")
