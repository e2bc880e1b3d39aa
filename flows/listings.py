"""Lists and tables on the terminal: everything but a run's own progress and summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from flows.display import console, safe, show_rows
from tasks.plain_text import one_line, printable

PIPED_WIDTH = 1000
"""Columns of a table that no terminal shows: nothing of a name is cut for a file or another program."""


def show_quarantine(listed: Mapping[str, Any]) -> None:
    """Rejected rows, one below the other, or the file they were written to."""
    if listed.get("csv"):
        console.print(
            safe(f"{listed['count']:,} of {listed['total']:,} rows written to {listed['csv']}"), soft_wrap=True
        )
        return
    for row in listed["rows"]:
        values = ", ".join(f"{name} {value}" for name, value in row["values"].items())
        reasons = safe(", ".join(row["reasons"]))
        console.print(f"[dim]row {row['source_index']:>6}  {row['row_id']}[/]  [red]{reasons}[/]")
        columns = {name: row[name] for name in row if name not in ("source_index", "row_id", "reasons", "values")}
        for name, value in columns.items():
            if value:
                console.print(f"    [dim]{safe(name)}[/] {safe(str(value).strip()[:300])}")
        if values:
            console.print(f"    [dim]{safe(values[:300])}[/]")
    first, last = listed["offset"] + 1, listed["offset"] + listed["count"]
    shown = (
        f"rows {first:,} to {last:,} of {listed['total']:,}" if listed["count"] else f"0 of {listed['total']:,} rows"
    )
    more = f"; the next ones: --offset {last}" if 0 < last < listed["total"] else ""
    masked = "; personal data is masked, --clear shows it" if listed["masked"] else ""
    console.print(f"[dim]{shown}{more}{masked}[/]", soft_wrap=True)


def show_release(made: Mapping[str, Any]) -> None:
    """What was put on a contract's list."""
    known = f" ({len(made['known']):,} were on it already)" if made["known"] else ""
    rows = "1 row" if len(made["released"]) == 1 else f"{len(made['released']):,} rows"
    console.print(safe(f"{rows} released{known}: {made['list']}"), soft_wrap=True)
    if made["contract_changed"]:
        console.print(safe(f"the contract {made['contract']} names that list now"), soft_wrap=True)
    console.print("they pass from the next run on")


def show_traces(traces: Any) -> None:
    """What a purge would remove."""
    console.print(safe(traces.told()), soft_wrap=True)


def show_purge(done: Mapping[str, Any]) -> None:
    """What a purge removed, and what it couldn't."""
    console.print(
        f"{len(done['row_ids']):,} rows purged: {len(done['artifacts']):,} artifacts and {len(done['files']):,} files "
        f"removed, {len(done['redacted']):,} files and databases rewritten",
        soft_wrap=True,
    )
    for model in done["models"]:
        console.print(f"[yellow]{safe(model)} was trained on it and can't forget it: train again[/]", soft_wrap=True)
    for note in done["notes"]:
        console.print(f"[yellow]{safe(note)}[/]", soft_wrap=True)


def show_reports(found: Mapping[str, Any]) -> None:
    """Where a run's reports are."""
    for name in ("report", "data_report", "docs"):
        if found.get(name):
            console.print(safe(f"{name.replace('_', ' '):<12} {found[name]}"), soft_wrap=True)


