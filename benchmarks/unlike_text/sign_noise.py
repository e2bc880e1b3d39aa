"""Random signs of code, markup, data and shorthand among words."""

from __future__ import annotations

import string
from collections.abc import Callable
from random import Random

from benchmarks.unlike_text.bits import Bits

_UNITS = "mm cm kg g ml L W V Hz GB MB px pt km mi ft in lb oz °C % mAh rpm dB kcal min hrs pcs ea sq"
UNITS = _UNITS.split()


class SignNoise(Bits):
    """What stands within."""

    def brackets_among_words(self, rng: Random, text: str, number: int) -> str:
        """Notes in brackets: of editors, actors, transcribers."""
        left, right = rng.choice(
            [("[", "]"), ("(", ")"), ("{", "}"), ("<", ">"), ("*", "*"), ("[[", "]]"), ("/", "/"), ("♪ ", " ♪")]
        )
        words = text.split()
        for _ in range(rng.randint(2, 5)):
            note = self._phrase(rng) if rng.random() < 0.6 else self._word(rng)
            words.insert(rng.randint(0, len(words)), left + rng.choice([note, note.upper(), note.lower()]) + right)
        return " ".join(words)

    def emphasised(self, rng: Random, text: str, number: int) -> str:
        """Signs of markup round words."""
        signs = [
            ("*", "*"),
            ("**", "**"),
            ("_", "_"),
            ("__", "__"),
            ("~~", "~~"),
            ("`", "`"),
            ("''", "''"),
            ("'''", "'''"),
            ("==", "=="),
            ("{\\i ", "}"),
            ("\\emph{", "}"),
            ("[i]", "[/i]"),
            ("[[", "]]"),
            ("||", "||"),
            ("+", "+"),
        ]
        (left, right), share = rng.choice(signs), rng.uniform(0.15, 0.6)
        head = rng.choice(["", "", "# ", "## ", "=== ", "> ", ".. ", "h2. "])
        return head + " ".join(left + word + right if rng.random() < share else word for word in text.split())

    def lines_prefixed(self, rng: Random, text: str, number: int) -> str:
        """A sign, number or time before each line."""
        width, words = rng.randint(3, 7), text.split()
        lines = [" ".join(words[at : at + width]) for at in range(0, len(words), width)]
        start, sign = (
            rng.randint(1, 400),
            rng.choice(["> ", ">> ", "| ", "+ ", "- ", "// ", "; ", "% ", "-- ", "$ ", ">>> ", "! "]),
        )
        hours = rng.randint(0, 20)
        stamp = rng.choice(["{0}:{1:02d} ", "[{0:02d}:{1:02d}] ", "00:{0:02d}:{1:02d},000 ", "{0:02d}.{1:02d}  "])
        made = [
            (f"{start + at} ", sign, stamp.format(hours, (start + 3 * at) % 60))[number % 3] + line
            for at, line in enumerate(lines)
        ]
        return rng.choice(["\n", "\n", " "]).join(made)

    def names_of_code(self, rng: Random, text: str, number: int) -> str:
        """Names of variables, calls and paths made of words."""

        def name() -> str:
            parts = [self._word(rng) for _ in range(rng.randint(1, 3))]
            camel = parts[0] + "".join(part.capitalize() for part in parts[1:])
            return rng.choice(
                [
                    "_".join(parts),
                    camel,
                    camel[:1].upper() + camel[1:],
                    "-".join(parts),
                    ".".join(parts),
                    "_".join(parts).upper(),
                    "/".join(parts),
                ]
            )

        def call() -> str:
            given = ", ".join(
                rng.choice([name(), str(rng.randint(0, 99)), f'"{self._word(rng)}"', f"{name()}={rng.randint(0, 9)}"])
                for _ in range(rng.randint(0, 3))
            )
            return f"{name()}({given})"

        forms: list[Callable[[], str]] = [
            lambda: f"{name()} = {call()}",
            call,
            lambda: f"{name()}: {name()}",
            lambda: f"{name()}/{name()}.{self._word(rng)[:3]}",
            lambda: f"--{name()} {name()}",
            lambda: f"{name()} -> {name()}",
            lambda: f"{name()} {{ {name()}: {rng.randint(0, 9)}; }}",
            lambda: f"if {name()} {rng.choice(['==', '!=', '>', 'is', 'in'])} {name()}:",
            lambda: f"{name()}[{rng.randint(0, 9)}]",
        ]
        made = rng.choice(["\n", "; ", " ", ", "]).join(rng.choice(forms)() for _ in range(rng.randint(2, 5)))
        return f"{text} {made}" if number % 4 == 0 else made

    def escapes_among_letters(self, rng: Random, text: str, number: int) -> str:
        """Characters as numbers of some notation."""
        forms = [
            "\\u{:04x}",
            "&#{};",
            "&#x{:x};",
            "%{:02X}",
            "={:02X}",
            "\\x{:02x}",
            "<0x{:02X}>",
            "\\'{:02x}",
            "U+{:04X}",
            "\\{:03o}",
        ]
        form, share = rng.choice(forms), rng.choice([0.05, 0.15, 0.4])
        only_signs = number % 2

        def coded(character: str) -> str:
            chosen = not character.isalnum() if only_signs else rng.random() < share
            return form.format(ord(character)) if chosen else character

        return "".join(map(coded, text))

    def amounts(self, rng: Random, text: str, number: int) -> str:
        """Things with sizes, prices and units."""

        def bit() -> str:
            size = f"{rng.randint(1, 500)}{rng.choice([' ', ''])}{rng.choice(UNITS)}"
            return rng.choice(
                [
                    size,
                    f"{self._phrase(rng)} {size}",
                    f"{size} {self._word(rng)}",
                    f"{rng.choice('$£€')}{rng.randint(1, 99)}.99",
                    f"{rng.randint(1, 90)} x {rng.randint(1, 90)} {rng.choice(UNITS)}",
                    self._phrase(rng),
                    f"±{rng.random():.2f}",
                ]
            )

        return rng.choice([", ", " / ", " | ", " ", "\n", "; "]).join(bit() for _ in range(rng.randint(4, 9)))

    def capitals_and_codes(self, rng: Random, text: str, number: int) -> str:
        """Abbreviations and codes, as signs, tickets and shorthand have them."""

        def code() -> str:
            letters = "".join(rng.choice(string.ascii_uppercase) for _ in range(rng.randint(2, 4)))
            digits = str(rng.randint(1, 9999))
            return rng.choice(
                [
                    letters,
                    letters + digits,
                    f"{letters}-{digits}",
                    f"{letters}/{letters[:2]}",
                    f"{digits}{letters[0]}",
                    f"#{digits}",
                    letters.lower() + ".",
                    ".".join(letters) + ".",
                    letters.capitalize(),
                ]
            )

        share = rng.uniform(0.3, 0.8)
        if number % 2:
            return " ".join(code() if rng.random() < share else self._word(rng) for _ in range(rng.randint(5, 16)))
        return " ".join(code() if rng.random() < share * 0.6 else word for word in text.split())
