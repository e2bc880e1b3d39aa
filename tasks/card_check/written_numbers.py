"""Numbers as people write them in cards. What can be read in two ways (`1-3`, `2.5 ± 0.1`, `10k`) is left alone."""

from __future__ import annotations

import re

_SUPERSCRIPTS = str.maketrans("⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹", "-+0123456789")
_DIGITS = r"(?:[1-9]\d{0,2}(?:[,_]\d{3}){1,6}(?!\d)(?:\.\d{1,20})?|\d{1,21}(?:[.,]\d{1,20})?)"
_POWER = r"[{(]?[-+−]?\d{1,3}[)}]?"
_TIMES_TEN = rf"\s?[×x·]\s?10(?:\s?\^\s?{_POWER}|[-−]\d{{1,3}})"
_GOES_ON = r"[.,_]?\d|\s?e[-+−]?\d|\^|\s?[×x·]\s?\d|\s?[-−–—]\s?\d|\s\d{3}(?!\d)|\s?±"
_GOES_ON += r"|\s?(?:k|m|b|thousand|million|billion)(?![a-z])"
NUMBER = rf"[-+−]?(?:10\s?\^\s?{_POWER}|{_DIGITS}(?:e[-+−]?\d{{1,3}}|{_TIMES_TEN})?)(?!{_GOES_ON})"
"""A number in text that `plain` went over, to be matched without regard to case."""
_ALONE = re.compile(rf"(?<![\w.,^\-−–±]){NUMBER}", re.IGNORECASE)


def plain(text: str) -> str:
    """A line without emphasis, its powers and products in one notation: `5 × 10^-5`."""
    text = re.sub(r"\\times|\\cdot|(?<=\d)\*(?=\d)|(?<=\d) \* (?=\d)", "×", text.replace("$", ""))
    text = re.sub(r"(?<=10)(?:\*\*|<sup>)(?=[-−({\d])", "^", text).replace("</sup>", "")
    text = re.sub(r"(?<=10)[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}", lambda found: "^" + found[0].translate(_SUPERSCRIPTS), text)
    return re.sub(r"[*`]|(?<!\w)_|_(?!\w)", "", text)


def parse_number(written: str) -> tuple[float, float]:
    """A number (`1,234`, `3e-05`, `1 × 10^-5`, `12,18`), and half of its last digit.

    A comma is one of thousands before exactly three digits, and a decimal one elsewhere.
    """
    text = re.sub(r"[\s{}()]", "", written.replace("−", "-").lower())
    text = re.sub(r"[×x·]10\^?", "e", re.sub(r"^([-+]?)10\^", r"\g<1>1e", text))
    digits, _, exponent = text.partition("e")
    if re.fullmatch(r"[-+]?[1-9]\d{0,2}(?:[,_]\d{3})+(?:\.\d+)?", digits):
        digits = re.sub("[,_]", "", digits)
    digits = digits.replace(",", ".")
    scale = 10.0 ** max(-250, min(250, int(exponent or 0)))
    decimals = len(digits.partition(".")[2])
    return float(digits) * scale, 0.5 * 10.0**-decimals * scale


def numbers_in(text: str) -> list[str]:
    """Every number of a text that stands alone."""
    return [found[0] for found in _ALONE.finditer(plain(text))]


def only_number(cell: str) -> str:
    """The number of a table's cell; nothing where it has several, or one that isn't understood."""
    found = numbers_in(cell)
    return found[0] if len(found) == 1 and len(re.findall(r"\d+", plain(cell).replace(found[0], "", 1))) == 0 else ""
