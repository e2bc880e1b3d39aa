"""What is fetched lies in the scratch folder while it is read, not in memory."""

from __future__ import annotations

from pathlib import Path

from tasks.ingestion.contents import fetched_opener, open_content


def test_fetched_bytes_wait_in_the_scratch_folder_and_leave_nothing(tmp_path: Path) -> None:
    fetched_to: list[Path] = []

    def fetch(file: str) -> None:
        fetched_to.append(Path(file))
        Path(file).write_bytes(b"text\none\n")

    with open_content(fetched_opener(fetch), "https://example.com/rows.csv", 100.0, tmp_path) as content:
        assert content.head(8) == b"text\none"
    assert tmp_path in fetched_to[0].parents
    assert not list(tmp_path.iterdir())