def show_table(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """A plain table."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column)
    for line in lines:
        table.add_row(*(safe(cell) for cell in line))
    shown, console.width = console.width, console.width if console.is_terminal else PIPED_WIDTH
    console.print(table)
    console.width = shown


def show_check(checked: Mapping[str, Any]) -> None:
    """A dataset held against a contract."""
    for name, column in checked["columns"].items():
        console.print(f"[dim]column {safe(column)} is read as {safe(name)}[/]")
    show_rows(checked["rows"])
    for note in checked["notes"]:
        console.print(f"[yellow]{safe(note)}[/]", soft_wrap=True)
    for failure in checked["failures"]:
        console.print(f"[red]{safe(failure)}[/]")
    outcome = "[green]passes[/]" if checked["success"] else "[red]breaks[/]"
    console.print(f"\nThe data {outcome} contract {safe(checked['contract'])}.")
    show_verdict(checked["verdict"])
    console.print(
        safe(
            f"quarantined rows: {checked['quarantined']}\naccepted rows:    {checked['accepted']}\n"
            f"report:           {checked['report']}"
        ),
        soft_wrap=True,
    )
    if checked.get("docs"):
        console.print(safe(f"Data Docs:        {checked['docs']}"), soft_wrap=True)


def show_runs(listed: Mapping[str, Any]) -> None:
    """Runs, a line each."""
    lines = []
    for run in listed["runs"]:
        model = run["summary"].get("model", {})
        outcome = (
            f"{model['name']} v{model['version']}"
            if model
            else run["error"].splitlines()[0][:80]
            if run["error"]
            else ""
        )
        states = [facts["state"] for facts in run["stages"].values()]
        work = f"{states.count('ran')} ran, {states.count('cached')} cached"
        lines.append(
            [run["run_id"][:8], run["started"][:19].replace("T", " "), run["recipe"], run["status"], work, outcome]
        )
    show_table(["run", "started (UTC)", "recipe", "status", "stages", "outcome"], lines)


def show_models(listed: Mapping[str, Any]) -> None:
    """Registered versions, a line each; of one model its promotion log as well."""
    lines = []
    for version in listed["models"]:
        told = (version["description"] or "").splitlines()
        held_out = next((line for line in told if "NLL" in line), "").lstrip("- ")
        gate = version["tags"].get("gate", "")
        lines.append([f"{version['name']}@{version['version']}", ", ".join(version["aliases"]), gate, held_out])
    show_table(["model", "aliases", "gate", "result"], lines)
    if listed.get("log"):
        console.print("\n[bold]Promotions[/]")
        header = ["when (UTC)", "what", "from", "to", "who", "gate", "why"]
        show_table(header, [_log_line(entry) for entry in listed["log"]])


def _log_line(entry: Mapping[str, Any]) -> list[str]:
    how = [name for name, is_so in (("forced", entry["forced"]), ("by hand", entry["by_hand"])) if is_so]
    what = f"{entry['action']} {entry['version']}" + (f" ({', '.join(how)})" if how else "")
    before, after = (str(entry[name] or "none") for name in ("from_version", "to_version"))
    return [entry["when"][:19].replace("T", " "), what, before, after, entry["who"], entry["gate"], entry["why"]]


def show_promotion(made: Mapping[str, Any]) -> None:
    """A promotion with the clauses it was given on, or a rollback."""
    from flows.promotion import clause_lines

    for line in clause_lines(made["verdict"]) if "verdict" in made else []:
        console.print(safe(line), soft_wrap=True)
    entry = made["entry"]
    holder = f"version {entry['to_version']} is champion" if entry["to_version"] else "nobody is champion"
    forced = ", against the gate" if entry["forced"] else ""
    console.print(f"{safe(made['model'])}: {holder}{forced} [dim](was {entry['from_version'] or 'nobody'})[/]")


def show_samples(made: Mapping[str, Any]) -> None:
    """Continuations on standard output: they are what was asked for."""
    for sample in made["samples"]:
        print(printable(sample["prompt"] + sample["text"]))


def show_export(made: Mapping[str, Any]) -> None:
    """What was written where, and what it needs."""
    kinds = {"adapter": "its adapter", "merged": "its adapter merged into the base", "weights": "all its weights"}
    console.print(
        f"{safe(made['model'])}@{made['version']}: {kinds[made['kind']]}, {made['size_bytes'] / 1e6:,.1f} MB, "
        f"in {safe(made['folder'])}",
        soft_wrap=True,
    )
    if made["base"]:
        console.print(
            f"the base it needs: {safe(made['base'])}; --merge writes a folder that needs none", soft_wrap=True
        )
    console.print(
        f"read back by transformers, its logits differ by at most {made['max_logit_difference']:.2g} "
        f"(allowed: {made['allowed_difference']:.2g})"
    )


def show_verification(found: Mapping[str, Any]) -> None:
    """The store's state."""
    for damaged in found["damaged"]:
        console.print(f"[red]{safe(damaged['kind'])} {safe(damaged['digest'][:19])}: {safe(damaged['damage'])}[/]")
    if found["damaged"]:
        console.print("damaged artifacts were moved aside; running their recipe again makes them anew")
    console.print(f"{found['checked']:,} artifacts checked, {len(found['damaged']):,} damaged")


def _counts(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in reasons.items())


def show_verdict(verdict: Mapping[str, Any]) -> None:
    """What to do with the data, and why."""
    colour = {"train": "green", "repair first": "yellow"}.get(verdict["decision"], "red")
    console.print(f"[bold]verdict[/]  [{colour}]{safe(verdict['decision'])}[/]")
    for reason in verdict["reasons"]:
        console.print(f"  {safe(reason)}", soft_wrap=True)


def show_contract_draft(drafted: Mapping[str, Any]) -> None:
    """What `gadfly contract init` recognised and wrote."""
    _show_recognised(drafted)
    _show_outcome(drafted)
    console.print(safe(f"contract  {drafted['contract']}, on {drafted['profile']}"), soft_wrap=True)
    console.print(f"\n[bold]Next[/]\n  {safe(drafted['next'])}", soft_wrap=True)


def show_draft(drafted: Mapping[str, Any]) -> None:
    """What `gadfly init` recognised and wrote."""
    _show_recognised(drafted)
    for part, text in drafted["prompt"].items():
        console.print(f"[bold]{safe(part)}[/]  {safe(repr(text))}")
    _show_outcome(drafted)
    console.print(safe(f"recipe    {drafted['recipe']}\ncontract  {drafted['contract']}"), soft_wrap=True)
    console.print(f"\n[bold]Next[/]\n  {safe(drafted['next'])}", soft_wrap=True)


def _show_recognised(drafted: Mapping[str, Any]) -> None:
    console.print(f"[bold]{drafted['rows']:,} rows[/]")
    for column, why in drafted["reasons"].items():
        console.print(f"  [green]{safe(one_line(column))}[/]  {safe(why)}")
    for column, why in drafted["left_out"].items():
        console.print(f"  [dim]{safe(one_line(column))}  left out: {safe(why)}[/]")
    for note in drafted["notes"]:
        console.print(f"  [yellow]{safe(note)}[/]")


def _show_outcome(drafted: Mapping[str, Any]) -> None:
    accepted, rejected, warned = drafted["accepted"], drafted["would_reject"], drafted["would_warn"]
    console.print(f"[bold]accepts[/]  {accepted:,} of {_judged_rows(drafted)} today", end="")
    console.print(safe(f"; rejects {_counts(rejected)}" if rejected else ""), soft_wrap=True)
    if warned:
        console.print(f"  [yellow]only counted: {safe(_counts(warned))}[/]", soft_wrap=True)
    show_verdict(drafted["verdict"])


def _judged_rows(drafted: Mapping[str, Any]) -> str:
    is_sample = drafted["judged"] < drafted["rows"]
    return f"{drafted['judged']:,} rows" + (" of a sample" if is_sample else "")
