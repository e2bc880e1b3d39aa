"""Personal data and secrets: e-mail addresses, telephone and card numbers, IBANs, IP addresses, keys and tokens.

Patterns propose, checksums dispose (Luhn for cards, ISO 7064 mod 97-10 for IBANs). One compiled gate per kind of
character keeps the Python checks to rows with an @, a key's prefix or seven digits. Names of people are not looked for.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tasks.validation.text_column import Floats, TextColumn

GATE = (
    r"[^\s@]@[^\s@]+\.|\d\D{0,3}\d\D{0,3}\d\D{0,3}\d\D{0,3}\d\D{0,3}\d\D{0,3}\d|"
    r"[A-Z]{2}\d\d ?[A-Z0-9]{4}|\d\.\d+\.\d+\.\d|"
    r"(?:sk|pk|rk|gh[a-z]|github_pat|xox[a-z]|AKIA|ASIA|ABIA|ACCA|AIza|glpat|hf|npm|pypi|whsec|SG)[-_.A-Za-z0-9]{8}|"
    r"eyJ[A-Za-z0-9_-]{8}|PRIVATE KEY|:AA[A-Za-z0-9_-]{30}|hooks\.slack\.com|"
    r"(?i:key|token|secret|password|passwd|pwd)[\"']?[ _]?[:=]|[0-9A-Fa-f]::?[0-9A-Fa-f]{1,4}:|"
    r"(?i:\b(?:dot|period)\b[)\]}>*_-]?\s?[a-z]|\bwww\b|\s@\s|[(\[{<]\s?(?:at|@)\s?[)\]}>]|"
    r"(?:\b(?:zero|oh|o|nought|one|two|three|four|five|six|seven|eight|nine|double|triple)\b[\s,.–-]{1,3}){4})"
)
EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b")
CARD = re.compile(r"(?<![\d.-])\d(?:[ -]?\d){12,18}(?![\d-])")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_NOBODYS = r"(?!127\.|255\.|0\.0\.0\.0)"
"""Loopback, broadcast, unspecified (RFC 1122, 3.2.1.3): no machine's own address."""
IPV4 = re.compile(
    rf"(?<![\d.]){_NOBODYS}(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){{3}}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]*\d)"
)
PHONE = re.compile(
    r"(?<![\w.+-])(?<!ISBN )(?<!ISBN: )(?:\+\d{1,3}[ .-]?(?:\(0?\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){6,11}"
    r"|\(\d{2,4}\) ?\d{3,4}[ .-]\d{3,4}|001-\d{3}-\d{3}-\d{4}|\d{3}[.-]\d{3}[.-]\d{4}|1-\d{3}-\d{3}-\d{4}"
    r"|0\d{3,4}[ -]\d{3}[ -]?\d{3,4}|0[1-9]\d{8,9}|\(?0[1-9]\d\)?[ -]\d{4}[ -]\d{4}|0[1-9](?:[ .-]\d\d){4}"
    r"|(?<=[Tt]el )\(?\d[\d ()-]{5,16}\d|(?<=[Tt]el[.:] )\(?\d[\d ()-]{5,16}\d"
    r"|(?<=[Pp]hone )\(?\d[\d ()-]{5,16}\d|(?<=[Pp]hone: )\(?\d[\d ()-]{5,16}\d)"
    r"(?:(?: ?ext\.? ?|x)\d{1,5})?(?![\w-])"
)
SOCIAL_SECURITY = re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
_HEXTET = r"[0-9A-Fa-f]{1,4}"
IPV6 = re.compile(
    rf"(?<![\w:.])(?:(?:{_HEXTET}:){{7}}{_HEXTET}|(?:{_HEXTET}:){{1,6}}(?::{_HEXTET}){{1,6}}|"
    rf"::(?:{_HEXTET}:){{1,5}}{_HEXTET})(?![\w:])"
)
_AT = r"(?:\s?[(\[{<*_-]\s?at(?:[- ]sign)?\s?[)\]}>*_-]\s?|\s(?:at|at[- ]sign|@)\s|@)"
_DOT = r"(?:\s?[(\[{<*_-]\s?(?:dot|period|punkt)\s?[)\]}>*_-]\s?|\s(?:dot|period|\.)\s|\.)"
_SAID_DOT = r"(?:\s?[(\[{<*_-]\s?(?:dot|period)\s?[)\]}>*_-]\s?|\s(?:dot|period)\s)"
_DOMAIN = r"(?:com|org|net|edu|gov|io|info|biz|me|dev|co|de|fr|uk|us|ru|ca|au|eu|nl|in)\b"
SPELLED_ADDRESS = re.compile(
    rf"(?i)\b[\w.+-]+(?:{_SAID_DOT}[\w-]+){{0,2}}{_AT}[\w-]+(?:{_DOT}[\w-]+){{0,2}}?{_DOT}{_DOMAIN}|"
    rf"\b(?:www(?!-)|w w w|double-?u double-?u double-?u|https? ?colon(?: slash)+){_SAID_DOT}?\s?[\w-]+|"
    rf"\b(?!the\b|a\b|an\b|of\b|old\b|early\b|any\b|first\b|many\b|failed\b)[\w-]{{2,}}"
    rf"{_SAID_DOT}(?:com|org|net|edu|gov|io|co{_SAID_DOT}uk)\b(?!\s(?:bubble|boom|bust|burst|crash|era|compan|"
    r"compan\w*|startups?|stocks?|days|years|mania|world|fever|craze|millionaires?))"
)
"""An e-mail or web address in words or in pieces: jo at mail dot com, jo [at] mail [dot] com, jo @ mail . com."""
_DIGIT = r"(?:zero|oh|o|nought|one|two|three|four|five|six|seven|eight|nine|double|triple|\d)"
SPELLED_NUMBER = re.compile(rf"(?i)\b(?:plus[\s,-]+)?{_DIGIT}(?:[\s,.–-]{{1,3}}{_DIGIT}\b){{6,14}}")
"""Seven digits or more, in words or apart."""
COUNTING = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
SECRET = re.compile(
    r"\b(?:sk|pk|rk|whsec)[-_](?:(?:live|test|proj|ant|or|svcacct)[-_])?(?=[A-Za-z_-]{0,40}\d)[A-Za-z0-9_-]{16,}|"
    r"\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_[A-Za-z0-9_]{22,}|\bglpat-[A-Za-z0-9_-]{20}|"
    r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|hooks\.slack\.com/services/[A-Za-z0-9/]{20,}|"
    r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b|\bAIza[A-Za-z0-9_-]{35}|\bhf_[A-Za-z0-9]{30,}|\bnpm_[A-Za-z0-9]{36}|"
    r"\bpypi-[A-Za-z0-9_-]{32,}|\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|\b\d{8,10}:AA[A-Za-z0-9_-]{33}|"
    r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*|-----BEGIN [A-Z ]*PRIVATE KEY"
)
"""Keys by the form their issuer gives them: OpenAI, Stripe, GitHub, GitLab, Slack, AWS, Google, Hugging Face, npm,
PyPI, SendGrid, Telegram, JSON Web Tokens, PEM. Source: the rules of gitleaks 8."""
ASSIGNED_SECRET = re.compile(
    r"(?i:api[ _-]?key|access[ _-]?(?:key|token)|auth[ _-]?token|secret(?:[ _-]?(?:access[ _-]?)?key)?|token|"
    r"passw(?:or)?d|pwd)"
    r"[\"']?\s?[:=]\s?[\"']?(?=[^\s\"']{0,40}\d)(?=[^\s\"']{0,40}[A-Za-z])[A-Za-z0-9/+_.!@#$%^&*=-]{12,}"
)
"""A key or password given by name: `api_key = "…"`, with letters and digits, twelve characters or more."""


