"""New rows never move old ones between training and holdout, and never bring a near-copy to the other side."""

from __future__ import annotations

from typing import Any

ENDINGS = [" indeed", " after all", " in the end", " at last"]


def test_appending_a_fifth_of_new_rows_moves_no_old_row(bench: Any):
    """Among the new rows are near-copies of held-out and of trained ones."""
    before = bench.frame(bench.summary, "accepted")
    sides = before.set_index("row_id")["split"]
    held_out = before[before["split"] == "holdout"]
    trained = before[before["split"] == "train"]
    assert len(held_out) >= 5
    copies = []
    for number, row in enumerate([*held_out.head(6).itertuples(), *trained.head(6).itertuples()]):
        text = row.text.rstrip(".!?")
        copies.append((text + ENDINGS[number % len(ENDINGS)] + ".", row.author))
    animals = ["walrus", "badger", "plover", "ermine", "turbot", "civet", "oriole", "marten", "gannet", "dormouse"]
    things = ["ladder", "kettle"]
    new = [
        (f"Yesterday my uncle's {animal} argued about a {thing} with {number + 2} tax inspectors.", "Uncle")
        for number, (animal, thing) in enumerate((animal, thing) for animal in animals for thing in things)
    ]
    assert len(copies) + len(new) >= len(sides) // 5
    bench.add_rows([*copies, *new])
    changed = bench.run("training.epochs=0.1")

    after = bench.frame(changed, "accepted").set_index("row_id")
    assert (after.loc[sides.index, "split"] == sides).all()
    assert len(after) > len(sides)

    side_of = dict(zip(before["text"], before["split"], strict=True))
    originals = [row.text for row in [*held_out.head(6).itertuples(), *trained.head(6).itertuples()]]
    accepted = dict(zip(after["text"], after["split"], strict=True))
    quarantined = bench.frame(changed, "quarantined").set_index("text")["reasons"]
    rejected = 0
    for (copy, _), original in zip(copies, originals, strict=True):
        if copy in accepted:
            assert accepted[copy] == side_of[original], copy
        else:
            assert set(quarantined[copy]) & {"near_duplicate", "holdout_leak"}, copy
            rejected += 1
    assert rejected > 0
    assert bench.store.is_whole(bench.artifact(changed, "validation", "accepted"))


def test_near_copies_that_a_contract_lets_in_join_their_originals_side(bench: Any):
    """Without the rule against near duplicates, the copies are accepted: then their side is what protects."""
    rule = "  - {reason: near_duplicate, signal: near_duplicate_of, max: 0}\n"
    bench.replace(bench.contract, rule, "")
    before = bench.frame(bench.summary, "accepted")
    chosen = [*before[before["split"] == "holdout"].head(6).itertuples()]
    chosen += [*before[before["split"] == "train"].head(6).itertuples()]
    copies = [(row.text.rstrip(".!?") + " indeed.", row.author) for row in chosen]
    bench.add_rows(copies)
    changed = bench.run("training.epochs=0.1")
    accepted = bench.frame(changed, "accepted").set_index("text")["split"]
    for (copy, _), original in zip(copies, chosen, strict=True):
        assert accepted[copy] == original.split, copy
