"""Words that stand in for content: placeholders, and a chat model's refusals."""

from __future__ import annotations

import numpy as np

from tasks.validation.text_column import Bools, Floats, TextColumn

NOTHING = (
    r"n\.?/?a\.?|nan|nil|null|none|undefined|unknown|empty|blank|missing|tbd|tba|tbc|todo|fixme|pending|placeholder|"
    r"test(?:ing)?(?: ?(?:\d+|test))*|foo(?: ?bar)?(?: ?baz)?|x{3,}|"
    r"(?:no|add|enter|missing|sample|dummy|example|your|some) "
    r"(?:text|content|data|value|description|quote|title|answer)"
    r"(?: (?:here|available|provided|goes here))?|"
    r"(?:text|content|quote|description) (?:goes )?here|coming soon|not (?:available|applicable|provided)|no data|"
    r"#(?:n/a|ref!|value!|name\?|null!|div/0!)"
)
"""A whole text, in any case, marks around it aside."""
ANSWER = r"^\W*(?:None|Unknown|Nil|Empty|Missing|Blank|Undefined|Pending)\.\W*$"
"""A sentence, with its capital and full stop, that answers a question."""
STROKES = r"\?{2,}|\.{2,}|-+|_+|\*+"
"""A whole text: marks that stand where words should."""
SLOT = (
    r"(?:(?:first|last|full|user|company|your|customer|client|product|file)[ _-]?)?(?:name|surname|city|country|"
    r"place|"
    r"company|customer|client|recipient|username|date|year|number|amount|price|product|topic|subject|location|"
    r"author|quote|e-?mail|phone)"
)
"""What a template's field is called."""

FILLER = (
    r"lorem ipsum|dolor sit amet|consectetur adipisc|"
    r"\b(?:insert|enter|type|add|put|replace)(?: with)?(?: your| the| some)? (?:own )?"
    r"(?:text|content|quote|name|title|description|answer) here\b|"
    r"\b(?:text|content|quote|description) goes here\b|"
    r"\breplace (?:me|this|before)(?: \w+){0,2} (?:text|publishing|publication)\b|"
    r"^\W*(?:sample|dummy|placeholder) text\b|"
    r"\bthis is (?:a|just a|some) (?:placeholder|dummy|sample) (?:text|quote|entry|row|sentence)?|"
    r"(?:double[- ])?(?:click|tap)(?: here)? to (?:edit|add|change|enter|insert|type)\b|"
    r"\[(?:(?:deleted|removed|redacted)[^\]]{0,40}|insert [^\]]{1,40}|your [^\]]{1,30}|text|title)\]|"
    rf"\[{SLOT}\]|<{SLOT}>|<(?:insert|your|enter) [^<>]{{1,40}}>|(?-i:<[A-Z]{{2,}}[ _][A-Z_ ]{{1,30}}>)|"
    r"\{\{[^{}\n]{1,80}\}\}|\$\{[a-z_][\w.]*\}|\{%[^%]{1,60}%\}|%\([a-z_]+\)s"
)
"""Anywhere in a text, in any case."""
FIELD = (
    r"(?:^|[^\w%])%%?[a-z_]{2,30}%%?(?:\W|$)|\{[a-z]+_[a-z_]+\}|\{\d\}|\{[$!#/@][a-z_][\w. ]*\}|"
    rf"\{{{SLOT}\}}|<<{SLOT}>>|«(?:{SLOT}|[a-z]+_[a-z_]+)»|\$(?:{SLOT})\b|"
    r"<%[=@-]?[^%]{1,80}%>|\[%[^%]{1,60}%\]|\*\|\w{2,30}\|\*|@@\w{2,30}@@|#\{[a-z_][\w.]*\}|@model\.\w|"
    r"(?-i:__[A-Z][A-Z_]{2,30}__|\[\[[a-z_]{2,30}\]\]|(?:^|\s)%[sd](?:[\s,.!?:]|$)[^\n]*[a-z]{3}.*\s%[sd]\b|"
    r"^(?:Dear|Hello|Hi|Hey|Welcome),? %[sd]\b|\bX{4,}\b)|\[object object\]|"
    r"\b(?:dear|hello|hi|welcome|by) (?-i:undefined|null|NaN|None|Null)\b|\b(?:dear|name|date|signed?)\W{0,3}_{3,}"
)
"""Fields of mail merges, page templates and format strings, anywhere in a text, in any case."""

