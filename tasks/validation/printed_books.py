"""What the makers of a book put around its author's words: title page, headings, page numbers, notes, licence.

A text is told by its lines: each is one of these in whole, or it isn't. Footnotes and running heads are told by the
column, since rows that are all numbered are a list. What stands outside the start and end marks of an electronic book
is its publisher's, whatever it says.
"""

from __future__ import annotations

from collections import defaultdict
from string import digits

import numpy as np
import regex

from tasks.validation.text_column import Bools, Floats, TextColumn

NUMBER = r"(?:\d{1,4}|[IVXLC]+|[ivxlc]+)"
NAME = r"(?:\p{Lu}[\p{L}.'’-]*|and|of|to|the|de|von|van|&)"
NAMES = rf"{NAME}(?:,? {NAME})*\.?"
ORDINAL = (
    r"(?i:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    r"(?:the )?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth))"
)
PART = r"(?i:book|chapter|chap\.?|part|section|sect\.?|act|scene|canto|volume|vol\.?|letter|lecture|appendix)"
HEADING = (
    rf"{PART} (?:{NUMBER}|{ORDINAL})(?:[.,:;]? {PART} (?:{NUMBER}|{ORDINAL}))*[.:]?(?: [A-Z])?|"
    rf"(?i:(?:the )?end of (?:the )?)(?:{PART}|{ORDINAL} {PART})(?: {NUMBER})?\.?|"
    r"(?:THE )?(?:NOTES|ARGUMENT|DEDICATION|PROLOGUE|EPILOGUE|FOREWORD|AFTERWORD|SYNOPSIS|ERRATA|CORRIGENDA|COLOPHON|"
    r"INTRODUCTION|PREFACE|CONTENTS|FOOTNOTES|ENDNOTES|APPENDIX|INDEX|GLOSSARY|BIBLIOGRAPHY)(?: AND [A-Z]+)?[.:]?|"
    r"To the Reader\.?|(?i:(?:preface|introduction|foreword|dedication|advertisement|note) (?:to|by) the "
    r"(?:reader|translator|editor|author|publisher|(?:\w+ )?edition))\.?|"
    r"(?i:(?:translator|editor|author|publisher|transcriber)['’]?s?['’]? "
    r"(?:introduction|preface|foreword|notes?))[.:]?|"
    rf"I(?:ndex|NDEX) (?i:of|to) {NAMES}|"
    r"[^\p{Ll}.!?\n]{2,60}[;,]\s+OR,?\s[^\p{Ll}!?\n]{2,80}|"
    r"(?:[*⁂~•·] ?){3,}|(?:X{0,3}(?:IX|IV|VI{0,3}|I{2,3})|X{1,3}|XL|L)\."
)
PAGE = (
    r"[\[({]? ?(?:[Pp]g\.?|[Pp]age|[Pp]p?\.) ?\d{1,4} ?[\])}]?|\{\d{1,4}\}|"
    r"(?:vii|viii|x{1,3}(?:ix|iv|vi{1,3}|i{1,3}))\.?|"
    r"(?i:introduction|preface|foreword|notes|glossary|bibliography|appendix|prologue|epilogue|index)"
    rf"(?:[ .…\t]+){NUMBER}|"
    rf"{PART} {NUMBER}[.:]? [^.!?\n]{{2,70}} \d{{1,4}}|"
    rf"[^\n]{{2,90}}?(?:(?:[.…] ?){{5,}}|\s{{3,}}) ?(?:\d{{1,4}}|[ivxIVX]{{2,6}})|"
    rf"[^\p{{Ll}}\d!?\n]{{3,50}}\. \d{{1,4}}|\d{{1,4}} [^\p{{Ll}}!?\n]{{3,50}}\b(?:BOOK|CHAPTER|CHAP\.) [IVXLC]+\.?"
)
IMPRINT = (
    rf"(?:Newly |Faithfully |Done |Now first )?(?i:translated|edited|revised|rendered|arranged|compiled|annotated|"
    rf"illustrated|printed|published)\b[^.!?\n]{{0,60}}?\bby {NAMES}|"
    rf"(?i:with (?:an? )?(?:introduction|preface|notes|foreword|illustrations))\b[^.!?\n]{{0,40}}\bby {NAMES}|"
    r"[Bb]y (?:\p{Lu}[\p{L}.'’-]*)(?: \p{Lu}[\p{L}.'’-]*){0,3}|BY [^\p{Ll}\n]{3,40}|"
    r"(?:Title|Author|Translator|Illustrator|Language): (?:\S+ ){0,6}[^\s.!?]+|"
    r"(?i:printed in) \p{Lu}[^.!?\n]{2,70}|(?i:copyright,? (?:©|\(c\))?,? ?1[5-9]\d\d)\b[^\n]{0,80}|"
    r"(?i:entered according to act)[^\n]{0,120}|(?i:reprinted),? (?:\w+,? )?1[5-9]\d\d[^\p{L}\n]*\.?|"
    r"(?i:(?:\w+ )?(?:edition|impression|printing))[,:]? (?:\w+,? )?1[5-9]\d\d\.?|"
    r"[^\p{Ll}\n]{3,80}\b(?:PUBLISHERS?|PRESS|PRINTERS?|PRINTED|SONS|COMPANY|CO\.)[^\p{Ll}\n]{0,40}\b1[5-9]\d\d\.?"
)
EDITOR = (
    r"(?i:notes? by the (?:editor|translator|transcriber|publisher))[:.—-][^\n]*|"
    r"Note: [^\n]{0,200}(?i:\be-?text\b|e-?book|misprint|typographical|proof-?read|original spelling|"
    r"(?:first|printed|present|original) edition)[^\n]{0,200}|"
    r"\[(?:sic[.!?]?|[.…* ]+|(?i:illegible|blank page|lacuna|missing)[^\]\n]{0,60}|"
    r"(?:Enter|Exit|Exeunt|Aside)\b[^\]\n]{0,80})\]|"
    r"SCENE ?[:.—-][^\n]{2,200}|Scene ?:--[^\n]{2,200}|(?:PLACE|TIME) OF THE [A-Z]+: [^\n]{2,200}"
)
CAST = r"\p{Lu}{3,}(?:,(?: AND)? \p{Lu}{3,}){1,9}\.?|\p{Lu}\p{Ll}+, who is the narrator\b[^\n]*"
"""Who speaks: SOCRATES, CRITO."""
LINES = (HEADING, PAGE, IMPRINT, EDITOR, CAST)
"""A line in whole, marks of italics around it aside."""
OPENING = (
    r"[\[{(\d*⁂~•·]|[^\p{Ll}\n]+$|[vx][ivx]+\.?$|"
    r"(?i:(?:the )?end of|book|chap|part|sect|act|scene|canto|vol|letter|lecture|appendix|to the reader|"
    r"preface|introduction|foreword|dedication|advertisement|notes?\b|translat|edit|"
    r"author|publish|transcriber|index|newly|faithfully|done|now first|revised|rendered|arranged|compiled|annotated|"
    r"illustrat|printed|with (?:an? )?(?:introduction|preface|notes|foreword|illustrations)|by \w+(?: [\w.]+){0,3}$|"
    r"(?:place|time) of the|\w+, who is the narrator|"
    r"title|language|copyright|entered according|reprinted|page|pg|pp?\.|glossary|bibliography|prologue|epilogue)"
)
ENDING = r"(?:\d|[.…\s][ivxIVX]{2,6})[\s_*.]*$"
"""How all such lines begin or end, in brief: what tells rows that are worth a look."""

