"""Words that surround content: licences, notices, menus, page furniture, editor's notes.

One compiled pattern finds the phrases; only rows that hold one are cut into sentences to weigh them. Licences are also
known by their vocabulary, since few of their sentences hold a fixed phrase.
"""

from __future__ import annotations

import re

import numpy as np

from tasks.validation import web_debris
from tasks.validation.text_column import Floats, TextColumn

LEGAL = (
    r"all rights reserved|(?:©|\(c\))\s*(?:(?:19|20)\d\d|by\b)|copyright(?:ed)? (?:©|\(c\)|by|(?:19|20)\d\d)|"
    r"terms (?:of (?:use|service)|and conditions|& conditions)|privacy policy|"
    r"licen[sc]ed under (?:the|an?|cc|creative|gnu|mit|apache)\b|creative commons|gnu (?:free|general)|"
    r"project gutenberg|literary archive foundation|pglaf|full licen[sc]e|updated editions will replace|"
    r"for the use of anyone anywhere|almost no restrictions|included with this e-?book|"
    r"redistributions? (?:and use )?(?:in|of) (?:source|binary)|source and binary forms|"
    r"permission to use, copy|permission notice shall|the above copyright notice|copyright holders? (?:be|and "
    r"contrib)|"
    r"this program is free software|redistribute it and/or modify|general public licen[sc]e|"
    r"without (?:any|even the implied) warrant(?:y|ies)|fitness for a particular purpose|"
    r"unless required by applicable law|in compliance with the licen[sc]e|subject to the terms of the|"
    r"copy and distribute verbatim|(?:dedicated|released) (?:in)?to the public domain|waived all copyright|"
    r"attribution-(?:non-?commercial|share-?alike|no-?deriv)|\bcc[- ]by\b|\bcc0\b|"
    r"by (?:installing|downloading|using|accessing) this (?:software|site|website|service|app)\b|"
    r"content is available under|"
    r"(?:reproduced|reprinted|republished|used) (?:with|by) (?:kind )?permission|"
    r"may not be (?:reproduced|republished|redistributed|reprinted)|"
    r"without (?:the )?(?:express |prior )*written permission|permission is hereby granted|"
    r"provided [\"“]?as is[\"”]?,? without|disclaimer:|"
    r"(?:registered )?trademarks? (?:of\b|are the property)|affiliate links?|qualifying purchases|"
    r"do not sell my (?:personal )?(?:data|information|info)|"
    r"(?:views|opinions) expressed (?:here|in this|are those)|"
    r"not (?:intended as|a substitute for|constitute) (?:professional |legal |medical |financial )*advice"
)
WEB = (
    r"(?:use(?:s| of)?|accept(?:s|ing)?|enabl(?:e|ing)|disabl(?:e|ing)|reject|manage) (?:all |our |this |"
    r"these )?cookies?\b|"
    r"(?:storing|storage|placing|placement)(?: and \w+)? of (?:all |our |these )?cookies|cookies on your|"
    r"cookie (?:policy|settings|preferences|notice|consent)|"
    r"(?:subscribe|sign up|join|register)(?: now| today)?(?: \w+){0,5} "
    r"(?:news ?letters?|mailing list|updates|channel|e-?mails?|alerts|rss)|"
    r"(?:our|free|weekly|daily|monthly) newsletter|newsletter (?:sign|subscri)|thank(?:s| you) for (?:subscribing|"
    r"signing up)|"
    r"(?:to|in) your inbox|delivered (?:daily|weekly|monthly)|unsubscribe|"
    r"(?:enter|confirm|add) your e-?mail|your e-?mail address (?:will|is)|"
    r"(?:click|tap) (?:here|on (?:the|this)|below|the (?:link|button|image))\b|read more (?:at|on|about|here|from)|"
    r"continue reading|learn more about our|"
    r"(?:share|follow|like|find|join|connect with) (?:this|us|me)(?: \w+){0,4}[:,]? (?:on |via )?(?:facebook|twitter|"
    r"instagram|linkedin|pinterest|youtube|whatsapp|e-?mail)|"
    r"(?:follow|share)(?: \w+){0,4} on (?:facebook|twitter|instagram|social)|"
    r"follow us on|share this (?:post|article|page|quote|story|on)|like and subscribe|"
    r"(?:log|sign) ?in (?:or \w+ |to (?:your|post|comment|view|continue|read|leave|save|reply))|"
    r"create an? (?:free )?account|(?:forgot|lost) (?:your )?password|remember me on this|"
    r"already (?:a|an) (?:member|subscriber)\?|already have an account|"
    r"(?:enable|turn on) javascript|your browser (?:does not|doesn'?t) support|"
    r"using an? (?:old |outdated |unsupported )?browser|(?:upgrade|update) your browser|"
    r"(?:leave|post|add) a (?:comment|reply|review)|write a (?:reply|review)|comments? (?:are|is|have been) "
    r"(?:moderated|closed|"
    r"disabled)|"
    r"(?:new|view (?:the |all )?|show (?:all )?|loading) comments|discussion thread|view all posts|"
    r"(?:related|recent|popular|latest|trending|recommended) (?:posts|articles|videos|stories)|"
    r"you (?:may|might) also (?:like|enjoy|be interested)|customers who bought|"
    r"proudly powered by|powered by (?:wordpress|disqus)|skip to (?:main )?content|back to (?:the )?top\b|"
    r"add to (?:cart|basket|wish ?list)|free (?:shipping|delivery)|buy now|limited[- ]time offer|"
    r"(?:make|leave) a (?:donation|contribution) (?:to|for) (?:this|our) (?:\w+ )?(?:web ?site|site|page|blog|work)\b|"
    r"become a (?:member|subscriber|patron)|"
    r"free articles? (?:left|remaining)|to continue reading|support our (?:journalism|work)|"
    r"(?:download|get) (?:the|our) (?:free )?(?:mobile )?app\b|available on the app store|"
    r"all times are (?:gmt|utc|e[sd]t)|page (?:not found|load)|this (?:page|site|article|post|story|"
    r"entry) was (?:last |"
    r"originally |first )?(?:updated|modified|edited|published|posted)|"
    r"advertise with us|(?:send|email) us (?:a|an|your)\b|report (?:this (?:ad|comment|post)|an error|a typo)|"
    r"(?:photo|image|picture|video)(?:s|graph)?(?: credit| courtesy)s?(?::| of\b)|"
    r"required fields are marked|save my name|notify me (?:of|when|by)"
)
PAGE = (
    r"^\W*(?:page|seite|p\.) ?\d+(?: (?:of|/|von) \d+)?\W*$|\bpage \d+ of \d+\b|"
    r"^\W*(?:page|p\.) ?\d+ ?[|•·]|[|•·] ?(?:page|p\.) ?\d+\W*$|"
    r"^\s*[-–—~*|\[(]+ ?(?:\d{1,4}|[ivxlc]+) ?[-–—~*|\])]+\s*$|^\W*(?:table of )?contents ?[:–—-]|"
    r"\bisbn(?:-1[03])?:? ?[\dx-]{9,}|printed in (?:the )?\w+(?: \w+)?\W*$|first published in|"
    r"(?:(?:\. ?){5,}|…{2,}|_{4,}|[.…]\t) ?(?:\d+|[ivxlc]+)(?:\s|$)|"
    r"^\W*(?:chapter|book|part|section|act|canto|volume) (?:[ivxlc]+|\d+)\b[^\n]{0,60}[ \t…]+\d+\s*$|"
    r"\[(?:transcriber|editor|translator|ed\.|illustration|footnote|sidenote|publisher)[^\]]{0,400}\]|"
    r"(?:transcriber|editor|translator|publisher)['’]?s['’]? (?:note|preface)s?\b|"
    r"^\s*\[(?:[^\]\s]+ ){4,}[^\]\n]*(?:\]\W*)?$|"
    r"^\W*(?:introduction(?: to [^.\n]{1,40}| and analysis)?|(?:table of )?contents|preface|appendix|index|glossary|"
    r"bibliography|acknowledge?ments|foot ?notes|endnotes|(?:list of )?illustrations|the end|finis|"
    r"persons of the dialogue[^\n]*|dramatis person(?:ae|æ)[^\n]*|"
    r"(?:chapter|book|part|act|scene|canto|volume|section|letter) (?:[ivxlc]+|\d+))\W*$|"
    r"e-?text prepared by|distributed proofread|\[e-?(?:book|text) #|end of (?:the |this )?(?:project|e-?book)|"
    r"^\W*(?:produced|translated|transcribed|illustrated|edited|digitized) by(?: [\w.,-]+){1,12}\W*$|"
    r"^\W*(?:posting date|release date|character set encoding|last updated?)\b"
)
"""Page numbers, headings, tables of contents, notes in square brackets, the heads of electronic books."""
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
NAVIGATION = (
    r"(?:follow|contact|about|support|find|visit) us|most (?:popular|read|recent|viewed|shared)|"
    r"(?:previous|next|related|older|newer) (?:article|post|page|topic|chapter|entries|entry)s?|"
    r"(?:toggle|main|site) (?:navigation|menu)|powered by(?: \w+){0,2}|(?:designed|site|theme) by(?: \w+){1,3}|"
    r"\d+ min(?:ute)?s? read|\d+ (?:comments?|views?|shares?|likes?|replies|votes?)|"
    r"(?:there are )?no (?:comments|replies|reviews)(?: yet)?|(?:be the )?first to (?:comment|review|"
    r"like)[^.!?]{0,20}|"
    r"(?:load|show|see|view|read|more) (?:more|all)(?: \w+){0,2}|more (?:stories|news|articles|posts|from|"
    r"in)\b(?: \w+){0,4}|"
    r"as seen (?:in|on)|share (?:this|via|on)(?: \w+)?|leave a reply|required fields|getty images|"
    r"site ?map|site map|log ?(?:in|out)|sign ?(?:in|up|out)|search(?: \w+){0,2}|search for:|"
    r"menu|home|(?:advertisements?|sponsored|promoted)\b(?:\W+[^.!?\n]{0,60})?|ads?(?: by [^.!?\n]{0,40})?|you "
    r"(?:may|might) (?:like|enjoy)|advertising|"
    r"customer (?:care|service|support)|help cent(?:er|re)|(?:editorial|ethics|corrections|refund|return|"
    r"shipping) polic(?:y|ies)|"
    r"(?:editorial|community) (?:ethics|guidelines|standards)|legal notice|terms|privacy|"
    r"accessibility(?: statement)?|"
    r"thank you for your support|subscribe|donate(?: now)?|(?:my )?(?:cart|account|wish ?list)|checkout|faqs?|"
    r"careers|"
    r"(?:posted|filed|published|updated|written|submitted|last modified)(?: on| by| in| under|:) [^.!?\n]{3,40}|"
    r"(?:tags?|categor(?:y|ies)|topics?|labels?|filed under|share|tweet|source|related|archives?):[^.!?\n]{0,60}|"
    r"loading(?:\.{3}|…)?|please wait|jump to(?: \w+){0,2}|(?:print|e-?mail) this(?: \w+)?|copy link|permalink|"
    r"about the authors?|recent comments|in this (?:article|section|issue)|on this page|up next|read next|see also|"
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|satur|sat|sun)(?:day)?,? )?"
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)? {MONTH},? \d{{4}}|{MONTH} (?:\d{{1,2}}(?:st|nd|rd|th)?,? )?\d{{4}})"
    r"(?:,? (?:at )?\d{1,2}[:.]\d\d ?(?:[ap]\.?m\.?)?)?"
)
"""A whole line, in any case: an item of a menu, a date, a label."""
REQUEST = (
    r"(?:^|[.!?|•·]) *(?:please |kindly )?(?:report abuse\b(?: of)?(?: this \w+)?\W*$|"
    r"(?:make|leave) a (?:donation|contribution)\b)"
)
"""What a page asks its reader, at a line's or sentence's start; anywhere else prose tells of it."""
ITEM = r"[A-Za-z0-9][A-Za-zÀ-ž0-9 &'’/-]{0,30}"
MENU = (
    rf"^\W*{ITEM}(?: ?[|»›→] ?{ITEM}){{2,}}\W*$|^\W*{ITEM}(?: ?> ?{ITEM}){{3,}}\W*$|"
    rf"^\W*(?:home|start|you are here|index)\b ?:?(?: ?(?:>|/|::) {ITEM})+\W*$"
)
"""Short items between bars, or a path of pages that leads to one."""
PHRASES = (LEGAL, rf"\b(?:{WEB})", PAGE, rf"^\W*(?:{NAVIGATION})\W*$", REQUEST, MENU, *web_debris.PHRASES)
"""Looked for one by one: RE2 runs out of states on all of them together, and becomes ten times slower."""

