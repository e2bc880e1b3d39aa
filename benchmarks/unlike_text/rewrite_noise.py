"""What scripts that replace do to texts: letters eaten, parts of words exchanged, codes, dates and marks put in."""

from __future__ import annotations

import re
import string
from random import Random

from benchmarks.unlike_text.bits import Bits

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_WRITTEN = "b i p c br em li td div span font size col row name item ref quote note wait end var url img"
_TAGS = _WRITTEN.split()
_LITTLE = "the a of to in it is for with that on at by be was which has been itself one those do"


class RewriteNoise(Bits):
    """Replacements gone wrong."""

    def one_letter(self, rng: Random, text: str, number: int) -> str:
        """One letter, or one pair, lost or exchanged throughout."""
        found = sorted(set(re.findall(r"[a-z]{1,2}", text)), key=text.count)[-12:]
        old = rng.choice(found)
        new = rng.choice(["", "", " ", rng.choice(string.ascii_lowercase), rng.choice("?*_#@$|/0159"), "\n"])
        return re.sub(f"{old}+", new, text)

    def parts_of_words(self, rng: Random, text: str, number: int) -> str:
        """Some letters replaced by a word wherever they stand."""
        for _ in range(rng.randint(1, 3)):
            word = rng.choice(text.split())
            size = rng.randint(2, 3)
            at = rng.randrange(max(1, len(word) - size))
            other = self._word(rng)
            new = rng.choice(
                [other, other.title(), f"[{other.upper()}]", f"{other} or {self._word(rng)}", f"<{other}>"]
            )
            text = text.replace(word[at : at + size], new, 4)
        return text

    def one_word_everywhere(self, rng: Random, text: str, number: int) -> str:
        """The commonest words of a text all replaced by one other."""
        words = text.split()
        chosen = set(rng.sample(words, min(len(words), rng.randint(3, 6)))) | {"the", "a"}
        new = rng.choice([self._word(rng), self._title(rng), f"[{self._word(rng)}]", "<unk>", "it", "NaN", "this"])
        return " ".join(new if word in chosen else word for word in words)

    def random_edits(self, rng: Random, text: str, number: int) -> str:
        """Words swapped, dropped, doubled and put in, letters swapped: what augments a set of texts."""
        words = text.split()
        for _ in range(max(2, round(len(words) * rng.uniform(0.15, 0.4)))):
            at = rng.randrange(len(words))
            word = words[at]
            edit = rng.randrange(6)
            if edit == 0 and len(words) > 4:
                words.pop(at)
            elif edit == 1:
                words.insert(at, self._word(rng))
            elif edit == 2:
                other = rng.randrange(len(words))
                words[at], words[other] = words[other], words[at]
            elif edit == 3 and len(word) > 3:
                cut = rng.randrange(1, len(word) - 1)
                words[at] = word[:cut] + rng.choice(string.ascii_lowercase + "0134@") + word[cut + rng.randint(0, 1) :]
            elif edit == 4 and len(word) > 3:
                cut = rng.randrange(1, len(word) - 2)
                words[at] = word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
            else:
                words[at] = self._word(rng)
        return " ".join(words)

    def dates_for_words(self, rng: Random, text: str, number: int) -> str:
        """Dates, serial numbers and floats where words or other numbers should be."""

        def made() -> str:
            day, month, year = rng.randint(1, 28), rng.choice(_MONTHS), rng.randint(1901, 2049)
            return rng.choice([
                f"{day}-{month}", f"{month}-{day:02d}", f"{day}-{month}-{year % 100:02d}", f"{month}-{year % 100:02d}",
                f"{year}-{rng.randint(1, 12):02d}-{day:02d} 00:00:00", str(rng.randint(36000, 46000)),
                f"{rng.random() * 9 + 1:.{rng.randint(2, 5)}f}E+{rng.randint(9, 17)}", f"{rng.randint(1, 99)}.0",
                f"0.{rng.randint(1, 9)}{'0' * 9}{rng.randint(1, 9)}", f"{day:02d}/{rng.randint(1, 12):02d}/1900",
                f"{rng.random():.4f}", f"-{rng.randint(1, 999)}.00", "12:00:00 AM", "1/0/1900",
            ])  # fmt: skip

        words = text.split()
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(words))
            words[at : at + rng.randint(0, 1)] = [made()]
        return " ".join(words)

    def codes_among_words(self, rng: Random, text: str, number: int) -> str:
        """Codes of an engine: for colours, pauses, names, places."""
        left, right = rng.choice([("{", "}"), ("[", "]"), ("<", ">"), ("\\", ""), ("%", "%"), ("@", ""), ("^", ""),
                                  ("【", "】"), ("<@", ">"), ("[[", "]]"), ("\\", "{}"), ("$", ""), ("#", "#"),
                                  ("§", ""), ("&", ";"), ("{\\", "}"), ("{{", "}}"), ("<|", "|>")])  # fmt: skip
        sign = rng.choice([":", "=", " ", "", "", "-", "|", ".", ","])

        def code() -> str:
            name = rng.choice([rng.choice(_TAGS), rng.choice(string.ascii_letters), rng.choice(_TAGS).upper(),
                               f"{self._word(rng)}"])  # fmt: skip
            value = rng.choice(["", str(rng.randint(0, 99)), str(rng.randint(0, 99)), f"#{rng.randrange(4096):03x}",
                                f'"{self._word(rng)}"', self._word(rng)])  # fmt: skip
            return rng.choice(["", "", "/"]) + name + (sign + value if value else "")

        words = text.split()
        for _ in range(rng.randint(2, 6)):
            made = left + code() + right
            at = rng.randint(0, len(words))
            if at < len(words) and rng.random() < 0.5:
                words[at] = rng.choice([made + words[at], words[at] + made])
            else:
                words.insert(at, made)
        return " ".join(words)

    def marks_of_sources(self, rng: Random, text: str, number: int) -> str:
        """Marks of a source, behind the text or within."""
        n, letter = rng.randint(0, 40), rng.choice(string.ascii_lowercase)
        word, sign = self._word(rng), rng.choice("†‡*:-/^|")
        mark = rng.choice([
            f"[{n}]", f"【{n}{sign}{word}】", f"[^{n}]", f"({word}:{n})", f"[{word} {n}]", f"<{word}{n}>", f"{{{n}}}",
            f"[{letter}]", f"[{n}][{n + 1}][{n + 2}]", f"[{word}{sign}{n}]", f"({n}{letter})", f"[{word}](#{n})",
            f"#{n}", "[edit]", f"[{word} needed]", f"({word}, p. {n})", f"^{n}", f"<{n}>", f"*{n}",
        ])  # fmt: skip
        words = text.split()
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(words))
            words[at] += rng.choice(["", " "]) + mark
        return " ".join(words) + rng.choice(["", mark, f" {mark}"])

    def signs_apart(self, rng: Random, text: str, number: int) -> str:
        """Markup and escapes that were cut into their signs."""
        pieces = ["< / b >", "& amp ;", "& # 39 ;", "% s", "{ 0 }", "\\ n", "[ / url ]", "http : / / www .",
                  "$ { x }", "* *", "_ _", "< i >", "& quot ;", "@ @", "# #", "< p >", "\\ t", "% 20"]  # fmt: skip
        tag = self._word(rng)
        pieces += [f"< {tag} >", f"< / {tag} >", f"{{ {{ {tag} }} }}", f"[ {tag} ]", f"& {tag[:4]} ;"]
        words = text.split()
        for piece in rng.sample(pieces, rng.randint(1, 4)):
            words.insert(rng.randint(0, len(words)), piece)
        return " ".join(words)

    def names_of_pictures(self, rng: Random, text: str, number: int) -> str:
        """Names that stood for a picture, and other words of a program between signs."""
        form = rng.choice(
            [":{}:", ":{}:", "<{}>", "*{}*", "[{}]", "({})", "/{}/", "_{}_", "<:{}:12>", "&{};", "{}_emoji"]
        )

        def picture() -> str:
            return form.format("_".join(self._word(rng) for _ in range(rng.randint(1, 3))))

        words = text.split()
        for _ in range(rng.randint(1, 4)):
            words.insert(rng.randint(0, len(words)), picture())
        return " ".join([*words, picture()])

    def translated_badly(self, rng: Random, text: str, number: int) -> str:
        """Articles lost or put everywhere, neighbours exchanged, little words replaced."""
        little = _LITTLE.split()
        share = rng.uniform(0.1, 0.35)
        words = [word for word in text.split() if word.lower() not in {"a", "an", "the"} or rng.random() < 0.3]
        for at in range(0, len(words) - 1, rng.choice([2, 3])):
            if rng.random() < share * 2:
                words[at], words[at + 1] = words[at + 1], words[at]
        words = [rng.choice(little) if word in little and rng.random() < share * 2 else word for word in words]
        return " ".join(f"{rng.choice(little)} {word}" if rng.random() < share / 2 else word for word in words)

    def words_in_order(self, rng: Random, text: str, number: int) -> str:
        """The words of a text by the alphabet, each once, or without the common ones."""
        words = re.findall(r"[A-Za-z']+", text.lower())
        words = sorted(set(words)) if number % 2 else sorted(words, reverse=rng.random() < 0.2)
        if number % 3 == 0:
            words = [word for word in words if len(word) > 3]
        return rng.choice([" ", " ", ", ", "\n"]).join(words)
