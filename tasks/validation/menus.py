"""Menus, breadcrumbs, page numbers and buttons: short items of a small vocabulary, with or without separators."""

from __future__ import annotations

import re

from tasks.validation.text_column import Bools, TextColumn

MENU_WORDS = (
    "retweet reply flag permalink follow following followers edit delete report like likes listen copy collapse "
    "expand upload women men kids about abonnement accessibility account accueil advertise advertising "
    "affiliates api apps archive archives articles authors back basket "
    "blog blogs books brands browse business calendar careers cart categories category checkout collections comment "
    "community company contact contacts contents cookies copyright courses culture deals departments directory "
    "disclaimer docs documentation "
    "donate download downloads ebay education email entertainment events facebook faq faqs favorites featured "
    "feedback "
    "feed filter forum forums gallery games health help home impressum index info instagram jobs kontakt latest "
    "legal "
    "lifestyle linkedin links locations login logout magazine mail main media members membership menu messages "
    "more music "
    "navigation new newest newer news newsletter next offers oldest older opinion orders page pages partners "
    "password photos pinterest "
    "podcast podcasts policy politics popular portfolio posts press preferences prev previous pricing print "
    "privacy products profile projects quotes "
    "random recent recipes reddit register related resources reviews rss sale schedule science search "
    "security services settings share shipping shop shopping signup sitemap sort sport sports staff start "
    "statistics store stories subscribe "
    "support tags team tech technology terms testimonials tools top topics travel trending tumblr tweet twitter "
    "tv uk us "
    "video videos weather webinars whatsapp whitepapers wiki wishlist workshops world youtube"
)
LINKING = (
    "a all and by content current events for gift cards in item items jump log my of on our out pin privacy sign "
    "skip site the to toggle up use view you your"
)
"""Words between a menu's."""
MIN_MENU_WORDS, MIN_MENU_SHARE = 3, 0.75
SEPARATOR = r"\s*(?:[|•·∙●»«›→▸▾☰✕×]|::|\n|\s[/>–-]\s| {2,})\s*"
MIN_ITEMS, MAX_ITEM_WORDS, MIN_ITEM_SHARE = 3, 4, 0.4
_ITEM = r"[A-Za-z0-9#][A-Za-z0-9 &'’.()-]{0,30}"
_PAGING = r"(?i:prev(?:ious)?|next|first|last|page|older|newer|posts|entries|results?|showing|articles?|stories)"
MENUS = (
    rf"^\W*{_ITEM}(?: ?[·•∙‧●] ?{_ITEM}){{2,}}\W*$|^\W*(?:[A-Z]{_ITEM})(?: [/>] [A-Z0-9]{_ITEM}){{2,}}\W*$|"
    r"^\W*(?:[A-Za-z][\w '&-]{0,25} ?[(\[]\d+[)\]][\s,|·•;]*){2,}$|^\W*(?:[A-Z#](?:[ |·,-]+)){6,}[A-Z0-9#-]*\W*$|"
    rf"^\W*(?:\d+\W+)*{_PAGING}(?:\W+(?:{_PAGING}|of|\d+))+\W*$|^\W*(?:\d+\W+){{2,}}{_PAGING}\W*$|"
    r"^\W*(?i:you are here\b[^.!?\n]*|(?:sort|filter|order|group|search|browse|refine|narrow)(?:ed)? (?:by|"
    r"results|per)\b[^.!?\n]{0,60}|(?:results|items|"
    r"posts|rows|products) per page\W*\d*|showing \d+[^.!?\n]{0,40}|(?:browse|shop|view|see) (?:all|"
    r"by)\b[^.!?\n]{0,30}|back to "
    r"(?:[\w ]{0,20}(?:index|list|results|quotes|page|site|search|blog|news|main|home))[\w ]{0,20})\W*$"
)
"""Items between dots or slashes, with counts behind them, an alphabet, the numbers of pages, ways to sort."""

_LINKING = frozenset(LINKING.split())
_SEPARATOR = re.compile(SEPARATOR)
_MENU_WORDS = frozenset(MENU_WORDS.split())


def is_menu(column: TextColumn) -> Bools:
    """Texts of nothing but a menu's words, or of short items of which every other holds one."""
    words = column.words
    own = words.known(_MENU_WORDS)
    share = words.share(own)
    enough = (share >= MIN_MENU_SHARE / 2) & (words.share(own | words.known(_LINKING)) >= MIN_MENU_SHARE)
    enough &= words.of_rows(enough).distinct(own) >= MIN_MENU_WORDS
    separated = column.among(share >= MIN_ITEM_SHARE / 3, lambda texts: texts.matches(SEPARATOR)) > 0
    items: Bools = column.measure_where(separated, _item_share) >= MIN_ITEM_SHARE
    return enough | items


def _item_share(text: str) -> float:
    """Share of the items between separators that hold a menu's word; 0 where they are too few or too long."""
    items = [item.split() for item in _SEPARATOR.split(text) if item.strip()]
    if len(items) < MIN_ITEMS or max(map(len, items)) > MAX_ITEM_WORDS:
        return 0.0
    return sum(any(word.strip("().,:").lower() in _MENU_WORDS for word in item) for item in items) / len(items)
