"""The `tokens` artifact, as tokenization writes it and training and evaluation read it.

train.arrow, holdout.arrow   row_id, input_ids, labels; memory-mapped when read
tokens.json                  the settings in force, the special tokens, counts
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from tasks.documents import Document
from tasks.errors import ArtifactError
from tasks.json_files import write_json

TOKENS_FORMAT = 1
SPLITS = ("train", "holdout")

_SCHEMA = pa.schema([("row_id", pa.string()), ("input_ids", pa.list_(pa.int32())), ("labels", pa.list_(pa.int32()))])


class TokenizedRows(Sequence[Document]):
    """Documents of one split, read from a memory map when they are asked for."""

    def __init__(self, path: Path) -> None:
        self._table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        return Document(self._values("input_ids", index), self._values("labels", index))

    @property
    def row_ids(self) -> list[str]:
        """The rows' ids, in order."""
        return [str(row_id) for row_id in self._table["row_id"].to_pylist()]

    def lengths(self) -> list[int]:
        """Tokens a document."""
        import pyarrow.compute as pc

        return [int(length) for length in pc.list_value_length(self._table["input_ids"]).to_pylist()]

    def _values(self, column: str, index: int) -> Any:
        return self._table[column][index].values.to_numpy()


class Tokens(NamedTuple):
    """An opened `tokens` artifact."""

    train: TokenizedRows
    holdout: TokenizedRows
    facts: dict[str, Any]


def write_tokens(folder: Path, splits: dict[str, tuple[list[str], list[Document]]], facts: dict[str, Any]) -> None:
    """Write the artifact's files: equal content gives equal bytes."""
    for split in SPLITS:
        row_ids, documents = splits[split]
        table = pa.table(
            {
                "row_id": row_ids,
                "input_ids": [list(document.input_ids) for document in documents],
                "labels": [list(document.labels) for document in documents],
            },
            schema=_SCHEMA,
        )
        with pa.OSFile(str(folder / f"{split}.arrow"), "wb") as sink, pa.ipc.new_file(sink, _SCHEMA) as writer:
            writer.write_table(table, max_chunksize=65_536)
    write_json(folder / "tokens.json", {"format": TOKENS_FORMAT, **facts})


def read_tokens(folder: Path) -> Tokens:
    """Open the artifact's files.

    Raises:
        ArtifactError: It was written in another format.
    """
    facts = json.loads((folder / "tokens.json").read_text(encoding="utf-8"))
    if facts["format"] != TOKENS_FORMAT:
        raise ArtifactError(
            f"tokens of format {facts['format']}; this version reads {TOKENS_FORMAT}: run the recipe again"
        )
    return Tokens(TokenizedRows(folder / "train.arrow"), TokenizedRows(folder / "holdout.arrow"), facts)
