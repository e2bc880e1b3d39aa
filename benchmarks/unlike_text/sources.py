"""Clean English to learn from: openly licensed or out of copyright, and none of what the benchmarks call clean.

Python's standard library and the installed libraries (docstrings, comments), novels, tales and dialogues of Project
Gutenberg, the first half of Shakespeare's plays, WikiText-2 (CC BY-SA 3.0), English quotes (CC BY 4.0) and dwyl/quotes
(GPL-2), TinyStories (CDLA-Sharing 1.0), Wortschatz sentences (CC BY 4.0, as Lingua ships them), and grammars. Only
counts and weights of these texts are kept.
"""

from __future__ import annotations

import ast
import io
import json
import re
import sysconfig
import tokenize
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

from benchmarks import grammars
from benchmarks.clean_texts import _CODE_IN_PROSE, _FUNCTION_WORDS, _MODULES, json_lines, real_quotes
from benchmarks.row_grammars import grammars_in

LIBRARIES = (
    "pandas", "sklearn", "numpy", "scipy", "transformers", "torch", "prefect", "mlflow", "matplotlib", "networkx",
    "great_expectations", "peft", "pydantic", "fastapi", "sqlalchemy",
)  # fmt: skip
_SENTENCE_END = re.compile(r'(?<=[.!?])\s+(?=["“A-Z])')
_NO_COMMENT = re.compile(r"[-=#*~+]{5,}|@|(?i:copyright|licen[cs]e|noqa|type: ignore|pylint|fmt: |pragma)")
_NOVELS = (
    "general/gutenberg_Frankenstein_84.txt", "general/gutenberg_The-Adventures-of-Sherlock-Holmes_1661.txt",
    "general/grimms_fairy_tales.txt",
)  # fmt: skip
_DIALOGUES = ("socrates/gutenberg_The-Republic_1497.txt", "socrates/gutenberg_Gorgias_1672.txt")


def clean_texts(data: Path, rng: Random) -> dict[str, list[str]]:
    """Source -> distinct texts, as rows would have them: of one to four sentences, some longer.

    Args:
        data: Folder of real data, see benchmarks/README.md.
        rng: Draws the rows.
    """
    docstrings, comments = (to_learn(texts) for texts in library_prose(rng))
    all_quotes, authors = open_quotes(data)
    quotes = to_learn(all_quotes)
    novels = to_learn(text for name in _NOVELS for text in book_paragraphs(data / name))
    dialogues = to_learn(text for name in _DIALOGUES for text in book_paragraphs(data / name))
    wiki, stories, speeches = (to_learn(texts(data)) for texts in (wiki_paragraphs, story_paragraphs, verse))

    def some(texts: list[str], count: int) -> list[str]:
        return rng.sample(texts, min(count, len(texts)))

    found = {
        "quotes": quotes,
        "short quotes": [quote for quote in quotes if len(quote.split()) < 8],
        "docstrings": some(docstrings, 9000),
        "comments": some(comments, 6000),
        "encyclopedia": some(pieces(wiki, rng), 4500),
        "novels": some(pieces(novels, rng), 5000),
        "dialogues": some(pieces(dialogues, rng), 3000),
        "verse": some([_first_lines(speech, rng) for speech in speeches], 2500),
        "stories": some(pieces(stories, rng), 1200),
        "sentences": (data / "junk/lingua_sentences_en.txt").read_text(encoding="utf-8").splitlines()[:500],
        "recipes": [grammars.recipe(rng) for _ in range(500)],
        "names": [grammars.name_list(rng, authors) for _ in range(700)],
        "headlines": [grammars.headline(rng) for _ in range(700)],
        "chat": [grammars.chat_message(rng) for _ in range(1500)],
        "aphorisms": [grammars.sentence(rng) for _ in range(800)],
        "demo": _demo(rng, 800),
        "long novels": some([text for text in novels if len(text.split()) > 60], 600),
        "long articles": some([text for text in wiki if len(text.split()) > 40], 900),
    }
    for name, grammar in grammars_in("unlike_text_clean.txt").items():
        base = found["quotes"]
        found[name] = [grammar.expanded(rng, rng.choice(base), at) for at in range(400)]
    return {name: list(dict.fromkeys(texts)) for name, texts in found.items()}


