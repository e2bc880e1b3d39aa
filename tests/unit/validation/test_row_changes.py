"""Every row that came, went or fared otherwise is in exactly the change that names it."""

from __future__ import annotations

import pandas as pd
import pytest

from tasks.validation.row_changes import row_changes


@pytest.fixture
def version(tmp_path):
    """Writes a version's tables; accepted rows are (id, text, split), quarantined ones (id, text, reasons)."""

    def write(name, accepted, quarantined):
        files = {}
        for table, rows, last in (("accepted", accepted, "split"), ("quarantined", quarantined, "reasons")):
            files[table] = tmp_path / f"{name}-{table}.parquet"
            pd.DataFrame(rows, columns=["row_id", "text", last]).to_parquet(files[table])
        return files

    return write


def test_each_fate_is_told_with_reasons(version):
    old = version(
        "old",
        [("stays", "a", "train"), ("worse", "b", "train"), ("gone", "c", "holdout"), ("moves", "d", "train"),
         ("mended", "e", "train")],
        [("better", "f", ["too_short"]), ("still bad", "g", ["mojibake"])],
    )  # fmt: skip
    new = version(
        "new",
        [("stays", "a", "train"), ("better", "f", "train"), ("moves", "d", "holdout"), ("mended", "E", "train"),
         ("came", "h", "train")],
        [("worse", "b", ["duplicate", "too_short"]), ("came bad", "i", ["too_short"]),
         ("still bad", "g", ["mojibake"])],
    )  # fmt: skip
    found = row_changes(old, new, 5, str.upper)
    assert found["old"] == {"rows": 7, "accepted": 5, "quarantined": 2}
    assert found["new"] == {"rows": 8, "accepted": 5, "quarantined": 3}
    ids = {name: [row["row_id"] for row in found[name]["examples"]] for name in found if name not in ("old", "new")}
    assert ids == {
        "added": ["came", "came bad"],
        "removed": ["gone"],
        "newly_quarantined": ["worse"],
        "newly_accepted": ["better"],
        "moved": ["moves"],
        "repaired_otherwise": ["mended"],
    }
    assert found["added"]["reasons"] == {"too_short": 1}
    assert found["newly_quarantined"]["reasons"] == {"duplicate": 1, "too_short": 1}
    assert found["newly_accepted"]["reasons"] == {"too_short": 1}, "why it had been rejected"
    assert found["newly_quarantined"]["examples"][0]["text"] == "B", "examples are masked"
    assert found["moved"]["examples"][0]["reasons"] == []


def test_equal_versions_differ_in_nothing_and_examples_are_limited(version):
    rows = [(f"{number:03}", "text", "train") for number in range(40)]
    same = version("same", rows, [])
    none = version("none", [], [])
    found = row_changes(same, same, 5, str)
    assert not any(found[name]["count"] for name in found if name not in ("old", "new"))
    added = row_changes(none, same, 5, str)["added"]
    assert (added["count"], len(added["examples"])) == (40, 5)


def test_a_missing_value_reads_like_an_empty_one(version):
    old = version("old", [("one", None, "train"), ("two", "a", "train")], [])
    new = version("new", [("one", "", "train"), ("two", "a", "train")], [])
    assert row_changes(old, new, 5, str)["repaired_otherwise"]["count"] == 0
