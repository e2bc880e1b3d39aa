"""Personal data and secrets: e-mail addresses, telephone and card numbers, IBANs, IPv4 addresses, keys.

Patterns propose, checksums dispose (Luhn for cards, ISO 7064 mod 97-10 for IBANs). One compiled gate per kind of
character keeps the Python checks to rows with an @, a key's prefix or seven digits. Names of people are not looked for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tasks.validation.text_column import Floats, TextColumn

GATE = (
    r"[^\s@]@[^\s@]+\.|\d\D{0,3}\d\D{0,3}\d\D{0,3}\d\D{0,3}\d\D{0,3}\d\D{0,3}\d|"
    r"[A-Z]{2}\d\d ?[A-Z0-9]{4}|\d\.\d+\.\d+\.\d|"
    r"(?:sk|pk|rk|gh[a-z]|xox[a-z]|AKIA|ASIA|AIza|glpat|hf)[-_A-Za-z0-9]{8}|eyJ[A-Za-z0-9_-]{8}|PRIVATE KEY"
)
EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b")
CARD = re.compile(r"(?<![\d.-])\d(?:[ -]?\d){12,18}(?![\d-])")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
IPV4 = re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]*\d)")
PHONE = re.compile(
    r"(?<![\w.+-])(?<!ISBN )(?<!ISBN: )(?:\+\d{1,3}[ .-]?(?:\(0?\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){6,11}"
    r"|\(\d{3}\) ?\d{3}[ .-]\d{4}|\d{3}[.-]\d{3}[.-]\d{4}|1-\d{3}-\d{3}-\d{4}"
    r"|0\d{3,4}[ -]\d{3}[ -]?\d{3,4}|0[1-9]\d{8,9})"
    r"(?![\w-])"
)
SOCIAL_SECURITY = re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
SECRET = re.compile(
    r"\b(?:sk|pk|rk)[-_](?:(?:live|test|proj|ant|or)[-_])?[A-Za-z0-9_-]{16,}|\bgh[pousr]_[A-Za-z0-9]{30,}|"
    r"\bxox[abprs]-[A-Za-z0-9-]{10,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[A-Za-z0-9_-]{35}|\bglpat-[A-Za-z0-9_-]{20}|"
    r"\bhf_[A-Za-z0-9]{30,}|\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*|-----BEGIN [A-Z ]*PRIVATE KEY"
)


def pii(column: TextColumn) -> Floats:
    """How many pieces of personal data or secrets the text holds."""
    return column.measure_where(column.matches(GATE), _count)


def _count(text: str) -> float:
    plain = (EMAIL, IPV4, SOCIAL_SECURITY, SECRET)
    found = sum(len(pattern.findall(text)) for pattern in plain)
    cards = [match.group() for match in CARD.finditer(text) if is_luhn_valid(match.group())]
    ibans = [match.group() for match in IBAN.finditer(text) if is_iban_valid(match.group())]
    for number in cards + ibans:
        text = text.replace(number, " ")
    return float(found + len(cards) + len(ibans) + len(PHONE.findall(text)))


def is_luhn_valid(number: str) -> bool:
    """Whether a card number's check digit is right (ISO/IEC 7812-1, annex B) and its first digit a card issuer's."""
    digits = [int(character) for character in number if character.isdigit()]
    if not 13 <= len(digits) <= 19 or digits[0] not in {2, 3, 4, 5, 6} or len(set(digits)) == 1:
        return False
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_iban_valid(number: str) -> bool:
    """Whether an IBAN's check digits are right (ISO 13616: the rearranged number mod 97 is 1)."""
    compact = number.replace(" ", "")
    if not 15 <= len(compact) <= 34:
        return False
    return int("".join(str(int(character, 36)) for character in compact[4:] + compact[:4])) % 97 == 1
