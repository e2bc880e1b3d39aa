"""Row text as people may see it: personal data and keys replaced by what they are.

The patterns and checksums are those of the signal `pii`, so what that signal counts is what is masked. Only the
quarantined artifact and the rows themselves, both readable by their owner alone, hold such text in clear.
Text is masked before it is cut: half a key is no longer recognised.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tasks.validation.personal_data import (
    ASSIGNED_SECRET,
    CARD,
    EMAIL,
    IBAN,
    IPV4,
    IPV6,
    PHONE,
    SECRET,
    SOCIAL_SECURITY,
    SPELLED_ADDRESS,
    SPELLED_NUMBER,
    is_iban_valid,
    is_luhn_valid,
    is_spelled_number,
)

SHOWN_CHARACTERS = 300
READ_CHARACTERS = 20_000
"""What of a text is looked at before it is cut to what is shown: a row of 10 MB costs no more than a page."""
FOUND_CHARACTERS = 80
"""Where `findings.py` cuts the text that a pattern found."""
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
ROW_ID = re.compile(r"[0-9a-f]{16}(?:-\d+)?")
PLAIN = (
    (PRIVATE_KEY, "[key]"),
    (SECRET, "[key]"),
    (ASSIGNED_SECRET, "[key]"),
    (EMAIL, "[e-mail]"),
    (SPELLED_ADDRESS, "[address]"),
    (IPV4, "[IP address]"),
    (IPV6, "[IP address]"),
    (SOCIAL_SECURITY, "[social security number]"),
)


def mask(text: str) -> str:
    """A text with every e-mail address, telephone, card and account number, IP address and key replaced."""
    for pattern, label in PLAIN:
        text = pattern.sub(label, text)
    text = CARD.sub(lambda found: "[card]" if is_luhn_valid(found[0]) else found[0], text)
    text = IBAN.sub(lambda found: "[IBAN]" if is_iban_valid(found[0]) else found[0], text)
    text = SPELLED_NUMBER.sub(lambda found: "[phone]" if is_spelled_number(found[0]) else found[0], text)
    return PHONE.sub("[phone]", text)


def shown(text: str, longest: int = SHOWN_CHARACTERS) -> str:
    """The beginning of a text, masked."""
    text = mask(text[:READ_CHARACTERS]).strip()
    return text if len(text) <= longest else text[: longest - 1] + "…"


def mask_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """What was measured in a row, with the texts that patterns found masked; numbers and row ids stay."""
    return {name: _mask_value(value) for name, value in values.items()}


def mask_row(row: Mapping[str, Any], own: tuple[str, ...] = ("row_id", "source_index", "reasons")) -> dict[str, Any]:
    """A quarantined row with its texts and values masked."""
    masked: dict[str, Any] = {}
    for name, value in row.items():
        if name == "values":
            masked[name] = mask_values(value)
        else:
            masked[name] = mask(value) if isinstance(value, str) and name not in own else value
    return masked


def _mask_value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return mask_values(value)
    if not isinstance(value, str) or ROW_ID.fullmatch(value):
        return value
    if len(value) >= FOUND_CHARACTERS:  # cut there, perhaps in the middle of an address
        whole, _, rest = value.rpartition(" ")
        value = f"{whole} …" if whole and rest else value
    return mask(value)
