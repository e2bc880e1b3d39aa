"""The table of measured signals: what a contract's rules can ask of a column.

A signal measures; the contract decides. Each is a pure function from a column to one number a row. To add one: write
the function in the module of its subject and a line in `SIGNALS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from tasks.validation import (
    advertising,
    attribution,
    boilerplate,
    damage,
    dialogue,
    footnote_marks,
    garbled_words,
    gibberish,
    keyword_lists,
    language,
    lengths,
    lookalike_letters,
    machine_text,
    markup,
    personal_data,
    printed_books,
    repetition,
    run_together,
    stock_phrases,
    unlike_text,
    word_order,
)
from tasks.validation.contract import BASE_NLL, FOUND_IN_FILES
from tasks.validation.markup import without_special_tokens
from tasks.validation.repairs import REPAIRS
from tasks.validation.text_column import Floats, TextColumn

DUPLICATE = "duplicate_of"
NEAR_DUPLICATE = "near_duplicate_of"
MISSING = "is_missing"
"""Null or blank: formats such as CSV can't tell the two apart."""
ATTRIBUTION_CONFLICT = "attribution_conflict"
CUT_WORD = "cut_word"


@dataclass(frozen=True, kw_only=True)
class Signal:
    """One measure of a text."""

    measure: Callable[..., Floats]
    """From a `TextColumn` without nulls to one number a row."""
    description: str
    """The definition, in one line."""
    unit: str
    source: str
    """Where the usual threshold comes from."""
    by_language: bool = False
    """Whether `measure` also takes the contract's language."""
    explain: Callable[[list[str], Floats], list[str]] | None = None
    """From texts and what was measured there to what a person reads, where the number alone says too little."""


OWN = "read on a corpus of quotes, see data_contracts/README.md"
GOPHER = "Gopher, Rae et al. 2021 (arXiv:2112.11446), table A1"
C4 = "C4, Raffel et al. 2020 (arXiv:1910.10683), section 2.2"

