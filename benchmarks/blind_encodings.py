"""What encodings, escapes and markup leave of clean text when a reader gets them wrong. For the third group."""

from __future__ import annotations

import base64
import binascii
import re
from random import Random

from benchmarks.corruptions import Maker


def typographic(rng: Random, text: str) -> str:
    """The text as a word processor sets it, with at least three characters outside ASCII."""
    text = re.sub(r'"([^"]*)"', r"“\1”", text.replace("'", "’"))
    said = rng.choice(["that’s what she’d say", "it’s true", "or so they’d have it", "isn’t it"])
    return rng.choice([f"“{text}” — {said}.", f"He’d written: “{text}”", f"{text[:-1]} – {said} …", f"It’s “{text}”"])


def windows_read_as_mac(rng: Random, text: str, number: int) -> str:
    return typographic(rng, text).encode("cp1252", "ignore").decode("mac_roman")


def read_as_east_asian(rng: Random, text: str, number: int) -> str:
    return typographic(rng, text).encode().decode(("gbk", "shift_jis", "big5")[number % 3], "replace")


def ascii_read_as_utf16(rng: Random, text: str, number: int) -> str:
    raw = text.encode("ascii", "ignore")
    read = raw[: len(raw) // 2 * 2].decode(("utf-16-le", "utf-16-be")[number % 2], "replace")
    return read if number % 3 else text[: len(text) // 2] + read[len(read) // 2 :]


def utf7(rng: Random, text: str, number: int) -> str:
    return typographic(rng, text).encode("utf-7").decode("ascii")


def mime_words(rng: Random, text: str, number: int) -> str:
    raw = typographic(rng, text).encode()
    parts = [raw[at : at + 42] for at in range(0, len(raw), 42)]
    if number % 2:
        return " ".join(f"=?UTF-8?B?{base64.b64encode(part).decode()}?=" for part in parts)
    coded = [
        "".join(chr(b) if chr(b).isalnum() and b < 128 else "_" if b == 32 else f"={b:02X}" for b in p) for p in parts
    ]
    return " ".join(f"=?utf-8?Q?{part}?=" for part in coded)


def uuencoded(rng: Random, text: str, number: int) -> str:
    raw = text.encode()
    lines = "".join(binascii.b2a_uu(raw[at : at + 45]).decode() for at in range(0, len(raw), 45))
    return f"begin 644 note{number}.txt\n{lines}`\nend" if number % 2 else lines.strip()


def _exchanged(rng: Random, text: str, codes: dict[str, str]) -> str:
    return "".join(codes.get(character, character) for character in typographic(rng, text))


def entities_without_ampersand(rng: Random, text: str, number: int) -> str:
    names = dict(zip("’“”—–…", ["rsquo;", "ldquo;", "rdquo;", "mdash;", "ndash;", "hellip;"], strict=True))
    codes = {character: f"#{ord(character)};" for character in names}
    return _exchanged(rng, text, [names, codes, {c: f"amp;{code}" for c, code in codes.items()}][number % 3])


def backslashes_stripped(rng: Random, text: str, number: int) -> str:
    text = _exchanged(rng, text, {character: f"u{ord(character):04x}" for character in "’“”—–…"})
    return text + rng.choice(["", "nn", "rnrn", "n u00a0 "])


def brackets_lost(rng: Random, text: str, number: int) -> str:
    """A tag stripper that took the signs and left the names."""
    words = text.split(" ")
    words[rng.randrange(len(words))] += rng.choice(["/b", "/a", "br /", "/span"])
    words[len(words) // 2] = rng.choice(["strong", "em ", 'a href="/page" target="_blank"']) + words[len(words) // 2]
    first, last = rng.choice(
        [("p", "/p"), ('div class="entry"', "/div"), ("li", "/li"), ("blockquotep", "/p/blockquote")]
    )
    return first + " ".join(words) + last


def rtf(rng: Random, text: str, number: int) -> str:
    text = _exchanged(rng, text, {"’": r"\'92", "“": r"\'93", "”": r"\'94", "—": r"\'97", "–": r"\'96", "…": r"\'85"})
    codes = rng.sample([r"\pard", r"\f0\fs24", r"\cf1", r"\plain", r"\b", r"\i0", r"\lang1033", r"\qj"], 3)
    return (
        r"{\rtf1\ansi" + "".join(codes) + f" {text}" + r"\par}" if number % 2 else "".join(codes) + f" {text}" + r"\par"
    )


def latex(rng: Random, text: str, number: int) -> str:
    words = _exchanged(rng, text, {"’": "'", "“": "``", "”": "''", "—": "---", "–": "--", "…": r"\ldots{}"}).split(" ")
    for command in rng.sample(
        [r"\emph{%s}", r"\textbf{%s}", r"%s~\cite{a%s}", r"%s\footnote{Cf.~\S 3.}", r"\uppercase{%s}"], 3
    ):
        at = rng.randrange(len(words))
        words[at] = command.replace("a%s", f"ref{number}").replace("%s", words[at])
    return (
        rng.choice(["", r"\noindent ", r"\item ", r"\section*{Note} "])
        + " ".join(words)
        + rng.choice(["", r" \\", r" \par"])
    )


ENCODINGS: dict[str, Maker] = {
    "cp1252 read as Mac Roman": windows_read_as_mac,
    "UTF-8 read as GBK, Shift JIS, Big5": read_as_east_asian,
    "ASCII read as UTF-16": ascii_read_as_utf16,
    "UTF-7": utf7,
    "MIME words": mime_words,
    "uuencoded": uuencoded,
    "entities without ampersand": entities_without_ampersand,
    "backslashes stripped": backslashes_stripped,
    "angle brackets lost": brackets_lost,
    "RTF codes": rtf,
    "LaTeX source": latex,
}