LICENCE_WORDS = (
    "agreement copies copyright damages derivative derived disclaimer disclaimers distribute distributed "
    "distributing "
    "distribution donations fee foundation hereby herein holder holders indemnify liability liable licence license "
    "licensed licensee licensor merchantability modification modifications modify notice obligations patent "
    "permission permissions permitted provided redistribute redistribution redistributions reproduce rights "
    "royalties "
    "royalty software sublicense terms thereof trademark trademarks use users warranties warranty work works"
)
MIN_LICENCE_WORDS = 5
MIN_LICENCE_SHARE = 0.15
"""Distinct words of a licence, and their share of all words, from which on a text is one."""

_PHRASES = re.compile("|".join(PHRASES), re.IGNORECASE | re.MULTILINE)
_GATES = tuple("(?im)" + re.sub(r"\{\d+,\d{2,}\}", "*", phrases) for phrases in PHRASES)
"""The same for RE2, without upper bounds of runs: it has a state for every length, which made it twice as slow."""
_LICENCE = frozenset(LICENCE_WORDS.split())
_SENTENCE = re.compile(r"(?<=[.!?…])(?<!\.{4})(?<!\. \.)\s+|\n+|\s+[•·]\s+")


def boilerplate_fraction(column: TextColumn) -> Floats:
    """Share of the characters in sentences with a stock phrase; 1 for a text in the vocabulary of licences."""
    gate = np.logical_or.reduce([column.matches(phrases) for phrases in _GATES])
    whole = column.words.mostly(_LICENCE, min_distinct=MIN_LICENCE_WORDS, min_share=MIN_LICENCE_SHARE)
    whole |= web_debris.is_debris(column)
    return np.maximum(column.measure_where(gate, _boilerplate_share), whole)


def _boilerplate_share(text: str) -> float:
    sentences = _SENTENCE.split(text)
    stock = sum(len(sentence) for sentence in sentences if _PHRASES.search(sentence))
    return stock / max(sum(map(len, sentences)), 1) or float(bool(_PHRASES.search(text)))