SIGNALS: dict[str, Signal] = {
    "is_empty": Signal(measure=lengths.is_empty, description="blank but not null", unit="0 or 1", source="definition"),
    "word_count": Signal(
        measure=lengths.word_count,
        description="runs of non-space; a Chinese, Japanese or Thai character counts as one",
        unit="words",
        source=f"{C4}: at least 3 words a line; {GOPHER}: 50 to 100,000 words a document",
    ),
    "fragment": Signal(
        measure=lengths.fragment,
        description="one word, or two that are no English sentence: Old bread., but not Money talks.",
        unit="0 or 1",
        source=OWN,
        by_language=True,
    ),
    "char_count": Signal(
        measure=lengths.char_count, description="Unicode code points", unit="characters", source="the data's quantiles"
    ),
    "mojibake": Signal(
        measure=damage.mojibake,
        description="decoded with the wrong encoding (ftfy), or holding U+FFFD",
        unit="0 or 1",
        source="ftfy 6.3's badness heuristic, Speer 2019 (doi:10.5281/zenodo.2591652)",
    ),
    "lost_characters": Signal(
        measure=damage.lost_characters,
        description="`?` where an apostrophe or quotation mark was: don?t",
        unit="places",
        source=OWN,
    ),
    "control_characters": Signal(
        measure=damage.control_characters,
        description="invisible characters: controls but for line ends and tabs, zero-width, bidi marks",
        unit="characters",
        source="Unicode categories Cc, Cf, Co; Boucher et al. 2022 (arXiv:2106.09898) on invisible characters",
    ),
    "untidy_whitespace": Signal(
        measure=damage.untidy_whitespace,
        description="needless or unusual spaces: at the edges, in runs, tabs, NBSP, carriage returns",
        unit="places",
        source="definition",
    ),
    "run_together": Signal(
        measure=run_together.run_together,
        description="a space or line end is missing: `in terrorJust then`, `He left.Then`, `learnedwhen`; en only",
        unit="places",
        source="none in 34,000 rows of prose, news and documentation; 5 to 10 % of two collections of quotes",
        by_language=True,
    ),
    "html_residue": Signal(
        measure=markup.html_residue, description="HTML or forum tags and entities", unit="places", source=OWN
    ),
    "escape_residue": Signal(
        measure=markup.escape_residue,
        description="backslash escapes of strings among words: `\\n`, `\\u2019`",
        unit="places",
        source=OWN,
    ),
    "url_only": Signal(measure=markup.url_only, description="nothing but links", unit="0 or 1", source="definition"),
    "url_fraction": Signal(
        measure=markup.url_fraction, description="words that are links", unit="share of words", source=OWN
    ),
    "special_token_in_text": Signal(
        measure=markup.special_token_in_text,
        description="literal special tokens such as <|endoftext|>, </s>, [INST]",
        unit="places",
        source="special tokens of GPT-2, Llama 2 and 3, BERT, T5, Qwen, Gemma",
    ),
    "placeholder": Signal(
        measure=stock_phrases.placeholder,
        description="stands in for a text: N/A, TODO: …, {{name}}, [deleted], lorem ipsum",
        unit="0 or 1",
        source=f"{C4}: lorem ipsum and curly brackets",
    ),
    "boilerplate_fraction": Signal(
        measure=boilerplate.boilerplate_fraction,
        description="characters in sentences with a stock phrase (notice, menu, page); 1 for a licence's words",
        unit="share of characters",
        source=f"{C4}: policy lines; {OWN}",
    ),
    "book_apparatus": Signal(
        measure=printed_books.book_apparatus,
        description="lines that are a book's furniture; 1 for a footnote and outside an e-book's marks",
        unit="share of lines",
        source="read on Plato's dialogues as Project Gutenberg prints them",
    ),
    "machine_text_fraction": Signal(
        measure=machine_text.machine_text_fraction,
        description="characters in lines of code, SQL, traces, logs, headers, diffs, serialised data or table cells",
        unit="share of characters",
        source=OWN,
    ),
    "footnote_marks": Signal(
        measure=footnote_marks.footnote_marks,
        description="marks of footnotes that aren't there: `a comic poet.[1]`; not `cells[1]`",
        unit="places",
        source="read on Plato's dialogues as Project Gutenberg prints them",
    ),
    "spam_cues": Signal(
        measure=advertising.spam_cues,
        description="kinds of sales talk (prize, money, hurry, terms …) in a text that appeals to its reader",
        unit="kinds",
        source="two or more in 56 of 60 messages of the UCI SMS spam collection, in 3 of 8,152 of MSRP",
    ),
    "refusal": Signal(
        measure=stock_phrases.refusal,
        description="a chat model declines or speaks of itself: As an AI language model, I cannot …",
        unit="0 or 1",
        source="the phrases by which ShareGPT-Vicuna and WizardLM were cleaned of refusals (2023)",
    ),
    "speaker_only": Signal(
        measure=dialogue.speaker_only,
        description="speaker labels and nothing said: SOC. or User:",
        unit="0 or 1",
        source="definition",
    ),
    "disputed_attribution": Signal(
        measure=attribution.disputed_attribution,
        description="tags that doubt who said it, or, with `against`, that it is that name: misattributed-mark-twain",
        unit="0 or 1",
        source="the tags of Goodreads and Wikiquote",
    ),
    "stray_punctuation": Signal(
        measure=attribution.stray_punctuation,
        description="a comma, dash or colon at the edge of a name: `J.K. Rowling,`, `— Plato`",
        unit="0 or 1",
        source="1,405 of 2,508 authors of a well-known collection of quotes; none of 9,704 of four others",
    ),
    "repetition_fraction": Signal(
        measure=repetition.repetition_fraction,
        description="words in word n-grams that came before in the row (n = 3; 5 from 100 words on)",
        unit="share of words",
        source=f"{GOPHER}: duplicate 5-grams at most 0.15 of a document's characters",
    ),
    "longest_character_run": Signal(
        measure=repetition.longest_character_run,
        description="longest run of one character that isn't a space, digit or one of . - _ = *",
        unit="characters",
        source=OWN,
    ),
    "gibberish_fraction": Signal(
        measure=gibberish.gibberish_fraction,
        description="letters and digits in keyboard mash, random words or encoded bytes",
        unit="share of characters",
        source=OWN,
    ),
    "unknown_word_fraction": Signal(
        measure=garbled_words.unknown_word_fraction,
        description="words in lower case that aren't English, where there are four or more; English contracts only",
        unit="share of words",
        source=OWN,
        by_language=True,
    ),
    "damaged_word_fraction": Signal(
        measure=garbled_words.damaged_word_fraction,
        description="words that become English when the damage of a scan, a copy or a disguise is undone: tbe, m0ney",
        unit="share of words",
        source=OWN,
        by_language=True,
    ),
    "misplaced_words": Signal(
        measure=word_order.misplaced_words,
        description="pairs of function words that no sentence has (the of, to and), two or more, or the the; en only",
        unit="places in 100 words",
        source=OWN,
        by_language=True,
    ),
    "unlike_text": Signal(
        measure=unlike_text.unlike_text,
        description="how unlike clean English: words, their order, signs, shapes, weighed by a learnt judge; en only",
        unit="probability",
        source="clean texts that it wasn't trained on, see benchmarks/README.md",
        by_language=True,
        explain=unlike_text.what_speaks_against,
    ),
    "keyword_list": Signal(
        measure=keyword_lists.keyword_list,
        description="hashtags or handles, or (en only) tags or search terms, and nothing said",
        unit="0 or 1",
        source=OWN,
        by_language=True,
    ),
    "lookalike_letters": Signal(
        measure=lookalike_letters.lookalike_letters,
        description="letters that only look like others: Cyrillic within Latin words, styled letters, stacked marks",
        unit="places",
        source="Unicode Technical Standard 39, confusables",
    ),
    "symbol_fraction": Signal(
        measure=lengths.symbol_fraction,
        description="neither letters, digits, spaces nor common punctuation",
        unit="share of characters",
        source=f"{GOPHER}: symbol-to-word ratio at most 0.1",
    ),
    "letter_fraction": Signal(
        measure=lengths.letter_fraction,
        description="letters among the characters other than spaces",
        unit="share of characters",
        source=f"{GOPHER}: at least 80 % of the words hold a letter",
    ),
    "pii": Signal(
        measure=personal_data.pii,
        description="e-mail, telephone, card (Luhn), IBAN, IP address, social security number, keys, contacts in words",
        unit="places",
        source="checksums: ISO/IEC 7812-1, ISO 13616; keys: the rules of gitleaks 8",
    ),
    "truncated": Signal(
        measure=lengths.truncated,
        description="ends in a comma, open bracket, hyphen or word no sentence ends with; begins with part of one",
        unit="0 or 1",
        source=OWN,
        by_language=True,
    ),
    "wrong_language": Signal(
        measure=language.wrong_language,
        description="foreign script, or more function words of another language than of the contract's",
        unit="margin, 0 to 1",
        source=f"Grefenstette 1995; {OWN}",
        by_language=True,
    ),
}

