"""Personal data and keys to plant: made up, with valid checksums, from ranges that are kept for examples."""

from __future__ import annotations

import string
from random import Random

from benchmarks.grammars import FAMILY_NAMES, GIVEN


def email(rng: Random, text: str, number: int) -> str:
    user = (
        f"{rng.choice(GIVEN)}.{rng.choice(FAMILY_NAMES)}{rng.randint(1, 99)}".lower().replace(" ", "").replace("'", "")
    )
    user = user.encode("ascii", "ignore").decode()
    host = rng.choice(["example.com", "mail.example.org", "example.net", "example.co.uk"])
    return f"{text} {rng.choice(['Write to', 'Mail', 'Contact', '-'])} {user}@{host}"


def phone(rng: Random, text: str, number: int) -> str:
    """Numbers that the United States and Great Britain keep for fiction."""
    last = rng.randrange(100)
    form = (f"+1 202-555-01{last:02d}", f"(303) 555-01{last:02d}", f"415.555.01{last:02d}", f"+44 20 7946 0{last:03d}",
            f"020 7946 0{last:03d}", f"+1 (617) 555 01{last:02d}")[number % 6]  # fmt: skip
    return f"{text} {rng.choice(['Call', 'Phone', 'Ring', 'Tel.'])} {form}"


def card(rng: Random, text: str, number: int) -> str:
    prefix = rng.choice(["4", "51", "55", "6011"])
    digits = [int(digit) for digit in prefix] + [rng.randrange(10) for _ in range(15 - len(prefix))]
    doubled = sum(sum(divmod(2 * digit, 10)) if place % 2 == 0 else digit for place, digit in enumerate(digits))
    full = "".join(map(str, [*digits, -doubled % 10]))
    separator = ("", " ", "-")[number % 3]
    return f"{text} Paid with {separator.join(full[at : at + 4] for at in range(0, 16, 4))}"


def iban(rng: Random, text: str, number: int) -> str:
    country, length = (("DE", 18), ("ES", 20), ("AT", 16), ("PL", 24))[number % 4]
    account = "".join(rng.choices(string.digits, k=length))
    numeric = "".join(str(int(letter, 36)) for letter in account + country + "00")
    full = f"{country}{98 - int(numeric) % 97:02d}{account}"
    grouped = " ".join(full[at : at + 4] for at in range(0, len(full), 4))
    return f"{text} Transfer it to {grouped if number % 2 else full}"


def ip_address(rng: Random, text: str, number: int) -> str:
    """Addresses that are kept for documentation."""
    block = rng.choice(["192.0.2", "198.51.100", "203.0.113"])
    return f"{text} Logged in from {block}.{rng.randint(1, 254)}"


def key(rng: Random, text: str, number: int) -> str:
    letters = string.ascii_letters + string.digits

    def some(count: int, alphabet: str = letters) -> str:
        return "".join(rng.choices(alphabet, k=count))

    upper = string.ascii_uppercase + string.digits
    forms = (
        f"sk-{some(48)}",
        f"AKIA{some(16, upper)}",
        f"ghp_{some(36)}",
        f"xoxb-{some(12, string.digits)}-{some(24)}",
        f"eyJhbGciOiJIUzI1NiJ9.eyJ{some(30)}.{some(43)}",
        f"AIza{some(35)}",
    )
    return f"{text} {rng.choice(['api_key =', 'token:', 'My key is'])} {forms[number % 6]}"
