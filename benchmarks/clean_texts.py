"""Clean text: what may be shipped, what every Python brings along, and, where a folder is given, real data.

Each source gives distinct rows: of two that share 70 % of their words one is dropped, by a measure of our own and
before any detector sees them, so that what a detector calls a near duplicate is an error.
"""

from __future__ import annotations

import ast
import io
import json
import math
import re
import sysconfig
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from benchmarks import grammars

TEXTS = Path(__file__).resolve().parent / "texts"
_MODULES = [
    "argparse",
    "asyncio/base_events",
    "asyncio/streams",
    "collections/__init__",
    "concurrent/futures/thread",
    "configparser",
    "csv",
    "decimal",
    "_pydecimal",
    "difflib",
    "email/message",
    "enum",
    "fractions",
    "functools",
    "heapq",
    "http/client",
    "http/cookiejar",
    "imaplib",
    "inspect",
    "ipaddress",
    "logging/__init__",
    "mailbox",
    "multiprocessing/pool",
    "optparse",
    "pathlib",
    "pickle",
    "platform",
    "random",
    "shutil",
    "smtplib",
    "socket",
    "ssl",
    "statistics",
    "string",
    "subprocess",
    "tarfile",
    "tempfile",
    "textwrap",
    "threading",
    "tkinter/__init__",
    "traceback",
    "typing",
    "unittest/case",
    "unittest/mock",
    "urllib/request",
    "uuid",
    "xml/dom/minidom",
    "zipfile",
    "zipfile/__init__",
]
_FUNCTION_WORDS = frozenset(
    {
        "the",
        "a",
        "an",
        "of",
        "to",
        "is",
        "are",
        "in",
        "and",
        "for",
        "this",
        "that",
        "be",
        "it",
        "on",
        "with",
        "not",
        "or",
        "by",
        "if",
        "as",
    }
)
_CODE_IN_PROSE = re.compile(r"[_()`<>=*\[\]{}|\\@#%]|\b[a-z]+\.[a-z]+\b|::|\d{3,}|  ")


def written(name: str) -> list[str]:
    """The lines of a file in `texts/`; ` / ` is a line break within a row."""
    lines = (TEXTS / name).read_text(encoding="utf-8").splitlines()
    return [line.replace(" / ", "\n") for line in lines if line.strip()]


def json_lines(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON Lines file; only a line feed ends a line, texts hold other separators."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def distinct(texts: Iterable[str], limit: int | None = None) -> list[str]:
    """The texts in order without those that share more than 70 % of the longer one's words with an earlier one.

    Words are put rarest first; two such texts share one of the first 30 %, so only those are looked up.
    Source: prefix filtering, Chaudhuri, Ganti and Kaushik (2006).
    """
    offered = list(dict.fromkeys(texts))
    bags = [Counter(re.findall(r"\w+", text.lower())) for text in offered]
    frequency = Counter(word for bag in bags for word in bag)
    kept: list[int] = []
    holders: dict[str, list[int]] = {}
    for place, bag in enumerate(bags):
        words = sorted(bag.elements(), key=lambda word: (frequency[word], word))
        size = len(words)
        prefix = set(words[: size - math.floor(0.7 * size)])
        rivals = {other for word in prefix for other in holders.get(word, ())}
        if any((bag & bags[other]).total() > 0.7 * max(size, bags[other].total()) for other in rivals):
            continue
        for word in prefix:
            holders.setdefault(word, []).append(place)
        kept.append(place)
        if len(kept) == limit:
            break
    return [offered[place] for place in kept]


def library_sources() -> Iterator[str]:
    """The text of some modules of Python's standard library."""
    folder = Path(sysconfig.get_path("stdlib"))
    for name in _MODULES:
        path = folder / f"{name}.py"
        if path.exists():
            yield path.read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def library_sentences() -> tuple[str, ...]:
    """Sentences of 8 to 40 words from the standard library's docstrings: real prose without code in it."""
    found = []
    for source in library_sources():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module, ast.AsyncFunctionDef)):
                for paragraph in (ast.get_docstring(node) or "").split("\n\n"):
                    text = re.sub(r"\s+", " ", paragraph).strip()
                    for part in re.split(r"(?<=[.!?]) (?=[A-Z])", text):
                        if 8 <= len(part.split()) <= 40 and part[0].isupper() and part.endswith("."):
                            found.append(part)
    prose = (part for part in found if not _CODE_IN_PROSE.search(part))
    return tuple(distinct(part for part in prose if len(_FUNCTION_WORDS & set(part.lower().split())) >= 2))


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """Words, in lower case, of every clean text at hand: what a cut must not leave to be called one."""
    from demo import lexicon

    texts = [*library_sentences(), *written("sentences.txt"), *written("headlines.txt"), *written("poetry.txt")]
    texts += [*lexicon.PLAIN.values(), *(words for group in lexicon.THEMED.values() for words in group)]
    return frozenset(word for text in texts for word in re.findall("[a-z]+", text.lower()))


def library_comments() -> list[str]:
    """The standard library's comments of four words or more, consecutive lines joined, names and expressions and all.

    Ruled lines, addresses, copyright notices, code that was commented out and what is marked as unfinished (a
    placeholder by definition) are no clean text and are left out.
    """
    found: list[str] = []
    for source in library_sources():
        block: list[str] = []
        last = (-2, -2)
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type != tokenize.COMMENT:
                continue
            if block and (token.start[0] != last[0] + 1 or token.start[1] != last[1]):
                found.append("\n".join(block))
                block = []
            block.append(token.string)
            last = token.start
        found += ["\n".join(block)] if block else []
    unclean = re.compile(r"(?m)[-=#*~+]{5,}|@|(?i:copyright|licen[cs]e)|^#(?:!|[\w.]+\(|if .*:)|\b(?:XXX+|TBD)\b")
    return distinct(text for text in found if len(re.findall(r"[A-Za-z]{2,}", text)) >= 4 and not unclean.search(text))


def real_quotes(data: Path) -> list[tuple[str, str]]:
    """Text and author of the cleanest collection in the data folder, without repeats."""
    rows = json.loads((data / "quotes/quotable_quotes.json").read_text(encoding="utf-8"))
    authors = {row["content"]: row["author"] for row in rows}
    return [(text, authors[text]) for text in distinct(authors)]


def clean_pool(rng: Random, count: int, data: Path | None = None) -> list[str]:
    """Distinct clean sentences in random order: demo grammar, another grammar, written ones, docstrings, quotes."""
    from demo.grammar import sample_aphorism

    library, quotes = list(library_sentences()), []
    rng.shuffle(library)
    if data is not None:
        quotes = [text for text, _ in real_quotes(data) if 6 <= len(text.split()) <= 40]
        rng.shuffle(quotes)
    shares = [written("sentences.txt"), quotes[: count // 2], library[: count // 4]]
    made = [grammars.sentence(rng) for _ in range(count // 8)]
    texts = distinct([text for share in shares for text in share] + made)
    while len(texts) < count:
        texts = distinct(texts + [sample_aphorism(rng).text for _ in range(count - len(texts) + 20)], count)
    texts = texts[:count]
    rng.shuffle(texts)
    return texts
