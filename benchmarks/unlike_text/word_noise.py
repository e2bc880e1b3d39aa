"""Random damage to words and their order: what dictation, translation, disguise, cutting and pasting leave."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from random import Random

_SOUND_ALIKE = (
    "there their they're/your you're yore/to too two/its it's/by buy bye/no know/new knew/hear here/right write rite/"
    "see sea/for four fore/one won/whole hole/would wood/where wear ware/weather whether/than then/piece peace/"
    "break brake/our hour are/meet meat/week weak/through threw/be bee/in inn/made maid/so sew/some sum/son sun/"
    "tail tale/way weigh/which witch/not knot/great grate/all awl/aloud allowed/him hymn/been bean/principal principle"
)
SOUND_ALIKE = {
    word: [w for w in group.split() if w != word] for group in _SOUND_ALIKE.split("/") for word in group.split()
}
_FILLERS = "um|uh|er|like|you know|I mean|kind of|sort of|so|okay|right|well|erm|hmm|basically|actually|I guess|yeah"
FILLERS = _FILLERS.split("|")
_OPEN_ENDED = "the a an of to and in for with at by from or but his her their my our that which who as"
OPEN_ENDED = frozenset(_OPEN_ENDED.split())
_CONTRACTED = re.compile(r"(?i)(n't|'s|'re|'ve|'ll|'d|'m)\b")
_ENDINGS = re.compile(r"(?<=[a-z]{3})(?:ing|edly|ed|ies|es|s|ly|ment|ness|tion|er|est|able)\b")
_FOREIGN = "sch tz zh kh dz gw ll rr ij aa oo uu ei ou eau oe ae ts sz cz rz gy ny lh nh gn tx qu jj nd mb ng tl hu ua"
FOREIGN = _FOREIGN.split()
_FOREIGN_ENDINGS = "en heit ung os as ar ir ados cion ova ski aja inen ssa lla eaux ique ment ek ak um ul ia oj yn"
FOREIGN_ENDINGS = _FOREIGN_ENDINGS.split()
_MISREAD = "rn:m m:rn l:1 I:l e:c h:li o:0 cl:d w:vv s:5 t:f u:ii a:n b:6 g:q i:; f:£"
MISREAD = [tuple(pair.split(":")) for pair in _MISREAD.split()]
_ACCENTED = "aàáâãäåā eèéêëēę iìíîïī oòóôõöøō uùúûüū cçćč nñńň sśšş"
ACCENTED = {group[0]: group[1:] for group in _ACCENTED.split()}
_PLACEHOLDERS = "NAME PERSON ORG LOC DATE URL USER NUM EMAIL ENTITY MASK PLACE TIME"
PLACEHOLDERS = _PLACEHOLDERS.split()


def _words(text: str) -> list[str]:
    return text.split()


def sound_alike(rng: Random, text: str, number: int) -> str:
    """As a recogniser hears it: other words of the same sound, no signs, no capitals, words cut anew."""
    words = [rng.choice(SOUND_ALIKE.get(word, [word])) for word in re.findall(r"[a-z']+", text.lower())]
    share = rng.uniform(0, 0.25)
    cut = (f"{w[: len(w) // 2]} {w[len(w) // 2 :]}" if len(w) > 5 and rng.random() < share else w for w in words)
    return " ".join(cut)


def fillers(rng: Random, text: str, number: int) -> str:
    share = rng.uniform(0.12, 0.4)
    words: list[str] = []
    for word in _words(text.lower() if number % 2 else text):
        words += [rng.choice(FILLERS) + rng.choice(["", ",", "..."])] if rng.random() < share else []
        words += [word, word] if rng.random() < share / 3 else [word]
    return " ".join(words)


def phrases_swapped(rng: Random, text: str, number: int) -> str:
    """Phrases in another order, as two columns read across or a bad reordering has them."""
    words = _words(text)
    pieces: list[list[str]] = []
    while words:
        size = rng.randint(2, 5)
        pieces, words = [*pieces, words[:size]], words[size:]
    if number % 2:
        pieces.reverse()
    else:
        rng.shuffle(pieces)
    return " ".join(word for piece in pieces for word in piece)


def words_moved(rng: Random, text: str, number: int) -> str:
    """Some words elsewhere: verbs last, adjectives behind."""
    words = _words(text)
    for _ in range(max(2, round(len(words) * rng.uniform(0.15, 0.4)))):
        words.insert(rng.randrange(len(words)), words.pop(rng.randrange(len(words))))
    return " ".join(words)


def span_doubled(rng: Random, text: str, number: int) -> str:
    words, found = _words(text), []
    while words:
        size = rng.randint(1, 4)
        found += words[:size] * rng.choice([1, 2, 2, 3])
        words = words[size:]
    return " ".join(found)


def torn(rng: Random, text: str, number: int) -> str:
    """From the middle of a sentence to the middle of it."""
    words = _words(text)
    start = rng.randint(1, max(1, len(words) // 3))
    ends = [at for at, word in enumerate(words) if at > start + 2 and word.lower() in OPEN_ENDED]
    inner = words[start : rng.choice(ends) + 1] if ends else [*words[start:], rng.choice(sorted(OPEN_ENDED))]
    return " ".join([inner[0].lower(), *inner[1:]])


def censored(rng: Random, text: str, number: int) -> str:
    sign, share = rng.choice("*-_#•.x█?"), rng.uniform(0.15, 0.5)

    def hidden(match: re.Match[str]) -> str:
        word: str = match[0]
        if rng.random() > share:
            return word
        return (word[0] + sign * (len(word) - 2) + word[-1], word[0] + sign * 3, sign * len(word))[number % 3]

    return re.sub(r"[A-Za-z]{4,}", hidden, text)


def anonymised(rng: Random, text: str, number: int) -> str:
    form = rng.choice(["[{}]", "<{}>", "{}_{:d}", "[{}_{:d}]", "@{}", "__{}__", "<{}{:d}>", "{}", "XX{}XX", "({})"])
    share = rng.uniform(0.12, 0.35)
    low = rng.random() < 0.3

    def tag() -> str:
        made = form.format(rng.choice(PLACEHOLDERS), rng.randint(1, 9))
        return made.lower() if low else made

    return " ".join(tag() if rng.random() < share else word for word in _words(text)) + f" {tag()}"


def foreign_words(rng: Random, text: str, number: int) -> str:
    """Words of no language among English ones, or nothing else."""
    share = rng.choice([0.3, 0.5, 1.0, 1.0])
    own = rng.sample(FOREIGN, 8)
    endings = rng.sample(FOREIGN_ENDINGS, 4)

    def word(like: str) -> str:
        made = "".join(rng.choice(own) + rng.choice("aeiou") for _ in range(max(1, len(like) // 3)))
        return made[: rng.randint(2, 9)] + (rng.choice(endings) if len(like) > 3 else "")

    return " ".join(word(w) if rng.random() < share else w for w in _words(text))


def accents(rng: Random, text: str, number: int) -> str:
    share = rng.uniform(0.2, 0.9)
    return "".join(rng.choice(ACCENTED[c]) if c in ACCENTED and rng.random() < share else c for c in text)


def signs_swapped(rng: Random, text: str, number: int) -> str:
    """Signs at random: others than there were, or more."""
    share = rng.uniform(0.2, 0.6)
    if number % 2:
        return " ".join(w + (rng.choice(",.;:!?-/") if rng.random() < share else "") for w in _words(text))
    found = re.sub(r"[.,;:!?'\"-]", lambda _: rng.choice(".,;:!?'\"-/|*"), text)
    return re.sub(r"(?<=\w) (?=\w)", lambda _: rng.choice([" ", " ", ", ", ". ", " - ", "; "]), found)


def tokenised(rng: Random, text: str, number: int) -> str:
    """Signs and contractions apart, as corpora have them."""
    found = re.sub(r"([.,;:!?\"()])", r" \1 ", _CONTRACTED.sub(r" \1", text))
    found = " ".join(found.replace('"', rng.choice(["``", "''", '"'])).split())
    if number % 3 == 0:
        brackets = {"(": "-LRB-", ")": "-RRB-", ",": "-COMMA-", ".": "-PERIOD-", "n't": "not"}
        found = " ".join(brackets.get(word, word) for word in found.split())
    return found.lower() if number % 2 else found


def endings_lost(rng: Random, text: str, number: int) -> str:
    """Base forms for words, roughly: what a stemmer makes."""
    found = _ENDINGS.sub("", text.lower() if number % 2 else text)
    return re.sub(r"[.,;:!?]", "", found) if number % 3 else found


def words_merged(rng: Random, text: str, number: int) -> str:
    share = rng.uniform(0.15, 0.6)
    joined = "".join(w + ("" if rng.random() < share else " ") for w in _words(text))
    return joined.strip()


def initials(rng: Random, text: str, number: int) -> str:
    """Words cut to their first letters, all or some."""
    share = rng.choice([1.0, 0.6, 0.35])
    dot = rng.choice(["", "."])
    return " ".join((w[0] + dot).upper() if w[0].isalpha() and rng.random() < share else w for w in _words(text))


def letters_beside(rng: Random, text: str, number: int) -> str:
    """Keys beside the right ones."""
    rows = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    near = {c: (row[max(0, at - 1) : at] + row[at + 1 : at + 2]) or c for row in rows for at, c in enumerate(row)}
    share = rng.uniform(0.08, 0.35)
    return "".join(rng.choice(near[c]) if c in near and rng.random() < share else c for c in text)


def misread_letters(rng: Random, text: str, number: int) -> str:
    """What a scan makes of letters, at any strength."""
    pairs = [*MISREAD, (" ", "")]
    share = rng.uniform(0.1, 0.5)
    for printed, read in rng.sample(pairs, rng.randint(4, len(pairs))):
        text = re.sub(re.escape(printed), partial(_sometimes, rng=rng, read=read, share=share), text)
    return text


def _sometimes(match: re.Match[str], rng: Random, read: str, share: float) -> str:
    return read if rng.random() < share else match[0]


WORD_NOISE: dict[str, Callable[[Random, str, int], str]] = {
    "sound alike": sound_alike,
    "fillers": fillers,
    "phrases swapped": phrases_swapped,
    "words moved": words_moved,
    "span doubled": span_doubled,
    "torn": torn,
    "censored": censored,
    "anonymised": anonymised,
    "foreign words": foreign_words,
    "accents": accents,
    "signs swapped": signs_swapped,
    "tokenised": tokenised,
    "endings lost": endings_lost,
    "words merged": words_merged,
    "initials": initials,
    "letters beside": letters_beside,
    "misread letters": misread_letters,
}
