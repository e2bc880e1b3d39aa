"""Words that stand in for content (placeholders) and words that surround it (boilerplate).

One compiled pattern finds the phrases; only rows that hold one are cut into sentences to weigh them.
"""

from __future__ import annotations

import re

from tasks.validation.text_column import Floats, TextColumn

NOTHING = (
    r"n\.?/?a\.?|nan|nil|null|none|undefined|unknown|empty|blank|missing|tbd|tba|tbc|todo|fixme|pending|placeholder|"
    r"test(?:ing)?(?: ?(?:\d+|test))*|foo(?: ?bar)?(?: ?baz)?|x{3,}|\?{2,}|\.{2,}|-+|_+|\*+|"
    r"(?:no|add|enter|missing|sample|dummy|example|your|some) "
    r"(?:text|content|data|value|description|quote|title|answer)"
    r"(?: (?:here|available|provided|goes here))?|"
    r"(?:text|content|quote|description) (?:goes )?here|coming soon|not (?:available|applicable|provided)|no data|"
    r"#(?:n/a|ref!|value!|name\?|null!|div/0!)"
)
"""A whole text, in any case, brackets and final stop aside."""

FILLER = (
    r"lorem ipsum|dolor sit amet|consectetur adipisc|"
    r"\b(?:insert|enter|type|add|put|replace)(?: with)?(?: your| the| some)? (?:own )?"
    r"(?:text|content|quote|name|title|description|answer) here\b|"
    r"\b(?:text|content|quote|description) goes here\b|"
    r"\breplace (?:me|this|before)(?: \w+){0,2} (?:text|publishing|publication)\b|"
    r"^\W*(?:sample|dummy|placeholder) text\b|"
    r"\bthis is (?:a|just a|some) (?:placeholder|dummy|sample) (?:text|quote|entry|row|sentence)?|"
    r"\[(?:(?:deleted|removed|redacted)[^\]]{0,40}|insert [^\]]{1,40}|your [^\]]{1,30}|name|text|quote|author|title)\]|"
    r"<(?:insert|your|enter) [^<>]{1,40}>|"
    r"\{\{ ?[a-z_][\w. |]* ?\}\}|\$\{[a-z_][\w.]*\}|\{%[^%]{1,60}%\}|%\([a-z_]+\)s"
)
"""Anywhere in a text, in any case."""

MARKER = r"\b(?:TODO|FIXME|TBD|XXX)\b ?[:(\-–—]|\bFIXME\b|^\W*TODO\b \w+ (?:this|the|a|quote|text)"
PLACEHOLDER = rf"(?i:^\W*(?:{NOTHING})[\s.!\])]*$)|(?i:{FILLER})|(?:{MARKER})"

LEGAL = (
    r"all rights reserved|(?:©|\(c\))\s*(?:(?:19|20)\d\d|by\b)|copyright(?:ed)? (?:©|\(c\)|by|(?:19|20)\d\d)|"
    r"terms (?:of (?:use|service)|and conditions|& conditions)|privacy policy|"
    r"licen[sc]ed under|creative commons|gnu (?:free|general)|project gutenberg|"
    r"reproduced (?:with|by) permission|without (?:the )?(?:express |prior )?written permission|"
    r"permission is hereby granted|provided [\"“]?as is[\"”]?,? without|disclaimer:|affiliate links?"
)
WEB = (
    r"(?:uses?|accept(?:s|ing)?|enable|of) (?:our )?cookies\b|cookie (?:policy|settings|preferences|notice)|"
    r"(?:subscribe|sign up|join)(?: now| today)?(?: \w+){0,5} (?:news ?letters?|mailing list|updates|channel|emails?)|"
    r"our (?:free )?(?:weekly |daily |monthly )?newsletter|unsubscribe|"
    r"(?:click|tap) (?:here|on|the|below|to)\b|read more|continue reading|learn more about our|"
    r"(?:share|follow|like|find|join) (?:this|us)(?: \w+){0,4}[:,]? (?:on )?"
    r"(?:facebook|twitter|instagram|linkedin|pinterest)|share this on|"
    r"follow us on|share this (?:post|article|page|quote|story)|like and subscribe|"
    r"(?:log|sign) ?in to (?:your|post|comment|view|continue|read|leave)|create an? (?:free )?account|"
    r"forgot (?:your )?password|"
    r"(?:enable|turn on) javascript|your browser (?:does not|doesn'?t) support|"
    r"(?:leave|post|add) a (?:comment|reply)|(?:related|recent|popular) (?:posts|articles|videos|stories)|"
    r"you (?:may|might) also (?:like|enjoy)|powered by wordpress|skip to (?:main )?content|back to top|"
    r"add to cart|free shipping|buy now|limited time offer|advertisement"
)
PAGE = (
    r"(?:^|\n)\W*(?:page|seite) \d+(?: (?:of|/|von) \d+)?\W*(?:\n|$)|\bpage \d+ of \d+\b|table of contents|"
    r"\bisbn(?:-1[03])?:? ?[\dx-]{9,}|printed in (?:the )?\w+(?: \w+)?\W*$|first published in|(?:\. ?){6,}\d+"
)
NAVIGATION = (
    r"follow us|contact us|about us|most (?:popular|read|recent)|"
    r"(?:previous|next|related) (?:article|post|page|topic)s?|"
    r"(?:toggle|main) navigation|powered by(?: \w+)?|\d+ min(?:ute)?s? read|\d+ comments?|no comments(?: yet)?|"
    r"there are no comments yet|do not sell my (?:personal )?(?:data|information|info)|more stories|load more|see all|"
    r"share this|leave a reply|required fields|getty images|sitemap|site map|log ?in|sign ?(?:in|up)|search|menu|home"
)
"""A whole text, in any case."""
BOILERPLATE = rf"(?i){LEGAL}|\b(?:{WEB})|{PAGE}|^\W*(?:{NAVIGATION})\W*$"
_BOILERPLATE = re.compile(BOILERPLATE)
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+|\s+[|•·]\s+")


def placeholder(column: TextColumn) -> Floats:
    """1 where a text stands in for one that was never written: `N/A`, `TODO: …`, `{{name}}`, lorem ipsum."""
    return column.matches(PLACEHOLDER).astype(float)


def boilerplate_fraction(column: TextColumn) -> Floats:
    """Share of the characters in sentences with a stock phrase: licences, cookies, newsletters, page numbers."""
    return column.measure_where(column.matches(BOILERPLATE), _boilerplate_share)


def _boilerplate_share(text: str) -> float:
    sentences = _SENTENCE.split(text)
    stock = sum(len(sentence) for sentence in sentences if _BOILERPLATE.search(sentence))
    return stock / max(sum(map(len, sentences)), 1) or float(bool(_BOILERPLATE.search(text)))
