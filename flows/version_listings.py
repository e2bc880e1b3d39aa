"""Two versions' differences, and a version made again, on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flows.display import console, safe
from flows.listings import show_table
from tasks.key_changes import short
from tasks.plain_text import one_line

ROWS = {
    "added": "added",
    "removed": "removed",
    "newly_quarantined": "newly quarantined",
    "newly_accepted": "newly accepted",
    "moved": "moved between training and holdout",
    "repaired_otherwise": "repaired otherwise",
}
MOST_REASONS = 6
MOST_LINES = 20
"""Changed modules that are listed; `--json` has all."""


def show_diff(found: Mapping[str, Any]) -> None:
    """What differs between two versions."""
    old, new = found["old"], found["new"]
    commits = " → ".join(version["git_commit"][:12] or "no commit" for version in (old, new))
    console.print(f"[bold]{safe(old['name'])} → {safe(new['name'])}[/]  [dim]{safe(commits)}[/]")
    if found["rows"]:
        _show_rows(found["rows"])
    _show_settings(found["settings"])
    _show_code(found["code"], found["libraries"])
    _show_metrics(old["name"], new["name"], found["metrics"])
    if found["comparison"]:
        console.print(f"\n[bold]Verdict[/]  {safe(found['comparison']['judgement'])}", soft_wrap=True)
    for lost in found["lost"]:
        console.print(f"[yellow]lost: {safe(lost)}[/]", soft_wrap=True)
    if "attribution" in found:
        _show_attribution(found["attribution"])
    elif (found["comparison"] or {}).get("is_better"):
        console.print("[dim]which of data and config brought it: the same with --attribute[/]")


def _show_rows(rows: Mapping[str, Any]) -> None:
    told = [f"{rows[side]['rows']:,} ({rows[side]['accepted']:,} accepted)" for side in ("old", "new")]
    console.print(f"\n[bold]Rows[/]  {' → '.join(told)}")
    for name, what in ROWS.items():
        change = rows[name]
        if not change["count"]:
            continue
        reasons = _counted(change["reasons"])
        console.print(
            f"  {change['count']:>6,} {what}" + (f" [red]{safe(reasons)}[/]" if reasons else ""), soft_wrap=True
        )
        for row in change["examples"]:
            why = f" [red]{safe(', '.join(row['reasons']))}[/]" if row["reasons"] else ""
            console.print(f"         [dim]{row['row_id']}[/]{why} {safe(one_line(row['text'], 100))}", soft_wrap=True)


def _counted(reasons: Mapping[str, int]) -> str:
    """The commonest reasons with their rows."""
    told = [f"{count:,} {reason}" for reason, count in list(reasons.items())[:MOST_REASONS]]
    return ", ".join([*told, *(["…"] if len(reasons) > MOST_REASONS else [])])


def _show_settings(settings: Sequence[Mapping[str, Any]] | None) -> None:
    if settings is None:
        return
    console.print("\n[bold]Settings[/]" + ("" if settings else "  the same"))
    for change in settings:
        line = f"{change['key']}: {short(change['old'])} → {short(change['new'])}"
        console.print(f"  {safe(one_line(line, 200))}", soft_wrap=True)


def _show_code(code: Sequence[Mapping[str, Any]] | None, libraries: Sequence[Mapping[str, Any]] | None) -> None:
    if code is None or libraries is None:
        return
    console.print("\n[bold]Code and libraries[/]" + ("" if code or libraries else "  the same"))
    for change in libraries:
        line = f"{change['name']} {short(change['old'])} → {short(change['new'])}"
        console.print(f"  {safe(line)} [dim]in {safe(', '.join(change['stages']))}[/]", soft_wrap=True)
    for change in code[:MOST_LINES]:
        how = "new" if change["old"] is None else "gone" if change["new"] is None else "changed"
        console.print(f"  {safe(change['name'])} {how} [dim]in {safe(', '.join(change['stages']))}[/]", soft_wrap=True)
    if len(code) > MOST_LINES:
        console.print(f"  [dim]and {len(code) - MOST_LINES} more; --json has all[/]")


def _show_metrics(old: str, new: str, metrics: Mapping[str, Any]) -> None:
    sides = [metrics["old"], metrics["new"]]
    if all(side is None for side in sides):
        return
    console.print("\n[bold]Results[/], each on its own held-out rows")
    lines = []
    for name, figure in _FIGURES.items():
        told = [figure(side) if side else "not known" for side in sides]
        lines += [[name, *told]] if any(told) else []
    show_table(["", old, new], lines)


def _interval(measured: Mapping[str, Any] | None, name: str) -> str:
    if not measured:
        return ""
    low, high = measured["interval"][name]
    return f"{measured[name]:.4f} ({low:.4f} to {high:.4f})"


_FIGURES: Mapping[str, Any] = {
    "held-out rows": lambda side: f"{side['holdout']['rows']:,}",
    "nll (nats a token)": lambda side: _interval(side["holdout"], "nll"),
    "perplexity": lambda side: _interval(side["holdout"], "perplexity"),
    "bits per byte": lambda side: _interval(side["holdout"], "bits_per_byte"),
    "general nll": lambda side: _interval(side["general"], "nll"),
    "better than base by": lambda side: _gain(side["improvement"]),
    "samples that stop": lambda side: f"{side['stop_rate']:.0%}",
    "junk among samples": lambda side: (
        f"{side['junk_rate']:.1%} ({side['junk_interval'][0]:.1%} to {side['junk_interval'][1]:.1%})"
    ),
}


def _gain(gain: Mapping[str, float]) -> str:
    return f"{gain['nll']:+.4f} ({gain['low']:+.4f} to {gain['high']:+.4f})"


def _show_attribution(found: Mapping[str, Any]) -> None:
    cells = {(cell["data"], cell["config"]): cell for cell in found["cells"]}
    console.print("\n[bold]What brought it[/]: nll on the new version's held-out rows, junk among samples")
    lines = []
    for config in ("old", "new"):
        told = [cells[data, config] for data in ("old", "new")]
        lines.append([f"{config} config", *(f"{cell['nll']:.4f}, {cell['junk_rate']:.1%}" for cell in told)])
    show_table(["", "old data", "new data"], lines)
    saved = f"saves (nats a token, on {found['rows']:,} rows that none was trained on)"
    show_table(["", saved], [[name, _gain(effect)] for name, effect in found["effects"].items()])
    for name in ("data", "config"):
        if found[f"same_{name}"]:
            console.print(f"the {name} didn't change")
    console.print(safe(found["judgement"]), soft_wrap=True)
    for note in found["notes"]:
        console.print(f"[yellow]{safe(note)}[/]", soft_wrap=True)


def show_reproduction(made: Mapping[str, Any]) -> None:
    """A version made again."""
    lines = []
    for stage, facts in made["stages"].items():
        told = "same" if facts["same"] else "differs" if facts["reached"] else "not reached"
        for name, pair in facts["outputs"].items():
            lines.append([stage, name, short(pair["recorded"]), short(pair["remade"]) or "none", told])
    show_table(["stage", "artifact", "recorded", "made again", ""], lines)
    for change in made["changes"]:
        console.print(f"[yellow]{safe(change)}[/]", soft_wrap=True)
    hardware = made["hardware"]
    if hardware.get("remade", hardware["recorded"]) != hardware["recorded"]:
        told = " → ".join(f"{side['device']} in {side['precision']}" for side in hardware.values())
        console.print(f"[yellow]other hardware: {safe(told)}[/]")
    colour = "green" if made["reproduced"] else "red"
    console.print(f"[{colour}]{safe(made['outcome'])}[/]", soft_wrap=True)
