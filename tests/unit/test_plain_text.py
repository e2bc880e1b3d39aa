"""Text that isn't ours stays text, wherever it is shown."""

from __future__ import annotations

from tasks.plain_text import code_block, markdown


def test_markdown_and_html_are_escaped():
    assert markdown("a <b> *c* [d](e)\n| f") == r"a &lt;b&gt; \*c\* \[d\]\(e\) \| f"


def test_a_code_block_cant_be_left_by_its_text():
    assert code_block("a\n```\n# b", "python") == "````python\na\n```\n# b\n````"
    assert code_block("plain") == "```\nplain\n```"
