"""Ways in which clean text goes bad, each with the one reason it should be given: the first group.

A maker takes a clean text and returns the spoilt one (bytes where no text would show the defect), or several columns.
The second group is in `unseen_corruptions.py`, the third in `blind_kinds.py`, the fourth in
`blind4_kinds.py`.
"""

from __future__ import annotations

import base64
import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from benchmarks.clean_texts import known_words, written

Spoilt = str | bytes | Mapping[str, str | None]
Maker = Callable[[Random, str, int], Spoilt]


@dataclass(frozen=True)
class Kind:
    """One way to go bad."""

    name: str
    reason: str
    make: Maker
    also: frozenset[str] = frozenset()
    """Reasons that are right as well, by their definition."""
    profile: str = "short_text"
    copies: bool = False
    """Its text comes from a clean row that stays in the corpus, ahead of it."""
    original_also: frozenset[str] = frozenset()
    """Reasons that the copied row may rightly get as well."""
    leaks: bool = False
    """Its text is among those that the user says must not be trained on."""
    most: int = 10**9
    """Rows that can be made before they repeat."""


def insert(rng: Random, text: str, piece: str) -> str:
    """Put a piece between two words in the middle of a text."""
    words = text.split(" ")
    at = rng.randint(1, max(1, len(words) - 1))
    return " ".join([*words[:at], piece, *words[at:]])


def lines_of(file: str, group: str) -> list[str]:
    rows = (line.split("\t") for line in written(file))
    return [text for name, text in rows if name == group]


def listed(phrases: list[str]) -> Maker:
    """Phrases as they are, one after the other."""
    return lambda rng, text, number: phrases[number]


def url_only(rng: Random, text: str, number: int) -> str:
    slug = "-".join(re.findall(r"[a-z]+", text.lower())[:4])
    host = rng.choice(["https://www.example.com", "http://example.org", "www.example.net", "https://blog.example.com"])
    more = f" {host}/tag/{number}" if number % 4 == 0 else ""
    return f"{host}/{slug}?id={rng.randint(1, 9999)}{more}"


def one_or_two_words(rng: Random, text: str, number: int) -> str:
    words = re.findall(r"[A-Za-z]{3,}", text)
    at = rng.randrange(len(words))
    return " ".join(words[at : at + rng.randint(1, 2)])


def blanks(rng: Random, text: str, number: int) -> str:
    return ("", " ", "\t", "\n", "\u00a0", " \n ", "\u2003", "   ", "\r\n", "\u3000")[number % 10]


def no_author(rng: Random, text: str, number: int) -> Mapping[str, str | None]:
    return {"text": text, "author": (None, "", "  ")[number % 3]}


def too_long(rng: Random, text: str, number: int) -> str:
    """One to two thousand words that don't repeat more than language does."""
    words = [word for line in written("sentences.txt") for word in line.split()]
    return text + " " + " ".join(rng.choice(words) for _ in range(rng.randint(1000, 2000)))


def cut_in_word(rng: Random, text: str, number: int) -> str:
    """Ends after three or more letters of a long word, on what is no word itself."""
    words = [match for match in re.finditer(r"\b[a-z]{7,}\b", text) if len(text[: match.start()].split()) >= 3]
    cuts = [word.start() + kept for word in words[-3:] for kept in range(3, len(word[0]) - 1)]
    cuts = [at for at in cuts if re.findall("[a-z]+", text[:at])[-1] not in known_words()]
    if not cuts:
        return cut_in_word(
            rng, f"{text.rstrip('.!?')}, {rng.choice(['particularly', 'nevertheless', 'afternoon'])}", number
        )
    return text[: rng.choice(cuts)]


def cut_after_function_word(rng: Random, text: str, number: int) -> str:
    tail = rng.choice(["and the", "because", "of the", "with a", "that", "which is", "but,", "into the", "for an"])
    return f"{' '.join(text.rstrip('.!?').split()[:12])} {tail}"


def repeated_phrase(rng: Random, text: str, number: int) -> str:
    words = text.split()
    start = rng.randint(0, max(0, len(words) - 4))
    return " ".join(words[start : start + rng.randint(2, 4)] * rng.randint(6, 12))


def repeated_sentence(rng: Random, text: str, number: int) -> str:
    return ("\n" if number % 2 else " ").join([text] * rng.randint(4, 7))


def character_runs(rng: Random, text: str, number: int) -> str:
    word = rng.choice(re.findall(r"[a-z]{3,}", text))
    letter = rng.choice("aeimostz!?")
    return text.replace(word, word + (letter * rng.randint(12, 40)), 1)


