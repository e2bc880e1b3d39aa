"""Small grammars for genres of which no real text is at hand: recipes, chat, headlines, lists of names, sentences.

A template's `{slot}` is replaced by a random entry of that slot; entries may hold slots themselves.
"""

from __future__ import annotations

import re
from random import Random

SLOTS: dict[str, str] = {
    "person": "Amara|Bogdan|Chiara|Dmitri|Eilidh|Farid|Greta|Hiroshi|Ines|Jonas|Kwame|Leila|Mateo|Nadia|Oisín|Priya",
    "place": "Porto|Leeds|Ghent|Osaka|Tromsø|Quito|Galway|Lviv|Accra|Hobart|Utrecht|Cusco|Bergen|Izmir|Perth|Turin",
    "number": "two|three|four|five|six|seven|nine|a dozen|twenty|forty",
    "thing": "kettle|umbrella|ladder|violin|suitcase|lamp|bicycle|armchair|typewriter|toolbox|rucksack|mirror|teapot",
    "animal": "goat|heron|spaniel|tortoise|magpie|donkey|hedgehog|carp|cockerel|stoat",
    "job": "plumber|notary|midwife|surveyor|florist|locksmith|cellist|beekeeper|welder|optician|clerk|roofer",
    "time": "before breakfast|after the rain|on Sunday|in late March|around midnight|by the end of May|last autumn",
    "past": "repaired|borrowed|painted|lost|sold|inherited|dropped|polished|described|weighed|photographed|hid",
    "feeling": "proud|furious|relieved|ashamed|amused|worried|delighted|puzzled|jealous|grateful",
    "reason": "it reminded her of {place}|nobody else wanted it"
    "|the {job} had asked him to|it was cheaper than a new one"
    "|the instructions were missing|the {animal} had slept on it|that was the custom in {place}",
    "vegetable": "leeks|carrots|courgettes|parsnips|aubergines|spinach|fennel|tomatoes|red peppers"
    "|celery|kale|beetroot",
    "protein": "chicken thighs|chickpeas|smoked haddock|minced lamb|firm tofu|brown lentils|prawns|pork belly|cod|eggs",
    "grain": "basmati rice|pearl barley|couscous|egg noodles|bulgur|polenta|small pasta|quinoa|new potatoes",
    "spice": "cumin|smoked paprika|nutmeg|coriander seed|turmeric|fennel seed|thyme|caraway|chilli flakes|star anise",
    "fat": "olive oil|butter|sesame oil|ghee|rapeseed oil|lard",
    "extra": "lemon zest|toasted almonds|chopped parsley|grated Parmesan|soured cream"
    "|pickled onions|fresh dill|harissa",
    "grams": "75 g|100 g|150 g|200 g|250 g|400 g|1 kg",
    "minutes": "5|8|10|12|15|20|25|35|45",
    "oven": "160|170|180|190|200|220",
    "subject": "Council|Ministry|Hospital|Brewery|University|Airport|Museum|Orchestra|Water company|Zoo|Ferry operator"
    "|Police|Farmers|Nurses|Students|Court|Theatre|Rail union|Port|Library",
    "headverb": "rejects|backs|delays|unveils|defends|scraps|expands|sues over|votes on"
    "|apologises for|bans|investigates"
    "|reopens|doubles|halves|postpones|questions|sells|restores|cancels",
    "object": "plan for tram line|pay offer|new harbour tax|winter timetable|rooftop garden|merger|parking fees"
    "|flood barrier|exam reform|night flights|tuna quota|asbestos report|solar farm|street market|visa rules"
    "|royal visit|cheese festival|data breach|tunnel budget|school meals",
    "headtail": " after {number} years| amid protests| despite warnings| in {place}| ahead of vote|, report says|"
    " at last minute| over safety fears| as costs rise| following court ruling",
    "chatopen": "hey |ok so |lol |hmm |btw |wait |omg |yeah |nah |haha |sorry |oh |well ||||",
    "chatbody": "did you feed the {animal}?|I left my {thing} at yours|{person} is asking about the {thing} again"
    "|we're in {place} till Tuesday|the {job} can't come {time}|can u send me the address in {place}?"
    "|are we meeting at {hour} or later?|I'm so {feeling} rn|{person} got the job!!|who {past} my {thing}??"
    "|just saw a {animal} on the bus|dinner at {hour}? I'll bring the {vegetable}|do we need {vegetable}?"
    "|it's {minutes} min by bike from the station|that {thing} is still broken|{person} says hi from {place}"
    "|my phone died, was talking to the {job}|can't talk now, call you {time}|{vegetable} soup again tonight 🙈"
    "|the {animal} next door won't shut up|no idea, ask {person}|I was {feeling} but not surprised tbh",
    "hour": "6|6:30|7|half 7|8|8:15|9ish",
    "chatend": " x| :)| haha| 😂|!|...| pls| ok?||||",
}
SENTENCES = (
    "{person} {past} the {thing} {time} because {reason}.",
    "The {job} from {place} was {feeling} when the {animal} {past} nothing and {person} paid for the {thing}.",
    '"Who {past} my {thing}?" asked {person}, and the {job} looked at the {animal}.',
    "{time_}, {person} and {number} friends went to {place}, where a {job} {past} their {thing}.",
    "If the {thing} is broken, {person} will ask the {job}; if not, the {animal} gets the blame.",
    "It took {number} weeks and one {feeling} {job} to bring the {thing} from {place} to {place}.",
    "Nobody in {place} was {feeling} about the {animal}, since {reason}.",
    "{person}'s {thing} cost less than the {vegetable}, but the {job} was {feeling} all the same.",
)
RECIPE_STEPS = (
    "Heat the {fat} in a heavy pan and soften the {vegetable} for {minutes} minutes without browning them.",
    "Stir in the {spice} and cook until it smells fragrant, then add the {protein}.",
    "Rinse the {grain}, tip it into the pan and pour over 600 ml of hot stock.",
    "Cover and simmer for {minutes} minutes, stirring now and then so that nothing sticks.",
    "Roast at {oven} °C for {minutes} minutes, turning once, until the edges are crisp.",
    "Meanwhile, slice the {vegetable} thinly and toss with a pinch of salt and the {extra}.",
    "Take off the heat, leave to rest for {minutes} minutes and fold in the {extra}.",
    "Season the {protein} with {spice}, salt and black pepper on both sides.",
    "Beat the eggs with a splash of milk and pour them over the {vegetable}.",
    "Taste, sharpen with a squeeze of lemon, and serve with {grain}.",
    "Cook the {grain} according to the packet, drain well and keep warm.",
    "Scatter over the {extra} and bring to the table in the pan.",
    "Preheat the oven to {oven} °C (fan {oven} °C) and line a large tray with baking paper.",
    "Peel the {vegetable}, cut into 2 cm chunks and spread out in one layer.",
    "Grate the ginger, crush three cloves of garlic and keep both aside.",
    "Whisk 3 tbsp yoghurt with honey and mustard until smooth; chill.",
    "Toast the {spice} in a dry frying pan for 1 minute, then grind coarsely.",
    "Blend half of the soup, return it to the pot and thin with water if needed.",
    "Dust your hands with flour, shape the mixture into eight flat cakes and refrigerate.",
    "Fry in batches, about 3 minutes a side; drain on kitchen paper.",
    "Deglaze with a glass of white wine and let it bubble away almost completely.",
    "Bring a pan of salted water to the boil, blanch the {vegetable}, then plunge into iced water.",
    "Marinate the {protein} overnight in soy sauce, lime juice and brown sugar.",
    "Melt 50 g butter, stir in the flour and gradually add the milk to make a thick white sauce.",
    "Layer everything in an ovenproof dish, finishing with breadcrumbs.",
    "Check with a skewer: the juices should run clear. Cook longer if not.",
    "Skim off any foam, drop in a bay leaf and lower the flame.",
    "Pick over the herbs, discard tough stalks and chop the rest roughly.",
    "Leftovers keep for two days in the fridge and freeze beautifully.",
    "Divide between warmed bowls, grind over plenty of pepper, eat at once.",
)
GIVEN = [
    "Anna",
    "Mohammed",
    "Wei",
    "Olga",
    "Santiago",
    "Fatima",
    "Björn",
    "Chinedu",
    "Yuki",
    "Aoife",
    "Rajesh",
    "Ngozi",
    "Lars",
    "Marisol",
    "Tomasz",
    "Zanele",
    "Ahmed",
    "Siobhán",
    "Pierre",
    "Keiko",
    "Abebe",
    "Ludmila",
    "Jorge",
    "Parvati",
    "Hans",
    "Mei-Ling",
    "Kofi",
    "Ingrid",
    "Tariq",
    "Eleni",
    "Bruno",
    "Nomvula",
    "Sven",
    "Padma",
    "Gwyneth",
    "Hassan",
    "Milena",
    "Rory",
    "Xiomara",
    "Thabo",
    "Françoise",
    "Iain",
    "Shanthi",
    "Vikram",
    "Zofia",
    "Ade",
    "Nuno",
    "Helga",
    "Winston",
    "Tuulikki",
]
FAMILY = (
    "Kowalska Okonkwo Nguyen O'Brien García Müller van-der-Berg Tanaka Haddad MacLeod Ivanova Mensah Lindqvist Rossi "
    "Papadopoulos Singh Abdi Jónsdóttir Fernández Chukwu Park Schwarzenegger Dubois Ó-Dochartaigh Yılmaz Mbeki Smith "
    "Nakamura Patel Horváth D'Angelo Zhang Eriksson Diallo Novák Cohen Castellanos Bhattacharya Wolf Dlamini Ng "
    "Szczęsny Brown Achterberg Le-Roux Krzyżewski Quispe Takahashi Iyer Fitzgerald"
)
FAMILY_NAMES = [name.replace("-", " ") for name in FAMILY.split()]


