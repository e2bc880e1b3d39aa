"""What scans, extractors, scripts and models do to clean text. For the fifth group."""

from __future__ import annotations

import base64
import html
import re
import string
from random import Random

from benchmarks.clean_texts import written
from benchmarks.corruptions import Maker
from benchmarks.row_grammars import grammars_in

GRAMMARS = grammars_in("blind5_kinds.txt")
_SHAPES = (("m", "rn"), ("rn", "m"), ("d", "cl"), ("cl", "d"), ("h", "li"), ("li", "h"), ("c", "e"), ("e", "c"),
           ("o", "0"), ("O", "0"), ("l", "1"), ("w", "vv"), ("n", "ri"), ("u", "ii"), ("S", "5"))  # fmt: skip
_HEARD = {
    "there": "their", "their": "there", "to": "too", "too": "two", "two": "to", "its": "it's", "your": "you're",
    "right": "write", "know": "no", "no": "know", "here": "hear", "hear": "here", "for": "four", "one": "won", "by":
    "buy", "would": "wood", "which": "witch", "through": "threw", "whole": "hole", "than": "then", "been": "bin",
    "our": "are", "son": "sun", "sea": "see", "see": "sea", "some": "sum", "way": "weigh", "time": "thyme", "wait":
    "weight", "made": "maid",
}  # fmt: skip


def put_in(rng: Random, text: str, pieces: list[str]) -> str:
    """The text with each piece between two of its words."""
    words = text.split(" ")
    for piece in pieces:
        words.insert(rng.randint(1, max(1, len(words) - 1)), piece)
    return " ".join(words)


def _misread(rng: Random, word: str) -> str:
    found = [(printed, read) for printed, read in _SHAPES if printed in word]
    for printed, read in rng.sample(found, min(len(found), rng.randint(1, 2))):
        word = word.replace(printed, read, 1)
    return word


def skewed_scan(rng: Random, text: str, number: int) -> str:
    """A page was scanned askew, and a third of its words have letters of a similar shape in place of the right ones."""
    words = text.split(" ")
    fit = [at for at, word in enumerate(words) if _misread(Random(0), word) != word]
    for at in rng.sample(fit, min(len(fit), max(1, round(len(words) / 3)))):
        words[at] = _misread(rng, words[at])
    made = " ".join(words)
    return made if made != text else re.sub("[aeiou]", "0", text, count=2)


def spaces_before_capitals_lost(rng: Random, text: str, number: int) -> str:
    """A PDF places glyphs without spaces, and the extractor lost those before capitals."""
    whole = f"{text} {' '.join(rng.sample(written('sentences.txt'), rng.randint(1, 2)))}"
    made = re.sub(r" (?=[\"“‘']?[A-Z])", "", whole)
    return made if number % 2 else re.sub(r"\b(\w{3,5}) (\w)", lambda m: m[1] + m[2].upper(), made, count=2)


def translation_loop(rng: Random, text: str, number: int) -> str:
    """A translation model fell into a loop and says a phrase again and again, slightly changed."""
    words = text.split(" ")
    size = min(rng.randint(3, 6), max(2, len(words) - 1))
    at = rng.randint(0, max(0, len(words) - size - 1))
    phrase = words[at : at + size]
    turns = []
    for _ in range(rng.randint(2, 4)):
        turn = list(phrase)
        place = rng.randrange(len(turn))
        turn[place : place + rng.randint(0, 1)] = [
            rng.choice(["the", "and", "of the", "that", "very", "also", "then", "it"])
        ]
        turns += [",", *turn] if rng.random() < 0.3 else turn
    return " ".join([*words[: at + size], *turns, *words[at + size :]]).replace(" ,", ",")


