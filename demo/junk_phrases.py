"""Junk written by hand: sentences in other languages, site boilerplate, placeholders. Each line is used once."""

from __future__ import annotations

WRONG_LANGUAGE: tuple[tuple[str, str], ...] = (
    ("fr", "Une rivière patiente tient plus de promesses qu'un roi trop pressé."),
    ("fr", "Celui qui vole une cloche finit toujours par dormir sans dîner."),
    ("fr", "Le boulanger ne compte pas les miettes quand la neige tombe sur le village."),
    ("de", "Wer den Esel verspottet, muss seinen Sack am Ende selbst nach Hause tragen."),
    ("de", "Ein stiller Müller hört den Regen, bevor die Wolken über dem Tal stehen."),
    ("de", "Die Geduld ist eine alte Leiter, die kein König kaufen kann."),
    ("es", "Más vale una cuchara rota en la cocina que un palacio sin alegría."),
    ("es", "El zorro prudente nunca presta su manta a un ganso orgulloso."),
    ("es", "Quien cuenta las campanas por la noche olvida cerrar la puerta del molino."),
    ("it", "La volpe gentile non chiede mai al mulino perché gira quando piove."),
    ("it", "Chi perde la chiave del cortile impara presto a bussare con pazienza."),
    ("pt", "O pescador paciente conta as ondas e esquece as pedras do caminho."),
    ("pt", "Não empreste o seu barco a quem nunca remou contra o vento."),
    ("nl", "Een eerlijke schoenmaker loopt zelf vaak op versleten zolen door de regen."),
    ("nl", "Wie de molen van zijn buurman bespot, maalt zijn eigen graan met de hand."),
    ("sv", "Den som lånar en lykta av månen ska inte klaga över mörkret."),
)

BOILERPLATE: tuple[str, ...] = (
    "Copyright 2019 The Proverb Archive. All rights reserved.",
    "This website uses cookies to improve your experience. By continuing you accept our cookie policy.",
    "Subscribe to our newsletter and never miss a daily quote!",
    "Page 12 of 340",
    "Page 87 of 340 - Continued on the next page",
    "Click here to read more quotes like this one.",
    "Licensed under the Creative Commons Attribution 4.0 International License.",
    "Terms of Use | Privacy Policy | Contact Us | Site Map",
    "Sign in or create a free account to save this quote to your favourites.",
    "Share this on social media: Facebook, Twitter, Pinterest, Email",
    "Advertisement - scroll down to continue reading",
    "No part of this publication may be reproduced without the prior written permission of the publisher.",
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this text.",
    "You have 2 free articles left this month. Log in to continue reading.",
    "Please enable JavaScript in your browser to view the comments.",
    "Previous page | Next page | Back to top",
)

PLACEHOLDER: tuple[str, ...] = (
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt.",
    "Lorem ipsum dolor sit amet.",
    "TODO: add a quote about the lantern",
    "TODO",
    "{{quote_text}}",
    "{{name}} once said something about {{topic}} here",
    "[deleted]",
    "[removed by moderator]",
    "N/A",
    "null",
    "INSERT QUOTE HERE",
    "<your text goes here>",
    "This is a placeholder text for the second column",
    "TBD - waiting for the editor",
    "FIXME: the author of this one is not known yet",
    "Sample text 14, replace before publishing",
)

SYMBOL_HEAVY: tuple[str, ...] = (
    "*** ~~~ ### @@@ %%% ^^^ &&& ***",
    "=-=-=-=-=-= the old mill =-=-=-=-=-=",
    "| 12.5 | 48.0 | -- | 7.25 | -- | 19.75 |",
    "$$$ !!! a bell !!! $$$ ??? $$$ !!!",
    "<<<<<<< ====== >>>>>>> ;;;;;; ::::::",
    "★ ☆ ★ ☆ ★ patience ★ ☆ ★ ☆ ★",
    "( ( ( [ [ [ { { { owl } } } ] ] ] ) ) )",
    "+---------+---------+---------+",
    "0.14 / 22 / 1998 :: 4471-09 :: #88 :: 3*5 = 15",
    "\\_/-\\_/-\\_/-\\_/-\\_/ lake \\_/-\\_/-\\_/-\\_/",
    "!?!?!? # # # !?!?!? the king !?!?!? # # #",
    "→ → → ← ← ← ↑ ↑ ↓ ↓ bread → → ←",
    "~~~~~~~~~~ . . . . . . ~~~~~~~~~~",
    "%20%20the%20heron%20%3A%20%22%2C%20%26%20%23",
    "🦊🦊🌙🌙✨✨🔔🔔 fox 🦊🌙✨🔔",
    "[1] [2] [3] [4] [5] ^ ^ ^ ref. [6] [7] [8]",
)

TOO_SHORT: tuple[str, ...] = (
    "Yes.", "Patience.", "The river", "ok", "Lanterns", "Never again.", "Hm.", "A goose", "Silence!", "Old bread.",
    "Perhaps", "Be kind.", "Why?", "Two spoons.", "Rain", "Good night.",
)  # fmt: skip
