"""`gadfly quarantine`: rejected rows found again, exported, and released by a person's decision; `gadfly report`.

A release is a line in a text file that the contract names: it is versioned with the contract and outlives the next
export, because a row's id comes from what the row says.
"""

from __future__ import annotations

import csv as csv_format
import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from flows.check import LISTED_COLUMNS, private_file, quarantined_rows
from flows.data_quality import data_report
from flows.named_files import contract_file
from flows.reading import reading
from flows.run_log import find_run, run_artifact
from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.errors import RecipeError
from tasks.json_files import replace_text
from tasks.plain_text import one_line
from tasks.validation.contract import INGEST_REASONS
from tasks.validation.task import masked_row, read_report, write_expectation_pages
from tasks.yaml_values import read_yaml

MATCH_TIMEOUT_S = 2.0
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet may take for the beginning of a formula (OWASP, CSV Injection), wide forms included."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which rejected rows; all where everything is empty."""

    reasons: tuple[str, ...] = ()
    """Any of these."""
    column: str = ""
    """The column that `contains` and `match` look at; empty: all of the data's own."""
    contains: str = ""
    """A text, in any case."""
    match: str = ""
    """A regular expression (Python's `regex`)."""


@reading()
def browse(
    run: str, wanted: Wanted, *, offset: int = 0, limit: int | None = None, clear: bool = False, csv: str = ""
) -> dict[str, Any]:
    """Rejected rows of a run.

    Args:
        run: A run's id or its beginning, or a recipe's name.
        wanted: Which rows.
        offset: Matching rows to skip.
        limit: Most rows; None: all.
        clear: Leave personal data and keys as they are.
        csv: A file to write the rows to, instead of returning them.

    Returns:
        `run_id`, `total` (matching rows), `offset`, `count`, `masked`, and `rows` or `csv`.

    Raises:
        RecipeError: No such run, reason or column, or `match` is no regular expression.
    """
    found = find_run(run, "quarantined")
    ref = run_artifact(found, "quarantined")
    total = 0
    rows: list[dict[str, Any]] = []
    for row in _matching(ref, wanted, found):
        if offset <= total < offset + (limit if limit is not None else total + 1):
            rows.append(row if clear else masked_row(row))
        total += 1
    listed = {"run_id": found["run_id"], "total": total, "offset": offset, "count": len(rows), "masked": not clear}
    if not csv:
        return {**listed, "rows": rows}
    path = Path(csv).expanduser()
    write_csv(path, _columns(ref), rows)
    return {**listed, "csv": str(path)}


