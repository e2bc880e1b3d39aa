"""What a person sees on the terminal. All of it goes to standard error but what `--json` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from tasks.progress import Event, listening

console = Console(stderr=True, highlight=False)

UNITS = {"training": "steps", "validation": "rows", "tokenization": "rows"}
STATES = {
    "ran": "[green]ran[/]",
    "cached": "[cyan]cached[/]",
    "failed": "[red]failed[/]",
    "would run": "[yellow]would run[/]",
}


@contextmanager
def live_progress() -> Iterator[None]:
    """A line a stage: how far it is, its loss, the time left. Without a terminal, a line when it ends."""
    if not console.is_terminal:
        with listening(_print_end):
            yield
        return
    bars: dict[str, TaskID] = {}
    columns = (
        TextColumn("{task.description:<13}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=console) as progress:

        def show(event: Event) -> None:
            if event.stage not in bars:
                bars[event.stage] = progress.add_task(event.stage, total=None, note="")
            bar = bars[event.stage]
            if event.state == "working":
                note = " ".join(f"{name} {value:.3f}" for name, value in event.measures.items())
                unit = UNITS.get(event.stage, "samples")
                progress.update(bar, completed=event.done, total=event.total, note=f"{unit} {note}".strip())
            elif event.state in ("ran", "cached", "failed"):
                total = progress.tasks[bar].total or 1
                progress.update(bar, completed=total, total=total, note=STATES[event.state])
                progress.stop_task(bar)

        with listening(show):
            yield


def _print_end(event: Event) -> None:
    if event.state in STATES:
        console.print(f"{event.stage:<13} {STATES[event.state]} {event.seconds:.1f} s")


def show_summary(summary: Mapping[str, Any]) -> None:
    """A finished run, and what to type next."""
    rows, training, metrics = summary["rows"], summary["training"], summary["metrics"]
    console.print()
    show_stages(summary["stages"])
    console.print()
    show_rows(rows)
    share = training["trainable_parameters"] / max(1, training["base_parameters"])
    console.print(
        f"\n[bold]Training[/]  {training['method']}, {training['trainable_parameters']:,} trained parameters "
        f"({share:.1%} of the base), {training['steps']:,} steps, "
        f"{training['tokens_per_second']:,.0f} tokens a second, "
        f"{summary['tokens']['padding_fraction']:.1%} padding",
        soft_wrap=True,
    )
    console.print()
    console.print(_metrics_table(metrics))
    _show_sample(summary["samples"])
    model = summary["model"]
    named = f"{model['name']} version {model['version']}"
    aliases = f" ({', '.join(model['aliases'])})" if model["aliases"] else ""
    console.print(f"\n[bold]Model[/]     {named}{aliases}")
    console.print(f"[bold]Report[/]    {summary['report']}", soft_wrap=True)
    prompt = summary["samples"]["tuned"][0]["prompt"] if summary["samples"]["tuned"] else ""
    console.print("\n[bold]Next[/]")
    for command in next_commands(summary, prompt):
        console.print(f"  {escape(command)}", soft_wrap=True)


def next_commands(summary: Mapping[str, Any], prompt: str) -> list[str]:
    """The three commands worth typing after a run."""
    model = summary["model"]
    quoted = "'" + prompt.replace("'", "'\\''") + "'"
    return [
        "gadfly init YOUR_DATA.csv             # your own file: writes a recipe and a contract that run as they are",
        f"gadfly generate {model['name']}@{model['version']} --prompt {quoted}",
        f"gadfly quarantine {summary['run_id'][:8]}             # the rejected rows, and why",
    ]


def show_stages(stages: Mapping[str, Any]) -> None:
    """A line a stage: its state, and why it ran or which run made it."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("stage", "state", "time", "why"):
        table.add_column(name, justify="right" if name == "time" else "left", no_wrap=name != "why")
    for stage, facts in stages.items():
        why = "; ".join(facts.get("why", [])[:3])
        if len(facts.get("why", [])) > 3:
            why += f"; and {len(facts['why']) - 3} more"
        if facts["state"] == "cached" and facts.get("made_by"):
            why = f"made by run {facts['made_by'][:8]}"
        seconds = f"{facts['seconds']:.1f} s" if facts["state"] != "would run" else ""
        table.add_row(stage, STATES[facts["state"]], seconds, escape(why))
    console.print(table)


def show_rows(rows: Mapping[str, Any]) -> None:
    """Rows in and out, and the reasons of those that were rejected."""
    split = rows.get("split")
    kept = f" ({split['train']:,} to train on, {split['holdout']:,} held out)" if split else ""
    console.print(
        f"[bold]Rows[/]      {rows['ingested']:,} in, {rows['accepted']:,} accepted{kept}, "
        f"{rows['quarantined']:,} quarantined",
        soft_wrap=True,
    )
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right")
    table.add_column()
    for reason, count in sorted(rows["reasons"].items(), key=lambda item: (-item[1], item[0])):
        table.add_row(f"          {count:,}", reason)
    for reason, count in sorted(rows.get("warnings", {}).items(), key=lambda item: (-item[1], item[0])):
        table.add_row(f"          {count:,}", f"{reason} [dim](kept, with a warning)[/]")
    console.print(table)