def keyboard_mash(rng: Random, text: str, number: int) -> str:
    keys = ("asdfghjkl;", "qwertyuiop", "zxcvbnm", "sdfghjk", "jkl;fdsa")[number % 5]
    return " ".join("".join(rng.choices(keys, k=rng.randint(5, 11))) for _ in range(rng.randint(4, 9)))


def random_letters(rng: Random, text: str, number: int) -> str:
    letters = (string.ascii_lowercase, string.ascii_letters, string.ascii_letters + string.digits)[number % 3]
    return " ".join("".join(rng.choices(letters, k=rng.randint(5, 12))) for _ in range(rng.randint(4, 9)))


def base64_text(rng: Random, text: str, number: int) -> str:
    return base64.b64encode(text.encode() if number % 2 else rng.randbytes(60)).decode()


def foreign(script: bool) -> Maker:
    """A sentence of another language, in a foreign script or in the Latin one."""
    rows = [line.split("\t") for line in written("foreign.tsv")]
    foreign_script = {"ru", "uk", "el", "bg", "ar", "he", "fa", "hi", "th", "zh", "ja", "ko"}
    texts = [text for language, text in rows if (language in foreign_script) == script]

    def make(rng: Random, text: str, number: int) -> str:
        if number < len(texts):
            return texts[number]
        return "\n".join(rng.sample(texts, 3))

    return make


def restyled_copy(rng: Random, text: str, number: int) -> str:
    return (text, text.upper(), text.replace(" ", "  "), text.rstrip(".") + "!", f" {text.lower()} ", f'"{text}"')[
        number % 6
    ]


def edited_copy(rng: Random, text: str, number: int) -> str:
    """One word changed, added or dropped, or a typo, in a text of ten words or more without numbers."""
    words = text.split()
    at = rng.choice([place for place, word in enumerate(words) if len(word) > 3 and word.isalpha()])
    word = words[at]
    swapped = word[:1] + word[2] + word[1] + word[3:] if word[1] != word[2] else word + word[-1]
    words[at : at + 1] = ([swapped], [word, "very"], ["certain"], [])[number % 4]
    return " ".join(words)


def same_text(rng: Random, text: str, number: int) -> str:
    return text


def other_author(rng: Random, text: str, number: int) -> Mapping[str, str | None]:
    return {
        "text": text,
        "author": rng.choice(["Ada Thornfield", "B. Quillfeather", "Cornelius Marsh", "Dorothea Vane"]),
    }


def disputed(rng: Random, text: str, number: int) -> Mapping[str, str | None]:
    """Tags that doubt the row's own author, or say nothing of others."""
    author = ("Mark Twain", "Ada Thornfield", "B. Quillfeather", "Plato")[number % 4]
    tags = ("misattributed-mark-twain", "quote-investigator", "attributed-no-source", "misattributed-to-plato")
    return {"text": text, "author": author, "tags": f"wisdom, {tags[number % 4]}, life"}


def special_token(rng: Random, text: str, number: int) -> str:
    tokens = ("<|endoftext|>", "</s>", "[INST]", "<s>", "<|im_end|>", "[/INST]", "<pad>", "<|assistant|>", "<unk>",
              "<|eot_id|>", "<<SYS>>", "<bos>", "[MASK]", "<|start_header_id|>", "<start_of_turn>")  # fmt: skip
    return insert(rng, text, tokens[number % len(tokens)])


def speaker_only(rng: Random, text: str, number: int) -> str:
    name = (
        "Soc",
        "Crito",
        "First Citizen",
        "Hamlet",
        "Phaedrus",
        "Glaucon",
        "User",
        "Assistant",
        "Nurse",
        "Meno",
        "Man",
    )
    form = ("{}.", "{}:", "[{}]:", "{} —")[number // len(name) % 4]
    speaker = name[number % len(name)]
    return form.format(speaker.upper() if number % 2 else speaker)


def prompt_echo(rng: Random, text: str, number: int) -> Mapping[str, str | None]:
    prompt = f"Explain this to a child: {text}"
    return {
        "prompt": prompt,
        "completion": (prompt, prompt.lower(), f" {prompt}\n", prompt.rstrip(".") + "?")[number % 4],
    }


def refusal(rng: Random, text: str, number: int) -> Mapping[str, str | None]:
    phrases = written("refusals.txt")
    return {"prompt": f"What do you make of this: {text}", "completion": phrases[number % len(phrases)]}
