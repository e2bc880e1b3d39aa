"""The words of the demo and their forms: who speaks, what they speak of, and how a word is inflected.

Nouns belong to one of eight themes and each author prefers the nouns of one theme. Adjectives and verbs come in
opposed classes (virtue and vice, humble and grand, care and harm), so a sentence that draws from both never
repeats itself. The price of plain lists: a new word must be checked by eye for its plural and its past tense.
"""

from __future__ import annotations

THEMES = ("water", "field", "night", "kitchen", "court", "road", "forest", "workshop")

# Author -> (theme, temperament). Roles and animals only, never a person's name.
AUTHORS: dict[str, tuple[str, str]] = {
    name: (theme, temperament)
    for theme, names in {
        "water": "Ferryman:gentle Heron:stern Otter:wry Sailor:wry",
        "field": "Shepherd:gentle Hare:wry Beekeeper:gentle Crow:stern",
        "night": "Lamplighter:gentle Owl:stern Watchman:stern Moth:wry",
        "kitchen": "Baker:gentle Mouse:wry Cook:stern Cat:wry",
        "court": "Jester:wry Judge:stern Peacock:stern Steward:gentle",
        "road": "Tinker:wry Donkey:gentle Messenger:stern Tortoise:gentle",
        "forest": "Woodcutter:stern Fox:wry Hermit:gentle Badger:stern",
        "workshop": "Clockmaker:gentle Spider:wry Weaver:gentle Cobbler:wry",
    }.items()
    for name, temperament in (entry.split(":") for entry in names.split())
}

# Class -> one line of words per theme, in the order of THEMES.
THEMED: dict[str, tuple[str, ...]] = {
    "PERSON": (
        "pilot diver captain rower",
        "farmer gardener reaper milkmaid",
        "dreamer astronomer thief ghost",
        "guest brewer butler grandmother",
        "king queen minister prince",
        "pilgrim stranger beggar soldier",
        "hunter giant orphan witch",
        "carpenter apprentice tailor mason",
    ),
    "ANIMAL": (
        "duck frog crab",
        "goat goose cow",
        "bat nightingale cricket",
        "hen pig kitten",
        "hound falcon monkey",
        "mule horse pigeon",
        "wolf bear squirrel",
        "beetle magpie snail",
    ),
    "THING": (
        "boat oar net anchor rope sail bucket shell",
        "plough fence basket scarecrow seed apple sack rake",
        "lantern candle pillow key shadow mirror blanket bell",
        "spoon kettle loaf pot cup table pie knife",
        "crown throne sword letter feather goblet curtain ring",
        "map coin boot wheel saddle coat cart drum",
        "axe nest acorn ladder mushroom flute trap stick",
        "hammer clock needle button nail shoe chair thread",
    ),
    "PLACE": (
        "river harbour bay lake",
        "meadow orchard barn pasture",
        "tower chapel cathedral attic",
        "kitchen cellar bakery inn",
        "palace garden library ballroom",
        "alley market village courtyard",
        "forest cave hut valley",
        "workshop mill forge shop",
    ),
    "GOOD": (
        "patience courage",
        "hope gratitude",
        "wonder silence",
        "comfort generosity",
        "justice mercy",
        "freedom trust",
        "solitude caution",
        "skill honesty",
    ),
    "BAD": (
        "worry despair",
        "vanity drudgery",
        "fear sorrow",
        "gluttony gossip",
        "pride flattery",
        "haste regret",
        "malice suspicion",
        "ambition doubt",
    ),
}

# Class -> its words, all equally likely.
PLAIN: dict[str, str] = {
    "VIRTUE": "patient honest humble gentle cheerful careful brave wise modest generous grateful kind faithful sober "
    "merry calm tender diligent thoughtful thrifty candid steady polite hopeful loyal clever contented sensible",
    "VICE": "hasty greedy proud jealous lazy boastful stubborn foolish vain clumsy noisy gloomy restless bitter "
    "careless idle timid cruel grumpy reckless sly stingy haughty pompous nosy forgetful spiteful quarrelsome",
    "MODEST": "broken borrowed rusty empty small wooden crooked forgotten muddy cracked hollow dusty faded plain "
    "patched wet lopsided old cheap worn",
    "GRAND": "golden silver painted polished famous expensive royal splendid tall enormous marble shining elegant "
    "priceless mighty gilded magnificent new scented spotless",
    "CARE": "keep carry mend polish guard clean paint save lift count wash share admire measure collect repair find "
    "praise buy cherish inspect borrow sketch decorate",
    "HARM": "steal lose hide break drop sell forget bury burn waste bend scratch ignore neglect misplace damage curse "
    "kick mock pawn smash abandon swap trample",
    "TREAT": "forgive follow teach feed flatter obey envy thank scold invite help remember insult blame greet warn "
    "deceive marry visit pity interrupt impress question imitate",
    "ACT": "sing sleep wait laugh weep dance argue wander boast listen travel rest hurry complain pray smile whisper "
    "grumble stumble dream linger hesitate yawn sneeze",
    "NUMBER": "two three four five six seven eight nine ten twelve twenty",
}

TIMES = (
    "in winter", "at dawn", "after supper", "before the harvest", "at midnight", "in spring", "after the storm",
    "by moonlight", "before breakfast", "in the rain", "at noon", "on market day", "during the flood", "in old age",
    "at dusk", "on a holiday", "after the wedding", "until the thaw", "before the first snow", "in a thick fog",
)  # fmt: skip

# Temperament -> how its authors say something in the base's dialogues.
SPEECH = {"wry": "joked laughed teased", "gentle": "whispered murmured sighed", "stern": "warned growled insisted"}

_PLURALS = {"goose": "geese", "loaf": "loaves", "wolf": "wolves", "thief": "thieves", "knife": "knives"}
_PASTS = {
    "keep": "kept", "find": "found", "buy": "bought", "steal": "stole", "lose": "lost", "hide": "hid",
    "break": "broke", "drop": "dropped", "sell": "sold", "forget": "forgot", "bend": "bent", "swap": "swapped",
    "forgive": "forgave", "teach": "taught", "feed": "fed", "sing": "sang", "sleep": "slept", "weep": "wept",
    "travel": "travelled",
}  # fmt: skip
_VOWELS = "aeiou"
_SILENT_H = {"honest"}


def _consonant_y(word: str) -> bool:
    return word.endswith("y") and word[-2] not in _VOWELS


def plural(noun: str) -> str:
    """The plural of a noun; also the third person singular of a verb, which English builds the same way."""
    if noun in _PLURALS:
        return _PLURALS[noun]
    if _consonant_y(noun):
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "sh", "ch")) else "s")


def past(verb: str) -> str:
    """The simple past of a verb."""
    if verb in _PASTS:
        return _PASTS[verb]
    if _consonant_y(verb):
        return verb[:-1] + "ied"
    return verb + ("d" if verb.endswith("e") else "ed")


def article(next_word: str) -> str:
    """`a` or `an`, by the sound of the word that follows."""
    return "an" if next_word[0] in _VOWELS or next_word in _SILENT_H else "a"
