"""Each signal: one text that has the defect, one that only looks like it."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tasks.validation.cut_words import cut_words, word_ends
from tasks.validation.personal_data import is_iban_valid, is_luhn_valid
from tasks.validation.signals import AS_WRITTEN, SIGNALS, measure
from tasks.validation.text_column import TextColumn

# signal, a text above the bound, a sound text at or below it, the bound
HIGHER_IS_WORSE = [
    ("is_empty", " \u00a0\u200b\n", ".", 0),
    ("fragment", "Old bread.", "Money talks.", 0),
    ("fragment", "Two spoons.", "Opposites attract!", 0),
    ("fragment", "the river", "Know thyself.", 0),
    ("fragment", "Well?", "Three words here", 0),
    ("mojibake", "ΓÇ£Quoted in a consoleΓÇ¥ caf├⌐", "Γ = Çelik; ├── a tree │ └─ of files", 0),
    ("mojibake", "Itâ€™s a matter of taste.", "Zoë’s café: 5 × £3 – naïve, but “fine”.", 0),
    ("mojibake", "lost for \ufffdver", "for ever", 0),
    ("mojibake", "\x93Quoted by a printer\x94", "a lone next\x85line is a control", 0),
    ("mojibake", "ÃƒÂ¢Ã¢â€šÂ¬Ã¢â€žÂ¢ over and over", "NAÏVE FAÇADE — ÜBER", 0),
    ("lost_characters", "I don?t know, and it?s late.", "Really? Yes: see page?s=1 and who? me", 0),
    ("lost_characters", "He said: ?Be yourself? to me", "What?! ¿Qué tal?", 0),
    ("control_characters", "zero\u200bwidth", "tabs\tand\nlines\r\n", 0),
    ("control_characters", "abc\u202egnp", "\U0001f468\u200d\U0001f469\u200d\U0001f467 می\u200cخواهم", 0),
    ("control_characters", "a \x1b[31mred\x1b[0m word", "an array [31m] of cells", 0),
    ("untidy_whitespace", "two  spaces, and one behind ", "one space, one line\n\nand a paragraph", 0),
    ("untidy_whitespace", "tab\tand\u00a0NBSP", "a-b_c", 0),
    ("html_residue", "<p>Hello<br/>you &amp; me</p>", "I <3 AT&T; 1 < 2 > 0 & so on", 0),
    ("html_residue", "[size=14]Hello[/size] [b]you[/b]", "“[I]t is [b]ad.” Dozens [size=dozens] sat.", 1),
    ("html_residue", "[url=http://a.example]here[/url] and [/b]", "cells[i] and [size=2500] and a[b]", 0),
    ("url_only", "https://example.org/a?b=c", "See https://example.org for more.", 0),
    ("url_fraction", "www.example.org www.example.com", "See the example of www.example.org on page ten.", 0.2),
    ("special_token_in_text", "love: all<|endoftext|>", "a <s-shaped> curve | and [INSTANT] noodles", 0),
    ("placeholder", "N/A", "There is nothing to do, and none to do it.", 0),
    ("placeholder", "Dear {{first_name}}, hello", "A set {1, 2} and {x}.", 0),
    ("placeholder", "TODO: find a quote", "Todo es posible. TODO ES POSIBLE.", 0),
    ("placeholder", "FIXME: no source yet", "TODO: make this loop faster", 0),
    ("placeholder", "Dear <FIRST NAME>, hi <CITY>", "a < NAME > b and <B>bold</B>", 0),
    ("placeholder", "Sint voluptate velit dolore fugiat nostrud.", "Gallia est omnis divisa in partes tres.", 0),
    ("placeholder", "-- sample text --", "No text here is unknown to me.", 0),
    ("placeholder", "Hello {first_name}, it is %day%", "about 50% of {x} and 20%", 0),
    ("placeholder", "none", "None.", 0),
    ("placeholder", "[deleted]", "They removed [the old] door.", 0),
    ("boilerplate_fraction", "Subscribe to our newsletter!", "Cookies are best with milk.", 0.3),
    ("boilerplate_fraction", "© 2020 Example Ltd. All rights reserved.", "We all have rights, and reserve.", 0.3),
    ("boilerplate_fraction", "Enjoyed it? Make a donation.", "They struck to report abuses by the head.", 0.3),
    (
        "boilerplate_fraction",
        "Please make a contribution to this site",
        "We live to make a contribution to others.",
        0.3,
    ),
    ("boilerplate_fraction", "Reply | Report abuse", "Send a letter and report abuse of the law.", 0.3),
    ("boilerplate_fraction", "Start > Poems > Winter", "Love > hate", 0.3),
    ("boilerplate_fraction", "~ xiv ~", "In 1914 - or 15 - it rained.", 0.3),
    (
        "boilerplate_fraction",
        "Without any warranty, even of fitness for a particular purpose.",
        "It has no warranty.",
        0.3,
    ),
    ("boilerplate_fraction", "Page 12 of 340", "He read page after page of 340 poems.", 0.3),
    ("boilerplate_fraction", "Chapter I. The Mill . . . . . . . 12", "Chapter and verse, he knew it all...", 0.3),
    ("boilerplate_fraction", "[Transcriber's note: spelling kept.]", "He [the scribe] kept the spelling.", 0.3),
    ("boilerplate_fraction", "Home | About | Contact", "Love | hate", 0.3),
    ("boilerplate_fraction", "Posted on 3 May 2019 by the mill", "I was posted on a hill by the mill in May.", 0.3),
    ("boilerplate_fraction", "3 May 2019", "On 3 May 2019 the mill burned down.", 0.3),
    (
        "boilerplate_fraction",
        "The holder grants permission to copy and distribute the work under the terms of this licence, no warranty.",
        "A court found that the software maker's patent was no longer good.",
        0.3,
    ),
    ("book_apparatus", "BOOK THE SECOND", "The second book is the better one.", 0.5),
    ("book_apparatus", "Translated from the Dutch by Ada Brook", "Translated by a brook, it sang.", 0.5),
    ("boilerplate_fraction", "404 Not Found", "He was not found in room 404.", 0.3),
    ("boilerplate_fraction", "Sorry, the page you requested cannot be found.", "Sorry, I lost the page I read.", 0.3),
    ("boilerplate_fraction", "Please sign in to unlock this article.", "Unlock the door and let us in.", 0.3),
    ("boilerplate_fraction", "A miller rose early… Read more »", "He wanted to read more, and to sleep.", 0.3),
    (
        "boilerplate_fraction",
        "Oak stool £29.99 - In stock - Add to basket",
        "The stool cost £29.99, and he sat on it.",
        0.3,
    ),
    ("boilerplate_fraction", "Products Services About Contact", "Home is where the bread is.", 0.3),
    ("boilerplate_fraction", "Registered office: 1 Mill Lane. VAT No. 12", "She registered for the class.", 0.3),
    ("escape_residue", r"She said \"no\".\nThen she left.", r"a path such as C:\new and the pattern \d+", 0),
    ("escape_residue", r"It\u2019s a caf\xc3\xa9.", r"the range \x00 to \x7f", 0),
    ("machine_text_fraction", "def grind(corn):\n    return corn.split()", "# def is how a function begins", 0.25),
    ("machine_text_fraction", "total = sum(price for price in prices)", "Love = patience, he wrote.", 0.25),
    ("machine_text_fraction", "SELECT name FROM poets WHERE born < 1800;", "Select the best from the rest.", 0.25),
    ("machine_text_fraction", ".menu { color: red; width: 20px; }", "He chose one colour: red; she, blue.", 0.25),
    ("machine_text_fraction", "KeyError: 'flour' at mill.py:12", "Error is human; to forgive, divine.", 0.25),
    (
        "machine_text_fraction",
        "2023-11-05 08:14:22 INFO mill.store - started",
        "On 5 November, at 8:14, it started.",
        0.25,
    ),
    ("machine_text_fraction", "From: Ann\nTo: Bob\nSubject: flour\n\nSend more.", "To: all who work. From: me.", 0.25),
    ("machine_text_fraction", "<<<<<<< HEAD\nIt turns.\n=======\nIt stands.\n>>>>>>> x", "- one thing\n- another", 0.3),
    ("machine_text_fraction", '{"text": "Be slow.", "id": 7}', 'He said "slow": it was a word for bread.', 0.25),
    ("machine_text_fraction", "7;Bread is the best of clocks.;Miller;1912", "I came; I saw; I had bread.", 0.25),
    ("machine_text_fraction", "Bread is the best of clocks.Ann Miller", "It was bread. Ann Miller ate it.", 0.25),
    ("machine_text_fraction", "Bread is best.Miller, 1912", "It is a thing no one can bake.From an Irish mill", 0.25),
    ("machine_text_fraction", "Bread is best.Ann Lee", 'He ate without him.Julia to Ann\nNot so."Ann Lee', 0.25),
    ("spam_cues", "You have won £500! Call 0800 123 4567 now", "You have won my heart, and £500 is no price.", 1),
    ("spam_cues", "FREE entry to win a phone. Txt WIN to 80000", "They gave us free soup and a phone.", 1),
    ("spam_cues", "URGENT: your loan is waiting, reply YES", "Shares rose 3p to $43.88 on urgent loans.", 1),
    ("spam_cues", "Lose 20 pounds in 2 weeks, order now!", "Order your thoughts now and lose no time.", 1),
    ("spam_cues", "Follow me, more content on my channel", "Follow me for a mile to the link road.", 1),
    (
        "spam_cues",
        "Verify your identity within 24 hours to avoid closure, click here",
        "Verify the sum, then click.",
        1,
    ),
    ("unknown_word_fraction", "ruof sdrow era nettirw sdrawkcab ereh", "Herr Schwarzenegger met Ngugi in Kraków.", 0.3),
    ("unknown_word_fraction", "gur jbeqf ner guvegrra cynprf bss", "We sang la la la and tra la la all night.", 0.3),
    ("unknown_word_fraction", "wy thr s n pnt n spllng vwls", "Sprinkle the aubergines with turmeric and ghee.", 0.3),
    ("damaged_word_fraction", "lt was tbe best of tirnes", "Iris was the best of the Titmuss girls.", 0.05),
    ("damaged_word_fraction", "M0ney is n0t everything y0u need", "Room 101, the 60th of 20k on my iPhone5", 0.05),
    ("damaged_word_fraction", "sOmE wOrDs aRe oDd", "The McDonalds own a YouTube channel and an iPad.", 0.05),
    ("damaged_word_fraction", "sOmE wOrDs aRe oDd", "Iain MacLeod; Ann LeRoux; Bo DeMan; Cy MacMillan", 0.05),
    ("damaged_word_fraction", "the re is no th ought here", "There is no thought, nor any one here.", 0.05),
    ("damaged_word_fraction", "an exam- ple of a bro- ken line", "a well- known self- made man", 0.05),
    ("damaged_word_fraction", "Teh qiuck fxo jmuped oevr it", "Thou art not o'er the hill, the elder said.", 0.05),
    (
        "unlike_text",
        "Size: XL | Qty: 2 | {{#if user}} ||| fr ||| 0.82",
        "The bakery opens at six and sells out by ten.",
        0.9,
    ),
    ("misplaced_words", "the of and to is a by the", "What it is made of is of no interest.", 4),
    (
        "misplaced_words",
        "You have the the whole world of bread before you.",
        "It was a you or a me who made the soup.",
        4,
    ),
    ("misplaced_words", "commitment your fear. choices You your two have", "it was late. so we left, The End", 4),
    ("keyword_list", "#love #life #sunset #beach", "We are number #1 and #blessed today.", 0),
    (
        "keyword_list",
        "car insurance, cheap car insurance, best car insurance, car insurance online, van insurance",
        "flour, sugar and butter, 100 g, eggs",
        0,
    ),
    ("keyword_list", "used cars used trucks used vans car dealer auto", "Ann Lee, Bo Day, Cy Fox, Di Roe, Ed Poe", 0),
    (
        "keyword_list",
        "best pans best pots best pans online best pans",
        "The best pans make the best cooks of the best.",
        0,
    ),
    ("keyword_list", "#soup #bread #salt", "Ann looks back, Ben looks around, Cora looks up", 0),
    ("lookalike_letters", "bаnk of Аmerica", "Москва is the capital, and Δt = 2πr µm.", 0),
    ("lookalike_letters", "𝓫𝓮 𝔂𝓸𝓾𝓻𝓼𝓮𝓵𝓯", "the set 𝔸 and ① to ③, H₂O", 0),
    ("lookalike_letters", "ｂｕｙ ｎｏｗ", "ＮＨＫは日本の放送局です", 0),
    ("lookalike_letters", "ʇxǝʇ uʍop ǝpᴉsdn", "It is said as /ˈɡæd.flaɪ/ or so, as most people in the city say.", 0),
    ("lookalike_letters", "h\u0337e\u0338l\u0336l\u0335o", "cafe\u0301 and nai\u0308ve", 0),
    ("refusal", "As an AI language model, I cannot do that.", "As a modeller of language, I cannot agree.", 0),
    ("refusal", "I'm sorry, but I can't assist with that request.", "I'm sorry, but I can't come tonight.", 0),
    ("refusal", "I’m sorry, but I can’t help you with that.", "I’m sorry, but I can’t sleep.", 0),
    ("refusal", "I'm not able to help with this request.", "I'm unable to sleep.", 0),
    ("refusal", "I must decline to discuss it.", "I must decline the honour.", 0),
    ("refusal", "I cannot provide information on that.", "I cannot help but think of her.", 0),
    ("speaker_only", "SOC.", "No.", 0),
    ("speaker_only", "SOCRATES:", "SOCRATES: And what is piety?", 0),
    ("speaker_only", "User:\nAssistant:", "NO.", 0),
    ("speaker_only", "[Second Servant]:", "[Enter Servant]", 0),
    ("speaker_only", "Narrator.", "Tomorrow.", 0),
    ("speaker_only", "The Old Man (aside):", "Note: see below", 0),
    ("disputed_attribution", "love, misattributed-mark-twain", "love, contributed, life", 0),
    ("disputed_attribution", "attributed-no-source", "paraphrased, investigation", 0),
    ("disputed_attribution", "humor, quote-investigator", "source-code, dispute-resolution", 0),
    (
        "footnote_marks",
        "He is a comic poet.[1] So they say[2] today.",
        "See [1], x[1] and rows[i] of [2].",
        0,
    ),
    ("footnote_marks", "“It rained.”[12]", "[1] A river in the north. [2, 3]", 0),
    ("run_together", "“beginning of terrorJust then", "“McDonald wrote to DeVito on his iPhone.", 0),
    ("run_together", "I may not followDon't lead", "PowerPoint, YouTube, LinkedIn and WhatsApp", 0),
    ("run_together", "It fell apartI have the pieces", "TypeI errors of phaseI trials in wardI", 0),
    ("run_together", "He left.Then it rained", "a queue.Queue of Node.js, e.g. in Studio.Net", 0),
    ("run_together", "He may call?I wait", "key,value pairs such as innerText and activeBackground", 0),
    ("run_together", "The story so far:In the beginning", "at 10:30 see note:this and https://a.example/so:The", 0),
    ("run_together", "what was learnedwhen it rained", "therewith, wherefrom and somewhat earthen werewolves", 0),
    ("run_together", "the glass is broken,The end", "a,b,The,c and d", 0),
    ("stray_punctuation", "J.K. Rowling,", "Martin Luther King, Jr.", 0),
    ("stray_punctuation", "— Plato", "Antoine de Saint-Exupéry", 0),
    ("repetition_fraction", "buy now and save " * 4, "You educate a man; you educate a generation.", 0.65),
    ("longest_character_run", "sooooooooo good", "1000000000 ........ ------ so good", 6),
    ("gibberish_fraction", "xkqjv wzrtpl qmnbvz hjklpq", "Nietzsche met Schwarzenegger and Ngugi in Kraków.", 0.4),
    ("gibberish_fraction", "asdfghjkl qwertyuiop sdfghjk", "The strengths of rhythm: NASA, HTML, MHz.", 0.4),
    ("gibberish_fraction", "aGVsbG8gd29ybGQgdGhpcyBpcyBiYXNl", "getElementByIdentifierOrName is long", 0.4),
    ("gibberish_fraction", "aQ3xR 7bKt2 Zp9Lm4 qX0vT", "My iPhone14 runs PyQt5, and C6H12O6 is sugar.", 0.4),
    ("gibberish_fraction", "kvbqzxwjtrnm", "XMLHttpRequest", 0.4),
    ("gibberish_fraction", "wkjh qzvb xkqd fghw", "hmmmmm zzzzzzz brrrrrr psssst", 0.4),
    ("symbol_fraction", "#$%^ *** ~~~ +=+ @@", "“Well,” she said (twice) – ‘no’…", 0.15),
    ("pii", "write to jane.doe@example.org", "meet me @ the café at 7.30 p.m.", 0),
    ("pii", "ring 020 7946 0999 or 01 23 45 67 89", "in 020 79 places, 1 to 10", 0),
    ("pii", "card 4111 1111 1111 1111", "card 4111 1111 1111 1112", 0),
    ("pii", "IBAN GB82 WEST 1234 5698 7654 32", "order AB12 CDEF 3456 7890 12", 0),
    ("pii", "host 192.168.0.17 is down", "version 1.2.3.4.5 of section 3.1.2", 0),
    ("pii", "host 8.8.4.4 is down", "it listens on 127.0.0.1, and 0.0.0.0 is anywhere; 255.255.255.0 is a mask", 0),
    ("pii", "look at www dot example dot com", "the WWW-Authenticate header: one challenge", 0),
    ("pii", "host 2001:db8::ff00:42:8329 is down", "std::vector at 10:30:45", 0),
    ("pii", "call +44 20 7946 0958 today", "from 1914-1918 and 2020-05-03, ISBN 978-3-16-148410-0", 0),
    ("pii", "call (303) 555-0143 x12", "an order of (12) 1914 pieces", 0),
    ("pii", "key sk-abcdefghijklmnop1234", "a task-force-of-the-willing", 0),
    ("pii", "AKIAIOSFODNN7EXAMPLE", "AKIAS ARE LARGE DOGS", 0),  # Amazon's own example key
    ("pii", "password: hunter2hunter2", "password: please choose one", 0),
    ("pii", "-----BEGIN RSA PRIVATE KEY-----", "a private key to the garden", 0),
    ("pii", "write to jo dot bloggs at mail dot com", "we met at the dot on the map, at a dot com start-up", 0),
    ("pii", "jo [at] mail [dot] org", "look at mail (dot matrix)", 0),
    ("pii", "call five five five, one two three four", "one, two, three, four, five, six, seven, eight", 0),
    ("truncated", "He opened the door and", "He opened the door", 0),
    ("truncated", "First, second,", "It is what dreams are made of", 0),
    ("truncated", "It reads [...]", "The wind is up,\nthe sea is high,", 0),
    ("truncated", "ncy of the law was never in doubt.", "agency of the law was never in doubt.", 0),
    ("truncated", "f the law he knew nothing.", "lol, he knew nothing of the law.", 0),
    ("truncated", "T he law was never in doubt.", "C and D are never in doubt.", 0),
    ("truncated", "W HEN IN DOUBT we stayed at home.", "X marks the spot.", 0),
    ("truncated", "ed the road down to the sea.", "god: the road goes down to the sea.", 0),
    ("truncated", "ment of the law stood firm.", "u know that the law stood firm.", 0),
    ("truncated", "t of the law stood firm.", "t is the height of the law.", 0),
    ("truncated", "tion of the law stood firm.", "um, the law stood firm.", 0),
    ("truncated", "F rom the law it stood firm.", "d. The fourth answer stood firm.", 0),
    ("truncated", "ence, the law stood firm.", "E mail me when the law stands firm.", 0),
    ("wrong_language", "Das Leben ist nicht das, was man gelebt hat.", "Life is not what one lived, but how.", 0.1),
    ("wrong_language", "Жизнь прекрасна", "Tolstoy wrote Война in 1869.", 0.1),
    ("wrong_language", "A vida é o que nos faz.", "Carpe diem.", 0.1),
    (
        "wrong_language",
        "The river rose in the night and then die Leute gingen nicht mehr aus dem Haus.",
        "She said c'est la vie and went back to work on the other side of the river.",
        0.1,
    ),
    ("wrong_language", "Ich liebe dich", "Ludwig van der Rohe, Juan de la Cruz", 0.1),
    (
        "wrong_language",
        "Vicus in regionibus montanis conditus incolarum paucorum",
        "flour, sugar, butter, eggs, milk",
        0.1,
    ),
]


@pytest.mark.parametrize(("signal", "bad", "good", "bound"), HIGHER_IS_WORSE)
def test_signal_tells_a_defect_from_its_double(signal: str, bad: str, good: str, bound: float) -> None:
    above, below = measure(signal, [bad, good])
    assert above > bound >= below


@pytest.mark.parametrize(
    ("signal", "text", "value"),
    [
        ("word_count", "two  words", 2),
        ("word_count", "", 0),
        ("word_count", "人生如夢", 4),
        ("char_count", "naïve", 5),
        ("letter_fraction", "ab 12", 0.5),
        ("letter_fraction", "", 1),
        ("symbol_fraction", "a#", 0.5),
        ("longest_character_run", "aaaab", 4),
        ("repetition_fraction", "a b c a b c", 0.5),
    ],
)
def test_measured_value_is_the_defined_one(signal: str, text: str, value: float) -> None:
    assert measure(signal, [text])[0] == pytest.approx(value)


def test_every_signal_has_an_example() -> None:
    shown = {case[0] for case in HIGHER_IS_WORSE} | {"word_count", "char_count", "letter_fraction"}
    assert shown == set(SIGNALS)


@pytest.mark.parametrize("signal", SIGNALS)
def test_null_has_no_value_and_no_rows_are_fine(signal: str) -> None:
    assert np.isnan(measure(signal, ["some text here", None])[1])
    assert len(measure(signal, [])) == 0
    assert np.isfinite(measure(signal, ["", " ", "x", "\U0001f600"])).all()


def test_a_row_is_measured_the_same_among_others() -> None:
    """Vectorised measures must not leak between rows."""
    pick = random.Random(0)
    texts = ["I am here. I am here. I am here.", "", "Das ist nicht gut und auch nicht schön", "ok", "naïve café"]
    texts += [" ".join(pick.choices(["the", "king", "sea", "old", "and", "wind"], k=12)) for _ in range(60)]
    for signal in SIGNALS:
        together = measure(signal, texts)
        assert together.tolist() == [measure(signal, [text])[0] for text in texts], signal


def test_special_tokens_are_seen_by_the_signal_that_looks_for_them_alone() -> None:
    text = "One must imagine the cook happy, and so I do."
    wrapped = f"<|endoftext|>{text}<|endoftext|>"
    for signal in SIGNALS.keys() - AS_WRITTEN:
        assert measure(signal, [wrapped, None, text]).tolist()[::2] == measure(signal, [text, text]).tolist(), signal
    assert measure("special_token_in_text", [wrapped])[0] == 2
    assert measure("word_count", ["one<|im_end|><|im_start|>two</s>"])[0] == 2
    assert measure("truncated", ["He opened the door and</s>"])[0] == 1


def cut(*shards: list[str], language: str = "en") -> dict[int, str]:
    ends = [word_ends(TextColumn(texts), np.arange(len(texts))) for texts in shards]
    return cut_words(ends, [sum(map(len, shards[:place])) for place in range(len(shards))], language)


def test_a_word_cut_short_is_seen_by_the_column_s_other_words() -> None:
    texts = ["The falcon flies.", "A falcon sees far.", "It was the diligent fal", "We saw the sun.", "It is so."]
    assert cut(texts) == {2: "fal"}
    assert cut(texts[2:], texts[:2]) == {0: "fal"}
    assert cut(texts, ["The fal was open.", "It rained a lot.", "Then it was dry."]) == {}


def test_a_word_cut_short_is_seen_by_english_s_common_words() -> None:
    sound = [
        "The falcon flies.",
        "We saw the sun.",
        "It is so.",
        "Then it was dry.",
        "It rained a lot.",
        "No one came.",
    ]
    assert cut([*sound, "He went on neverthele"]) == {6: "neverthele"}
    assert cut([*sound, "It left him unguar"]) == {6: "unguar"}
    assert cut([*sound, "He went on neverthele"], language="de") == {}
    for whole in (
        "All of it is true virtue",
        "That is the falcons' creed",
        "Ask the editor",
        "So said old Alberta",
    ):
        assert cut([*sound, "His virtues were many.", whole]) == {}, whole


def test_a_column_without_full_stops_is_not_truncated() -> None:
    assert cut(["the falcon flies", "one more fal", "rain again", "so be it"]) == {}


def test_the_contract_s_language_decides_what_is_foreign() -> None:
    german, english = "Das Leben ist nicht das, was man gelebt hat.", "Life is not what one has lived, but how."
    assert measure("wrong_language", [german, english], "de")[0] == 0
    assert measure("wrong_language", [german, english], "de")[1] > 0.1
    assert measure("wrong_language", ["Жизнь прекрасна"], "ru")[0] == 0


def test_checksums_accept_the_standards_own_examples() -> None:
    assert is_luhn_valid("4111 1111 1111 1111")  # Visa's test number
    assert not is_luhn_valid("4111 1111 1111 1112")
    assert is_iban_valid("GB82 WEST 1234 5698 7654 32")  # the example of ISO 13616's register
    assert not is_iban_valid("GB82 WEST 1234 5698 7654 33")


def test_what_english_words_tell_says_nothing_of_other_languages() -> None:
    """Without English function words every sentence would be a list of keywords, and most words unknown."""
    texts = [
        "Der alte Reiher steht still, wartet, lauscht, schweigt, hofft und fliegt am Ende fort",
        "Guten Tag.",
    ]
    for signal in ("keyword_list", "unknown_word_fraction", "damaged_word_fraction", "run_together"):
        assert measure(signal, texts, "de").tolist() == [0, 0]
    assert measure("fragment", [*texts, "Tag"], "de").tolist() == [0, 0, 1]
    assert measure("keyword_list", ["#liebe #leben #abend"], "de").tolist() == [1]
