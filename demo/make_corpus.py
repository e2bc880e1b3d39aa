"""Write `corpus.csv`, about 2,500 rows with planted junk, and `planted.jsonl`, which says where the junk is.

Idea: clean rows are independent draws from the grammar, so their entropy is known; every kind of `demo.planting`
then adds the same number of junk rows at random places. All of it follows from one seed, byte for byte. Takes less
than a second. Run: python -m demo.make_corpus
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import dataclass
from pathlib import Path
from random import Random

from demo.grammar import Aphorism, log_probability, sample_aphorism
from demo.planting import COPIED, SPOILED

SEED = 20240
NUM_CLEAN = 2196
NUM_PER_KIND = 16
FOLDER = Path(__file__).resolve().parent


@dataclass(eq=False)
class Row:
    """One record; `reason` is None for a clean one, and `original` is the clean row that a copy was made of."""

    text: str
    author: str
    reason: str | None = None
    note: str = ""
    original: Row | None = None


def make_rows(seed: int = SEED) -> list[Row]:
    """The corpus in order, junk included."""
    rng = Random(seed)
    sources = [sample_aphorism(rng) for _ in range(NUM_CLEAN)]
    clean = [Row(source.text, source.author) for source in sources]
    rows = list(clean)
    for planter in SPOILED:
        for number in range(NUM_PER_KIND):
            row = sample_aphorism(rng)
            text, note = planter(rng, row, number)
            author = "" if planter.__name__ == "missing" else row.author
            rows.append(Row(text, author, planter.__name__, note))
    rng.shuffle(rows)
    originals = rng.sample(range(NUM_CLEAN), NUM_PER_KIND * len(COPIED))
    for index, chosen in enumerate(originals):
        planter = COPIED[index // NUM_PER_KIND]
        text, note = planter(rng, sources[chosen], index % NUM_PER_KIND)
        copy = Row(text, clean[chosen].author, planter.__name__, note, clean[chosen])
        rows.insert(rng.randint(rows.index(clean[chosen]) + 1, len(rows)), copy)
    return rows


def write_corpus(folder: Path, seed: int = SEED) -> None:
    """Write `corpus.csv` and `planted.jsonl` into `folder`."""
    rows = make_rows(seed)
    with (folder / "corpus.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["text", "author"])
        writer.writerows([row.text, row.author] for row in rows)
    with (folder / "planted.jsonl").open("w", encoding="utf-8", newline="") as file:
        for source_index, row in enumerate(rows):
            if row.reason is None:
                continue
            note = row.note if row.original is None else f"{row.note}, of row {rows.index(row.original)}"
            line = {"source_index": source_index, "reason": row.reason, "note": note}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def clean_rows(folder: Path = FOLDER) -> list[Aphorism]:
    """The corpus's clean rows with their log-probabilities, read from the files: what an oracle test needs."""
    with (folder / "planted.jsonl").open(encoding="utf-8") as file:
        planted = {json.loads(line)["source_index"] for line in file}
    with (folder / "corpus.csv").open(encoding="utf-8", newline="") as file:
        records = list(csv.DictReader(file))
    kept = [record for index, record in enumerate(records) if index not in planted]
    return [Aphorism(r["author"], r["text"], log_probability(r["author"], r["text"])) for r in kept]


def main() -> None:
    """Command line: write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write to (default: demo/)")
    write_corpus(parser.parse_args().out)


if __name__ == "__main__":
    main()