AS_WRITTEN = frozenset({"special_token_in_text", *REPAIRS})
"""Signals that see special tokens: the one that looks for them, and those that repairs mend. The others see none."""

PAIR_SIGNALS: dict[str, Signal] = {
    "echo": Signal(
        measure=dialogue.echo,
        description="how far a text repeats another of its row (`against`), in order; 1 is the same words",
        unit="share of words",
        source="Ratcliff and Obershelp 1988; read",
    ),
    "disputed_attribution": SIGNALS["disputed_attribution"],
}
"""Signals of a column held against another column of the same row (a rule's `against`)."""

COLUMN_WIDE = {
    CUT_WORD: "ends on part of a word, which is nowhere else in the column but begins another, or on `of`, `which` …"
}
"""Signals of a column that take all its rows to tell."""

ACROSS_ROWS = {
    DUPLICATE: "same text as the kept row, after NFKC, case folding and dropping punctuation and spaces",
    NEAR_DUPLICATE: "nearly the same text as the kept row (see duplicates.py)",
    ATTRIBUTION_CONFLICT: "the same words stand under another `against` in more rows, or in as many",
    BASE_NLL: "NLL of the text (its first 512 tokens) under the recipe's base model, in nats a token; dear, so opt-in",
    FOUND_IN_FILES: "the text is, or nearly is, a text of the listed files, or has 13 words running from one",
}
"""Signals of the contract's text columns held against other rows, files or the base model."""
TWO_COLUMNS = (*PAIR_SIGNALS, ATTRIBUTION_CONFLICT)
"""Signals that take a rule's `against`; those that are in `SIGNALS` too do without."""


def signal_names() -> list[str]:
    """Every name that a rule's `signal` can have."""
    return sorted({MISSING, *SIGNALS, *PAIR_SIGNALS, *COLUMN_WIDE, *ACROSS_ROWS})


def measure(signal: str, values: Any, language: str = "en") -> Floats:
    """Measure a column.

    Args:
        signal: A name in `SIGNALS`.
        values: Texts, nulls allowed: a pandas Series, a list or an Arrow array, shape (num_rows,).
        language: The contract's language.

    Returns:
        One number a row, shape (num_rows,); NaN where the text is null, which breaks no bound.
    """
    texts = arrow_texts(values)
    texts = texts if signal in AS_WRITTEN else without_special_tokens(texts)
    present = np.asarray(texts.is_valid().to_numpy(zero_copy_only=False), bool)
    measured = np.full(len(texts), np.nan)
    measured[present] = measure_texts(SIGNALS[signal], TextColumn(texts.drop_null()), language)
    return measured


def measure_texts(signal: Signal, column: TextColumn, language: str) -> Floats:
    """One signal of texts without nulls."""
    return signal.measure(column, language) if signal.by_language else signal.measure(column)


def arrow_texts(values: Sequence[str | None] | Any) -> pa.Array:
    """A pandas Series, a list or an Arrow array as an Arrow array of strings."""
    if isinstance(values, pa.Array):
        return values.cast(pa.large_string())
    return pa.array(list(values), type=pa.large_string(), from_pandas=True)
