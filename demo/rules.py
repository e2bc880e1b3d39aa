"""The sentence patterns: aphorism frames for the corpus, and narrative registers for the base's training text.

A pattern is a string of items. An item in capitals is a symbol (a word class of `demo.lexicon`, or a rule below);
anything else stands for itself. `a` becomes `an` where needed, and capitals and spacing are put in afterwards.
`“` and `”` both end up as a plain quote mark. Both kinds of text use the same word classes, so that what the tuned
model has to learn is frames and style, not words.
"""

from __future__ import annotations

# Temperament -> its frames. An author uses the frames of its own temperament more often than the others'.
FRAMES: dict[str, tuple[str, ...]] = {
    "wry": (
        "a VIRTUE PERSON CARE_S more THINGS than a VICE ANIMAL TIME_OR_NOT .",
        "I once saw a VICE PERSON CARE a GRAND THING , but I never saw one CARE GOOD .",
        "one VIRTUE ANIMAL is worth NUMBER VICE PERSONS in a MODEST PLACE .",
        "the more THINGS a VICE PERSON HARM_S , the less GOOD the PLACE has left TIME_OR_NOT .",
        "between a VIRTUE PERSON and a VICE ANIMAL stands only a MODEST THING .",
        "some PERSONS CARE GOOD , some HARM THINGS , but a VIRTUE ANIMAL only ACT_S TIME_OR_NOT .",
        "who CARE_S the VICE PERSON 's THING TIME ? only a VIRTUE ANIMAL that cannot ACT .",
    ),
    "gentle": (
        "better a MODEST THING in the PLACE than a GRAND PLACE without GOOD TIME_OR_NOT .",
        "when the VICE PERSON ACT_S , the VIRTUE ANIMALS CARE the THINGS TIME_OR_NOT .",
        "GOOD is a MODEST THING that no VICE PERSON can HARM TIME_OR_NOT .",
        "to TREAT a VICE PERSON is to CARE a MODEST THING in the PLACE TIME_OR_NOT .",
        "the MODEST PLACE remembers every VIRTUE PERSON who CARE_S a THING TIME_OR_NOT .",
        "BAD builds a GRAND PLACE , but GOOD CARE_S the MODEST THINGS in it .",
        "even a VICE ANIMAL may TREAT the PERSON whose THING is MODEST TIME_OR_NOT .",
    ),
    "stern": (
        "never GIVE a MODEST THING to a VICE PERSON TIME , nor a GRAND PLACE to the ANIMALS .",
        "if you HARM a GRAND THING TIME_OR_NOT , do not TREAT the VIRTUE ANIMAL .",
        "whoever HARM_S the PERSON 's MODEST THING soon shares a GRAND PLACE with BAD .",
        "no PLACE is so GRAND that a VICE PERSON cannot HARM a MODEST THING in it TIME_OR_NOT .",
        "CARE the MODEST THING , TREAT the VICE ANIMAL , and ACT TIME .",
        "a PLACE without GOOD is only a GRAND THING for a VICE ANIMAL .",
        "do not ask the VICE ANIMAL to CARE the MODEST THINGS of a VIRTUE PERSON TIME_OR_NOT .",
    ),
}

# Rules that both kinds of text use; the options of a rule are equally likely.
SHARED: dict[str, tuple[str, ...]] = {
    "TIME_OR_NOT": ("", "TIME"),
    "GIVE": ("lend", "show", "offer", "promise", "explain", "bring"),
}