MARKER = (
    r"^\W*(?:TODO|FIXME|XXX)\b[^.\n]{0,40}\b(?:quotes?|text|sentence|author|title|translation|description|answer|"
    r"caption|"
    r"content|entry|row|summary|name|citation|source|this one)\b|^\W*TBD\b ?[:(\-–—]"
)
"""Work left to do on the text itself; a programmer's TODO is a comment like others."""
PLACEHOLDERS = (
    rf"(?i)^\W*(?:{NOTHING})[\s\W_]*$",
    rf"^\s*(?:{STROKES})\s*$",
    rf"(?i){FILLER}",
    rf"(?i){FIELD}",
    MARKER,
)
"""Looked for one by one: RE2 runs out of states on all of them together."""

LOREM = (
    "lorem ipsum dolor amet consectetur adipiscing adipisicing elit eiusmod tempor incididunt labore dolore aliqua "
    "veniam quis nostrud exercitation ullamco laboris nisi aliquip commodo consequat duis aute irure reprehenderit "
    "voluptate velit esse cillum fugiat pariatur excepteur sint occaecat cupidatat proident culpa officia deserunt "
    "mollit laborum vestibulum pellentesque curabitur suspendisse maecenas vivamus phasellus praesent tincidunt "
    "pharetra ultricies scelerisque condimentum fermentum sollicitudin malesuada vulputate facilisis faucibus "
    "ullamcorper sagittis dapibus fringilla porttitor elementum bibendum mauris aenean donec nullam"
)
"""Words of the printers' dummy text (Cicero's, cut up) and of its generators; not the commonest words of real "
"Latin."""
MIN_LOREM_WORDS = 4
MIN_LOREM_SHARE = 0.3

_CANNOT = (
    r"(?:can'?t|cannot|can not|am unable to|am not able to|won'?t(?: be able to)?|do not|don't|"
    r"(?:must|have to|need to) (?:\w+ )?decline to)"
)
_UNABLE = r"i'm (?:unable|not able) to"
_HELP = (
    r"(?:assist|help|fulfill?|comply|provide|generate|create|answer|complete|support|process|engage|write|access|"
    r"offer|"
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
    r"(?:access to )?real-?time|the ability to (?:browse|access|see|feel))|\b(?:trained|developed|created) by "
    r"openai\b|"
    r"\bagainst my (?:programming|(?:ethical )?guidelines|content polic(?:y|ies))"
)
REFUSAL = (
    rf"{_OF_ITSELF}|^\W*{_SORRY}(?:i {_CANNOT}|{_UNABLE}) (?:\w+ )?{_HELP}\b|"
    r"^\W*i (?:must|have to|need to) (?:\w+ )?decline (?:to (?:answer|assist|help|provide|respond|discuss|comply|"
    r"continue)\b|(?:this|your|that) (?:request|question|task))|"
    rf"\b(?:i {_CANNOT}|{_UNABLE}) (?:assist|help|comply)(?: you)? (?:with|in) (?:that|this|your|such|\w+ing)\b|"
    rf"^\W*(?:i {_CANNOT}|{_UNABLE}) (?:fulfill?|comply with|assist|engage in|"
    r"(?:provide|generate|create) (?:\w+ ){0,4}"
    r"(?:information|content|advice|responses?|assistance|instructions|texts?|images?|material))\b"
).replace("'", "['’]")
"""A chat model that declines or speaks of itself, in any case. After the phrases by which open instruction sets were
cleaned of refusals (ShareGPT-Vicuna "unfiltered" and WizardLM "unfiltered", 2023)."""


def placeholder(column: TextColumn) -> Floats:
    """1 where a text stands in for one that was never written: `N/A`, `TODO: …`, `{{name}}`, lorem ipsum."""
    words = column.words
    known = words.known(frozenset(LOREM.split()))
    is_lorem = (words.total(known) >= MIN_LOREM_WORDS) & (words.share(known) >= MIN_LOREM_SHARE)
    stands_in: Bools = np.logical_or.reduce([is_lorem, *(column.matches(form) for form in PLACEHOLDERS)])
    stands_in[stands_in] = ~column.where(stands_in).matches(ANSWER)
    return stands_in.astype(float)


def refusal(column: TextColumn) -> Floats:
    """1 where a chat model declines to answer or speaks of itself: "As an AI language model, I cannot …"."""
    return column.matches(rf"(?i){REFUSAL}").astype(float)
