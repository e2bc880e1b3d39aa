"""What a person should know of a `tokens` artifact, in words: for the summary, the report, the model card, the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def waived_checks(facts: Mapping[str, Any]) -> list[str]:
    """What of the tokenizer contract was waived, and why, a sentence each."""
    meanings = {"end_token": "the tokenizer can't end a text, so no row has an end token"}
    return [
        f"tokenization.waive.{name}: {meanings.get(name, name)}; waived because: {reason}"
        for name, reason in facts.get("waivers", {}).items()
    ]


def token_notes(facts: Mapping[str, Any]) -> list[str]:
    """What tokenization cut, split, left out or changed, a sentence each; nothing where all rows went in whole.

    Args:
        facts: `tokens.json`.
    """
    counts = facts.get("counts", {}).values()
    longest, longer = facts.get("max_seq_len", 0), sum(split.get("overlong_rows", 0) for split in counts)
    left_out = sum(split.get("left_out_rows", 0) for split in counts)
    pieces = sum(split.get("added_pieces", 0) for split in counts)
    is_split, longer_rows = facts.get("overlong") == "split", f"rows are longer than {longest:,} tokens and were"
    notes = []
    if is_split and longer:
        notes.append(f"{longer:,} {longer_rows} split, which made {pieces:,} rows more")
    elif longer > left_out:
        notes.append(f"{longer - left_out:,} {longer_rows} cut")
    if left_out:
        is_longer = longer >= left_out and not is_split
        notes.append(
            f"{left_out:,} {longer_rows if is_longer else 'rows have nothing to learn from and were'} left out"
        )
    trip = facts.get("round_trip", {})
    if trip.get("changed"):
        lost = " ".join(map(repr, trip["lost"])) or "none: spaces or order"
        notes.append(
            f"{trip['changed']:,} of {trip['checked']:,} sampled rows don't come back from the tokenizer as they were; "
            f"characters lost: {lost}"
        )
    for name, count in facts.get("literal_special_tokens", {}).items():
        notes.append(f"{count:,} rows have {name!r} in their text; it is read as text and ends nothing")
    return notes
