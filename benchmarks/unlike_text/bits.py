"""Bits of structure made of words: names, titles, phrases, values."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Bits:
    """What kinds of noise put together; a public method of a child is a kind."""

    texts: Sequence[str]
    words: Sequence[str]

    def kinds(self) -> dict[str, Callable[[Random, str, int], str]]:
        """Name -> maker."""
        return {name.replace("_", " "): getattr(self, name) for name in vars(type(self)) if not name.startswith("_")}

    def _word(self, rng: Random) -> str:
        return rng.choice(self.words).lower()

    def _phrase(self, rng: Random) -> str:
        words = [self._word(rng) for _ in range(rng.randint(1, 3))]
        return rng.choice([" ".join(words), " ".join(words).capitalize()])

    def _title(self, rng: Random) -> str:
        return " ".join(self._word(rng).capitalize() for _ in range(rng.randint(1, 4)))

    def _name(self, rng: Random) -> str:
        return f"{self._word(rng).capitalize()} {rng.choice(string.ascii_uppercase)}. {self._word(rng).capitalize()}"

    def _part(self, rng: Random) -> str:
        return rng.choice(self.texts) if rng.random() < 0.5 else self._phrase(rng)

    def _value(self, rng: Random) -> str:
        day = f"{rng.randint(1, 28):02d}/{rng.randint(1, 12):02d}/{rng.randint(1990, 2025)}"
        return rng.choice(
            [
                str(rng.randint(0, 9999)),
                day,
                f"{rng.random() * 100:.2f}",
                "yes",
                "no",
                "N/A",
                "-",
                "true",
                "0",
                f"{rng.randint(0, 23)}:{rng.randint(0, 59):02d}",
                self._word(rng).upper(),
            ]
        )