def expand(rng: Random, template: str) -> str:
    """Fill a template's slots until none is left; `{slot_}` starts with a capital."""
    while slot := re.search(r"\{(\w+?)(_?)\}", template):
        chosen = rng.choice(SLOTS[slot[1]].split("|"))
        chosen = chosen[:1].upper() + chosen[1:] if slot[2] else chosen
        template = template[: slot.start()] + chosen + template[slot.end() :]
    return template


def sentence(rng: Random) -> str:
    return expand(rng, rng.choice(SENTENCES))


def chat_message(rng: Random) -> str:
    return expand(rng, "{chatopen}{chatbody}{chatend}")


def headline(rng: Random) -> str:
    return expand(rng, "{subject} {headverb} {object}{headtail}")


def recipe(rng: Random) -> str:
    """A title, ingredients and four to six numbered steps: more than 50 words."""
    title = expand(rng, "{spice_} {protein} with {vegetable}")
    listed = [expand(rng, "{grams} {" + slot + "}") for slot in ("protein", "vegetable", "vegetable", "grain")]
    listed += [expand(rng, "2 tbsp {fat}"), expand(rng, "1 tsp {spice}"), expand(rng, "{extra}, to serve")]
    steps = rng.sample(RECIPE_STEPS, rng.randint(4, 6))
    numbered = [f"{number}. {expand(rng, step)}" for number, step in enumerate(steps, 1)]
    return "\n".join([title, f"Serves {rng.randint(2, 6)}", "", *listed, "", *numbered])


def name_list(rng: Random, names: list[str] | None = None) -> str:
    """Three to nine names of people, in one of the ways that such lists are written."""
    count = rng.randint(3, 9)
    chosen = rng.sample(names, count) if names else [full_name(rng) for _ in range(count)]
    style = rng.randrange(4)
    if style == 0:
        return ", ".join(chosen)
    if style == 1:
        return "\n".join(chosen)
    if style == 2:
        return ", ".join(chosen[:-1]) + " and " + chosen[-1]
    return "; ".join(chosen)


def full_name(rng: Random) -> str:
    return f"{rng.choice(GIVEN)} {rng.choice(FAMILY_NAMES)}"
