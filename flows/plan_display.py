"""A plan on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from flows.display import console, safe, show_stages
from tasks.quantities import byte_size

PARTS = ("weights", "gradients", "optimizer", "activations", "logits", "overhead")


def show_plan(made: Mapping[str, Any]) -> None:
    """The stages, rows and tokens, the training's cost, and the doubts."""
    show_stages(made["stages"])
    for row in made.get("shown_rows", ()):
        _show_row(row)
    _show_tokens(made["tokens"])
    _show_training(made["training"])
    for doubt in made["training"]["doubts"]:
        console.print(
            f"\n[yellow]Doubtful[/]  {safe(doubt['why'])}\n          to mend it: -s {safe(doubt['override'])}"
        )


def human_seconds(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 90:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def _show_row(row: Mapping[str, Any]) -> None:
    """A token a line: what is learned, its id, its text escaped."""
    console.print(f"\n[bold]Row[/]       {safe(row['row_id'])}")
    width = max((len(str(token["id"])) for token in row["tokens"]), default=1)
    for token in row["tokens"]:
        told = "[green]learned[/]" if token["supervised"] else "[dim]given  [/]"
        console.print(f"  {told}  {token['id']:>{width}}  {safe(repr(token['text']))}", soft_wrap=True)


def _show_tokens(tokens: Mapping[str, Any]) -> None:
    console.print(
        f"\n[bold]Tokens[/]    {tokens['tokens']:,} in {tokens['rows']:,} rows ({tokens['train_rows']:,} to train on), "
        f"at most {tokens['max_seq_len']:,} a row; from {safe(tokens['from'])}",
        soft_wrap=True,
    )
    for note in tokens["notes"]:
        console.print(f"          [yellow]{safe(note)}[/]", soft_wrap=True)


def _show_training(training: Mapping[str, Any]) -> None:
    memory, disk, taken = training["memory"], training["disk"], training["time"]
    share = training["trainable_parameters"] / max(1, training["base_parameters"])
    console.print(
        f"[bold]Training[/]  {training['method']}, {training['steps']:,} steps over {training['supervised_tokens']:,} "
        f"tokens, {training['trainable_parameters']:,} trained parameters ({share:.1%} of the base), "
        f"{training['padding_fraction']:.1%} padding, {training['precision']} on {training['device']}",
        soft_wrap=True,
    )
    parts = ", ".join(f"{name} {byte_size(memory[name])}" for name in PARTS)
    room = f" of {byte_size(memory['available'])} available" if memory["available"] else ""
    too_much = memory["available"] and memory["total"] > memory["available"]
    total = byte_size(memory["total"]) + room
    console.print(
        f"[bold]Memory[/]    {f'[red]{total}[/]' if too_much else total} (in {memory['moment']}: {parts})",
        soft_wrap=True,
    )
    console.print(
        f"[bold]Disk[/]      {byte_size(sum(disk.values()))} "
        f"({', '.join(f'{name} {byte_size(size)}' for name, size in disk.items())})"
    )
    if taken:
        console.print(
            f"[bold]Time[/]      {human_seconds(taken['seconds'])} for {_trainings(training)} "
            f"({taken['tokens_per_second']:,.0f} tokens a second; "
            f"{human_seconds(taken['startup_seconds'])} to start, {human_seconds(taken['holdout_seconds'])} for the "
            f"held-out loss), by measuring a step's operations one by one",
            soft_wrap=True,
        )
    else:
        console.print("[bold]Time[/]      not measured")
    if training["cards"]:
        _show_cards(training["cards"])


def _trainings(training: Mapping[str, Any]) -> str:
    others = training["seed_trainings"]
    return f"training, and as much for each of {others} other seeds" if others else "training"


def _show_cards(cards: Any) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim", title_justify="left")
    for name in ("on", "time", "memory", "fits", "money", "rates from"):
        table.add_column(name)
    for card in cards:
        fits = "[green]yes[/]" if card["fits"] else "[red]no[/]"
        memory = f"{byte_size(card['memory'])} of {byte_size(card['card_memory'])}"
        money = "" if card["money"] is None else f"{card['money']:,.4g}"
        table.add_row(card["name"], human_seconds(card["seconds"]), memory, fits, money, safe(card["source"]))
    console.print()
    console.print(table)
    console.print(
        "[dim]Not measured: rates from datasheets, with assumed efficiencies (tasks/training/hardware.py).[/]"
    )
