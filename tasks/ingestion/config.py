"""What the ingestion stage is told: where the data is, how to read it, and which columns to keep under which names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from tasks.identity import public_url
from tasks.ingestion.files import format_by_name, source_name
from tasks.stage_config import ContentPath, DisplayOnly, StageConfig

SOURCE_FILE = "source.json"
"""The facts of a source, in the artifact `rows`."""
RESERVED_NAMES = frozenset({"row_id", "source_index", "ingest_error", "split"})
"""Columns that Gadfly adds itself."""

FormatName = Literal["auto", "csv", "tsv", "json", "jsonl", "parquet", "arrow", "text"]


class SourceConfig(StageConfig):
    """A local file or folder, a URL, several of these, or a dataset of the Hugging Face hub."""

    path: Annotated[str | tuple[str, ...], ContentPath()] = ""
    """File, folder or fsspec URL to read, or a list of them, read in order; leave empty when `hub` is given."""
    hub: str = ""
    """Dataset id on the Hugging Face hub, such as `Abirate/english_quotes`; leave empty when `path` is given."""
    revision: str = ""
    """Commit, branch or tag of the hub dataset; empty is the default branch. A commit repeats exactly."""
    subset: str = ""
    """Configuration of the hub dataset, where it has several."""
    hub_split: str = "train"
    """Split of the hub dataset to read."""
    format: FormatName = "auto"
    """Format of the files; `auto` goes by the extension, else by the content."""
    encoding: str = ""
    """Encoding of text files, such as `utf-8` or `cp1252`; empty is detected."""
    unit: Literal["line", "paragraph"] = "line"
    """What a row is in plain text: a line, or a paragraph between blank lines."""
    max_expansion: float = Field(default=100.0, ge=1.0)
    """How many times its size a compressed file of more than 256 MB of text may unpack to."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Canonical name to source column; only these are kept. Empty keeps every column under its own name."""
    licence: str = ""
    """Licence of the data, as its owner states it; goes into the model card."""
    origin: str = ""
    """Where the data is from, in words or as an address; goes into the model card. A hub dataset and a URL say it."""
    obtain: Annotated[str, DisplayOnly()] = ""
    """The command or page that gets the data, told where it isn't there. Changes no result."""

    @property
    def paths(self) -> tuple[str, ...]:
        """What `path` names, one by one; empty for a hub dataset."""
        return (self.path,) * bool(self.path) if isinstance(self.path, str) else self.path

    @property
    def public_path(self) -> str | list[str]:
        """`path` without credentials."""
        return public_url(self.path) if isinstance(self.path, str) else [public_url(path) for path in self.path]

    @property
    def where(self) -> str:
        """What errors call the source."""
        return self.hub or ", ".join(public_url(path) for path in self.paths)

    def key_extra(self) -> dict[str, Any]:
        """The formats that the names of single files and URLs stand for, where names decide how they are read."""
        named = [path for path in self.paths if not Path(path.removeprefix("file://")).is_dir()]
        if not named or self.format != "auto":
            return {}
        formats = [format_by_name(source_name(path)) for path in named]
        return {"named_format": formats[0] if isinstance(self.path, str) else formats}

    @model_validator(mode="after")
    def _one_source(self) -> SourceConfig:
        if bool(self.path) == bool(self.hub):
            seen = "both are given" if self.path else "neither is given"
            raise ValueError(f"give exactly one of path and hub; {seen}")
        return self

    @model_validator(mode="after")
    def _canonical_names(self) -> SourceConfig:
        for name in self.columns:
            if not name.isidentifier():
                raise ValueError(f"columns.{name}: a canonical name is letters, digits and _, such as text")
            if name in RESERVED_NAMES:
                raise ValueError(f"columns.{name}: reserved ({', '.join(sorted(RESERVED_NAMES))}); choose another name")
        return self
