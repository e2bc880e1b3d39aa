"""Words that stand in for content: placeholders, and a chat model's refusals."""

from __future__ import annotations

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
    r"\[(?:(?:deleted|removed|redacted)[^\]]{0,40}|insert [^\]]{1,40}|your [^\]]{1,30}|name|text|quote|author|"
    r"title)\]|"
    r"<(?:insert|your|enter) [^<>]{1,40}>|"
    r"\{\{ ?[a-z_][\w. |]* ?\}\}|\$\{[a-z_][\w.]*\}|\{%[^%]{1,60}%\}|%\([a-z_]+\)s"
)
"""Anywhere in a text, in any case."""

MARKER = (
    r"^\W*(?:TODO|FIXME|XXX)\b[^.\n]{0,40}\b(?:quotes?|text|sentence|author|title|translation|description|answer|"
    r"caption|"
    r"content|entry|row|summary|name|citation|source|this one)\b|^\W*TBD\b ?[:(\-–—]"
)
"""Work left to do on the text itself; a programmer's TODO is a comment like others."""
PLACEHOLDER = rf"(?i:^\W*(?:{NOTHING})[\s.!\])]*$)|(?i:{FILLER})|(?:{MARKER})"

_CANNOT = r"(?:can'?t|cannot|can not|am unable to|am not able to|won'?t(?: be able to)?|do not|don't|must decline to)"
_HELP = (
    r"(?:assist|help|fulfill?|comply|provide|generate|create|answer|complete|support|process|engage|write|access|offer|"
    r"discuss|respond|have (?:the )?(?:access|information|ability|capability))"
)
_SORRY = (
    r"(?:(?:i'm|i am|we're) (?:\w+ )?(?:sorry|afraid)|sorry|apologies|i apologi[sz]e|unfortunately)"
    r"[,.]?(?: \w+){0,3}[,.]? (?:but )?(?:that )?"
)
_OF_ITSELF = (
    r"\bas an? (?:\w+ ){0,2}(?:ai|a\.i\.|artificial intelligence|language model|chatbot)\b(?: \w+){0,3}[,.]|"
    r"\bas an ai\b|"
    r"\bi(?:'m| am) (?:just |only |merely )?an? (?:\w+ )?(?:ai|language model|chatbot|virtual assistant)\b|"
    r"\bmy (?:knowledge cut-?off|training data)\b|\bknowledge cut-?off (?:date|is|in)\b|"
    r"\bi (?:do not|don't) have (?:personal (?:opinions|beliefs|experiences|feelings|preferences)|"
    r"(?:access to )?real-?time|the ability to (?:browse|access|see|feel))|\b(?:trained|developed|created) by openai\b|"
    r"\bagainst my (?:programming|(?:ethical )?guidelines|content polic(?:y|ies))"
)
REFUSAL = (
    rf"{_OF_ITSELF}|^\W*{_SORRY}i {_CANNOT} (?:\w+ )?{_HELP}\b|"
    rf"\bi {_CANNOT} (?:assist|help|comply)(?: you)? (?:with|in) (?:that|this|your|such|\w+ing)\b|"
    rf"^\W*i {_CANNOT} (?:fulfill?|comply with|assist|engage in|(?:provide|generate|create) (?:\w+ ){{0,4}}"
    r"(?:information|content|advice|responses?|assistance|instructions|texts?|images?|material))\b"
).replace("'", "['’]")
"""A chat model that declines or speaks of itself, in any case. After the phrases by which open instruction sets were
cleaned of refusals (ShareGPT-Vicuna "unfiltered" and WizardLM "unfiltered", 2023)."""


def placeholder(column: TextColumn) -> Floats:
    """1 where a text stands in for one that was never written: `N/A`, `TODO: …`, `{{name}}`, lorem ipsum."""
    return column.matches(PLACEHOLDER).astype(float)


def refusal(column: TextColumn) -> Floats:
    """1 where a chat model declines to answer or speaks of itself: "As an AI language model, I cannot …"."""
    return column.matches(rf"(?i){REFUSAL}").astype(float)
