"""What a person sees on the terminal. All of it goes to standard error but what `--json` prints."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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

from flows.progress_words import measures_in_words, sample_on_a_line
from tasks.plain_text import one_line, printable
from tasks.progress import Event, Listener, listening

console = Console(stderr=True, highlight=False)

MOST_PARTS = 6
"""Names of trained parts that a summary shows."""
LINE_S = 60.0
"""Seconds between two lines on a training where standard error is no terminal."""
UNITS = {"ingestion": "files", "validation": "rows", "tokenization": "rows", "training": "steps"}
STATES = {
    "ran": "[green]ran[/]",
    "cached": "[cyan]cached[/]",
    "failed": "[red]failed[/]",
    "would run": "[yellow]would run[/]",
    "looks": "[yellow]looks[/]",
}


@contextmanager
def live_progress() -> Iterator[None]:
    """A line a stage: how far it is, its loss, the time left. Without a terminal, lines."""
    if not console.is_terminal:
        with listening(_printer()):
            yield
        return
    bars: dict[str, TaskID] = {}
    measures: dict[str, dict[str, float]] = {}
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
            if event.note:
                progress.console.print(_told(event), soft_wrap=True)
            elif event.state == "working":
                measures[event.stage] = {**measures.get(event.stage, {}), **event.measures}
                note = measures_in_words(measures[event.stage], without=("seconds_left",))  # a column tells it
                unit = UNITS.get(event.stage, "samples")
                progress.update(bar, completed=event.done, total=event.total, note=f"{unit} {note}".strip())
                if sample := sample_on_a_line(event.samples, event.done):
                    progress.console.print(f"[dim]{safe(sample)}[/]", soft_wrap=True)
            elif event.state in ("ran", "cached", "failed"):
                total = progress.tasks[bar].total or 1
                progress.update(bar, completed=total, total=total, note=STATES[event.state])
                progress.stop_task(bar)

        with listening(show):
            yield


def _printer(clock: Callable[[], float] = time.monotonic) -> Listener:
    """For a log file: a line when a stage ends, and one a minute while a training goes on."""
    measures: dict[str, float] = {}
    printed = clock()

    def show(event: Event) -> None:
        nonlocal printed
        if event.note:
            console.print(_told(event), soft_wrap=True)
        elif event.state in STATES:
            measures.clear()
            console.print(f"{event.stage:<13} {STATES[event.state]} {event.seconds:.1f} s")
        elif event.measures:
            measures.update(event.measures)
            if clock() - printed >= LINE_S:
                printed = clock()
                told = f"{event.done:,} of {event.total:,} · {measures_in_words(measures)}"
                console.print(f"{event.stage:<13} {told}", soft_wrap=True)

    return show


def _told(event: Event) -> str:
    return f"{event.stage:<13} [yellow]{safe(event.note)}[/]"


def show_summary(summary: Mapping[str, Any]) -> None:
    """A finished run, and what to type next."""
    rows, training, metrics = summary["rows"], summary["training"], summary["metrics"]
    console.print()
    show_stages(summary["stages"])
    console.print()
    show_rows(rows)
    share = training["trainable_parameters"] / max(1, training["base_parameters"])
    for note in summary["tokens"]["notes"]:
        console.print(f"          [yellow]{safe(note)}[/]", soft_wrap=True)
    console.print(
        f"\n[bold]Training[/]  {training['method']}, {training['trainable_parameters']:,} trained parameters "
        f"({share:.1%} of the base, {training['trained_bytes'] / 1e6:,.1f} MB), {training['steps']:,} steps, "
        f"{training['tokens_per_second']:,.0f} tokens a second{share_of_peak(training)}, "
        f"{summary['tokens']['padding_fraction']:.1%} padding{on_device(training)}",
        soft_wrap=True,
    )
    for told in training_notes(training):
        console.print(f"          {safe(told)}", soft_wrap=True)
    console.print()
    console.print(_metrics_table(metrics))
    console.print(f"\n[bold]Verdict[/]   {safe(summary['comparison']['judgement'])}", soft_wrap=True)
    fit = summary["comparison"]["fit"]
    console.print(f"          {safe(fit['judgement'])}: {safe(fit['why'])}", soft_wrap=True)
    _show_sample(summary["samples"])
    model = summary["model"]
    named = f"{model['name']} version {model['version']}"
    aliases = f" ({', '.join(model['aliases'])})" if model["aliases"] else ""
    console.print(f"\n[bold]Model[/]     {safe(named + aliases)}")
    gate, is_champion = model["gate"], model["gate"]["champion"] == model["version"]
    if gate["outcome"]:
        colour = "green" if gate["outcome"] == "passed" else "yellow"
        told = f"against {gate['against']}" + ("; champion" if is_champion else "")
        console.print(f"[bold]Gate[/]      [{colour}]{safe(gate['outcome'])}[/] {safe(told)}")
    if "provenance" in gate["outcome"]:
        console.print("          whose is the data? state source.licence or source.origin, then run it again")
    console.print(f"[bold]Report[/]    {safe(summary['report'])}", soft_wrap=True)
    console.print(f"[bold]Data[/]      {safe(summary['data_report'])}", soft_wrap=True)
    samples = sorted(summary["samples"]["tuned"], key=lambda sample: (sample["domain"], len(sample["prompt"])))
    prompt = samples[0]["prompt"] if samples else ""  # "in_domain" comes first
    console.print("\n[bold]Next[/]")
    for command in next_commands(summary, prompt):
        console.print(f"  {safe(command)}", soft_wrap=True)


def share_of_peak(training: Mapping[str, Any]) -> str:
    """How near training came to what the machine can do; empty where nobody measured that."""
    return f" ({training['peak_share']:.1%} of the machine's peak)" if training.get("peak_share") else ""


def on_device(training: Mapping[str, Any]) -> str:
    """Where training ran and in which precision; empty where it isn't known any more."""
    return f", {training['precision']} on {training['device']}" if training.get("device") else ""


