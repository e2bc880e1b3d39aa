"""What chats, shops, forums, models, pages and journals put round a text or in its place. For the fifth group."""

from __future__ import annotations

from random import Random

from benchmarks.blind5_damage import GRAMMARS, _entry, _expanded, _put_in
from benchmarks.blind_kinds import expand
from benchmarks.corruptions import Maker


def chat_with_system_lines(rng: Random, text: str, number: int) -> str:
    """A chat was exported with its times and the messages of the system."""
    return _expanded("chat with system lines", rng, text, number)


def specification_rows(rng: Random, text: str, number: int) -> str:
    """A shop's export has rows of properties where descriptions should be."""
    return _expanded("specification rows", rng, text, number)


def forum_leftovers(rng: Random, text: str, number: int) -> str:
    """A forum's posts were taken with their markup, notes of edits and removed parts."""
    return _expanded("forum leftovers", rng, text, number)


def rewriting_frame(rng: Random, text: str, number: int) -> str:
    """A chat model was asked to rewrite, and its courtesies were kept."""
    return _expanded("rewriting frame", rng, text, number)


def consent_texts(rng: Random, text: str, number: int) -> str:
    """A crawler saw the banner that asks for consent, not the page."""
    return _expanded("consent texts", rng, text, number)


def city_spam(rng: Random, text: str, number: int) -> str:
    """Pages for search engines say the name of a town or a product in every sentence."""
    templates, slots = GRAMMARS["city spam"]
    repeated = {name: [rng.choice(slots[name])] for name in ("town", "goods")}
    return expand(rng, templates[number % len(templates)], slots | repeated, text)


def tickers(rng: Random, text: str, number: int) -> str:
    """Weather and results run along the edge of a page."""
    return _expanded("tickers", rng, text, number)


def template_names(rng: Random, text: str, number: int) -> str:
    """A mail merge ran without its data, or half of it."""
    if number % 2:
        return _expanded("template names", rng, text, number // 2)
    return _put_in(rng, text, [_entry("template names", "field", rng) for _ in range(rng.randint(1, 3))])


def legal_footers(rng: Random, text: str, number: int) -> str:
    """The foot of a page or mail in a lawyer's words."""
    return _expanded("legal footers", rng, text, number)


def journal_headers_within(rng: Random, text: str, number: int) -> str:
    """The page turned in mid-sentence, and the journal's head or foot came along."""
    words = text.split(" ")
    at = rng.randint(1, max(1, len(words) - 2))
    return " ".join([*words[:at], _entry("journal headers", "head", rng), *words[at:]])


FRAMES: dict[str, Maker] = {
    "chat with system lines": chat_with_system_lines,
    "specification rows": specification_rows,
    "forum leftovers": forum_leftovers,
    "rewriting frame": rewriting_frame,
    "consent texts": consent_texts,
    "city spam": city_spam,
    "tickers": tickers,
    "template names": template_names,
    "legal footers": legal_footers,
    "journal headers within": journal_headers_within,
}