MAX_LINE = 500
"""Characters; longer than any line of furniture."""

REFERENCE = rf"(?:[Ss]ee|[Cc]ompare|[Cc]omp\.) (?:also )?(?:the )?\p{{Lu}}[\p{{L}}.,' ]*\b{NUMBER}\b"
INSERTED = r"^\s*_?\[\p{Lu}[^\[\]]+[.!?:…]_?\]_?\s*$"
MIN_INSERTED = 40
"""Characters of a paragraph in brackets from which on its editor speaks: [Socrates here concludes his defence …]"""

NOTE = (
    rf"\[?(?i:foot ?note) {NUMBER}[:.\]]|[†‡]\s|[\[{{^](?:\d{{1,3}}|[a-z*])[\]}}]?\s|"
    rf"(?:\(?\d{{1,3}}[.)]?|\*) (?:(?:Cf|Cp|Ibid|Op\. cit|Vide)\b|{REFERENCE})"
)
"""How a footnote begins."""
MAX_NOTES = 0.2
"""Share of the column's texts from which on numbers in front of them are how the data is kept."""

HEAD = r"\d{1,4} [^\p{Ll}\d\n]{4,60}|[^\p{Ll}\d\n]{4,60} \d{1,4}"
MAX_HEAD = 70
"""Characters."""
MIN_HEADS = 3
"""Different page numbers beside the same capitals, from which on they are a running head."""

