"""The second group: corruption kinds written without a look at the detectors, from what real exports hold.

Nobody who works on a detector reads this file, and no threshold is set by it; it says how Gadfly does on what it was
not made for. No kind names a reason: a row counts as caught where it is rejected for any. A kind that is read to be
improved upon belongs to the first group from then on, and a new one has to take its place here.
"""

from __future__ import annotations

import base64
import codecs
import re
from random import Random

from benchmarks.clean_texts import written
from benchmarks.corruptions import Kind, Maker, insert
from benchmarks.damaged_text import accented, misread
from benchmarks.grammars import FAMILY_NAMES, GIVEN
from benchmarks.unseen_debris import DEBRIS

_ROW = "qwertyuiop[]asdfghjkl;'zxcvbnm,./"
_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_LOOKALIKES = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")
_ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_OCR = (("rn", "m"), ("m", "rn"), ("l", "1"), ("o", "0"), ("h", "li"), ("d", "cl"), ("e", "c"), ("i", "!"), ("B", "8"),
        ("s", "5"), ("t", "†"), ("w", "vv"), (" ", ""), (".", ",."), ("a", "a "), ("n", "n|"))  # fmt: skip
_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def ocr_noise(rng: Random, text: str, number: int) -> str:
    """A bad scan: a fifth of the letters misread, stray bars and broken spaces."""
    out = []
    for letter in text:
        options = [new for old, new in _OCR if old == letter]
        out.append(rng.choice(options) if options and rng.random() < 0.35 else letter)
        if rng.random() < 0.03:
            out.append(rng.choice("|~^°_¦'`"))
    return "".join(out)


def shifted_keyboard(rng: Random, text: str, number: int) -> str:
    step = 1 if number % 2 else -1
    return "".join(_ROW[(_ROW.index(c) + step) % len(_ROW)] if c in _ROW else c for c in text.lower())


def rot13(rng: Random, text: str, number: int) -> str:
    return codecs.encode(text, "rot13")


def letters_reversed(rng: Random, text: str, number: int) -> str:
    return text[::-1] if number % 2 else " ".join(word[::-1] for word in text.split())


