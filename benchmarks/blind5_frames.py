"""What chats, shops, forums, models, pages and journals put round a text or in its place. For the fifth group."""

from __future__ import annotations

from random import Random

from benchmarks.blind5_damage import GRAMMARS, put_in
from benchmarks.corruptions import Maker


def chat_with_system_lines(rng: Random, text: str, number: int) -> str:
    """A chat was exported with its times and the messages of the system."""
    return GRAMMARS["chat with system lines"].expanded(rng, text, number)


def specification_rows(rng: Random, text: str, number: int) -> str:
    """A shop's export has rows of properties where descriptions should be."""
    return GRAMMARS["specification rows"].expanded(rng, text, number)


def forum_leftovers(rng: Random, text: str, number: int) -> str:
    """A forum's posts were taken with their markup, notes of edits and removed parts."""
    return GRAMMARS["forum leftovers"].expanded(rng, text, number)


def rewriting_frame(rng: Random, text: str, number: int) -> str:
    """A chat model was asked to rewrite, and its courtesies were kept."""
    return GRAMMARS["rewriting frame"].expanded(rng, text, number)


def consent_texts(rng: Random, text: str, number: int) -> str:
    """A crawler saw the banner that asks for consent, not the page."""
    return GRAMMARS["consent texts"].expanded(rng, text, number)


def city_spam(rng: Random, text: str, number: int) -> str:
    """Pages for search engines say the name of a town or a product in every sentence."""
    grammar = GRAMMARS["city spam"]
    repeated = {name: [rng.choice(grammar.slots[name])] for name in ("town", "goods")}
    return grammar.expanded(rng, text, number, **repeated)


def tickers(rng: Random, text: str, number: int) -> str:
    """Weather and results run along the edge of a page."""
    return GRAMMARS["tickers"].expanded(rng, text, number)


def template_names(rng: Random, text: str, number: int) -> str:
    """A mail merge ran without its data, or half of it."""
    if number % 2:
        return GRAMMARS["template names"].expanded(rng, text, number // 2)
    return put_in(rng, text, [GRAMMARS["template names"].entry(rng, "field") for _ in range(rng.randint(1, 3))])


def legal_footers(rng: Random, text: str, number: int) -> str:
    """The foot of a page or mail in a lawyer's words."""
    return GRAMMARS["legal footers"].expanded(rng, text, number)


def journal_headers_within(rng: Random, text: str, number: int) -> str:
    """The page turned in mid-sentence, and the journal's head or foot came along."""
    words = text.split(" ")
    at = rng.randint(1, max(1, len(words) - 2))
    return " ".join([*words[:at], GRAMMARS["journal headers"].entry(rng, "head"), *words[at:]])


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