def _metrics_table(metrics: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("held-out rows", "base", "tuned"):
        table.add_column(name, justify="left" if name == "held-out rows" else "right")
    base, tuned = metrics["base"], metrics["tuned"]
    table.add_row("  loss, nats a token", f"{base['nll']:.3f}", f"{tuned['nll']:.3f}")
    table.add_row("  perplexity", f"{base['perplexity']:,.1f}", f"{tuned['perplexity']:,.1f}")
    table.add_row("  stops by itself", f"{base['stop_rate']:.0%}", f"{tuned['stop_rate']:.0%}")
    if "general_nll" in base and "general_nll" in tuned:
        table.add_row("  general text, nats a token", f"{base['general_nll']:.3f}", f"{tuned['general_nll']:.3f}")
    return table


def _show_sample(samples: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    if not samples["base"] or not samples["tuned"]:
        return
    before, after = samples["base"][0], samples["tuned"][0]
    table = Table(
        title=f"after  {escape(after['prompt'])}", title_justify="left", box=None, pad_edge=False, expand=True
    )
    table.add_column("base", ratio=1)
    table.add_column("tuned", ratio=1)
    table.add_row(escape(_printable(before["text"])), escape(_printable(after["text"])))
    console.print()
    console.print(table)


def _printable(text: str) -> str:
    """Row text without what could drive a terminal."""
    return "".join(character if character.isprintable() or character == "\n" else "·" for character in text.strip())


def show_quarantine(rows: Sequence[Mapping[str, Any]], limit: int) -> None:
    """Rejected rows, one below the other."""
    for row in rows[:limit]:
        values = ", ".join(f"{name} {value}" for name, value in row["values"].items())
        console.print(f"[dim]row {row['source_index']:>6}  {row['row_id']}[/]  [red]{', '.join(row['reasons'])}[/]")
        columns = {name: row[name] for name in row if name not in ("source_index", "row_id", "reasons", "values")}
        for name, value in columns.items():
            if value:
                console.print(f"    [dim]{name}[/] {escape(_printable(str(value))[:300])}")
        if values:
            console.print(f"    [dim]{escape(values)[:300]}[/]")
    console.print(
        f"{min(limit, len(rows)):,} of {len(rows):,} rows" + (" (--limit shows more)" if len(rows) > limit else "")
    )


def show_table(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """A plain table."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column)
    for line in lines:
        table.add_row(*(escape(cell) for cell in line))
    console.print(table)


def show_check(checked: Mapping[str, Any]) -> None:
    """A dataset held against a contract."""
    show_rows(checked["rows"])
    for failure in checked["failures"]:
        console.print(f"[red]{escape(failure)}[/]")
    outcome = "[green]passes[/]" if checked["success"] else "[red]breaks[/]"
    console.print(f"\nThe data {outcome} contract {checked['contract']}.")
    console.print(
        f"quarantined rows: {checked['quarantined']}\naccepted rows:    {checked['accepted']}", soft_wrap=True
    )


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
    """Registered versions, a line each."""
    lines = []
    for version in listed["models"]:
        held_out = next((line for line in version["description"].splitlines() if "NLL" in line), "").lstrip("- ")
        lines.append([f"{version['name']}@{version['version']}", ", ".join(version["aliases"]), held_out])
    show_table(["model", "aliases", "result"], lines)


def show_samples(made: Mapping[str, Any]) -> None:
    """Continuations on standard output: they are what was asked for."""
    for sample in made["samples"]:
        print(f"{sample['prompt']}{_printable(sample['text'])}")


def show_verification(found: Mapping[str, Any]) -> None:
    """The store's state."""
    for damaged in found["damaged"]:
        console.print(f"[red]{damaged['kind']} {damaged['digest'][:19]}: {damaged['damage']}[/]")
    if found["damaged"]:
        console.print("damaged artifacts were moved aside; running their recipe again makes them anew")
    console.print(f"{found['checked']:,} artifacts checked, {len(found['damaged']):,} damaged")


def show_draft(drafted: Mapping[str, Any]) -> None:
    """What `gadfly init` recognised and wrote."""
    console.print(f"[bold]{drafted['rows']:,} rows[/]")
    for column, why in drafted["reasons"].items():
        console.print(f"  [green]{escape(column)}[/]  {escape(why)}")
    for column, why in drafted["left_out"].items():
        console.print(f"  [dim]{escape(column)}  left out: {escape(why)}[/]")
    for note in drafted["notes"]:
        console.print(f"  [yellow]{escape(note)}[/]")
    for part, text in drafted["prompt"].items():
        console.print(f"[bold]{part}[/]  {escape(repr(text))}")
    console.print(f"recipe    {drafted['recipe']}\ncontract  {drafted['contract']}", soft_wrap=True)
    console.print(f"\n[bold]Next[/]\n  {drafted['next']}", soft_wrap=True)
