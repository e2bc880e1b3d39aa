"""Words and endings by which a language shows in a text of any subject."""

from __future__ import annotations

FUNCTION_WORDS = {
    "en": "the of and to in a is that it for you he was on are with as i his they be at one have this from or had by "
    "not but what all were we when your can said there an each which she do how their if will up about out them "
    "then so her would him has two more my no who its than been now did get may me our us over only these am "
    "being does don't can't won't isn't it's i'm you're that's never always nothing something everything people "
    "life love where why because very much any some such those into through between without must should could "
    "cannot shall let make man men world time good know think like just too also after before while until "
    "against upon own other most every many first even ever still yet new old see say way day thing things come "
    "came go went going gets got made makes take took give gave i've i'd i'll we're you've he's she's there's "
    "didn't doesn't wasn't aren't couldn't wouldn't someone anyone want need use used using around back whose "
    "whom both another same different little well really here during within under above below though although "
    "however therefore perhaps via",
    "de": "der die das und ist nicht ein eine einen einem einer zu den dem des mit auf für von im sich auch als wie "
    "bei oder aber nach aus wenn nur noch wird werden wurde hat haben sind war waren sein ihr ihre ich du er "
    "sie wir es man kann mehr über durch vor zum zur dass daß was wer so um am diese dieser dieses kein keine "
    "wo sehr schon uns können hier da bis wieder dann alle jetzt gibt beiden ja doch immer jedoch diesen andere "
    "anderen etwas alles nun konnte mal menschen habe hatte dort ganz ohne lassen beim mir mich dir dich "
    "sondern dies gegen unter seine seinen seiner wirklich ihren ihrem bitte geht gehen kommt soll sollte muss "
    "muß dazu damit allem machen macht sagt weiß leben liebe zwischen jede jeder jedes niemand nichts denn "
    "während deine dein mein meine",
    "fr": "le la les de des du un une et est que qui dans pour pas sur avec ce cette ces il elle nous vous ils je tu "
    "ne se sa son ses au aux par plus mais ou où donc être sont été avoir comme tout tous on leur leurs si même "
    "cela c'est n'est d'un d'une l'on qu'il qu'elle j'ai d'être l'homme très sans aussi fait faire bien entre à "
    "en ont était peut deux avant ainsi autres autre également toujours doit votre notre nos vos encore contre "
    "depuis faut vers moins première fois jours lui toutes toute peu ceux celui celle ci y rien jamais personne "
    "quand vie homme monde chaque après n'a n'y s'il qu'on c'était aime suis es avez avons",
    "es": "el la los las de del un una unos y es que en por para con no se su sus al lo como más pero o este esta "
    "está son ser muy también hay yo tú él ella nosotros me te le les mi si sin sobre todo todos cuando donde "
    "fue ha han había porque qué quien nada ya entre hasta desde cada uno vida tiene tienen parte tu todas "
    "puede ahora esto estas estos mucho muchas muchos bien vez ver nuestro nuestra ni nos tan tanto mejor gran "
    "algo antes otro otra otros menos cualquier estar era eres soy somos casi durante siempre nunca mismo hacer "
    "hace aunque hombre mundo mujer amor cómo",
    "it": "il lo la gli le di del della dei delle dello degli un una uno e è che in per con non si su da dal dalla "
    "nel nella al alla ai alle sul sulla come più ma o questo questa sono essere ha hanno era anche se ci mi ti "
    "io tu lui lei noi voi loro suo sua quando dove perché chi tutto tutti cosa solo molto ogni stato senza "
    "l'uomo dell' ad ed due poi dopo parte oltre sempre prima nelle negli sarà nostro nostra sia fatto fra fino "
    "via contro fare già abbiamo ora ancora vita sta stata stati punto può questi quelle quello quella ne dai "
    "grande meno bene così quale mai nulla niente nessuno uomo mondo qui dell dall all un'altra l'amore",
    "pt": "o a os as de do da dos das um uma e é que em no na nos nas por para com não se seu sua ao aos à mais mas "
    "ou este esta isso são ser foi como muito também já eu tu ele ela nós você me te lhe quando onde porque "
    "quem tudo todos nada sem sobre até pelo pela entre depois só há ter tem nem está estão fazer faz vida "
    "ainda às pode menos suas seus vai vão sempre bem apenas mesmo outro outra outros mundo hoje pessoas "
    "primeira assim tinha numa cada todo toda meu minha mim nosso nunca homem isto aquele essa esse quer seria "
    "eles",
    "nl": "de het een en van is dat niet op te in voor met zijn was aan er ook maar om door over bij uit als dan naar "
    "wordt werd worden hebben heeft had kan zou zal ik je jij hij zij we wij ze hun haar mijn dit deze die wat "
    "wie nog wel geen meer al tot onder tussen omdat waar veel zich toe deed uw eerste alleen alle waren toen "
    "zeer alles altijd nooit iets niets iemand niemand kunnen moet moest gaat gaan maakt weer vaak tijdens "
    "laatste vooral nu echter samen zonder tegen af snel zoals zelfs steeds daar kon heb hen jullie mens mensen "
    "leven want dus hoe mag",
    "sv": "och att det som en ett är av för på med den inte till har de jag om vi han hon du så men var från eller "
    "när kan ska vara man sig detta efter också mycket hade utan vid under alla där här någon ingen",
    "da": "og at det som en et er af for på med den ikke til har de jeg om vi han hun du så men var fra eller når kan "
    "skal være man sig dette efter også meget havde uden ved under alle der her nogen ingen hvad ikke blev mig "
    "dig",
    "fi": "ja on ei se että hän mutta kun niin kuin ovat ole oli olla joka jos myös vain minä sinä me te he tämä mitä "
    "kaikki sen siitä jotka ollut voi vielä sitä",
    "pl": "i w na nie się że z do to jest jak ale po co tak za od przez dla czy tylko był była było być już ma może "
    "są jego jej ich który która które gdy kiedy bardzo wszystko człowiek jestem",
    "ro": "și şi de la în nu este un o cu pe să că se ce din mai care sunt pentru dar ca au fost fi el ea eu tu noi "
    "sau dacă când cum despre până foarte lui",
    "la": "et in est non ad ut cum qui quae quod ex sed per si ab sunt de aut esse nec atque etiam ac hoc ita autem "
    "enim quam quoque eius sua suum fuit erat erant apud anno inter post qua dies circa se nomen res partes "
    "aliis alia annis multis tempore pars pro quibus postea solum haec propter magna deinde ei hic id prima eum "
    "ubi dicitur primum sic terra sui sibi loco habet causa rerum suae suam suis sit facta praecipue die quia "
    "omnes ii nam sive valde sine verba saepe eodem sub omnia numquam omnibus iam habent habuit necnon rursus "
    "suo contra sicut olim magis hanc quando nunc dum usque modo ipse ipsa eorum ante unde semper nihil hominum",
    "tr": "ve bir bu da de için ile çok ama değil ne gibi daha olan var o ben sen biz siz her kadar en sonra mi mı ki "
    "olarak diye şey hiç",
    "id": "yang dan di itu dengan untuk tidak ini dari dalam akan pada juga saya ke karena ada mereka kita kamu aku "
    "bisa adalah orang oleh sudah lebih jika atau telah seperti kami apa hanya",
    "tl": "ang ng sa na mga ay ko mo ka ako hindi siya ikaw kung lang naman para ito niya namin natin kayo sila din "
    "rin pa ba si may kasi dahil",
}
"""The commonest words of each language, joined by spaces: articles, pronouns, prepositions, auxiliaries, adverbs."""

ENDINGS = {
    "de": ("keit", "heit", "lich", "liche", "lichen", "schaft", "ungen"),
    "fr": ("eux", "euse", "ité", "aient", "èrent"),
    "es": ("ción", "ciones", "idad", "idades", "miento"),
    "it": ("zione", "zioni", "ità", "aggio", "amento", "ssimo"),
    "pt": ("ção", "ções", "dade", "dades", "mento"),
    "nl": ("heid", "lijk", "lijke", "lijks", "elijk"),
    "la": ("orum", "arum", "ibus", "atur", "itur", "etur", "untur", "antur", "ae", "isse", "iit", "avit"),
}
"""Endings that mark a longer word as a language's own."""

NAME_PARTICLES = "de la las los del della di da dos das do du le el al van von der den ter ten zu san ben e y o i"
"""Foreign words in names of people and places, and letters in formulas such as O(n): among many capitals or in code
they say nothing about a text's language."""
