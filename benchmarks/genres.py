"""Clean text stays: eight genres of clean rows, each under the profile that fits it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks import grammars
from benchmarks.clean_texts import distinct, json_lines, library_comments, real_quotes, written
from benchmarks.detector import judge, profile
from benchmarks.planted import listed
from benchmarks.printing import Table, at_most, on_one_line
from benchmarks.settings import Settings

_SMART = str.maketrans("“”‘’", "\"\"''")


@dataclass(frozen=True)
class Genre:
    """Clean rows of one kind."""

    name: str
    profile: str
    source: str
    texts: list[str]


def tables(settings: Settings) -> Iterable[Table]:
    """Shares of wrongly quarantined rows, the worst reasons, and some of the rows for a person to read."""
    table = Table(
        "Clean text stays", ["genre", "contract", "rows", "quarantined", "share", "changed", "reasons", "source"]
    )
    rows = wrong = 0
    for genre in genres(Random(settings.seed), settings):
        verdicts = judge({"text": genre.texts}, profile(genre.profile))
        rejected = [(text, v.reasons) for text, v in zip(genre.texts, verdicts, strict=True) if v.reasons]
        changed = sum(verdict.repaired is not None for verdict in verdicts)
        reasons = listed(Counter(reason for _, found in rejected for reason in found))
        share = len(rejected) / len(genre.texts)
        cells = (genre.name, profile(genre.profile), len(genre.texts), len(rejected), share, changed, reasons)
        table.add(*cells, genre.source, figure=share, target=at_most(0.02))
        for text, found in rejected[:3]:
            table.note(f"{genre.name}, {', '.join(found)}: {on_one_line(text)}")
        rows, wrong = rows + len(genre.texts), wrong + len(rejected)
    table.add("overall", "", rows, wrong, wrong / rows, "", "", "", figure=wrong / rows, target=at_most(0.01))
    table.note("changed: accepted with another text than was given, that is repaired without need")
    yield table


def genres(rng: Random, settings: Settings) -> Iterator[Genre]:
    """At least 200 rows each, at most `genre_rows`; real ones where there are."""
    data, most = settings.data, settings.genre_rows

    def genre(name: str, profile_name: str, source: str, texts: Iterable[str]) -> Genre:
        texts = distinct(texts)
        rng.shuffle(texts)
        return Genre(name, profile_name, source, texts[:most])

    if data:
        yield genre("quotes", "short_text", "quotable quotes", [text for text, _ in real_quotes(data)])
        short = [text for text in _all_quotes(data) if len(text.split()) < 6]
        short += [text for text in written("aphorisms.txt") if len(text.split()) < 6]
        yield genre("aphorisms under six words", "short_text", "four collections; proverbs", short)
        yield genre("poetry", "short_text", "Shakespeare's verse, known poems", [*_verse(data), *written("poetry.txt")])
    else:
        yield genre("quotes", "short_text", "written; demo grammar", [*written("sentences.txt"), *_demo(rng, 250)])
        short = [text for text in written("aphorisms.txt") if len(text.split()) < 6]
        yield genre("aphorisms under six words", "short_text", "proverbs, written", short)
        yield genre("poetry", "short_text", "known poems", written("poetry.txt"))
    chat = [*written("chat.txt"), *(grammars.chat_message(rng) for _ in range(400))]
    yield genre("chat", "dialogue", "written; grammar", chat)
    yield genre("code comments", "short_text", "Python's standard library", library_comments())
    yield genre("recipes", "document", "grammar", (grammars.recipe(rng) for _ in range(400)))
    names = sorted({author.rstrip(",") for _, author in real_quotes(data)}) if data else None
    source = "authors of quotes" if data else "made from common names"
    yield genre("lists of names", "short_text", source, (grammars.name_list(rng, names) for _ in range(400)))
    headlines = [*written("headlines.txt"), *(grammars.headline(rng) for _ in range(400))]
    yield genre("headlines", "short_text", "written; grammar", headlines)


def _demo(rng: Random, count: int) -> list[str]:
    from demo.grammar import sample_aphorism

    return [sample_aphorism(rng).text for _ in range(count)]


def _all_quotes(data: Path) -> list[str]:
    """Texts of four collections in plain ASCII, so that none with damaged letters counts as clean."""
    folder = data / "quotes"
    texts = [text for text, _ in real_quotes(data)]
    texts += [row["quote"] for row in json_lines(folder / "english_quotes.jsonl")]
    texts += [row["quoteText"] for row in json.loads((folder / "jamesft_quotes.json").read_text(encoding="cp1252"))]
    texts += [row["text"] for row in json.loads((folder / "dwyl_quotes.json").read_text(encoding="utf-8"))]
    return [text for text in texts if text.translate(_SMART).isascii() and re.search("[a-z]{2}", text)]


def _verse(data: Path) -> list[str]:
    """The first two to four lines of speeches in verse: lines that start with capitals and are not too long."""
    text = (data / "general/tinyshakespeare.txt").read_text(encoding="utf-8")
    found = []
    for speech in text.split("\n\n"):
        lines = speech.splitlines()[1:5]
        if len(lines) >= 2 and all(line[:1].isupper() and 20 < len(line) < 60 for line in lines):
            found.append("\n".join(lines))
    return [verse for verse in found if re.search(r"[a-z]", verse)]
