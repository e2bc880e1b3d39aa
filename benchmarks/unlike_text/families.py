"""Kinds of junk that are of one family: what is left out together. Others are damage by encodings and escapes."""

from __future__ import annotations

FAMILIES: dict[str, frozenset[str]] = {
    "model-made frames": frozenset({
        "grammar: frames round answers", "grammar: instructions to a machine", "grammar: ratings and judgements",
        "as an AI language model", "assistant's frame round the text", "grammar: writing of models",
        "judge's verdict", "prompt left in", "role markers", "thinking aloud of a model",
    }),
    "speech": frozenset({
        "grammar: lists of speech",
        "noise: sound alike", "noise: fillers",
        "grammar: stage and screen",
        "dictated signs", "grammar: spoken text as set down", "raw transcript full of fillers",
        "speech recogniser's marks", "subtitles", "voice-over outro",
    }),
    "software": frozenset({
        "noise: names of code", "noise: capitals and codes",
        "grammar: alerts and status",
        "JSON fragment", "bots and commands", "commit messages", "documentation of a function", "error page",
        "file paths", "grammar: code fragments", "grammar: game and system messages", "grammar: machine listings",
        "identifiers", "interface strings", "log line", "merge conflict or diff", "objects printed",
        "program's output", "settings file", "source code", "spreadsheet errors", "stack trace", "style and script",
        "template leftovers", "terminal session", "test records", "ticket system", "translation file entry",
        "undefined filled in", "unfilled template", "validation messages", "workbook notes",
    }),
    "records and tables": frozenset({
        "noise: labels", "noise: amounts", "noise: choices", "noise: leaders",
        "grammar: things in a list",
        "CSV quoting", "SQL", "chords and tabs", "columns glued", "counters and dates of players", "form fields",
        "formula source", "grammar: figures and tables", "grammar: private shorthand",
        "grammar: specifications and forms", "list printed", "noise: cells", "noise: numbers among words",
        "noise: record", "notations of games", "numbers", "product listing", "receipts and codes", "record of fields",
        "row of a file", "shorthand of clinics and adverts", "table debris", "timestamps only",
    }),
    "markup": frozenset({
        "noise: emphasised", "noise: brackets among words", "noise: lines prefixed",
        "HTML entities", "HTML tags", "LaTeX source", "RTF codes", "angle brackets lost", "backslashes stripped",
        "entities without ampersand", "escaped string", "escapes left", "forum tags",
        "grammar: odd texts of pipelines", "line numbers", "noise: slots", "noise: wrapped", "read-me markup",
        "running heads in the middle", "spintax", "tracked changes", "wiki markup",
    }),
    "correspondence": frozenset({
        "automatic reply", "bounced mail", "calendar invitation", "contact data spelled out", "exported chat",
        "grammar: automatic replies", "grammar: chat logs", "mail headers", "mail signature or disclaimer",
        "newsletter frame", "quoted mail",
    }),
    "web pages": frozenset({
        "grammar: recommendations of customers", "grammar: announcements and appeals",
        "noise: metadata", "noise: teaser", "noise: listed",
        "noise: bits of titles",
        "grammar: captions and labels",
        "captcha", "emoji only", "empty posts", "footer", "forum furniture", "grammar: navigation and furniture",
        "grammar: policy notices", "grammar: sales and clickbait", "hashtags only", "keyword stuffing", "licence",
        "login or pay wall", "moderator's notice", "navigation", "page furniture", "photo credits and captions",
        "read more", "result lists", "review furniture", "share buttons and teasers", "site notice",
    }),
    "surveys and labels": frozenset({
        "grammar: school papers",
        "anonymiser's masks", "cloze and multiple choice", "crowd-worker junk",
        "grammar: annotation guidelines and data cards", "labels left in", "noise: blanks", "notes to the requester",
        "questionnaire items", "survey answers that say nothing", "task instructions pasted",
    }),
    "selling": frozenset({
        "coin schemes and giveaways", "comment spam", "phishing", "promotional codes", "spam", "testimonial spam",
    }),
    "scholarly": frozenset({
        "grammar: word games and puzzles",
        "noise: citations", "noise: title glued",
        "grammar: reference works", "grammar: legal and office papers",
        "bibliography", "contents and index", "grammar: apparatus of printed pages",
    }),
    "filler": frozenset({
        "grammar: defaults and tests",
        "filler ipsum", "lorem ipsum", "stock placeholder",
    }),
    "other languages": frozenset({
        "noise: foreign words", "noise: accents",
        "foreign script", "foreign, Latin script", "half translated", "romanised chat of other languages",
    }),
    "language tools": frozenset({
        "noise: tokenised", "noise: endings lost", "noise: anonymised",
        "noise: function words dropped", "noise: markers glued", "noise: words annotated", "parse trees",
        "stemmed, stop words gone", "subword marks", "tagged corpus", "tokenised, with <unk>", "words with counts",
    }),
    "word order": frozenset({
        "grammar: translations gone wrong",
        "noise: phrases swapped", "noise: words moved", "noise: span doubled", "noise: patchwork",
        "Markov chain", "noise: function words everywhere", "noise: interleaved", "noise: stutter",
        "noise: word salad", "noise: words dropped", "noise: words from elsewhere", "noise: words shuffled",
        "two columns interleaved", "word-by-word translation", "words backwards", "words sorted",
    }),
    "letters": frozenset({
        "noise: censored", "noise: initials", "noise: letters beside", "noise: misread letters",
        "noise: played with",
        "bad scan", "caps lock left on", "claps between words", "combining marks", "hands shifted on the keyboard",
        "hasty typing", "leetspeak", "letters overprinted", "letters reversed", "long s read as f",
        "lookalike letters", "mocking capitals", "morse", "noise: letters dropped", "noise: letters exchanged",
        "noise: letters repeated", "noise: letters swapped", "noise: shorthand", "noise: wrong case", "rot13",
        "styled letters", "text speak", "upside-down letters", "vowels lost", "zero-width stuffing",
    }),
    "spaces": frozenset({
        "noise: words merged", "noise: signs swapped",
        "noise: pictures for words",
        "hyphens of line ends", "letters spaced out", "narrow column", "noise: signs between",
        "noise: signs scattered", "noise: spaces moved", "other signs for spaces", "spaces lost",
    }),
    "pages": frozenset({
        "grammar: notes of hands that edit",
        "noise: torn",
        "noise: lines broken", "noise: clipped",
        "front cut off", "glyph codes", "ligatures lost", "private-use glyphs",
    }),
}  # fmt: skip