def to_learn(texts: Iterable[str]) -> list[str]:
    """The half of the texts that the judge learns from; pairs and triples of words are known from the other half."""
    return [text for text in texts if zlib.crc32(text.encode()) % 2]


def not_to_learn(texts: Iterable[str]) -> list[str]:
    """The other half."""
    return [text for text in texts if not zlib.crc32(text.encode()) % 2]


def statistics_texts(data: Path) -> list[str]:
    """The running text whose words and letters are counted: about 1.2 million words."""
    docstrings, comments = library_prose(Random(7))
    texts = [*docstrings, *comments[:8000], *open_quotes(data)[0], *wiki_paragraphs(data), *story_paragraphs(data)]
    texts += [text for name in (*_NOVELS, *_DIALOGUES) for text in book_paragraphs(data / name)]
    return texts + verse(data)


def library_prose(rng: Random) -> tuple[list[str], list[str]]:
    """Docstrings' sentences and comments of library code; not of the modules that the benchmarks read."""
    library, packages = Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("purelib"))
    ours = {f"{name}.py" for name in _MODULES}
    files = [path for path in sorted(library.rglob("*.py")) if path.relative_to(library).as_posix() not in ours]
    files = [path for path in files if "site-packages" not in path.parts and "lib2to3" not in path.parts]
    installed = [path for name in LIBRARIES for path in sorted((packages / name).rglob("*.py"))]
    files += rng.sample(installed, min(2500, len(installed)))
    sentences: dict[str, None] = {}
    comments: dict[str, None] = {}
    for path in files:
        if "test" in path.as_posix():
            continue
        try:
            source = path.read_text(encoding="utf-8")
            sentences |= dict.fromkeys(_docstring_sentences(ast.parse(source)))
            comments |= dict.fromkeys(_comments(source))
        except (SyntaxError, UnicodeDecodeError, ValueError, tokenize.TokenError):
            continue
    shuffled = [list(sentences), list(comments)]
    for texts in shuffled:
        rng.shuffle(texts)
    return shuffled[0], shuffled[1]


def _docstring_sentences(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module, ast.AsyncFunctionDef)):
            for paragraph in (ast.get_docstring(node) or "").split("\n\n"):
                for part in re.split(r"(?<=[.!?]) (?=[A-Z])", " ".join(paragraph.split())):
                    if part[:1].isupper() and part.endswith(".") and _is_prose(part):
                        yield part


def _is_prose(text: str) -> bool:
    words = text.lower().split()
    return 6 <= len(words) <= 45 and len(_FUNCTION_WORDS & set(words)) >= 2 and not _CODE_IN_PROSE.search(text)


def _comments(source: str) -> Iterator[str]:
    """Comments of four words or more, consecutive lines joined."""
    blocks: list[list[str]] = []
    last = (-2, -2)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if token.start == (last[0] + 1, last[1]):
                blocks[-1].append(token.string)
            else:
                blocks.append([token.string])
            last = token.start
    for block in blocks:
        text = "\n".join(block)
        if len(re.findall(r"[A-Za-z]{2,}", text)) >= 4 and not _NO_COMMENT.search(text) and len(text) < 1500:
            yield text


def open_quotes(data: Path) -> tuple[list[str], list[str]]:
    """Texts and authors of two collections, undamaged quotes that the benchmarks' collection lacks."""
    from tasks.validation.damage import mojibake
    from tasks.validation.text_column import TextColumn

    known = {_key(text) for text, _ in real_quotes(data)}
    rows = [(row["quote"], row["author"]) for row in json_lines(data / "quotes/english_quotes.jsonl")]
    more = json.loads((data / "quotes/dwyl_quotes.json").read_text(encoding="utf-8"))
    rows += [(row["text"], row["author"]) for row in more]
    rows = list({_key(text): (text, author) for text, author in rows if _key(text) not in known}.values())
    is_damaged = mojibake(TextColumn([text for text, _ in rows]))
    rows = [row for row, damaged in zip(rows, is_damaged, strict=True) if not damaged]
    authors = {author.rstrip(",") for _, author in rows if author and author.isascii()}
    return [text for text, _ in rows], sorted(authors)


