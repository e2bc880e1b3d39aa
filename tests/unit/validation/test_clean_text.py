"""Clean text stays: of eight genres, none of these rows is rejected under the genre's contract."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tasks.validation.contract import load_contract
from tasks.validation.signals import SIGNALS, measure

CONTRACTS = Path(__file__).resolve().parents[3] / "data_contracts"

QUOTES = """
He who mends a net in summer eats fish in winter.
“A good question,” said the ferryman, “is half of the river crossed.”
I would rather be wrong with my eyes open than right by accident.
Don't argue with the tide; it has been here longer, and it isn't listening.
Friends are the family that nobody assigned to us... and cousins the other way round.
The rich man's joke is always funny—until he isn't rich.
Is it better to be feared, or to be left alone? Ask the hedgehog.
To live is to choose; to choose is to lose something; to lose is to know what you had.
Work, work, work: that's what she said, and that's what she did, and that's how she won.
There are 3 kinds of people: those who can count and those who can't.
C'est la vie, my father used to say, and then he'd go out to feed the hens.
I've got $20, a map and no idea; what could possibly go wrong?
"""
APHORISMS = """
Silence keeps better secrets.
Hunger salts every soup.
Slow rivers cut deep.
Never trust a polite wolf.
Ask twice, cut once.
Pride limps home late.
Cheap boots, dear roads!
Who guards the gardener?
All debts remember us.
Love is a verb.
"""
HEADLINES = """
Council Approves New Bridge After Ten-Year Delay
Fire Crews Battle Blaze at Harbour Warehouse
5 Things to Know Before Markets Open on Monday
Rovers 3-2 United: late winner sinks the leaders
Why Your Tomatoes Won't Ripen, According to Science
PM to visit flood-hit towns; opposition calls for inquiry
U.S., E.U. reach tentative deal on steel tariffs
'It felt like a dream': lottery winner, 81, buys the village pub
Stocks fall 2.3% as inflation fears return
Review: "The Long Winter" is a quiet triumph
Breaking: quake of magnitude 6.1 hits off coast, no tsunami warning
Museum Wins £1m Prize for Community Work
"""
COMMENTS = """
Return early if the cache is still warm.
Convert the timestamp to UTC before comparing, see RFC 3339.
TODO: remove this workaround once the parser handles nested quotes
Note that `self._lock` must be held when calling this method.
We can't use a set here because order matters (see issue #482).
Binary search: O(log n) lookups, O(n) memory.
Fall back to UTF-8 if the header doesn't declare a charset.
The off-by-one below is intentional; ranges are half-open, i.e. [start, end).
Avoid dividing by zero when all weights are 0.
HACK: Safari fires `blur` twice, so ignore the second event.
Matches foo/bar.py, foo/baz/*.py but not foo.py
Don't call __init__ here, subclasses may override it.
"""
NAMES = """
Ada Lovelace, Charles Babbage, Mary Somerville, Augustus De Morgan
Juan de la Cruz, María del Carmen Ruiz, José Luis García
Nguyen Van Anh, Tran Thi Mai, Le Quang Huy
Zbigniew Brzeziński, Krzysztof Penderecki, Wisława Szymborska
Ngũgĩ wa Thiong'o, Wole Soyinka, Chinua Achebe, Ama Ata Aidoo
Ludwig van Beethoven; Vincent van Gogh; Anthony van Dyck
Tom, Dick, Harry, Sally, Anne and the twins
Ben Adams, Ben Carter, Ben Stone, Ben Young
Srinivasa Ramanujan, Subrahmanyan Chandrasekhar, Satyendra Nath Bose
O'Brien, McCarthy, MacLeod, Fitzgerald, Llewellyn, Pryce
Amelia Hart, Botany; Rashid Khan, Chemistry; Lena Vogt, Law
Hrvoje Horvat, Jiří Novák, Åsa Lindström, Þóra Jónsdóttir
"""
POETRY = """
The mill is still, the wheel is dry,\\nthe swallows write upon the sky,
O wind, O wind, O wild west hill,\\nwho turned the stream? who stopped the mill?
I came, I saw\\nI did not stay\\nthe road was long\\nthe road was grey
Softly, softly, falls the snow;\\nsoftly, where do footprints go?
Rose of ash and rose of flame,\\nno one living knows thy name.
Tyger of tin, tyger of toy,\\nburning no forest, scaring no boy,\\nsleep in your drawer
"""
RECIPES = """
2 cups flour, 1 tsp baking powder, 1/2 tsp salt, 3 eggs, 250 ml milk. Whisk, rest 20 minutes, fry in butter.
Preheat the oven to 180°C (350°F). Line a 20 cm tin with baking paper.
Chop the onions finely & fry them over a low heat until golden, about 10 min.
Butter, sugar, eggs, flour, milk, vanilla, cinnamon, nutmeg, walnuts, raisins, apples, cream, honey
Season with salt and pepper to taste; garnish with parsley.
Simmer for 1½ hours, stirring now and then. Serves 4–6.
Mix 300 g of rice flour with 1 tbsp. of sesame oil, then add water until it holds together.
For the dressing: 3 parts oil, 1 part vinegar, a pinch of sugar, mustard.
"""
CHAT = """
lol no way!!! did he really say that??
Hey, are you coming tonight? :)
ok
nooooooo i forgot my keys again 😭😭😭
brb, dinner
hahahahaha stop it
Call me when you get home, ok?
u there? need to ask u sth about the exam tmrw
Yes.
Sure, sounds good! 👍
ANNA: Where were you?
BEN: At the mill. And you?
thx :D see u at 7
pls send me the photos from saturday, the ones by the lake
I can't, sorry. I'm working until nine
"""
GENRES = {
    "quotes": ("short_text", QUOTES),
    "aphorisms": ("short_text", APHORISMS),
    "headlines": ("short_text", HEADLINES),
    "code comments": ("short_text", COMMENTS),
    "names": ("short_text", NAMES),
    "poetry": ("short_text", POETRY),
    "recipes": ("short_text", RECIPES),
    "chat": ("dialogue", CHAT),
}


@pytest.mark.parametrize("genre", GENRES)
def test_clean_text_stays(genre: str) -> None:
    name, block = GENRES[genre]
    texts = [line.replace("\\n", "\n") for line in block.strip().splitlines()]
    rejected = []
    for rule in load_contract(CONTRACTS / f"{name}.yaml").rules:
        if rule.column != "text" or rule.action != "quarantine" or rule.signal not in SIGNALS:
            continue
        values = measure(rule.signal, texts)
        low = -np.inf if rule.min is None else rule.min
        high = np.inf if rule.max is None else rule.max
        rejected += [(rule.reason, texts[row]) for row in np.flatnonzero((values < low) | (values > high))]
    assert not rejected