def training_notes(training: Mapping[str, Any]) -> list[str]:
    """What was trained by name, what was replayed, and what came in between: an early end, a way back, a kill."""
    names = list(training["trained_parts"])
    shown = ", ".join(names[:MOST_PARTS]) + (f" and {len(names) - MOST_PARTS} more" if len(names) > MOST_PARTS else "")
    told = [f"trained: {shown}"] if training["method"] != "full" else []
    if training["ended_by"] != "steps":
        told.append(f"ended by {training['ended_by']} after {training['steps']:,} steps")
    if training["kept_step"] is not None:
        told.append(f"kept the weights after step {training['kept_step']:,}, which had the lowest held-out loss")
    for went in training["rolled_back"]:
        told.append(f"diverged at step {went['step']:,}: {went['why']}")
        told.append(f"  went back to step {went['to_step']:,}, with {went['learning_rate_factor']:g} of the rate")
    if training["resumed_at"]:
        told.append("went on from the checkpoint of step " + ", ".join(f"{step:,}" for step in training["resumed_at"]))
    told += training["interruptions"]
    if replay := training["replay"]:
        told.append(f"replay: {replay['fraction']:.1%} of the tokens, from {replay['documents']:,} documents")
    return told


def command_name() -> str:
    """How this program is called from here."""
    return "gadfly" if shutil.which("gadfly") else os.path.relpath(sys.argv[0])


def next_commands(summary: Mapping[str, Any], prompt: str) -> list[str]:
    """The commands worth typing after a run."""
    model = summary["model"]
    gadfly = command_name()
    quoted = shlex.quote(prompt.strip().split("\n")[0][:60])
    commands = [
        f"{gadfly} init YOUR_DATA.csv             # your own file: writes a recipe and a contract that run as they are",
        f"{gadfly} generate {model['name']}@{model['version']} --prompt {quoted}",
        f"{gadfly} quarantine {summary['run_id'][:8]}             # the rejected rows, and why",
    ]
    if model["gate"]["champion"] != model["version"]:
        commands.append(
            f"{gadfly} promote {model['name']} {model['version']}             # champion, if the gate agrees"
        )
    return commands


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
        seconds = f"{facts['seconds']:.1f} s" if facts["state"] not in ("would run", "looks") else ""
        table.add_row(stage, STATES[facts["state"]], seconds, safe(why))
    console.print(table)


def show_rows(rows: Mapping[str, Any]) -> None:
    """Rows in and out, the reasons of those that were rejected, and what is to know of the source."""
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
        table.add_row(f"          {count:,}", safe(reason))
    for reason, count in sorted(rows.get("warnings", {}).items(), key=lambda item: (-item[1], item[0])):
        table.add_row(f"          {count:,}", f"{safe(reason)} [dim](kept, with a warning)[/]")
    for reason, count in sorted(rows.get("repaired", {}).items(), key=lambda item: (-item[1], item[0])):
        table.add_row(f"          {count:,}", f"{safe(reason)} [dim](repaired)[/]")
    console.print(table)
    for note in rows.get("notes", ()):
        console.print(f"          [yellow]{safe(note)}[/]", soft_wrap=True)


def _metrics_table(metrics: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("held-out rows", "base", "tuned"):
        table.add_column(name, justify="left" if name == "held-out rows" else "right")
    base, tuned = metrics["base"], metrics["tuned"]
    table.add_row("  loss, nats a token", f"{base['nll']:.3f}", f"{tuned['nll']:.3f}")
    table.add_row("  perplexity", f"{base['perplexity']:,.1f}", f"{tuned['perplexity']:,.1f}")
    table.add_row("  bits per byte", f"{base['bits_per_byte']:.3f}", f"{tuned['bits_per_byte']:.3f}")
    table.add_row("  stops by itself", f"{base['stop_rate']:.0%}", f"{tuned['stop_rate']:.0%}")
    table.add_row(
        "  samples that are junk", f"{base['samples']['junk_rate']:.1%}", f"{tuned['samples']['junk_rate']:.1%}"
    )
    if "general_nll" in base and "general_nll" in tuned:
        table.add_row("  general text, nats a token", f"{base['general_nll']:.3f}", f"{tuned['general_nll']:.3f}")
    if "spill_over" in base and "spill_over" in tuned:
        table.add_row("  spill-over of the style", f"{base['spill_over']:.3f}", f"{tuned['spill_over']:.3f}")
    return table


def _show_sample(samples: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    if not samples["base"] or not samples["tuned"]:
        return
    before, after = samples["base"][0], samples["tuned"][0]
    table = Table(
        title=f"after  {safe(one_line(after['prompt'], 160))}",
        title_justify="left",
        box=None,
        pad_edge=False,
        expand=True,
    )
    table.add_column("base", ratio=1)
    table.add_column("tuned", ratio=1)
    table.add_row(safe(before["text"].strip()), safe(after["text"].strip()))
    console.print()
    console.print(table)


def safe(text: str) -> str:
    """Text that isn't ours, for the console: nothing in it drives the terminal or is read as markup."""
    return escape(printable(text))
