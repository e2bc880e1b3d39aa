"""Random damage and random structure: every row draws its own signs, places and shares.

No kind of junk in particular; what is learnt from them is what a text looks like that isn't one.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from benchmarks.unlike_text.cut_noise import CutNoise
from benchmarks.unlike_text.frame_noise import FrameNoise
from benchmarks.unlike_text.letter_noise import LETTER_NOISE
from benchmarks.unlike_text.rewrite_noise import RewriteNoise
from benchmarks.unlike_text.sign_noise import SignNoise
from benchmarks.unlike_text.word_noise import WORD_NOISE

_FUNCTION_WORDS = (
    "the a an of to and in is are was were be for on with as at by that this it from or but not he she we you i they "
    "his her their my our your its have has had do does did will would can could should"
)
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
_BLANKS = "____ ... [...] ( ) XXX *** [MASK] <blank> _ █████ [redacted] {} %s $1 — ### ?"
BLANKS = _BLANKS.split()
_SLOTS = "{%s} {{%s}} <%s> [%s] $%s %%%s%% ${%s} @%s@ __%s__ [[%s]] :%s #%s#"
SLOTS = _SLOTS.split()
_MARKERS = "## @@ ▁ Ġ </w> -- · ¬ _ = | <s> \\n %20 &nbsp; nbsp; u2019 \\x = =3D +AC â Ã ï»¿ amp; quot; 39; rn \\t"
MARKERS = _MARKERS.split()
WRAPPINGS = (
    "<{0}>~</{0}>", "[{0}]~[/{0}]", "{{{0}:~}}", "({0} ~)", "\\{0}{{~}}", "{{{{{0}|~}}}}", "<<{0}>>~<<end>>",
    "/*{0}~*/", '{0}="~"', "@{0}(~)", "%%{0}%%~%%",
)  # fmt: skip


@dataclass(frozen=True)
class Noise:
    """Ways to spoil a text; some need other texts and their words."""

    texts: Sequence[str]
    words: Sequence[str]

    def kinds(self) -> dict[str, Callable[[Random, str, int], str]]:
        """Name -> maker, as the benchmark's kinds have them."""
        names = [name for name in vars(Noise) if not name.startswith("_") and name not in ("kinds", "texts", "words")]
        own = {name.replace("_", " "): getattr(self, name) for name in names}
        makers = [kind(self.texts, self.words) for kind in (FrameNoise, SignNoise, CutNoise, RewriteNoise)]
        further = {name: make for maker in makers for name, make in maker.kinds().items()}
        return LETTER_NOISE | WORD_NOISE | further | own

    def markers_glued(self, rng: Random, text: str, number: int) -> str:
        marker, share = rng.choice(MARKERS), rng.uniform(0.15, 0.6)

        def marked(word: str) -> str:
            half = len(word) // 2
            return rng.choice([marker + word, word + marker, word[:half] + marker + word[half:]])

        return " ".join(marked(word) if rng.random() < share else word for word in text.split())

    def wrapped(self, rng: Random, text: str, number: int) -> str:
        some = rng.choice(self.words)
        name = rng.choice([some.lower()[:8], rng.choice(string.ascii_lowercase) + str(rng.randint(1, 9)), some.upper()])
        before, after = rng.choice(WRAPPINGS).format(name).split("~")
        if number % 3 == 0:
            return before + text + after
        words = text.split()
        for _ in range(rng.randint(2, 6)):
            at = rng.randrange(len(words))
            words[at] = before + words[at] + after
        return " ".join(words)

    def words_annotated(self, rng: Random, text: str, number: int) -> str:
        sign = rng.choice("/_|#^:=\\~+@")
        tags = [rng.choice(self.words).upper()[: rng.randint(1, 4)] for _ in range(rng.randint(2, 8))]
        if number % 3 == 2:
            return "\n".join(f"{at}\t{word}\t{rng.choice(tags)}" for at, word in enumerate(text.split()))
        return " ".join(
            word + sign + (str(rng.randint(0, 99)) if number % 3 else rng.choice(tags)) for word in text.split()
        )

    # fields

    def record(self, rng: Random, text: str, number: int) -> str:
        sign = rng.choice([": ", "=", " = ", ":", ",", '": "', " -> ", " => "])
        between = rng.choice([", ", "; ", " | ", "\n", "&", "\t", " · ", " / "])
        fields = [rng.choice(self.words).lower() + sign + self._value(rng) for _ in range(rng.randint(2, 6))]
        if number % 3 == 0:
            fields.insert(rng.randrange(len(fields) + 1), rng.choice(self.words) + sign + text)
        joined = between.join(fields)
        return rng.choice([joined, joined, "{" + joined + "}", "[" + joined + "]"])

    def cells(self, rng: Random, text: str, number: int) -> str:
        fields = [self._value(rng) for _ in range(rng.randint(3, 9))]
        if number % 2:
            fields.insert(rng.randrange(len(fields)), text)
        return rng.choice([",", "|", ";", "\t", " | ", '","', " ; "]).join(fields)

    def numbers_among_words(self, rng: Random, text: str, number: int) -> str:
        share = rng.uniform(0.2, 0.5)
        if number % 3 == 2:
            words = (
                rng.choice([_number(rng), _number(rng), rng.choice(self.words)]) for _ in range(rng.randint(4, 16))
            )
            return " ".join(words)
        replaced = [_number(rng) + (f" {word}" if number % 3 else "") if rng.random() < share else word
                    for word in text.split()]  # fmt: skip
        return " ".join(replaced)

    def bits_of_titles(self, rng: Random, text: str, number: int) -> str:
        def bit() -> str:
            words = " ".join(rng.choice(self.words).capitalize() for _ in range(rng.randint(1, 3)))
            return words + rng.choice(["", "", f" ({rng.randint(1, 99)})", f" {rng.randint(1, 99)}"])

        between = rng.choice([" | ", " · ", " > ", " » ", " / ", " - ", " • ", "\n", " :: ", " ▸ "])
        return between.join(bit() for _ in range(rng.randint(3, 8)))

    def blanks(self, rng: Random, text: str, number: int) -> str:
        blank, share = rng.choice(BLANKS), rng.uniform(0.15, 0.4)
        return " ".join(blank if rng.random() < share else word for word in text.split())

    def slots(self, rng: Random, text: str, number: int) -> str:
        def slot() -> str:
            return rng.choice(SLOTS) % rng.choice(self.words).lower()

        share = rng.uniform(0.15, 0.4)
        return " ".join(slot() if rng.random() < share else word for word in text.split()) + " " + slot()

    # words

    def words_shuffled(self, rng: Random, text: str, number: int) -> str:
        words = re.findall(r"[\w'’-]+|[.,;:!?]", text) if number % 2 else text.split()
        if number % 3 == 0:
            rng.shuffle(words)
        elif number % 3 == 2:
            words = words[::-1] if rng.random() < 0.5 else sorted(words, key=lambda word: (len(word), rng.random()))
        else:
            width = rng.randint(3, 6)
            pieces = [words[at : at + width] for at in range(0, len(words), width)]
            words = [word for piece in pieces for word in rng.sample(piece, len(piece))]
        return " ".join(words)

    def function_words_dropped(self, rng: Random, text: str, number: int) -> str:
        share = rng.choice([1, 1, 0.8])
        kept = (w for w in text.split() if w.lower().strip(".,;") not in FUNCTION_WORDS or rng.random() > share)
        return " ".join(kept).lower() if number % 2 else " ".join(kept)

    def function_words_everywhere(self, rng: Random, text: str, number: int) -> str:
        choices = sorted(FUNCTION_WORDS)
        return " ".join(rng.choice(choices) if rng.random() < 0.6 else word for word in text.split())

    def words_dropped(self, rng: Random, text: str, number: int) -> str:
        share = rng.uniform(0.35, 0.6)
        return " ".join(word for word in text.split() if rng.random() > share)

    def words_from_elsewhere(self, rng: Random, text: str, number: int) -> str:
        share = rng.uniform(0.35, 0.8)
        return " ".join(rng.choice(self.words) if rng.random() < share else word for word in text.split())

    def word_salad(self, rng: Random, text: str, number: int) -> str:
        return " ".join(rng.choice(self.words) for _ in range(rng.randint(6, 25)))

    def shorthand(self, rng: Random, text: str, number: int) -> str:
        def short(word: str) -> str:
            if len(word) < 4 or rng.random() < 0.3:
                return word
            width, bare = rng.randint(2, 3), word[0] + re.sub("[aeiou]", "", word[1:])
            return rng.choice([word[:width], word[:width] + ".", bare, word[:width] + "/" + word[-1]])

        kept = (w.lower() for w in text.split() if w.lower() not in FUNCTION_WORDS or rng.random() < 0.3)
        return " ".join(map(short, kept))

    def interleaved(self, rng: Random, text: str, number: int) -> str:
        one, width = text.split(), rng.randint(1, 4)
        other = [rng.choice(self.words) for _ in one] if number % 2 else rng.choice(self.texts).split()
        starts = range(0, max(len(one), len(other)), width)
        return " ".join(word for at in starts for word in (*one[at : at + width], *other[at : at + width]))

    def played_with(self, rng: Random, text: str, number: int) -> str:
        """Words as games and schoolbooks have them: in syllables, with one more, their first letter last."""
        sign = rng.choice(["-", "·", " ", "'"])
        ending = rng.choice(["ay", "way", "izzle", "ibus", "ini", "oo"])

        def played(match: re.Match[str]) -> str:
            word: str = match[0]
            cut = word[:2] + sign + word[2:4] + (sign + word[4:] if len(word) > 4 else "")
            return (cut, word[1:] + word[0] + ending, word + ending)[number % 3]

        return re.sub(r"[A-Za-z]{4,}", played, text)

    def pictures_for_words(self, rng: Random, text: str, number: int) -> str:
        share = rng.uniform(0.2, 0.6)
        pictures = rng.sample("😂🔥❤🙏😭✨💯🎉👀🤔🙌😍🚀👍🌹😎💪🎂🐝🌊🏠🚗", 5)
        words = (rng.choice(pictures) if rng.random() < share else word for word in text.split())
        return " ".join([*words, rng.choice(pictures)])

    def stutter(self, rng: Random, text: str, number: int) -> str:
        share = rng.uniform(0.3, 0.7)
        return " ".join(f"{word} {word}" if rng.random() < share else word for word in text.split())

    def _value(self, rng: Random) -> str:
        date = f"{rng.randint(1990, 2024)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        word = rng.choice(self.words)
        fixed = ["true", "false", "null", "N/A", "", "NULL", "0", "-"]
        return rng.choice([str(rng.randint(0, 9999)), word, word.upper(), f"{rng.random() * 100:.2f}", date, *fixed[:4],
                           rng.choice(fixed)])  # fmt: skip


def _number(rng: Random) -> str:
    forms = [str(rng.randint(0, 9)), str(rng.randint(10, 9999)), f"{rng.random():.2f}", f"#{rng.randint(1, 999)}",
             f"{rng.randint(1, 12)}:{rng.randint(0, 59):02d}", f"{rng.randint(1, 9)}/{rng.randint(1, 30)}",
             f"{rng.randint(1, 100)}%"]  # fmt: skip
    return rng.choice(forms)
