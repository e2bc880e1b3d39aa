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

REFUSAL = (
    r"\bas an? (?:\w+ ){0,2}(?:ai|a\.i\.|artificial intelligence|language model|chatbot)\b(?: \w+){0,3}[,.]|"
    r"\bas an ai\b|\bi(?:'m| am) (?:just |only |merely )?an? (?:\w+ )?(?:ai|language model|chatbot|"
    r"virtual assistant)\b|"
    r"^\W*(?:(?:i'm|i am|we're) (?:really |very |so |truly )?(?:sorry|afraid)|sorry|apologies|i apologi[sz]e|"
    r"unfortunately)"
    r"[,.]?(?: \w+){0,3}[,.]? (?:but )?(?:that )?i(?:'m| am)? (?:can'?t|cannot|can not|am unable to|unable to|"
    r"not able to|"
    r"won'?t be able to|do not|don't) "
    r"(?:\w+ )?(?:assist|help|fulfill?|comply|provide|generate|create|answer|complete|support|process|engage|"
    r"write|access|"
    r"offer|discuss|respond|have (?:the )?(?:access|information|ability|capability))\b|"
    r"\bi (?:can'?t|cannot|can not|am not able to|am unable to|won'?t|must decline to) (?:assist|help|"
    r"comply)(?: you)? "
    r"(?:with|in)? ?(?:that|this|your|such|fulfilling|creating|generating|writing)\b|"
    r"^\W*i (?:can'?t|cannot|am unable to|won'?t) (?:fulfill?|comply with|assist|provide (?:a |an |"
    r"any )?(?:\w+ ){0,3}"
    r"(?:information|content|advice|response|assistance|instructions)|generate|create content|engage in)\b|"
    r"\bmy (?:knowledge cut-?off|training data)\b|\bknowledge cut-?off (?:date|is|in)\b|"
    r"\bi (?:do not|don't) have (?:personal (?:opinions|beliefs|experiences|feelings|preferences)|"
    r"real-?time|the ability to (?:browse|access|see|feel))|"
    r"\b(?:trained|developed|created) by openai\b|"
    r"\b(?:goes )?against my (?:programming|(?:ethical )?guidelines|content polic(?:y|ies))"
)
"""A chat model that declines or speaks of itself, in any case. Source: the phrases by which open instruction sets were
cleaned of refusals (ShareGPT-Vicuna "unfiltered" and WizardLM "unfiltered", 2023), generalised."""


def placeholder(column: TextColumn) -> Floats:
    """1 where a text stands in for one that was never written: `N/A`, `TODO: …`, `{{name}}`, lorem ipsum."""
    return column.matches(PLACEHOLDER).astype(float)


def refusal(column: TextColumn) -> Floats:
    """1 where a chat model declines to answer or speaks of itself: "As an AI language model, I cannot …"."""
    return column.matches(rf"(?i){REFUSAL}").astype(float)
