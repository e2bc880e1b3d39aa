"""What exports, scrapers and preprocessing scripts leave behind, from grammars. For the fourth group."""

from __future__ import annotations

import re
import unicodedata
from random import Random

from benchmarks.corruptions import Maker
from benchmarks.row_grammars import grammars_in

GRAMMARS = grammars_in("blind4_kinds.txt")
_SPACING_ACCENTS = {"\u0301": "'", "\u0300": "`", "\u0302": "^", "\u0303": "~", "\u0308": '"'}
_PLAIN_PUNCTUATION = str.maketrans("’‘“”–—", "''\"\"--")


def spreadsheet_dates(rng: Random, text: str, number: int) -> str:
    """Excel opened a CSV file and saved it: "3-4" is "4-Mar", a date is a serial number, a long number a float."""
    return GRAMMARS["spreadsheet dates"].expanded(rng, text, number)


def accents_dropped(rng: Random, text: str, number: int) -> str:
    """`encode("ascii", "ignore")` before a CSV export, or iconv's //TRANSLIT, which writes caf'e on macOS."""
    made = GRAMMARS["accents dropped"].expanded(rng, text, number)
    apart = unicodedata.normalize("NFD", made.translate(_PLAIN_PUNCTUATION))
    spaced = re.sub("(.)([\u0300-\u036f])", lambda found: _SPACING_ACCENTS.get(found[2], "") + found[1], apart)
    if rng.random() < 0.35 and any(mark in spaced for mark in "`^~?"):
        return spaced.encode("ascii", "replace").decode()
    return made.encode("ascii", "ignore").decode()


def sentiment_marks(rng: Random, text: str, number: int) -> str:
    """Sentiment sets are shared after preprocessing: GloVe's Twitter script, NLTK's mark_negation, masked users."""
    return GRAMMARS["sentiment preprocessor's marks"].expanded(rng, text, number)


def names_glued(rng: Random, text: str, number: int) -> str:
    """A scraper took a transcript's or chat's cells with `get_text()` and no separator between them."""
    return GRAMMARS["names glued to speech"].expanded(rng, text, number)


def chat_mention_codes(rng: Random, text: str, number: int) -> str:
    """Slack's and Discord's exports hold users, channels, times and emoji as codes that only the client resolves."""
    return GRAMMARS["chat mention codes"].expanded(rng, text, number)


def tapbacks(rng: Random, text: str, number: int) -> str:
    """A phone's message backup (SMS, iMessage) holds each reaction as a message of its own that quotes another."""
    return GRAMMARS["tapbacks"].expanded(rng, text, number)


def cms_shortcodes(rng: Random, text: str, number: int) -> str:
    """Posts taken from a CMS's database (WordPress, Joomla, Drupal, Hugo) before its plug-ins rendered them."""
    return GRAMMARS["CMS shortcodes"].expanded(rng, text, number)


def automatic_alt_text(rng: Random, text: str, number: int) -> str:
    """Facebook, Instagram and Office describe pictures by machine; scrapers and Word's export take it for the text."""
    return GRAMMARS["automatic alt text"].expanded(rng, text, number)


def reviews_with_originals(rng: Random, text: str, number: int) -> str:
    """Google Maps' export of reviews holds the translation by machine and the original in one field."""
    slots = GRAMMARS["reviews with their originals"].slots
    language = rng.choice(["es", "de", "fr", "it", "tr", "ru"])
    pairs = [pair.split("⇄") for pair in rng.sample(slots[language], rng.randint(1, 3))]
    english, foreign = (" ".join(side) for side in zip(*pairs, strict=True))
    return GRAMMARS["reviews with their originals"].expanded(rng, text, number, english=[english], foreign=[foreign])


def game_script_codes(rng: Random, text: str, number: int) -> str:
    """Dialogue unpacked from a game's files keeps the engine's codes for colours, pauses, names and faces."""
    return GRAMMARS["game script codes"].expanded(rng, text, number)


def lyrics_leftovers(rng: Random, text: str, number: int) -> str:
    """Lyrics scrapers glue the page's counters, teasers, part labels and licence notes to the lines."""
    return GRAMMARS["lyrics scraper's leftovers"].expanded(rng, text, number)


def ripped_dialogue(rng: Random, text: str, number: int) -> str:
    """Subtitles read from a disc's pictures mix up I and l, which look alike in their typeface (OpenSubtitles)."""
    if number % 3 or text.count("l") + text.count("I") < 5:
        text = GRAMMARS["ripped dialogue"].expanded(rng, text, number)
    capital, small = rng.choice([("l", "l"), ("I", "I"), ("l", "I"), ("l", "I"), ("|", "I")])
    made = text.replace("ll", "\0\0") if small == "I" else text
    made = re.sub("[Il]", lambda found: capital if found[0] == "I" else rng.choice(["l", small]), made)
    made = made.replace("\0", small)
    return made if made != text else text.replace("I", "l").replace("l", "I", 3)


def citation_marks(rng: Random, text: str, number: int) -> str:
    """Answers copied or logged from assistants with search keep the marks that their pages show as footnotes."""
    return GRAMMARS["search assistant's citation marks"].expanded(rng, text, number)


def toolkit_output(rng: Random, text: str, number: int) -> str:
    """Output files of translation toolkits (Moses, fairseq, OpenNMT, GIZA++, NLLB) merged without cutting columns."""
    words = re.findall(r"\w+|[^\w\s]", text.lower())
    lower, place = " ".join(words), rng.randint(0, 9999)
    score = -rng.uniform(0.1, 9)
    links = " ".join(f"{at}-{max(0, at + rng.choice([0, 0, 0, 1, -1]))}" for at in range(len(words)))
    aligned = " ".join(f"{word} ({{ {at} }})" for at, word in enumerate(words, 1))
    tag = rng.choice([">>eng<< {}", "en_XX {} </s>", "eng_Latn {}", "<2en> {}", "__en__ {}", "__label__en {}"])
    return (
        f"{place} ||| {lower} ||| Distortion0= {-rng.randint(0, 9)} LM0= {score * 9:.4f} "
        f"WordPenalty0= -{len(words)} ||| {score:.5f}",
        f"H-{place}\t{score:.6f}\t{lower}",
        f"PRED {place}: {text}\nPRED SCORE: {score:.4f}",
        tag.format(text),
        f"{lower} ||| {links}",
        f"# Sentence pair ({place}) alignment score : {-score:.3f}e-09\nNULL ({{ }}) {aligned}",
        f"S-{place}\t{lower}\nD-{place}\t{score:.4f}\t{text}\nP-{place}\t"
        + " ".join(f"{score / 3:.4f}" for _ in words),
    )[number % 7]


EXPORTS: dict[str, Maker] = {
    "numbers turned into dates": spreadsheet_dates,
    "accented letters dropped": accents_dropped,
    "sentiment preprocessor's marks": sentiment_marks,
    "names glued to speech": names_glued,
    "chat mention codes": chat_mention_codes,
    "tapbacks": tapbacks,
    "CMS shortcodes": cms_shortcodes,
    "automatic alt text": automatic_alt_text,
    "translated reviews with originals": reviews_with_originals,
    "game script codes": game_script_codes,
    "lyrics scraper's leftovers": lyrics_leftovers,
    "I and l mixed up": ripped_dialogue,
    "search assistant's citation marks": citation_marks,
    "translation toolkit's output": toolkit_output,
}