BOOK_MARK = r"\*{3} ?(START|END) OF (?:THE|THIS) [^*\n]*\bE-?(?:BOOK|TEXT)\b"
MAX_OUTSIDE = {"START": 5_000, "END": 25_000}
"""Characters before the first mark, and behind the last. Longer matter means that the rows are in no book's order."""

_EDGE = r"[\s_*]{0,4}"
_FURNITURE = regex.compile("|".join(LINES))
_HEAD = regex.compile(HEAD)
_NUMBER = regex.compile(r"\d+")


def book_apparatus(column: TextColumn) -> Floats:
    """Share of a text's lines that are a book's furniture; 1 for a footnote and outside an electronic book's marks."""
    whole = _footnotes(column) | _running_heads(column) | _outside_books(column) | _inserted(column)
    return np.maximum(column.measure_where(_may_be_furniture(column), _furniture_share), whole)


def _may_be_furniture(column: TextColumn) -> Bools:
    """A cheap gate. Of rows that are one line RE2 gives most up at their first character."""
    has_lines = column.matches("\n")
    found = np.zeros(len(column), bool)
    for chosen, start in ((has_lines, "(?m)^"), (~has_lines & (column.lengths <= MAX_LINE), "^")):
        texts = column.where(chosen)
        found[chosen] = texts.matches(f"{start}{_EDGE}(?:{OPENING})") | texts.matches(f"{start[:-1]}{ENDING}")
    return found


def _furniture_share(text: str) -> float:
    lines = [line.strip(" \t_*") or line for line in text.splitlines() if line.strip()]
    return sum(len(line) <= MAX_LINE and bool(_FURNITURE.fullmatch(line)) for line in lines) / max(len(lines), 1)


def _inserted(column: TextColumn) -> Bools:
    """Paragraphs in brackets."""
    return (column.lengths >= MIN_INSERTED) & column.matches(INSERTED, needs="[")


def _footnotes(column: TextColumn) -> Bools:
    found = column.matches(rf"^\s*_?(?:{NOTE})")
    return found if found.sum() <= MAX_NOTES * len(column) else np.zeros(len(column), bool)


def _running_heads(column: TextColumn) -> Bools:
    """Rows that are the same words in capitals, each with the number of its page."""
    rows: dict[str, list[int]] = defaultdict(list)
    pages: dict[str, set[str]] = defaultdict(set)
    for row in np.flatnonzero((column.lengths <= MAX_HEAD) & column.matches(r"^\d|\d$", needs=digits)).tolist():
        text = column.texts[row].as_py()
        if not _HEAD.fullmatch(text):
            continue
        words = _NUMBER.sub("", text).strip()
        rows[words].append(row)
        pages[words].update(_NUMBER.findall(text))
    found = np.zeros(len(column), bool)
    found[[row for words, places in rows.items() if len(pages[words]) >= MIN_HEADS for row in places]] = True
    return found


def _outside_books(column: TextColumn) -> Bools:
    """Rows before a start mark and behind an end mark, the marks included."""
    found = column.matches(BOOK_MARK, needs="*")
    marks = np.flatnonzero(found).tolist()
    starts = column.matches(BOOK_MARK.replace("|END", ""), needs="*")
    kinds = ["START" if is_start else "END" for is_start in starts[marks]]
    edges = zip([-1, *marks], ["", *kinds], [*marks, len(column)], [*kinds, ""], strict=True)
    for first, before, last, behind in edges:
        is_front, is_back = behind == "START" and before != "START", before == "END" and behind != "END"
        room = is_front * MAX_OUTSIDE["START"] + is_back * MAX_OUTSIDE["END"]
        if room and column.lengths[first + 1 : last].sum() <= room:
            found[first + 1 : last] = True
    return found