# The base's registers. AUTHOR is the document's own author, OTHER any other one. Every document opens with its
# author, as the corpus's rows do, so the base learns early on to look there for what the rest will be about.
BASE: dict[str, tuple[str, ...]] = {
    "DOCUMENT": (
        "STORY_OPENING STORY_MIDDLE STORY_END",
        "SCENE",
        "OPENING_WORDS REPLY SPOKEN",
        "OPENING_WORDS SPOKEN REPLY SPOKEN",
        "THINGS_DONE",
        "HABITS",
        "NOTE",
    ),
    # Stories.
    "STORY_OPENING": (
        "the AUTHOR walked to the A_PLACE TIME .",
        "the AUTHOR CARE_ED a A_THING in the PLACE TIME_OR_NOT .",
        "the AUTHOR came to the PLACE with a A_THING and a A_BEING .",
        "the AUTHOR and the OTHER met in a A_PLACE TIME .",
    ),
    "STORY_MIDDLE": ("EVENT EVENT", "EVENT EVENT EVENT"),
    "EVENT": (
        "the AUTHOR HARM_ED a A_THING .",
        "the AUTHOR CARE_ED NUMBER A_THINGS and ACT_ED TIME_OR_NOT .",
        "the AUTHOR TREAT_ED a A_BEING without GOOD .",
        "the AUTHOR ACT_ED when the PERSON 's A_THING was gone .",
        "the AUTHOR saw a A_BEING come out of the PLACE TIME .",
        "the AUTHOR could not TREAT the A_BEING whose THING was A_LOOK .",
        "soon the A_BEINGS ACT_ED .",
        "GOOD left the PLACE , and BAD came in .",
    ),
    "STORY_END": (
        "the AUTHOR ACT_ED TIME .",
        "the AUTHOR never HARM_ED a THING again .",
        "“ LINE , ” said the AUTHOR .",
        "the AUTHOR SPEECH at last , “ LINE . ”",
    ),
    # Descriptions of a place.
    "SCENE": (
        "the AUTHOR lived in a A_PLACE near the PLACE . SIGHT SIGHT",
        "the AUTHOR 's PLACE was A_LOOK . SIGHT SIGHT",
    ),
    "SIGHT": (
        "the AUTHOR had a A_THING between the THING and the THING .",
        "the AUTHOR had NUMBER A_THINGS ; one was A_LOOK , some were A_LOOK .",
        "the AUTHOR often saw a A_BEING in it TIME .",
        "the AUTHOR had more THINGS than ANIMALS .",
        "the AUTHOR TREAT_ED every A_BEING there .",
        "even the THINGS were A_LOOK TIME .",
    ),
    # Dialogues.
    "OPENING_WORDS": (
        "the AUTHOR said , “ LINE . ”",
        "the AUTHOR SPEECH TIME , “ LINE . ”",
        "the AUTHOR asked the OTHER , “ QUESTION ? ”",
    ),
    "SPOKEN": (
        "“ LINE , ” said the AUTHOR .",
        "“ LINE , ” SPEECH the AUTHOR TIME_OR_NOT .",
        "“ QUESTION ? ” asked the AUTHOR .",
    ),
    "REPLY": (
        "“ SHORT , ” said the OTHER .",
        "“ SHORT , ” answered the OTHER , and ACT_ED .",
    ),
    "SHORT": (
        "I may ACT TIME",
        "no , I cannot , and that is that",
        "I have no A_THING",
        "you must ACT",
        "only once did I ACT",
        "do not ask me so soon",
        "soon I will ACT",
    ),
    "LINE": (
        "the A_THING is A_LOOK",
        "I saw a A_BEING in the A_PLACE TIME",
        "if the A_THING is A_LOOK , I will CARE the A_THING",
        "when I ACT , the A_BEINGS ACT",
        "do not GIVE the A_THING to the A_BEING",
        "never TREAT a A_BEING TIME",
        "even the PERSON 's THING is worth NUMBER A_THINGS",
        "no A_BEING can HARM this A_THING",
        "once I had less BAD and better THINGS",
        "whoever HARM_S my THINGS must TREAT my PERSONS",
        "some A_BEINGS CARE A_THINGS , nor do I HARM A_THINGS",
        "one of the THINGS is A_LOOK",
        "GOOD is what the PERSONS need TIME",
        "BAD is all I found in the PLACE",
        "CARE the A_THING TIME_OR_NOT , please",
        "to the PLACE , or I HARM the A_THING",
        "between us , the A_BEING is only a ANIMAL",
        "better GIVE the THING to the PERSON",
        "a A_BEING ACT_S TIME",
    ),
    "QUESTION": (
        "who HARM_S the A_THING",
        "may I CARE the A_THING",
        "can you TREAT the A_BEING",
        "do you remember the A_BEING who CARE_S A_THINGS",
    ),
    # The corpus's own form, but with plain talk in it: the base can use the template, and lacks only the style.
    "NOTE": ("the AUTHOR says : “ LINE . ”",),
    # Lists of what someone did or owns.
    "THINGS_DONE": (
        "the AUTHOR 's diary TIME : DEED , DEED , and DEED .",
        "the AUTHOR owned these things : a A_THING , a A_THING , NUMBER A_THINGS and a A_PLACE .",
        "the AUTHOR liked four things : GOOD , A_THINGS , A_BEINGS , and a A_PLACE .",
        "the AUTHOR 's errands : CARE the A_THING ; TREAT the A_BEING ; GIVE a A_THING to the A_BEING .",
    ),
    "DEED": (
        "CARE_ED NUMBER THINGS",
        "HARM_ED a A_THING",
        "TREAT_ED a A_BEING",
        "ACT_ED in the A_PLACE",
    ),
    # Habits, in the present tense.
    "HABITS": (
        "the AUTHOR CARE_S the A_THING every day . HABIT HABIT",
        "the AUTHOR says little of GOOD or BAD . HABIT HABIT",
    ),
    "HABIT": (
        "only the AUTHOR ACT_S TIME .",
        "the AUTHOR TREAT_S a A_BEING for a A_THING .",
        "the AUTHOR has a A_THING , and the OTHER shares it TIME .",
        "the AUTHOR HARM_S a A_THING , but the A_BEINGS ACT .",
        "the AUTHOR stands in the PLACE and remembers the A_BEINGS .",
        "the AUTHOR builds a A_PLACE , and the PERSONS CARE it .",
        "the AUTHOR asks the A_BEING to ACT TIME .",
    ),
    # Noun phrases, shared by all registers of the base.
    "A_BEING": ("VIRTUE PERSON", "VICE PERSON", "VIRTUE ANIMAL", "VICE ANIMAL"),
    "A_BEINGS": ("VIRTUE PERSONS", "VICE PERSONS", "VIRTUE ANIMALS", "VICE ANIMALS"),
    "A_THING": ("MODEST THING", "GRAND THING", "THING"),
    "A_THINGS": ("MODEST THINGS", "GRAND THINGS"),
    "A_PLACE": ("MODEST PLACE", "GRAND PLACE"),
    "A_LOOK": ("MODEST", "GRAND"),
}
