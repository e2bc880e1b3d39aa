"""Random structure round texts: labels, numbering, leaders, citations, headings, metadata."""

from __future__ import annotations

import string
from random import Random

from benchmarks.unlike_text.bits import Bits

_BULLETS = "* - • – + > # » ◦ ▪ → ✓ ☐ (a) a) 1. 1) i. [1] [x] Q: A. ¶ § ⁃ |"
BULLETS = _BULLETS.split()
_AGES = "ago|min|h|d|w|yr|hours ago|days ago|Just now|Yesterday|edited|last seen|• 3rd+"
AGES = _AGES.split("|")
_ACTS = "like|reply|comment|share|view|vote|point|retweet|follower|download|star|rating|upvote|answer|post|save|photo"
ACTS = _ACTS.split("|")


class FrameNoise(Bits):
    """What stands before, behind and between."""

    def labels(self, rng: Random, text: str, number: int) -> str:
        """`Word: text`, several times; or one label of several words before the text."""
        sign = rng.choice([": ", " - ", " | ", "> ", " :: ", "] ", ") ", ":\n", " = ", ". "])
        between = rng.choice(["\n", " ", " ", " | ", "; "])

        def label() -> str:
            name = " ".join(self._word(rng) for _ in range(rng.choice([1, 1, 2])))
            return rng.choice([name.capitalize(), name.upper(), name.title(), f"{name.upper()}_{rng.randint(0, 9)}"])

        parts = [text, *(self._part(rng) for _ in range(rng.randint(1, 3)))]
        if number % 3 == 0:
            parts = [self._phrase(rng) if rng.random() < 0.6 else self._value(rng) for _ in range(rng.randint(3, 7))]
        rng.shuffle(parts)
        return between.join(label() + sign + part for part in parts)

    def metadata(self, rng: Random, text: str, number: int) -> str:
        """Counts, ages and names before or behind a text."""

        def bit() -> str:
            act = rng.choice(ACTS)
            some = f"{rng.randint(2, 999)} {act}s"
            return rng.choice(
                [
                    some,
                    some.title(),
                    f"{act.title()} ({rng.randint(0, 99)})",
                    act.title(),
                    f"{rng.randint(2, 59)} {rng.choice(AGES)}",
                    f"{rng.randint(2, 23)}{rng.choice('hdmw')}",
                    f"{rng.random() * 5:.1f}/5",
                    self._name(rng),
                    f"@{self._word(rng)}{rng.randint(1, 99)}",
                ]
            )

        between = rng.choice([" · ", " | ", " ", " • ", "\n", ", ", " - "])
        frame = between.join(bit() for _ in range(rng.randint(2, 6)))
        return (f"{frame}{between}{text}", f"{text}{between}{frame}", frame)[number % 3]

    def listed(self, rng: Random, text: str, number: int) -> str:
        """Short items with bullets or numbers."""
        bullet = rng.choice(BULLETS)
        items = [self._phrase(rng) for _ in range(rng.randint(3, 8))]
        if number % 2:
            items[rng.randrange(len(items))] = text
        between = rng.choice(["\n", " ", " ", "; "])

        def numbered(at: int) -> str:
            stepped = bullet.replace("1", str(at + 1)).replace("a", string.ascii_lowercase[at])
            return stepped + rng.choice([" ", " ", ""])

        return between.join(numbered(at) + item for at, item in enumerate(items))

    def choices(self, rng: Random, text: str, number: int) -> str:
        """A text with answers to choose from, or gaps to fill."""
        form = rng.choice(["{}) ", "({}) ", "{}. ", "[{}] ", "{}: ", "○ ", "( ) ", "☐ "])
        letters = rng.choice(["ABCDE", "abcde", "12345"])
        options = [self._phrase(rng) for _ in range(rng.randint(3, 5))]
        tail = rng.choice(
            ["", "", f" Answer: {rng.choice(letters)}", f" ({rng.randint(1, 9)} points)", f" Correct: {letters[0]}"]
        )
        between = rng.choice([" ", "\n"])
        return (
            text + between + between.join(form.format(at) + it for at, it in zip(letters, options, strict=False)) + tail
        )

    def leaders(self, rng: Random, text: str, number: int) -> str:
        """Titles with dots and pages, blanks after labels."""
        lead = rng.choice([" ..... ", " . . . . ", "\t", " ____ ", "......", " ______ ", " --- ", "   "])
        lines = [
            f"{self._title(rng)}{lead}{rng.choice([str(rng.randint(1, 400)), '', self._value(rng)])}"
            for _ in range(rng.randint(2, 6))
        ]
        return rng.choice(["\n", " "]).join(lines)

    def citations(self, rng: Random, text: str, number: int) -> str:
        """References in a text or by themselves."""
        year = rng.randint(1950, 2024)
        names = [self._name(rng).split()[-1] for _ in range(3)]
        within = [
            f"({names[0]}, {year})",
            f"({names[0]} & {names[1]}, {year}; {names[2]}, {year + 1})",
            f"[{year % 40}]",
            f"({names[0]} et al. {year})",
            f"[{year % 9}, {year % 40}–{year % 40 + 3}]",
            f"(see {names[1]} {year}, p. {year % 300})",
            f"({names[0][:3]}{year % 100:02d})",
            f"(ibid., {year % 200})",
            "(op. cit.)",
            f"(cf. §{year % 30})",
        ]
        if number % 2:
            words = text.split()
            for _ in range(rng.randint(2, 4)):
                words.insert(rng.randint(1, len(words)), rng.choice(within))
            return " ".join(words)
        first = f"{names[0]}, {names[1][0]}. {names[2][0]}."
        pages = f"{rng.randint(1, 400)}–{rng.randint(401, 800)}"
        title = self._title(rng)
        return rng.choice(
            [
                f"{first} ({year}). {title}. {self._title(rng)}, {rng.randint(1, 90)}({rng.randint(1, 12)}), {pages}.",
                f"[{rng.randint(1, 99)}] {first}, “{title},” {self._title(rng)}, vol. {year % 90}, {pages}, {year}.",
                f"{names[0]}, {title} ({names[1]}: {names[2]} Press, {year}), {pages}.",
                f"{rng.randint(1, 99)}. {title}, {year}, {pages}; {names[1]}, {names[2]}, ibid.",
            ]
        )

    def teaser(self, rng: Random, text: str, number: int) -> str:
        """A beginning, and where it goes on."""
        words = text.split()
        cut = " ".join(words[: rng.randint(3, max(4, len(words) - 2))]).rstrip(".,;")
        end = rng.choice(["...", "…", " ...", " […]", " [...]", "..", " (…)"])
        more = " ".join(self._word(rng) for _ in range(rng.randint(1, 3)))
        more = rng.choice(
            [more.capitalize(), more.title(), more.upper(), f"[{more}]", f"({more})", f"{more} »", f">> {more}"]
        )
        return f"{cut}{end} {more}" if number % 3 else f"{self._title(rng)} {rng.choice('|-—:')} {cut}{end}"

    def title_glued(self, rng: Random, text: str, number: int) -> str:
        """A heading, name or page number run into the text, or in its middle."""
        page = str(rng.randint(1, 900))
        title = rng.choice([self._title(rng).upper(), self._title(rng), self._name(rng).upper()])
        head = rng.choice(
            [f"{page} {title}", f"{title} {page}", title, f"{title} ({page})", f"p. {page}", f"{page} | {title}"]
        )
        words = text.split()
        at = rng.randint(2, max(2, len(words) - 2)) if number % 2 else 0
        return " ".join([*words[:at], head, *words[at:]])

    def patchwork(self, rng: Random, text: str, number: int) -> str:
        """Pieces of two to four words from many texts."""
        pieces = []
        for _ in range(rng.randint(3, 8)):
            words = rng.choice(self.texts).split()
            at, size = rng.randrange(len(words)), rng.randint(2, 4)
            pieces += words[at : at + size]
        return " ".join(pieces)