def pii(column: TextColumn) -> Floats:
    """How many pieces of personal data or secrets the text holds."""
    return column.measure_where(column.matches(GATE), _count)


def _count(text: str) -> float:
    plain = (EMAIL, IPV4, IPV6, SOCIAL_SECURITY)
    found = sum(len(pattern.findall(text)) for pattern in plain)
    found += len(SPELLED_ADDRESS.findall(EMAIL.sub(" ", text))) + sum(
        map(is_spelled_number, SPELLED_NUMBER.findall(text))
    )
    found += len({match.end() for pattern in (SECRET, ASSIGNED_SECRET) for match in pattern.finditer(text)})
    cards = [match.group() for match in CARD.finditer(text) if is_luhn_valid(match.group())]
    ibans = [match.group() for match in IBAN.finditer(text) if is_iban_valid(match.group())]
    for number in cards + ibans:
        text = text.replace(number, " ")
    return float(found + len(cards) + len(ibans) + len(PHONE.findall(text)))


def is_spelled_number(found: str) -> bool:
    """Whether digits in words are a number to dial: most are words, and nobody is counting up or down."""
    digits = [part.lower() for part in re.split(r"[\s,.–-]+", found)]
    spelled = [COUNTING.index(digit) for digit in digits if digit in COUNTING]
    steps = {second - first for first, second in itertools.pairwise(spelled)}
    return 2 * len(spelled) >= len(digits) and steps not in ({1}, {-1}, {2}) and len(set(spelled)) > 2


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