def _matching(ref: ArtifactRef, wanted: Wanted, run: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    columns = [name for name in _columns(ref) if name not in LISTED_COLUMNS]
    if wanted.column and wanted.column not in columns:
        raise RecipeError(f"--column {one_line(wanted.column)}: the rejected rows have {', '.join(columns)}")
    known = {str(reason) for reason in _report(run)["reasons"]}
    for reason in wanted.reasons:
        if reason not in known:
            near = difflib.get_close_matches(reason, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise RecipeError(
                f"--reason {one_line(reason)}: no row was rejected for it{hint}\n"
                f"  there are: {', '.join(sorted(known)) or 'none'}"
            )
    is_found = _searcher(wanted)
    looked_at = [wanted.column] if wanted.column else columns
    for row in quarantined_rows(ref):
        named = not wanted.reasons or any(reason in row["reasons"] for reason in wanted.reasons)
        if named and is_found([row[name] for name in looked_at if row[name] is not None]):
            yield row


def _searcher(wanted: Wanted) -> Callable[[Sequence[str]], bool]:
    """Whether any of a row's texts holds what is looked for."""
    import regex

    text = wanted.contains.casefold()
    try:
        pattern = regex.compile(wanted.match) if wanted.match else None
    except regex.error as error:
        raise RecipeError(f"--match {one_line(wanted.match)}: no regular expression: {error}") from error

    def is_found(texts: Sequence[str]) -> bool:
        if text and not any(text in candidate.casefold() for candidate in texts):
            return False
        try:
            return pattern is None or any(pattern.search(one, timeout=MATCH_TIMEOUT_S) for one in texts)
        except TimeoutError as error:
            raise RecipeError(
                f"--match {one_line(wanted.match)}: took more than {MATCH_TIMEOUT_S:g} s on a row\n"
                "  nested repeats such as (a+)+ never end on some texts; write it without them"
            ) from error

    return is_found


def _columns(ref: ArtifactRef) -> list[str]:
    import pyarrow.parquet as pq

    return list(pq.read_schema(home.store().open(ref) / "quarantined.parquet").names)


def _report(run: Mapping[str, Any]) -> dict[str, Any]:
    return read_report(run_artifact(dict(run), "validation_report"))


def write_csv(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows for a spreadsheet, readable by their owner alone; no cell of theirs is taken for a formula."""
    private_file(path)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv_format.writer(stream)
        writer.writerow([harmless_cell(name) for name in columns])
        for row in rows:
            writer.writerow([harmless_cell(_cell(row[name])) for name in columns])


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def harmless_cell(value: Any) -> Any:
    """A cell with an apostrophe in front where a spreadsheet would take its text for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


@reading()
def release_rows(run: str, row_ids: Sequence[str], why: str = "", contract: str = "") -> dict[str, Any]:
    """Put rejected rows on the list of those that the contract lets pass.

    Args:
        run: The run that rejected them.
        row_ids: Their ids.
        why: Who decided it and why; a comment in the list.
        contract: Name or path; empty: the run's own, by name.

    Raises:
        RecipeError: A row isn't among the rejected ones, or couldn't be read; the contract isn't found.
    """
    found = find_run(run, "quarantined")
    wanted = list(dict.fromkeys(row_ids))
    reasons = {
        row["row_id"]: row["reasons"]
        for row in quarantined_rows(run_artifact(found, "quarantined"))
        if row["row_id"] in set(wanted)
    }
    _check_releasable(wanted, reasons, found)
    report = _report(found)
    try:
        file = contract_file(contract or str(report["contract"]["name"]))
    except RecipeError as error:
        raise RecipeError(
            f"{error}\n  the run's contract was a file elsewhere: name it with --contract PATH"
        ) from error
    names, is_new = _release_list(file)
    known = _listed(names) if names.exists() else set()
    new = [row_id for row_id in wanted if row_id not in known]
    if new:
        before = names.read_text(encoding="utf-8") if names.exists() else RELEASE_HEAD
        if is_new:
            with_list = naming_release_list(file.read_bytes(), names.name, file)
        replace_text(names, _ended(before) + _entries(new, reasons, datetime.now(UTC).date(), why))
        if is_new:
            file.write_bytes(with_list)
    return {
        "released": new,
        "known": [row_id for row_id in wanted if row_id in known],
        "list": str(names),
        "contract": str(file),
        "contract_changed": is_new and bool(new),
    }


RELEASE_HEAD = "# Rows that this contract lets pass whatever its rules say: a person looked at them.\n"


def _check_releasable(wanted: Sequence[str], reasons: Mapping[str, Sequence[str]], run: Mapping[str, Any]) -> None:
    short = str(run["run_id"])[:8]
    unknown = [one_line(row_id) for row_id in wanted if row_id not in reasons]
    if unknown:
        count = _report(run)["quarantined"]
        raise RecipeError(
            f"{', '.join(unknown)}: not among the {count:,} rejected rows of run {short}\n"
            f"  see them and their ids: gadfly quarantine {short}"
        )
    unread = [row_id for row_id, found in reasons.items() if set(found) & set(INGEST_REASONS)]
    if unread:
        raise RecipeError(f"{', '.join(unread)}: could not be read, so there is nothing to release; mend the source")


def _release_list(contract: Path) -> tuple[Path, bool]:
    """The contract's list of released rows, and whether the contract doesn't name one yet."""
    named = read_yaml(contract.read_text(encoding="utf-8")).get("released")
    if named:
        return (contract.parent / Path(str(named)).expanduser()).resolve(), False
    return contract.with_name(f"{contract.stem}.released.txt"), True


def _listed(path: Path) -> set[str]:
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return {line for line in lines if line}


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def _entries(row_ids: Sequence[str], reasons: Mapping[str, Sequence[str]], today: date, why: str) -> str:
    """Lines for a release list: for each row a comment with the day, the reasons and why, then its id."""
    note = f": {one_line(why, 200)}" if why else ""
    return "".join(f"# {today.isoformat()} {', '.join(reasons[row_id])}{note}\n{row_id}\n" for row_id in row_ids)


def naming_release_list(content: bytes, name: str, file: Path) -> bytes:
    """A contract's file with the line `released: NAME` after its version; every other byte stays.

    Raises:
        RecipeError: The file is written so that no line can be added.
    """
    lines = content.splitlines(keepends=True)
    place = next((index for index, line in enumerate(lines) if line.startswith(b"version:")), None)
    if place is not None:
        ending = b"\r\n" if lines[place].endswith(b"\r\n") else b"\n"
        if not lines[place].endswith((b"\n", b"\r")):
            lines[place] += ending
        changed = b"".join([*lines[: place + 1], f"released: {name}".encode() + ending, *lines[place + 1 :]])
        before, after = read_yaml(content.decode("utf-8")), read_yaml(changed.decode("utf-8"))
        if after == {**before, "released": name}:
            return changed
    raise RecipeError(f"{file} has no line `version: …` to put a line after\n  add to it yourself: released: {name}")


@reading()
def reports_of(run: str, docs: str = "") -> dict[str, Any]:
    """Where a run's reports are; `docs` is a folder for Great Expectations' own pages."""
    found = find_run(run, "validation_report")
    artifacts = {name: ArtifactRef.model_validate(ref) for name, ref in found["artifacts"].items()}
    judged = run_artifact(found, "validation_report")
    path = home.state_folder() / "reports" / f"{found['run_id']}.html"
    made = {"run_id": found["run_id"], "report": str(path) if path.exists() else ""}
    made["data_report"] = data_report(found["recipe"], artifacts)
    if docs:
        made["docs"] = write_expectation_pages(judged, Path(docs).expanduser())
    return made