def other_language_appended(rng: Random, text: str, number: int) -> str:
    """Two fields of a parallel corpus were joined: half a sentence in English, and it ends in another language."""
    words = text.split(" ")
    head = " ".join(words[: max(2, len(words) // 2)]).rstrip(".,;")
    return f"{head} {GRAMMARS['other language'].entry(rng, ('german', 'spanish', 'french')[number % 3])}"


def letters_at_random(rng: Random, text: str, number: int) -> str:
    """A bad line, or a test of robustness: each letter is another one with a chance of 15 %."""

    def sent(letter: str) -> str:
        return rng.choice(string.ascii_lowercase) if letter.isalpha() and rng.random() < 0.15 else letter

    made = "".join(map(sent, text))
    return made if made != text else f"q{text[1:]}"


def third_words_missing(rng: Random, text: str, number: int) -> str:
    """A stride of three in a script: every third word is missing."""
    first = rng.randrange(3)
    return " ".join(word for at, word in enumerate(text.split(" ")) if at % 3 != first)


def words_in_random_order(rng: Random, text: str, number: int) -> str:
    """A bag of words was written out as if it were a text."""
    words = text.split(" ")
    while " ".join(words) == text:
        rng.shuffle(words)
    return " ".join(words)


def window_of_document(rng: Random, text: str, number: int) -> str:
    """Documents were cut into windows of so many characters, in the middle of words."""
    before, after = rng.sample(written("sentences.txt"), 2)
    whole = f"{before} {text} {after}"
    first = len(before) // 2
    starts = [at for at in range(2, first + 10) if whole[at - 1].isalpha() and whole[at].isalpha()]
    last = len(whole) - len(after)
    ends = [at for at in range(last + 3, len(whole) - 3) if whole[at - 1].isalpha() and whole[at].isalpha()]
    return whole[rng.choice(starts) : rng.choice(ends)]


def attributes_left(rng: Random, text: str, number: int) -> str:
    """A pattern stripped tags up to the first space only, and their attributes stayed."""
    return put_in(rng, text, [GRAMMARS["attributes left"].entry(rng, "attribute") for _ in range(rng.randint(2, 4))])


def encoded_chunk_within(rng: Random, text: str, number: int) -> str:
    """An attachment or a picture's data ran into the sentence."""
    data = rng.randbytes(40)
    size = rng.randint(10, 40)
    chunk = (base64.b64encode(data).decode()[:size], data.hex()[:size], data.hex().upper()[:size])[number % 3]
    return put_in(rng, text, [chunk])


def entities_encoded_twice(rng: Random, text: str, number: int) -> str:
    """Text was escaped for HTML twice, once by the form and once by the database's script."""
    shown = text.replace("’", "'").replace("“", '"').replace("”", '"')
    if not re.search("['\"&<>]", shown):
        words = shown.split(" ")
        at = rng.randint(0, max(0, len(words) - 3))
        shown = " ".join([*words[:at], f'"{" ".join(words[at : at + 2])}"', *words[at + 2 :]])
        shown = shown.replace(" and ", " & ") if number % 2 else shown
    once = html.escape(shown).replace("&#x27;", "&#39;")
    return html.escape(once, quote=False)


def columns_alternating(rng: Random, text: str, number: int) -> str:
    """The cells of a table's row were read across its columns, some words of each in turn."""
    left, right = text.split(" "), rng.choice(written("sentences.txt")).split(" ")
    made: list[str] = []
    while left or right:
        for side in (left, right):
            size = rng.randint(3, 5)
            made += side[:size]
            del side[:size]
    return " ".join(made)


def recognised_speech(rng: Random, text: str, number: int) -> str:
    """A speech recogniser set no capitals and no marks, kept fillers, and misheard a word now and then."""
    words = []
    for word in re.findall(r"[\w']+", text.replace("’", "'").lower()):
        heard = _HEARD.get(word, word) if rng.random() < 0.6 else word
        words += [rng.choice(["uh", "um"]), heard] if rng.random() < 0.12 else [heard]
    words.insert(rng.randint(0, len(words)), rng.choice(["um", "uh", "you know", "uh um"]))
    return " ".join(words)


def stretched(rng: Random, text: str, number: int) -> str:
    """Comments stretch letters and repeat marks to be heard."""

    def drawn(match: re.Match[str]) -> str:
        return match[0] * rng.randint(3, 6) if rng.random() < 0.3 else match[0]

    words = text.split(" ")
    for at in rng.sample(range(len(words)), min(len(words), max(2, len(words) // 4))):
        words[at] = re.sub(r"[aeiou](?=[a-z]{0,2}\W*$)", drawn, words[at]) + rng.choice(
            ["", "!!!", "!!!!", " ???", "...", "!?!?"]
        )
    return " ".join(words).rstrip(".") + rng.choice(["!!!!", " ?????", "!!!!1!", "....!!!", " !!!!!!"])


DAMAGE: dict[str, Maker] = {
    "skewed scan": skewed_scan,
    "spaces before capitals lost": spaces_before_capitals_lost,
    "translation loop": translation_loop,
    "ends in another language": other_language_appended,
    "letters at random": letters_at_random,
    "every third word missing": third_words_missing,
    "words in random order": words_in_random_order,
    "window of a document": window_of_document,
    "attributes left": attributes_left,
    "encoded chunk within": encoded_chunk_within,
    "entities encoded twice": entities_encoded_twice,
    "columns alternating": columns_alternating,
    "recognised speech": recognised_speech,
    "letters and marks stretched": stretched,
}
