"""The ingestion stage as Prefect runs it."""

from __future__ import annotations

import shutil
import time
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from prefect import task

from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.caching import stage_options
from tasks.errors import ArtifactError
from tasks.ingestion.config import SOURCE_FILE, SourceConfig

if TYPE_CHECKING:
    import pandas as pd

BOOK = "the file's lines end in mid-sentence, so a row is a paragraph (source.unit)"
LOOKED_AT = 20_000
"""Paragraphs that tell whether a plain text is wrapped like a book."""


class SourceProfile(NamedTuple):
    """What a first recipe needs to know of a source."""

    config: SourceConfig
    """The source with its columns mapped and a hub dataset's commit pinned."""
    rows: pd.DataFrame
    """Its canonical rows."""
    prompt: dict[str, str]
    """A guess at the recipe's `prompt` section."""
    reasons: dict[str, str]
    """Source column to why it is kept."""
    left_out: dict[str, str]
    """Source column to why it is left out."""
    kinds: dict[str, str]
    """Source column to what it holds, in words."""
    num_structured: int
    """Columns of numbers, dates and categories."""
    notes: list[str]
    """What was found out on reading: encodings, dropped index columns."""


def source_facts(rows: ArtifactRef) -> dict[str, Any]:
    """What is known of the source of `rows`: its format, encoding, notes and the rest of `source.json`."""
    return home.store().read_json(rows, SOURCE_FILE)


def _is_transient(_task: Any, _run: Any, state: Any) -> bool:
    from tasks.ingestion.files import SourceUnreachable

    return isinstance(state.result(raise_on_failure=False), SourceUnreachable)


@task(
    name="ingest-rows",
    retries=2,
    retry_delay_seconds=[2, 10],
    retry_condition_fn=_is_transient,
    **stage_options("ingestion"),
)
def ingest_rows(config: SourceConfig, purged: list[str] | None = None) -> dict[str, ArtifactRef]:
    """Read the source and keep its records as `rows`: canonical columns, an id a row, and what couldn't be read.

    Args:
        config: Where the source is and how to read it.
        purged: Ids of rows that must not come in, see `tasks/purged.py`; None where there are none.
    """
    from tasks.ingestion.rows import write_rows
    from tasks.ingestion.sources import read_source

    started = time.perf_counter()
    scratch = _scratch_folder()
    with TemporaryDirectory(dir=scratch) as spool, TemporaryDirectory(dir=scratch) as written:
        source = read_source(config, Path(spool))
        num_errors = write_rows(source, config, Path(written), purged or ())
        record = {
            "path": config.public_path,
            "hub": config.hub,
            "seconds": round(time.perf_counter() - started, 3),
            "num_records": source.facts.num_records,
            "num_errors": num_errors,
        }
        ref = home.store().put("rows", lambda folder: _move_files(Path(written), folder), record=record, private=True)
    return {"rows": ref}


def _scratch_folder() -> Path:
    folder = home.state_folder() / "scratch"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArtifactError(
            f"{folder} can't be made: {error.strerror}\n  mend its permissions, or name another folder with GADFLY_HOME"
        ) from error
    return folder


def _move_files(source: Path, target: Path) -> None:
    for file in source.iterdir():
        shutil.move(file, target)


def peek_source(config: SourceConfig) -> pd.DataFrame:
    """The source's canonical rows, unchecked, for a look that keeps nothing; what couldn't be read is left out."""
    from tasks.ingestion.rows import canonical_rows
    from tasks.ingestion.sources import read_source

    with TemporaryDirectory(dir=_scratch_folder()) as spool:
        rows = canonical_rows(read_source(config, Path(spool)), config)
    return rows[rows["ingest_error"].isna()]


def profile_source(config: SourceConfig) -> SourceProfile:
    """Read a source and say what its columns are, for a first recipe."""
    from tasks.ingestion.columns import guess_template, recognise_columns
    from tasks.ingestion.rows import canonical_rows
    from tasks.ingestion.sources import read_source

    source, notes = read_source(config), []
    if source.facts.format == "text" and is_book(config):
        config, notes = by_paragraph(config), [BOOK]
        source = read_source(config)
    recognised = recognise_columns(source.frame)
    mapped = config.model_copy(update={"columns": recognised.columns, "revision": source.facts.revision})
    return SourceProfile(
        config=mapped,
        rows=canonical_rows(source, mapped),
        prompt=guess_template(recognised),
        reasons=recognised.reasons,
        left_out=recognised.left_out,
        kinds=recognised.kinds,
        num_structured=recognised.num_structured,
        notes=[*source.facts.notes, *notes],
    )


def by_paragraph(config: SourceConfig) -> SourceConfig:
    """The same plain text, a paragraph a row."""
    return config.model_copy(update={"unit": "paragraph"})


def is_book(config: SourceConfig) -> bool:
    """Whether a plain text that is read line by line is wrapped like a book, by its first `LOOKED_AT` paragraphs."""
    from tasks.ingestion.json_records import is_wrapped
    from tasks.ingestion.sources import read_source

    if config.unit != "line":
        return False
    with TemporaryDirectory(dir=_scratch_folder()) as spool:
        batches = read_source(by_paragraph(config), Path(spool)).batches()
        texts = (text.as_py() or "" for batch in batches for text in batch.columns["text"])
        return is_wrapped(list(islice(texts, LOOKED_AT)))


def pinned(config: SourceConfig) -> SourceConfig:
    """The source with a hub dataset's branch or tag replaced by the commit it stands at now.

    Raises:
        SourceError: The hub can't be asked, and no commit was given.
    """
    if not config.hub:
        return config
    from tasks.ingestion.hub import resolve_commit

    return config.model_copy(update={"revision": resolve_commit(config.hub, config.revision)})