def _key(text: str) -> str:
    return re.sub(r"\W+", "", text.lower())[:60]


def paragraphs(text: str) -> list[str]:
    """Paragraphs, each on one line."""
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text)]


def book_paragraphs(path: Path) -> list[str]:
    """The prose of an e-book, without what its publisher added."""
    text = path.read_text(encoding="utf-8", errors="replace")
    begin, end = re.search(r"\*\*\* ?START OF.*?\*\*\*", text), re.search(r"\*\*\* ?END OF", text)
    text = text[begin.end() if begin else 0 : end.start() if end else len(text)]
    odd = re.compile(r"[_\[\]@]|gutenberg|etext", re.IGNORECASE)
    return [
        part for part in paragraphs(text) if len(part.split()) > 5 and part[-1] in '.!?"”’' and not odd.search(part)
    ]


def wiki_paragraphs(data: Path) -> list[str]:
    """WikiText-2's validation set with its tokens put together again; sentences with `<unk>` are left out."""
    found: list[str] = []
    for line in (data / "general/wikitext2_valid.txt").read_text(encoding="utf-8").split("\n"):
        if line.strip() and not line.strip().startswith("="):
            text = joined_tokens(line)
            found += [text] if "<unk>" not in text else [
                part for part in _SENTENCE_END.split(text) if "<unk>" not in part and len(part.split()) > 5
            ]  # fmt: skip
    return found


def joined_tokens(text: str) -> str:
    """Text without the spaces that a tokeniser put around signs."""
    text = re.sub(r" @([-,.])@ ", r"\1", text)
    text = re.sub(r" ([,.;:!?)\]%])", r"\1", text)
    text = re.sub(r"([(\[$£]) ", r"\1", text)
    text = re.sub(r" (n't|'s|'ll|'re|'ve|'d|'m)\b", r"\1", text)
    return re.sub(r'" (.*?) "', r'"\1"', text).strip()


def story_paragraphs(data: Path) -> list[str]:
    from tasks.validation.damage import mojibake
    from tasks.validation.text_column import TextColumn

    text = (data / "general/tinystories_sample_niklas6.txt").read_text(encoding="utf-8", errors="replace")
    found = [part for part in paragraphs(text) if len(part.split()) > 5 and "\ufffd" not in part]
    return [part for part, damaged in zip(found, mojibake(TextColumn(found)), strict=True) if not damaged]


def verse(data: Path) -> list[str]:
    """Speeches of the first half of Shakespeare's plays, without their speakers."""
    speeches = (data / "general/tinyshakespeare.txt").read_text(encoding="utf-8").split("\n\n")
    bodies = ("\n".join(speech.splitlines()[1:]) for speech in speeches[: len(speeches) // 2])
    return [body for body in bodies if "\n" in body]


def _first_lines(speech: str, rng: Random) -> str:
    return "\n".join(speech.splitlines()[: rng.choice([2, 3, 4, 4, 6])])


def pieces(texts: Iterable[str], rng: Random) -> list[str]:
    """Paragraphs cut into one to four sentences."""
    found = []
    for text in texts:
        sentences = _SENTENCE_END.split(text)
        while sentences:
            size = rng.choice([1, 1, 1, 2, 3, 4])
            found.append(" ".join(sentences[:size]))
            sentences = sentences[size:]
    return [piece for piece in found if len(piece.split()) >= 4]


def _demo(rng: Random, count: int) -> list[str]:
    from demo.grammar import sample_aphorism

    return [sample_aphorism(rng).text for _ in range(count)]
