"""Rows of tables: cells between bars, semicolons, commas or tabs, glued columns, rules and runs of figures.

A separator alone proves little, so cells count when they look like data (numbers, dates, codes, nothing) or when the
separator has none of prose's spaces behind it.
"""

from __future__ import annotations

import html
import re

_VALUE = (
    r"[-+]?[$£€]?\d[\d.,:/%-]*[a-zA-Z%]{0,2}|(?i:null|nan|none|true|false|n/?a|yes|no|\\n|undefined)|"
    r"[A-Za-z]+(?:[_-][A-Za-z0-9]+)+|[A-Z]{1,4}-?\d+|\"[^\"]*\"|'[^']*'|\S+@\S+|https?://\S+|#\w+|"
    r"(?i:id|text|quote|author|name|title|date|year|lang|language|tags?|category|source|url|likes|score|count|label|"
    r"index|type|rating|price|key|value)"
)
_DATA = re.compile(rf"^(?:{_VALUE}|[-—–?.]?)$")
_PLAIN_DATA = re.compile(
    r"^(?:[-+]?\d[\d.:/-]*|null|nan|none|true|false|\\n|\"[^\"]*\"|'[^']*'|[a-z]+(?:_[a-z]+)+|id|text|)$",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"(\d),(\d{3})(?!\d)")
_NUMBER = re.compile(r"^[-+(]?[$£€]?\d[\d.,]*[%)]?[a-z]{0,2}$")
TIGHT_COMMA = re.compile(r",(?=[^\s])|,$")
TIGHT_SEMICOLON = re.compile(r";(?=[^\s])|;$")
BARS = re.compile(r" ?(?:\|\||\|) ?")
MIN_CELLS = 3
MAX_SHORT_CELL = 3
"""Words."""
MIN_FIGURES, MIN_FIGURE_SHARE = 4, 0.5
MENU_ITEM = 31
"""Characters of a menu's item at most: bars between shorter ones are a menu's (`boilerplate.py`)."""

RULE = (
    r"\+[-=]{2,}\+|\|[ :]*-{2,}[-: ]*\||-{3,}[+|]-{2,}|[│║┃├┼┤]|^\s*\{\||^\s*\|-+\s*$|\b(?:row|col)span=|\\hline|"
    r"&[^&\n]*&[^&\n]*\\\\"
)
GLUED = (
    r"[a-z]{2}[.!?][\"”’']?[A-Z][a-z]+(?: (?:[A-Z][\w.'’-]*|de|van|von|of|the)){0,4}[,;\s-]*\d[\d,;\s\w-]{0,30}$|"
    r"[a-z]{2}[.!?][A-Z][a-z]+(?: (?:[A-Z][\w.'’-]*|de|van|von|of|the)){0,3} [A-Z][\w.'’-]*$|"
    r"[a-z]{2}(?:1[4-9]|20)\d\d[A-Z][a-z]|"
    r"^(?:[A-Z][a-z]+ ){1,3}[A-Z][a-z]+[a-z](?:The|A|It|He|She|We|You|In|To|If|I|There|When|Never|Be|Do)\b"
)
"""A full name, or one with a figure, straight behind a text's last full stop; or a name before its first word."""
CELLS = (
    RULE,
    GLUED,
    r"\|[^|\n]*\|",
    r";[^\s;][^;\n]*(?:;|$)",
    r",[^\s,][^,\n]*,[^\s,]|,,",
    r"\t",
    r"(?:\b\d[\d.,]*%?\D{0,15}\s){3}",
    r" [-–/]{1,3} .* [-–/]{1,3} ",
    r"~[^~\n]*~|\^[^^\n]*\^",
)
_RULE, _GLUED = re.compile(RULE), re.compile(GLUED)
_DASHES = re.compile(r"\s[-–/]{1,3}\s")
_OTHER = tuple(re.compile(form) for form in (r"\t", "~", r"\^", "::"))


def is_table_line(line: str) -> bool:
    """Whether a line is a row of a table, its rule, or columns run together."""
    if _RULE.search(line) or _GLUED.search(line):
        return True
    return _has_cells(line) or _is_figures(line)


def _has_cells(line: str) -> bool:
    bars = [cell.strip() for cell in BARS.split(line.strip().strip("|"))]
    if len(bars) >= MIN_CELLS and (_num_data(bars) or max(map(len, bars)) > MENU_ITEM or "||" in line):
        return True
    plain = _THOUSANDS.sub(r"\1\2", _THOUSANDS.sub(r"\1\2", line))
    commas = TIGHT_COMMA.split(plain)
    if len(commas) >= MIN_CELLS and _num_data(commas) >= 2 and any(map(_PLAIN_DATA.match, map(str.strip, commas))):
        return True
    semicolons = TIGHT_SEMICOLON.split(html.unescape(line))
    if len(semicolons) >= MIN_CELLS and not line.rstrip().endswith(";"):
        long = [cell.strip() for cell in semicolons if len(cell.split()) > MAX_SHORT_CELL]
        if _num_data([cell for cell in semicolons if cell]) or (len(long) == 1 and not long[0][:1].islower()):
            return True
    dashes = _DASHES.split(line)
    if len(dashes) > MIN_CELLS and _num_data(dashes) >= 2:
        return True
    return any(len(cells := other.split(line)) >= MIN_CELLS and _num_data(cells) >= 1 for other in _OTHER)


def _num_data(cells: list[str]) -> int:
    return sum(bool(_DATA.match(cell.strip())) for cell in cells)


def _is_figures(line: str) -> bool:
    if "...." in line:
        return False  # a table of contents
    words = line.split()
    figures = sum(bool(_NUMBER.match(word)) for word in words)
    return figures >= MIN_FIGURES and figures >= MIN_FIGURE_SHARE * len(words)
