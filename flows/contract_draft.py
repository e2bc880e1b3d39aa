"""`gadfly contract init`: a contract for a dataset, drafted from a shipped one, with the verdict on the data."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import Any

from flows.check import source_config
from flows.display import command_name
from flows.named_files import contract_file
from flows.recipe import NAME_PATTERN
from flows.slug import slug
from tasks import home
from tasks.errors import RecipeError, SourceError
from tasks.identity import public_url
from tasks.ingestion.task import SourceProfile, profile_source
from tasks.plain_text import one_line
from tasks.prompt_format import template_fields
from tasks.validation.contract import load_contract
from tasks.validation.task import drafted_contract

PROFILES = ("short_text", "document", "instruction", "dialogue", "table_to_text")
"""The contracts that a draft can be based on, those of the home before those that are shipped."""
SCHEMA = home.CHECKOUT / "data_contracts" / "contract.schema.json"


def init_contract(source: str, name: str = "", out: str = "", *, force: bool = False) -> dict[str, Any]:
    """Profile a dataset and write a contract for it.

    Args:
        source: File, folder, URL or hub dataset.
        name: The contract's; empty: from `out`'s or the data's name.
        out: The file; empty: `data_contracts/NAME.yaml`.
        force: Replace a file of that name.

    Raises:
        SourceError: The data can't be read, or no column of it is text.
        RecipeError: The name is none, or the file exists.
    """
    name = checked_name(name or (Path(out).stem if out else name_of_data(source)))
    file = Path(out).expanduser().absolute() if out else home.home() / "data_contracts" / f"{name}.yaml"
    if file.exists() and not force:
        raise RecipeError(f"{file} exists\n  --force replaces it, {'--out' if out else '--name'} chooses another")
    profile = profile_source(source_config(source))
    text, told = contract_of(profile, source, name, file.parent)
    file.parent.mkdir(parents=True, exist_ok=True)
    before = file.read_bytes() if file.exists() else None
    file.write_text(text, encoding="utf-8")
    try:
        load_contract(file)
    except RecipeError:
        file.unlink() if before is None else file.write_bytes(before)
        raise
    named = name if not out else str(file)
    mapped = profile.config.columns
    is_renamed = any(key != column for key, column in mapped.items())
    pairs = [f"{key}={column}" for key, column in mapped.items()] if is_renamed else []
    options = "".join(f" --column {shlex.quote(pair)}" for pair in pairs)
    return {
        "contract": str(file),
        **told,
        "next": f"{command_name()} check {shlex.quote(source)} --contract {shlex.quote(named)}{options}",
    }


def contract_of(profile: SourceProfile, source: str, name: str, folder: Path) -> tuple[str, dict[str, Any]]:
    """A contract's YAML, and what is told of it.

    Args:
        profile: The source's.
        source: As the user named it.
        name: The contract's.
        folder: Where it will lie.

    Raises:
        SourceError: No column is text.
    """
    columns = text_columns(profile, source)
    used = {field for text in profile.prompt.values() for field in template_fields(text)}
    drafted = drafted_contract(
        profile.rows,
        columns,
        name,
        {known: load_contract(contract_file(known)) for known in PROFILES if _is_there(known)},
        source=_shown(source),
        described=_columns_told(profile),
        num_structured=profile.num_structured,
        required=[column for column in profile.rows.columns if column in used],
        schema=_schema_from(folder),
    )
    return drafted.text, {
        "profile": drafted.profile,
        "verdict": drafted.verdict.as_dict(),
        "rows": len(profile.rows),
        "judged": drafted.rows,
        "accepted": drafted.accepted,
        "would_reject": drafted.reasons,
        "would_warn": drafted.warnings,
        "columns": profile.config.columns,
        "reasons": profile.reasons,
        "left_out": profile.left_out,
        "notes": profile.notes,
    }


def text_columns(profile: SourceProfile, source: str) -> list[str]:
    """The columns that a model would learn from."""
    columns: list[str] = [column for column in ("text", "prompt", "completion") if column in profile.config.columns]
    if not columns:
        seen = ", ".join(one_line(column, 40) for column in profile.left_out)
        raise SourceError(
            f"{source}: no column looks like text ({seen})\n  write a recipe by hand: see recipes/demo.yaml"
        )
    return columns


def checked_name(name: str) -> str:
    """A name that is fit for a file.

    Raises:
        RecipeError: It isn't.
    """
    if not re.fullmatch(NAME_PATTERN, name):
        raise RecipeError(f"--name {one_line(name)}: use letters, digits, `-`, `_` and `.`, and begin with no sign")
    return name


def name_of_data(data: str) -> str:
    """A name from a file's, folder's or dataset's."""
    stem = re.split(r"[/\\]", data.rstrip("/\\"))[-1]
    stem = re.sub(r"\.(csv|tsv|jsonl?|ndjson|parquet|arrow|txt|gz|zst)\b", "", stem, flags=re.IGNORECASE)
    return slug(stem) or "dataset"


def _is_there(name: str) -> bool:
    try:
        contract_file(name)
    except RecipeError:
        return False
    return True


def _shown(source: str) -> str:
    return public_url(source) if "://" in source else Path(source).name or source


def _columns_told(profile: SourceProfile) -> dict[str, str]:
    """What each column is, under its canonical name where it has one; those that are left out together."""
    canonical = {column: name for name, column in profile.config.columns.items()}
    told, left_out = {}, []
    for column, kind in profile.kinds.items():
        name, source = canonical.get(column, ""), one_line(column, 40)
        if name:
            told[name if name == column else f"{name} (the source's {source})"] = kind
        else:
            left_out.append(f"{source} ({kind.replace(',', ';')})")
    return told | ({"left out": ", ".join(left_out)} if left_out else {})


def _schema_from(folder: Path) -> str:
    """The schema's path from a contract's folder where both lie in one home, else as it is."""
    inside = folder.resolve().is_relative_to(home.CHECKOUT)
    relative = os.path.relpath(SCHEMA, folder.resolve()) if inside else str(SCHEMA)
    return relative if relative.startswith((".", "/")) else f"./{relative}"
