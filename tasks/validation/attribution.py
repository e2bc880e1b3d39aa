"""Whose words they are: the same words under different names, tags that doubt the author, marks around a name.

`misattributed-mark-twain` says that Mark Twain did *not* say it. Beside the author Mark Twain it disputes the row;
beside another it tells that somebody looked into it and put the right name there, so the row is one to keep. Of 76
well-known quotes with such tags, 51 are of the second kind.
"""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import numpy.typing as npt

from tasks.validation.text_column import Bools, Floats, Ints, TextColumn

MISATTRIBUTED = r"(?:mis|wrongly[- ]|falsely[- ]|incorrectly[- ])-?attribut(?:ed|ion)"
DOUBT = (
    rf"(?:[a-z]+-)*(?:(?:{MISATTRIBUTED}|attributed[- ]to)(?:[- ][^,;|\]]*)?|"
    r"(?:attributed-no-source|no-source|unsourced|source-unknown|unverified|disputed|dubious|apocryphal|"
    r"misquot(?:e|ed)|quote-investigator|attributed)(?:-[^,;|\]]*)?)"
)
"""A tag that doubts who said it."""
DISPUTED = rf"(?i)(?:^|[,;|\[]) *[\"']?{DOUBT}[\"']? *(?:$|[,;|\]])"
"""Such a tag among tags that are joined by commas, as ingestion leaves them."""
NO_NAME = frozenset({"quote", "quotes", "quotation", "author", "authors", "source", "unknown", "wrong", "others"})
"""What stands behind `misattributed-` and names nobody."""

STRAY = r"^\s*[,;:~|—–-]|[,;:~|&—–-]\s*$"
"""A mark at the edge of a name: it joined the name to a text or a title (`J.K. Rowling,`, `— Plato`)."""

_TAGS = re.compile(r"[,;|\[\]]")
_DOUBT = re.compile(DOUBT, re.IGNORECASE)
_NAMED = re.compile(
    rf"(?:[a-z]+-)*(?:{MISATTRIBUTED}|attributed(?=[- ]to))[- ]*(?:to[- ]+)?(?P<name>.*)", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+")


def disputed_attribution(tags: TextColumn, author: TextColumn | None = None) -> Floats:
    """1 where the row's own tags doubt its author: `misattributed-…` with no other name, `attributed-no-source`, …

    Without `author` any such tag counts, whomever it names.
    """
    doubted = tags.matches(DISPUTED)
    if author is not None:
        for row in np.flatnonzero(doubted).tolist():
            doubted[row] = is_doubted(tags.texts[row].as_py(), author.texts[row].as_py())
    return doubted.astype(float)


def is_doubted(tags: str, author: str) -> bool:
    """Whether tags doubt this author; those that only name others, `widely-misattributed` beside them, don't."""
    doubts = [tag.strip(" \"'") for tag in _TAGS.split(tags)]
    doubts = [tag for tag in doubts if _DOUBT.fullmatch(tag)]
    wrong = [_words(found["name"]) if (found := _NAMED.fullmatch(tag)) else None for tag in doubts]
    names = [name for name in wrong if name]
    if any(_is_name_of(name, _words(author)) for name in names):
        return True
    return None in wrong or not names


def stray_punctuation(column: TextColumn) -> Floats:
    """1 where a name begins or ends with a mark that joined it to something else."""
    return column.matches(STRAY).astype(float)


def _words(name: str) -> list[str]:
    """A name's words without accents, case and titles of descent; none for what is no name."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    words = [word for word in _WORD.findall(plain.replace("'", "").replace("’", "")) if word not in ("jr", "sr")]
    return [] if NO_NAME.issuperset(words) else words


def _is_name_of(name: list[str], author: list[str]) -> bool:
    """Whether a name, perhaps shortened, is the author's: `einstein`, `c-s-lewis`, `ben-franklin`."""
    return name[-1] in author and all(any(whole.startswith(word) for whole in author) for word in name)


def attribution_conflicts(first: Ints, names: npt.NDArray[np.uint64]) -> Bools:
    """Rows whose words stand under another name in more rows, or in as many: then nobody can say whose they are.

    Args:
        first: Each row's first exact duplicate, shape (num_rows,).
        names: A hash of each row's name, 0 where it has none; shape (num_rows,).
    """
    conflict = np.zeros(len(first), bool)
    order = np.lexsort((names, first))
    rows = order[names[order] != 0]
    if not len(rows):
        return conflict
    groups, given = first[rows], names[rows]
    starts = np.flatnonzero(np.concatenate([[True], (groups[1:] != groups[:-1]) | (given[1:] != given[:-1])]))
    sizes = np.diff(np.append(starts, len(rows)))
    texts = groups[starts]
    most = np.zeros(int(texts.max()) + 1, np.int64)
    np.maximum.at(most, texts, sizes)
    as_many = np.zeros_like(most)
    np.add.at(as_many, texts, (sizes == most[texts]).astype(np.int64))
    losing = (sizes < most[texts]) | (as_many[texts] > 1)
    conflict[rows] = np.repeat(losing, sizes)
    return conflict
