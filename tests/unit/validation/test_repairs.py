"""Repairs: what a broken text becomes, and that nothing else changes."""

from __future__ import annotations

import pytest

from tasks.validation.repairs import REPAIRS
from tasks.validation.signals import SIGNALS, measure

REPAIRED = [
    ("mojibake", "Itâ€™s a naÃ¯ve cafÃ©.", "It’s a naïve café."),
    ("mojibake", "ÃƒÂ¼ber", "über"),
    ("mojibake", "â€œItâ€™s today,â€\ufffd he said.", "“It’s today,” he said."),
    ("untidy_whitespace", "  two  spaces,\tand\u00a0more \r\n next line ", "two spaces, and more\nnext line"),
    ("untidy_whitespace", "one\n\n\n\ntwo", "one\n\ntwo"),
    ("html_residue", "<p>Hello<br/>you &amp; me</p>", "Hello\nyou & me"),
    ("html_residue", "&ldquo;Hi&rdquo;&nbsp;there&#151;you", "“Hi” there—you"),
    ("html_residue", "a<script>alert(1)</script> <!-- b --><a href='c'>d</a>", "a d"),
    ("html_residue", "[b]bold[/b] &amp;amp;lt; 3", "bold < 3"),
    ("control_characters", "\ufeffthe zero\u200bwidth\x07 so\xadft", "the zerowidth soft"),
    (
        "run_together",
        "You don't lead.Walk beside meAnd be you,my friend",
        "You don't lead. Walk beside me And be you, my friend",
    ),
    ("run_together", '"Why not?""Because," she said."Go on!"', '"Why not?" "Because," she said. "Go on!"'),
    ("run_together", "“a voice”The end; and what was learnedwhen", "“a voice”The end; and what was learned when"),
    ("footnote_marks", "a poet.[1][2] So they say[3] of [4] “it”[*]; p[5]", "a poet. So they say of [4] “it”; p[5]"),
    ("stray_punctuation", "— H. Jackson Brown Jr., ", "H. Jackson Brown Jr."),
    ("special_token_in_text", "<|endoftext|>love: all of it.<|endoftext|> ", "love: all of it."),
    ("special_token_in_text", "<s>[INST] Why?</s>", "Why?"),
    ("control_characters", "a \x1b[31mred\x1b[0m rose\x0cthe bank\x92s", "a red rose\nthe bank’s"),
]


@pytest.mark.parametrize(("signal", "broken", "sound"), REPAIRED)
def test_a_repaired_text_is_the_sound_one(signal: str, broken: str, sound: str) -> None:
    assert measure(signal, [broken])[0] > 0
    assert REPAIRS[signal](broken) == sound
    assert measure(signal, [sound])[0] == 0


@pytest.mark.parametrize("signal", REPAIRS)
def test_a_sound_text_stays_as_it_is(signal: str) -> None:
    for text in ("I <3 AT&T; 1 < 2.", "Zoë’s “café”:\n\n– naïve\n\U0001f468\u200d\U0001f469", "می\u200cخواهم", "x"):
        assert REPAIRS[signal](text) == text


@pytest.mark.parametrize(
    ("signal", "text"),
    [
        ("html_residue", "<p></p>"),
        ("control_characters", "\u200b"),
        ("special_token_in_text", "</s>"),
        ("untidy_whitespace", " \t"),
    ],
)
def test_a_repair_leaves_what_would_become_blank(signal: str, text: str) -> None:
    assert REPAIRS[signal](text) == text
    assert measure(signal, [text])[0] > 0


def test_escaped_markup_is_left_broken_rather_than_guessed() -> None:
    repaired = REPAIRS["html_residue"]("use the &lt;b&gt; tag")
    assert repaired == "use the <b> tag"
    assert measure("html_residue", [repaired])[0] > 0


def test_repairs_are_keyed_by_signals() -> None:
    assert REPAIRS.keys() <= SIGNALS.keys()


@pytest.mark.parametrize("encoding", ["latin-1", "mac_roman", "cp437"])
def test_utf_8_read_as_another_encoding_comes_back(encoding: str) -> None:
    for text in ("“Olá”, disse a mãe — é tudo.", "Die Tür fällt schließlich zu …", "L’été, c’est la mer à l’aube"):
        broken = text.encode().decode(encoding)
        assert measure("mojibake", [broken])[0] == 1
        assert REPAIRS["mojibake"](broken) == text


def test_a_special_token_between_two_texts_is_left_to_be_rejected() -> None:
    repaired = REPAIRS["special_token_in_text"]("<|endoftext|>One.<|endoftext|>Two.")
    assert repaired == "One.<|endoftext|>Two."
    assert measure("special_token_in_text", [repaired])[0] == 1
