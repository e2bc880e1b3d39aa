"""What scripts, models, scans and transcribers do to clean text. For the fourth group."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from itertools import pairwise
from random import Random

from benchmarks.blind4_exports import GRAMMARS
from benchmarks.corruptions import Maker

_REPLACED = (
    "he:he or she his:their man:person men:people her:them boy:child in:inch st:street ft:feet oz:ounces "
    "or:or/and ass:butt hell:heck sex:gender tit:breast ill:I'll its:it's were:we're cant:can't hes:he's "
    "id:I'd wed:we'd im:I'm u:you r:are ur:your art:[NAME] mark:[NAME] will:[NAME] may:[MONTH] ten:10 one:1 two:2 "
    "cat:dog us:United%States is:was red:blue car:vehicle all:[LOCATION] eve:[NAME] rob:[NAME] pat:[NAME]"
)
_PAIRS = [tuple(pair.replace("%", " ").split(":")) for pair in re.split(" (?=[a-z]+:)", _REPLACED)]
_SCRAPS = GRAMMARS["sampling falls apart"][1]["scrap"]
_PARTS_OF_SPEECH = ["n", "v", "pro:sub", "det:art", "adj", "adv", "prep", "conj", "co"]


def replaced_inside_words(rng: Random, text: str, number: int) -> str:
    """A list of replacements (contractions, units, names, rude words) ran with `str.replace`, not on whole words."""
    pairs = [(old, new) for old, new in _PAIRS if re.search(rf"(?<=[a-z]){old}|{old}(?=[a-z])", text)]
    rng.shuffle(pairs)
    made, count = text, 0
    for old, new in pairs:
        if count < 3 and old in made:
            count += len(re.findall(rf"(?<=[a-z]){old}|{old}(?=[a-z])", made))
            made = made.replace(old, new)
    return made if made != text else text.lower().replace("n", "and")


def letters_eaten(rng: Random, text: str, number: int) -> str:
    """A pattern lost its backslash in a script, an SQL or an R call: `s+` for `\\s+` eats the letter s."""
    common = [letter for letter in "ssnnttrdwb" if text.count(letter) >= 3] or ["[aeAE]"]
    return re.sub(f"{rng.choice(common)}+", rng.choice(["", " ", " "]), text).strip()


def _clock(seconds: float) -> str:
    return f"00:{int(seconds // 60):02}:{seconds % 60:06.3f}"


def subtitle_codes(rng: Random, text: str, number: int) -> str:
    """Subtitles in other formats than SRT (ASS, MicroDVD, WebVTT, LRC, SAMI) went through a converter for SRT."""
    words = text.split(" ")
    head, tail = " ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])
    start = rng.uniform(1, 3000)
    frame = int(start * 25)
    spoken = "".join(f"<{_clock(start + at * 0.4)}><c> {word}</c>" for at, word in enumerate(words[1:], 1))
    style = rng.choice(["Default", "Italics", "Sign", "Main"])
    return (
        f"Dialogue: 0,{_clock(start)[1:11]},{_clock(start + 3)[1:11]},{style},,0,0,0,,{head}\\N{tail}",
        f"{{\\an8}}{{\\i1}}{head}\\N{tail}{{\\i0}}",
        f"{{\\pos({rng.randint(90, 400)},{rng.randint(90, 400)})\\fad(200,200)\\c&H00FFFF&}}{text}",
        " ".join(f"{{\\k{rng.randint(9, 60)}}}{word}" for word in words),
        f"{{{frame}}}{{{frame + 70}}}{{y:i}}{head}|{tail}",
        f"align:start position:0%\n{words[0]}{spoken}",
        f"[{_clock(start)[3:8]}.{rng.randint(10, 99)}]{head} [{_clock(start + 4)[3:8]}.{rng.randint(10, 99)}]{tail}",
        f"<SYNC Start={frame * 40}><P Class=ENCC>{head}<br>{tail} <SYNC Start={frame * 40 + 3000}><P Class=ENCC>&nbsp;",
        f"{head}\\N\\h\\h{tail}",
    )[number % 9]


def analysts_notation(rng: Random, text: str, number: int) -> str:
    """Research corpora of talk are shared in their notation: CHAT (CHILDES), Jefferson's, Switchboard's."""
    words = text.split(" ")
    if number % 3 == 0:
        marks = [
            "(.)",
            "[/]",
            "&-um",
            "&+th",
            "xxx",
            "[//]",
            "[= points]",
            "+//.",
            "[x 2]",
            "<and then> [/]",
            "&=laughs",
        ]
        codes = " ".join(f"{rng.choice(_PARTS_OF_SPEECH)}|{word}" for word in re.findall(r"\w+", text.lower())[:12])
        lines = [f"*{rng.choice(['CHI', 'MOT', 'INV', 'PAR', 'FAT'])}:\t", f"\n%mor:\t{codes} ." * rng.randint(0, 1)]
    elif number % 3 == 1:
        marks = ["(0.4)", "(.)", "↑", ".hhh", "=", "[(h)yea:h]", "°mm°", "((coughs))", "(1.2)", "£huh£", ">y'know<"]
        words = [re.sub("[aeiou](?=[a-z]*$)", r"\g<0>::", word) if rng.random() < 0.2 else word for word in words]
        lines = [rng.choice(["", f"{rng.randint(1, 90)} A:   "]), rng.choice(["", "=", " [", " ↓"])]
    else:
        marks = [
            "{F uh, }",
            "{D you know, }",
            "[ I, + I ]",
            "{C and }",
            "/",
            "-/",
            "<<very faint>>",
            "[ the, + the ]",
            "--",
        ]
        lines = [
            f"{rng.choice(['sd', 'qy^d', 'sv', 'b', '%', 'aa'])} {rng.choice('AB')}.{rng.randint(1, 99)} utt1: ",
            " /",
        ]
    made = _woven(rng, words, rng.sample(marks, rng.randint(2, 4)))
    return lines[0] + made + lines[1]


def _woven(rng: Random, words: list[str], pieces: list[str]) -> str:
    """The words with each piece between two of them or at the end."""
    made = list(words)
    for piece in pieces:
        made.insert(rng.randint(1, len(made)), piece)
    return " ".join(made)


def entities_spaced(rng: Random, text: str, number: int) -> str:
    """Markup went through machine translation or a tokeniser, which put spaces into entities, tags and slots."""
    apostrophe, quote = rng.choice([(" & apos ; ", "& quot ;"), (" & # 39 ; ", "& # 34 ;"), ("＆＃39；", "＆quot；")])
    pieces = [
        "< / b >",
        "< br / >",
        "& nbsp ;",
        "% s",
        "% 1 $ s",
        "$ { name }",
        "{ { count } }",
        "\\ n",
        "& amp ; amp ;",
    ]
    pieces += ["& lt ; i & gt ;", '< a href = " # " >', "＜b＞", "& # 8217 ;", "http: / / www . example . com /"]
    made = re.sub("['’]", apostrophe, re.sub('["“”]', quote, text))
    made = _woven(rng, made.split(" "), rng.sample(pieces, rng.randint(1, 2) + (made == text)))
    return f"{quote} {made} {quote}" if number % 3 == 0 else made


def sampling_falls_apart(rng: Random, text: str, number: int) -> str:
    """A model sampled at too high a temperature starts well and ends in scraps of words, code and other languages."""
    words = text.split(" ")
    kept = rng.randint(3, max(3, len(words) // 2))
    made, length = words[:kept], rng.randint(14, 34)
    for at in range(length):
        if rng.random() < 0.35 + 0.5 * at / length:
            made.append(rng.choice(_SCRAPS))
        elif rng.random() < 0.5:
            made.append("".join(rng.choice(words)[: rng.randint(2, 5)] for _ in range(2)))
        else:
            made.append(rng.choice(words))
    return " ".join(made)


def partial_results(rng: Random, text: str, number: int) -> str:
    """Every partial result of a streamed answer, a recogniser or rolling captions was logged, not the last alone."""
    words = text.split(" ")
    separator = rng.choice(["\n", " ", "\n", " ... "])
    step = rng.randint(1, 2) + len(words) // 8
    ends = [*range(step, len(words), step), len(words)]
    if number % 3 == 0:
        return separator.join(" ".join(words[:end]) for end in ends)
    if number % 3 == 1:
        chunks = [" ".join(words[at : at + step + 1]) for at in range(0, len(words), step + 1)]
        rolled = [piece for first, then in pairwise(chunks) for piece in (first, f"{first} {then}")]
        return separator.join([*rolled, chunks[-1]])
    guesses = [" ".join([*words[: end - 1], words[end - 1][: rng.randint(1, 4)]]).lower() for end in ends[:-1]]
    return separator.join([*guesses, " ".join(words)])


def right_edge_cropped(rng: Random, text: str, number: int) -> str:
    """The scan of a bound book, or a screenshot, lost the ends of all lines in the gutter or beyond the frame."""
    width = min(36, max(12, len(text) // rng.randint(3, 5)))
    *lines, last = textwrap.wrap(text, width)
    cut_words = {
        lost: sum(line[-lost - 1 : -lost + 1].isalpha() for line in lines) for lost in rng.sample([2, 3, 4], 3)
    }
    lost = max(cut_words, key=lambda lost: cut_words[lost])
    return rng.choice(["\n", "\n", " "]).join([*(line[:-lost].rstrip() for line in lines), last])


def augmenter_edits(rng: Random, text: str, number: int) -> str:
    """Copies from EDA or nlpaug (words swapped and deleted, letters swapped) were merged as if they were texts."""
    words = text.split(" ")
    if number % 3 != 1:
        for _ in range(max(2, len(words) // 4)):
            first, second = rng.sample(range(len(words)), 2)
            words[first], words[second] = words[second], words[first]
        words = [word for word in words if rng.random() > 0.12]
    if number % 3 != 0:
        long = [at for at, word in enumerate(words) if len(word) > 3]
        for at in rng.sample(long, min(len(long), max(3, len(words) // 4))):
            words[at] = _letters_edited(rng, words[at])
    if (made := " ".join(words)) == text:
        made = " ".join([*words[1:], words[0]])
    return made


def _letters_edited(rng: Random, word: str) -> str:
    at, letter = rng.randint(1, len(word) - 3), rng.choice("qzxkvjwpyb0134@")
    edits: list[Callable[[], str]] = [
        lambda: word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        lambda: word[:at] + letter + word[at:],
        lambda: word[:at] + letter + word[at + 1 :],
    ]
    return rng.choice(edits)()


def drop_capital_torn_off(rng: Random, text: str, number: int) -> str:
    """A chapter's large first letter is a picture or a frame of its own in a PDF file or e-book."""
    text = re.sub("^[^A-Za-z]+", "", text)
    count = rng.randint(1, 3)
    first, *others = text.split(" ")
    capital, torn = first[0].upper(), first[1:]
    upper = " ".join([torn.upper(), *(word.upper() for word in others[: count - 1]), *others[count - 1 :]]).strip()
    lower = " ".join([torn, *others]).strip()
    middle = lower[: len(lower) // 2].rfind(" ")
    made = [
        f"{lower[:middle]} {capital}{lower[middle:]}",
        f"[Illustration: {capital}]{upper}",
        f"{upper}\n{capital}",
        f"{capital} {capital}{lower}",
        f"{capital} {upper}",
        f"{capital}\n\n{lower}",
        f"{capital} {lower}",
    ]
    return made[number % (7 if torn else 3)]


DAMAGE: dict[str, Maker] = {
    "replaced inside words": replaced_inside_words,
    "letters eaten by a pattern": letters_eaten,
    "subtitle styling codes": subtitle_codes,
    "conversation analysts' notation": analysts_notation,
    "markup spaced out": entities_spaced,
    "sampling falls apart": sampling_falls_apart,
    "partial results of a stream": partial_results,
    "right edge cropped": right_edge_cropped,
    "augmenter's random edits": augmenter_edits,
    "drop capital torn off": drop_capital_torn_off,
}
