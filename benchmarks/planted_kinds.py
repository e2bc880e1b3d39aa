"""The first group of corruption kinds: every reason a row can be given, and the ways to deserve it."""

from __future__ import annotations

from benchmarks import corruptions as bad
from benchmarks import damaged_text as damage
from benchmarks import planted_secrets as secrets
from benchmarks.clean_texts import written
from benchmarks.corruptions import Kind, Maker

_SYMBOLS = written("symbols.txt")
_COPY = frozenset({"duplicate", "near_duplicate"})


def _from_list(name: str, reason: str, file: str, group: str, *also: str) -> Kind:
    phrases = bad.lines_of(file, group)
    return Kind(name, reason, bad.listed(phrases), frozenset(also), most=len(phrases))


def _plain(name: str, reason: str, make: Maker, *also: str, most: int = 10**9) -> Kind:
    return Kind(name, reason, make, frozenset(also), most=most)


SEEN: tuple[Kind, ...] = (
    _plain("blanks", "empty", bad.blanks, "missing", "duplicate"),
    _plain("no author", "missing", bad.no_author),
    _plain("bytes that are no text", "undecodable", damage.undecodable, "mojibake", "lost_characters"),
    _plain("UTF-8 read as cp1252", "mojibake", damage.misread("cp1252")),
    _plain("UTF-8 read as Latin-1", "mojibake", damage.misread("latin-1")),
    _plain("UTF-8 read as Mac Roman", "mojibake", damage.misread("mac_roman")),
    _plain("UTF-8 read as cp1252, twice", "mojibake", damage.misread("cp1252", 2)),
    _plain("replacement characters", "mojibake", damage.replacement_characters, "lost_characters"),
    _plain("apostrophes lost", "lost_characters", damage.lost_apostrophes),
    _plain("quotation marks lost", "lost_characters", damage.lost_quotation_marks),
    _plain("control characters", "control_characters", damage.controls),
    _plain("direction marks", "control_characters", damage.bidi_marks),
    _plain("HTML tags", "html_residue", damage.html_tags),
    _plain("HTML entities", "html_residue", damage.html_entities),
    _plain("forum tags", "html_residue", damage.bbcode),
    _plain("only links", "url_only", bad.url_only),
    _from_list("stock placeholder", "placeholder", "placeholders.txt", "stock"),
    _from_list("unfilled template", "placeholder", "placeholders.txt", "template", "symbol_heavy"),
    _from_list("lorem ipsum", "placeholder", "placeholders.txt", "lorem", "wrong_language"),
    _from_list("licence", "boilerplate", "boilerplate.txt", "licence"),
    _from_list("site notice", "boilerplate", "boilerplate.txt", "notice"),
    _from_list("page furniture", "boilerplate", "boilerplate.txt", "furniture"),
    _from_list("source code", "machine_text", "machine_text.txt", "code", "symbol_heavy"),
    _from_list("program's output", "machine_text", "machine_text.txt", "output", "symbol_heavy"),
    _from_list("row of a file", "machine_text", "machine_text.txt", "data", "symbol_heavy"),
    _plain("escaped string", "escape_residue", damage.escaped),
    _plain("one or two words", "too_short", bad.one_or_two_words, "truncated"),
    _plain("over 1,000 words", "too_long", bad.too_long, "truncated"),
    _plain("cut inside a word", "truncated", bad.cut_in_word),
    _plain("cut after a function word", "truncated", bad.cut_after_function_word),
    _plain("phrase repeated", "repetition", bad.repeated_phrase, "truncated"),
    _plain("sentence repeated", "repetition", bad.repeated_sentence),
    _plain("run of a character", "repetition", bad.character_runs, "gibberish"),
    _plain("keyboard mash", "gibberish", bad.keyboard_mash),
    _plain("random letters", "gibberish", bad.random_letters),
    _plain("base64", "gibberish", bad.base64_text),
    _plain("symbol art", "symbol_heavy", bad.listed(_SYMBOLS), "repetition", most=len(_SYMBOLS)),
    _plain("foreign, Latin script", "wrong_language", bad.foreign(script=False)),
    _plain("foreign script", "wrong_language", bad.foreign(script=True)),
    Kind("copy in other dress", "duplicate", bad.restyled_copy, frozenset({"near_duplicate"}), copies=True),
    Kind("edited copy", "near_duplicate", bad.edited_copy, copies=True),
    Kind("held-out text", "holdout_leak", bad.same_text, leaks=True),
    Kind("benchmark text", "benchmark_leak", bad.same_text, leaks=True),
    Kind(
        "same words, other author", "attribution_conflict", bad.other_author, _COPY, copies=True,
        original_also=frozenset({"attribution_conflict"}),
    ),
    _plain("tags say disputed", "disputed_attribution", bad.disputed),
    _plain("e-mail", "pii", secrets.email),
    _plain("telephone", "pii", secrets.phone),
    _plain("card number", "pii", secrets.card),
    _plain("IBAN", "pii", secrets.iban),
    _plain("IP address", "pii", secrets.ip_address),
    _plain("API key", "pii", secrets.key, "gibberish"),
    _plain("special token", "special_token_in_text", bad.special_token),
    Kind("speaker without words", "speaker_only", bad.speaker_only, _COPY, profile="dialogue", most=44),
    Kind("answer repeats prompt", "prompt_echo", bad.prompt_echo, _COPY, profile="instruction"),
    Kind("refusal", "refusal", bad.refusal, profile="instruction"),
    _plain("line ends lost", "run_together", damage.lost_line_ends),
    Kind("footnote's mark", "footnote_marks", damage.footnote_mark, profile="dialogue"),
    _plain("comma behind the author", "stray_punctuation", damage.author_with_comma),
)  # fmt: skip
