"""Damage to the letters of a text: wrong encodings, lost and invisible characters, markup left in."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from random import Random

from benchmarks.corruptions import Maker, insert


def accented(rng: Random, text: str) -> str:
    """The text with typographic quotes and a word that ASCII can't write."""
    word = rng.choice(
        ["café", "naïve", "fiancée", "Zoë", "señor", "über", "crème brûlée", "Dvořák", "façade", "déjà vu"]
    )
    return "“" + insert(rng, text.replace("'", "’"), word) + "”"


def misread(encoding: str, times: int = 1) -> Maker:
    """A text with quotation marks and accents, misread; bytes that the encoding lacks are read as Latin-1."""

    def make(rng: Random, text: str, number: int) -> str:
        text = accented(rng, text)
        for _ in range(times):
            text = misread_as(text, encoding)
        return text

    return make


def misread_as(text: str, encoding: str) -> str:
    """A text's UTF-8 bytes, each read as a letter of a one-byte encoding."""
    return "".join(_decoded(bytes([byte]), encoding) for byte in text.encode("utf-8"))


def _decoded(byte: bytes, encoding: str) -> str:
    try:
        return byte.decode(encoding)
    except UnicodeDecodeError:
        return byte.decode("latin-1")


def replacement_characters(rng: Random, text: str, number: int) -> str:
    return re.sub(r"[^\x00-\x7f]", "\ufffd", accented(rng, text))


def undecodable(rng: Random, text: str, number: int) -> bytes:
    """Bytes that no UTF-8 text holds, in a file that is UTF-8 otherwise."""
    broken = (b"\xff\xfe", b"\xc3\x28", b"\xe2\x80", b"\xf0\x9f\x98", b"\x81\x8d\x9d", b"\xed\xa0\x80")[number % 6]
    half = len(text) // 2
    return _escaped(text[:half]) + broken + _escaped(text[half:])


def _escaped(text: str) -> bytes:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").encode()


def escaped(rng: Random, text: str, number: int) -> str:
    """The text as a string of a program or of JSON, its escapes unread."""
    quoted = insert(rng, text, rng.choice(['"yes"', '"at last"', "Zoë’s", "café"]))
    return json.dumps(quoted)[1:-1] if number % 2 else quoted.replace(" ", "\\n", 1).replace('"', '\\"')


def lost_apostrophes(rng: Random, text: str, number: int) -> str:
    text = insert(rng, text, rng.choice(["don't", "it's", "can't", "they're", "won't", "I've", "she'd", "isn't"]))
    return re.sub(r"(?<=\w)['’](?=\w)", "?", text)


def lost_quotation_marks(rng: Random, text: str, number: int) -> str:
    """Typographic quotation marks and dashes that became question marks."""
    words = text.split(" ")
    at = rng.randint(0, max(0, len(words) - 4))
    quoted = ["?" + words[at], *words[at + 1 : at + 2], *[word + "?" for word in words[at + 2 : at + 3]]]
    text = " ".join([*words[:at], *quoted, *words[at + 3 :]])
    return re.sub(r"(?<=\w)['’](?=\w)", "?", insert(rng, text, rng.choice(["it?s", "don?t", "you?re"])))


def controls(rng: Random, text: str, number: int) -> str:
    at = rng.randint(1, len(text) - 1)
    return text[:at] + rng.choice("\x00\x01\x02\x07\x08\x0b\x0c\x1a\x1b\x7f\x85\x9d") + text[at:]


def bidi_marks(rng: Random, text: str, number: int) -> str:
    opening, closing = rng.choice(
        [("\u202e", "\u202c"), ("\u202d", "\u202c"), ("\u2066", "\u2069"), ("\u2067", "\u2069")]
    )
    return insert(rng, text, f"{opening}{rng.choice(['never', 'always', 'quietly'])}{closing}")


def html_tags(rng: Random, text: str, number: int) -> str:
    wrap = (
        "<p>{}</p>", '<div class="q">{}</div>', "<b>{}</b><br/>", '<a href="/q/7">{}</a>', "<li>{}</li>",
        "<span style='color:red'>{}</span>", "{}<br><br>", "<em>{}</em>", "<blockquote>{}</blockquote>", "<h2>{}</h2>",
    )[number % 10]  # fmt: skip
    return wrap.format(text)


def html_entities(rng: Random, text: str, number: int) -> str:
    text = html.escape(accented(rng, text)).replace("’", "&rsquo;").replace("“", "&ldquo;").replace("”", "&rdquo;")
    return text + rng.choice(["&nbsp;", " &mdash;", "&#8230;", "&hellip;", " &amp;amp;"])


def bbcode(rng: Random, text: str, number: int) -> str:
    tag = ("b", "quote", "i", "url=http://example.com", "color=red", "size=4")[number % 6]
    return f"[{tag}]{text}[/{tag.split('=')[0]}]"


_NEXT = (
    "The rest is silence and rain.", "And nobody came to see it.", "But the river had the last word.",
    "When it was over we went home.", "You never know until you look.", "There is no better way to say it.",
    "I have it from a man who was there.", "They say so in every village.", "This much we can be sure of.",
)  # fmt: skip


def lost_line_ends(rng: Random, text: str, number: int) -> str:
    """A sentence more, and no space before it; every third time no full stop either, as where verses run on."""
    first = re.sub(r"[\w’']+(?=\W*$)", "water", text.rstrip(" \n.!?\"'”’…")) + ("" if number % 3 == 0 else ".")
    return first + _NEXT[number % len(_NEXT)]


def footnote_mark(rng: Random, text: str, number: int) -> str:
    """The number of a footnote behind the text."""
    return f"{text.rstrip()}[{number + 1}]"


def author_with_comma(rng: Random, text: str, number: int) -> Mapping[str, str | None]:
    """The comma or dash that stood between author and title."""
    name = rng.choice(["Ada Thornfield", "B. Quillfeather", "Cornelius Marsh", "Dorothea Vane Jr."])
    return {"text": text, "author": f"— {name}" if number % 4 == 0 else f"{name}{',;:'[number % 3]}"}