def half_translated(rng: Random, text: str, number: int) -> str:
    words = text.split()
    foreign = [line.split("\t")[1] for line in written("foreign.tsv")]
    other = rng.choice(foreign).split()
    half = " ".join(words[: max(3, len(words) // 2)])
    return f"{half} {' '.join(other[len(other) // 4 :])}" if number % 2 else f"{' '.join(other)} / {half}"


def zero_width_stuffing(rng: Random, text: str, number: int) -> str:
    return "".join(letter + (rng.choice(_ZERO_WIDTH) if rng.random() < 0.25 else "") for letter in text)


def leetspeak(rng: Random, text: str, number: int) -> str:
    return text.translate(_LEET)


def lookalike_letters(rng: Random, text: str, number: int) -> str:
    return text.translate(_LOOKALIKES)


def hex_or_base32(rng: Random, text: str, number: int) -> str:
    raw = text.encode()[: rng.randint(30, 60)]
    return (
        base64.b32encode(raw).decode(),
        raw.hex(),
        raw.hex(" "),
        "0x" + raw.hex().upper(),
        base64.a85encode(raw).decode(),
    )[number % 5]


def spelled_contact(rng: Random, text: str, number: int) -> str:
    """Contact data written so that filters don't see it."""
    first, last = rng.choice(GIVEN).lower(), rng.choice(FAMILY_NAMES).lower().replace(" ", "")
    digits = " ".join(_WORDS[int(digit)] for digit in f"20255501{rng.randrange(100):02d}")
    form = (f"{first} dot {last} at example dot com", f"{first}.{last} [at] example [dot] org", f"call {digits}",
            f"{first}_{last}(at)example.net", f"tel {digits.replace(' ', '-')}")[number % 5]  # fmt: skip
    return f"{text} Reach me: {form}"


def hashtags(rng: Random, text: str, number: int) -> str:
    words = [word.lower() for word in re.findall(r"[A-Za-z]{4,}", text)]
    return " ".join("#" + word for word in [*words, "motivation", "love", "instagood"][: rng.randint(5, 12)])


def emoji(rng: Random, text: str, number: int) -> str:
    signs = "😂🔥❤️🙏😭✨💯🎉👀🤔💀🙌😍🚀👍🌹😎🥺💪🎂"
    return (" " if number % 2 else "").join(rng.choices(signs, k=rng.randint(4, 14)))


def spaced_letters(rng: Random, text: str, number: int) -> str:
    return " ".join(text) if number % 2 else ".".join(text.replace(" ", "").upper())


def spaces_lost(rng: Random, text: str, number: int) -> str:
    return text.replace(" ", "")


def quoted_printable(rng: Random, text: str, number: int) -> str:
    """Mail that was never decoded."""
    raw = accented(rng, text).encode()
    encoded = "".join(chr(byte) if 32 <= byte < 127 and byte != 61 else f"={byte:02X}" for byte in raw)
    return encoded.replace(" ", "=20", 2) + "=\n"


def url_encoded(rng: Random, text: str, number: int) -> str:
    encoded = "".join(
        chr(b) if chr(b).isalnum() else "+" if b == 32 and number % 2 else f"%{b:02X}" for b in text.encode()
    )
    return f"q={encoded}&lang=en" if number % 3 == 0 else encoded


def escapes_left(rng: Random, text: str, number: int) -> str:
    escaped = accented(rng, text).encode("unicode_escape").decode()
    return (escaped + "\\n\\n", escaped.replace(" ", "\\t", 2), repr(escaped + '\\"'), f"b'{escaped}\\r\\n'")[
        number % 4
    ]


def vowels_lost(rng: Random, text: str, number: int) -> str:
    return re.sub(r"[aeiou]", "", text)


def combining_marks(rng: Random, text: str, number: int) -> str:
    return "".join(c + "".join(chr(rng.randint(0x300, 0x36F)) for _ in range(rng.randint(1, 4))) for c in text[:80])


def tokenised(rng: Random, text: str, number: int) -> str:
    """The form of a tokenised corpus, rare words gone."""
    words = re.findall(r"\w+|[^\w\s]", text)
    masked = ["<unk>" if rng.random() < 0.15 else word for word in words]
    return " " + insert(rng, " ".join(masked), "<unk> @-@ <unk>") + " \n"


def two_rows_glued(rng: Random, text: str, number: int) -> str:
    """A delimiter that was not recognised: several records and their columns in one field."""
    separator = ("\t", '","', "|", ";;", "^")[number % 5]
    cells = [
        str(rng.randint(1000, 99999)),
        text,
        f"2019-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}",
        "NULL",
        str(rng.random()),
    ]
    return separator.join([*cells, str(rng.randint(1, 500)), rng.choice(["TRUE", "FALSE", ""]), "NULL"])


def morse(rng: Random, text: str, number: int) -> str:
    codes = (
        ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.."
    )
    table = dict(zip("abcdefghijklmnopqrstuvwxyz", codes.split(), strict=True))
    return " / ".join(" ".join(table[c] for c in word.lower() if c in table) for word in text.split()[:8])


def _debris(name: str) -> Maker:
    def make(rng: Random, text: str, number: int) -> str:
        forms = DEBRIS[name]
        filled = forms[number % len(forms)]
        words = re.findall(r"[A-Za-z]{4,}", text) or ["item"]
        filled = re.sub(r"~w", lambda match: rng.choice(words).lower(), filled)
        filled = re.sub(r"~d", lambda match: str(rng.randint(1, 9)), filled)
        filled = re.sub(r"~h", lambda match: f"{rng.randrange(16**8):08x}", filled)
        return filled.replace("~n", rng.choice(GIVEN)).replace("~t", text)

    return make


_MAKERS: dict[str, Maker] = {
    "UTF-8 read as cp1251": misread("cp1251"),
    "UTF-8 read as cp437": misread("cp437"),
    "bad scan": ocr_noise,
    "hands shifted on the keyboard": shifted_keyboard,
    "rot13": rot13,
    "letters reversed": letters_reversed,
    "half translated": half_translated,
    "zero-width stuffing": zero_width_stuffing,
    "leetspeak": leetspeak,
    "lookalike letters": lookalike_letters,
    "hexadecimal, base32": hex_or_base32,
    "contact data spelled out": spelled_contact,
    "hashtags only": hashtags,
    "emoji only": emoji,
    "letters spaced out": spaced_letters,
    "spaces lost": spaces_lost,
    "quoted-printable": quoted_printable,
    "percent-encoded": url_encoded,
    "escapes left": escapes_left,
    "vowels lost": vowels_lost,
    "combining marks": combining_marks,
    "tokenised, with <unk>": tokenised,
    "columns glued": two_rows_glued,
    "morse": morse,
    **{name: _debris(name) for name in DEBRIS},
}

UNSEEN: tuple[Kind, ...] = tuple(Kind(name, "junk", make) for name, make in _MAKERS.items())
