"""What the signal `pii` counts is masked wherever row text is shown; what it doesn't count stays as it is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tasks.validation.masking import READ_CHARACTERS, mask, mask_row, mask_values, shown
from tasks.validation.signals import measure

KEY = "sk-proj-" + "a1B2c3D4" * 4
PERSONAL = [
    ("jane.doe+news@mail.example.org", "[e-mail]"),
    ("+44 20 7946 0958", "[phone]"),
    ("4111 1111 1111 1111", "[card]"),  # the test number of card networks: its Luhn digit is right
    ("GB82 WEST 1234 5698 7654 32", "[IBAN]"),  # ISO 13616's own example
    ("192.168.17.42", "[IP address]"),
    ("536-22-8145", "[social security number]"),
    (KEY, "[key]"),
    ("AKIAIOSFODNN7EXAMPLE", "[key]"),  # from Amazon's documentation
]


@pytest.mark.parametrize(("secret", "label"), PERSONAL)
def test_personal_data_is_replaced_by_what_it_is(secret, label):
    assert mask(f"Write to {secret} today") == f"Write to {label} today"


def test_a_private_key_is_masked_with_its_body():
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nabcdef\n-----END RSA PRIVATE KEY-----"
    assert mask(f"before {key} after") == "before [key] after"
    assert "MIIE" not in mask(key[:60])


@pytest.mark.parametrize(
    "text", ["4111 1111 1111 1112", "In 1984 we met 300 people.", "a@b", "version 1.2.3", "ISBN 0306406152"]
)
def test_what_only_looks_like_it_stays(text):
    assert mask(text) == text


def test_text_is_masked_before_it_is_cut():
    text = "x" * 290 + " " + KEY
    assert shown(text, 300) == "x" * 290 + " [key]"
    assert shown("y" * 400, 300) == "y" * 299 + "…"
    assert len(shown("z" * (READ_CHARACTERS * 100), 300)) == 300


def test_values_are_masked_but_numbers_and_row_ids():
    values = {"a": 3, "b": "0123456789012345", "c": "jane@example.org", "d": {"train": "0123456789012345-2"}}
    assert mask_values(values) == {**values, "c": "[e-mail]"}


def test_an_address_that_the_measured_value_cut_in_two_is_dropped():
    value = ("quite a long sentence before the address, and a few more words " + "jane.doe@example.org")[:80]
    told = mask_values({"mail": value})["mail"]
    assert "jane" not in told
    assert told.startswith("quite a long sentence")


def test_a_rows_own_columns_stay():
    row = {"row_id": "1234567890123456", "source_index": 7, "reasons": ["pii"], "values": {"pii": 1}, "text": "a@b.co"}
    assert mask_row(row) == {**row, "text": "[e-mail]"}


def test_masking_loads_no_array_library():
    """A wholly cached run masks a few samples and has no use for numpy and pyarrow, which take 0.3 s to load."""
    code = "import sys, tasks.validation.masking; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "tasks.validation.masking" in loaded
    assert not {"numpy", "pyarrow", "pandas"} & set(loaded)


@pytest.mark.parametrize(
    "secret",
    [secret for secret, _ in PERSONAL]
    + [
        "2001:0db8:85a3:0000:0000:8a2e:0370:7334",  # RFC 3849's documentation prefix
        'password = "correcthorse42staple"',
        "github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz0123456789",
        "(020) 7946-0958",
        "npm_" + "a1B2c3D4e5F6" * 3,
    ],
)
def test_nothing_that_the_signal_counts_is_left(secret):
    """Some of these the signal may not know; what it knows, masking must know too."""
    assert measure("pii", [mask(f"Here: {secret} is it")]).tolist() == [0]


def test_the_signal_counts_what_this_file_masks():
    assert measure("pii", [f"Here: {secret} is it" for secret, _ in PERSONAL]).tolist() == [1] * len(PERSONAL)
