"""Texts cut, cropped, glued and spliced: what scrapers, scans and exports do where one text ends and another begins."""

from __future__ import annotations

import textwrap
from itertools import pairwise
from random import Random

from benchmarks.unlike_text.bits import Bits


class CutNoise(Bits):
    """Where texts begin and end."""

    def glued(self, rng: Random, text: str, number: int) -> str:
        """Pieces with nothing between: cells, names, times, buttons and texts."""
        pieces = [text]
        for _ in range(rng.randint(2, 5)):
            bit = rng.choice(
                [self._title(rng), self._name(rng), self._word(rng).upper(), self._phrase(rng).capitalize()]
            )
            clock = f"{rng.randint(0, 23)}:{rng.randint(0, 59):02d}"
            other = " ".join(rng.choice(self.texts).split()[: rng.randint(3, 12)])
            pieces.insert(rng.randint(0, len(pieces)), rng.choice([bit, bit, other, clock, str(rng.randint(1, 999))]))
        if number % 4 == 0:
            words = text.split()
            at = rng.randint(2, max(2, len(words) - 2))
            pieces = [self._title(rng), " ".join(words[:at]), self._title(rng), " ".join(words[at:])]
        return "".join(pieces)

    def first_letters_apart(self, rng: Random, text: str, number: int) -> str:
        """A large first letter that a page set in a frame of its own, or lost."""
        first, rest = text[0], text[1:]
        words = rest.split(" ")
        raised = " ".join([*(word.upper() for word in words[: rng.randint(1, 4)]), *words[4:]])
        middle = rest.find(" ", rng.randrange(max(1, len(rest) // 2)))
        forms = [f"{first} {rest}", f"{first}\n{rest}", rest, f"{rest} {first}", f"{first} {raised}", raised,
                 f"{rest[:middle]} {first}{rest[middle:]}", f"{first}{first} {rest}"]  # fmt: skip
        return forms[number % len(forms)]

    def edges_lost(self, rng: Random, text: str, number: int) -> str:
        """Lines that a scan or a column cropped on one side."""
        width, lost = rng.randint(14, 44), rng.randint(1, 5)
        lines = textwrap.wrap(text, min(width, max(10, len(text) // 2)))
        left = number % 3 == 0
        return rng.choice(["\n", "\n", " "]).join(line[lost:] if left else line[:-lost] for line in lines)

    def both_ends_lost(self, rng: Random, text: str, number: int) -> str:
        """A window of characters or words out of a longer text."""
        long = f"{rng.choice(self.texts)} {text} {rng.choice(self.texts)}"
        size = rng.randint(60, 160)
        start = rng.randint(3, max(4, len(long) - size))
        if number % 3 == 2:
            start = long.find(" ", start) + 1
        cut = long[start : start + size]
        dots = rng.choice(["", "", "...", "…", "... "])
        return f"{dots}{cut.strip()}{dots.strip()}"

    def spliced(self, rng: Random, text: str, number: int) -> str:
        """The beginning of one text and the end of another, cut anywhere."""
        other = rng.choice(self.texts)
        at, then = rng.randint(len(text) // 4, len(text) - 2), rng.randint(2, max(3, len(other) - 10))
        if number % 2:
            at, then = text.rfind(" ", 0, at), other.find(" ", then)
        return text[:at] + rng.choice(["", " ", " "]) + other[then:].strip() + rng.choice(["", "", f" {text[:12]}"])

    def lines_of_two(self, rng: Random, text: str, number: int) -> str:
        """Lines of two texts by turns, as two columns read across."""
        width = rng.randint(16, 34)
        one, two = textwrap.wrap(text, width), textwrap.wrap(rng.choice(self.texts), width)
        turns = [part for at in range(max(len(one), len(two))) for part in (*one[at : at + 1], *two[at : at + 1])]
        return rng.choice(["\n", " ", "   "]).join(turns)

    def growing(self, rng: Random, text: str, number: int) -> str:
        """A text again and again, each time a little longer or shorter."""
        words = text.split()
        step = rng.randint(1, 3) + len(words) // 8
        ends = [*range(step, len(words), step), len(words)]
        parts = [" ".join(words[:end]) for end in ends[-rng.randint(3, 6) :]]
        if number % 3 == 0:
            parts = [f"{' '.join(words[a:b])} {' '.join(words[b : b + step])}" for a, b in pairwise([0, *ends])]
        return rng.choice(["\n", " ", " ... ", " / "]).join(reversed(parts) if number % 5 == 0 else parts)

    def chains(self, rng: Random, text: str, number: int) -> str:
        """Pieces of texts joined where they have a word in common, or none: what a chain of words makes."""
        some = [rng.choice(self.texts).split() for _ in range(60)]
        words = text.split()[: rng.randint(1, 3)]
        for _ in range(rng.randint(4, 9)):
            source = next((s for s in some if words[-1] in s[:-1]), rng.choice(some))
            at = source.index(words[-1]) + 1 if words[-1] in source[:-1] else rng.randrange(len(source))
            words += source[at : at + rng.randint(1, 3)]
            rng.shuffle(some)
        return " ".join(words)

    def framed_quotation(self, rng: Random, text: str, number: int) -> str:
        """A few words and the text in quotation marks, or the other way round."""
        left, right = rng.choice([("“", "”"), ('"', '"'), ("«", "»"), ("'", "'"), ("‘", "’"), ("[", "]"), ("`", "`")])
        few = rng.choice([self._phrase(rng), self._title(rng), self._name(rng), f"{self._phrase(rng)}:"])
        cut = " ".join(text.split()[: rng.randint(2, 9)]) if rng.random() < 0.5 else text
        tail = rng.choice(["", "", f" {self._phrase(rng)}", f" ({rng.randint(1, 99)})", f" {rng.choice('👍❤😂🔥🎉')}"])
        return f"{few} {left}{cut}{right}{tail}" if number % 3 else f"{left}{cut}{right} {few}{tail}"

    def second_version(self, rng: Random, text: str, number: int) -> str:
        """A text and its variant: another case, other words, part of it, as notes, titles and copies have it."""
        words = text.split()
        swapped = " ".join(self._word(rng) if rng.random() < 0.2 else word for word in words)
        variant = rng.choice([text.lower(), text.upper(), swapped, " ".join(words[: len(words) // 2]), text.title()])
        label = rng.choice(["", "", f"{self._title(rng)}: ", f"({self._word(rng)}) "])
        between = rng.choice([" / ", " | ", "\n", "\n\n", "\t", " -> ", " = ", "; ", " => ", " -- "])
        return f"{label}{variant}{between}{label}{text}"

    def edges_of_words_lost(self, rng: Random, text: str, number: int) -> str:
        """Words without their first or last letters, all of them or some."""
        share, lost = rng.uniform(0.25, 1), rng.randint(1, 2)

        def cut(word: str) -> str:
            if len(word) < 4 or rng.random() > share:
                return word
            return word[lost:] if number % 2 else word[:-lost]

        return " ".join(map(cut, text.split()))

    def gaps(self, rng: Random, text: str, number: int) -> str:
        """Some words lost, and the spaces, or a sign, where they stood."""
        share, gap = rng.uniform(0.12, 0.4), rng.choice(["", "", " ", "\n", ",", "()", '""', "-"])
        low = rng.random() < 0.5

        def is_lost(word: str) -> bool:
            return rng.random() < share and (low or len(word) > 4)

        return " ".join(gap if is_lost(word) else word for word in text.split())

    def lines_read_down(self, rng: Random, text: str, number: int) -> str:
        """Letters or words of lines read from top to bottom, or the lines from the last to the first."""
        if number % 3 == 0:
            lines = textwrap.wrap(text, rng.randint(12, 30))
            return "\n".join(reversed(lines)) if len(lines) > 2 else " ".join(reversed(lines))
        pieces = text.split() if number % 3 == 1 else list(text.replace(" ", rng.choice(["", " "])))
        rows = rng.randint(3, 6)
        return rng.choice(["\n", " "]).join(
            (" " if number % 3 == 1 else "").join(pieces[at::rows]) for at in range(rows)
        )
