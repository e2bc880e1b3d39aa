"""Debris of machines and pages for the second group: see `unseen_corruptions.py`.

In a form, `~w` becomes a word of the clean text, `~d` a digit, `~h` eight hexadecimal digits, `~n` a name, `~t` the
whole text.
"""

from __future__ import annotations

DEBRIS: dict[str, tuple[str, ...]] = {
    "JSON fragment": (
        '{"id": ~d~d~d~d, "title": "~w", "body": "~w ~w", "likes": ~d~d, "tags": ["~w", "~w"]},',
        '"created_at": "202~d-0~d-1~dT0~d:~d~d:00Z", "user": {"id": ~d~d~d, "name": "~n"}, "~w": null}]',
        '[{"~w": true, "~w": [~d, ~d, ~d]}, {"~w": false, "~w": []}]',
    ),
    "SQL": (
        "INSERT INTO quotes (id, text, author) VALUES (~d~d~d, '~w ~w', '~n');",
        "SELECT ~w, COUNT(*) FROM ~w WHERE ~w = ~d GROUP BY ~w ORDER BY 2 DESC;",
        "(~d~d~d, '~w ~w', NULL, '202~d-0~d-1~d', 0), (~d~d~d, '~w', NULL, '202~d-0~d-1~d', 1),",
    ),
    "stack trace": (
        "Traceback (most recent call last):\n  File \"/app/~w.py\", line ~d~d, in ~w\n    ~w(~w)\nKeyError: '~w'",
        "java.lang.NullPointerException\n\tat com.example.~w.~w(~w.java:~d~d)\n\tat com.example.~w.run(~w.java:~d~d)",
        "Uncaught TypeError: Cannot read properties of undefined (reading '~w') at ~w.js:~d~d:~d",
        "Warning: mysql_fetch_array() expects parameter ~d to be resource, boolean given in /srv/~w.php on line ~d~d",
    ),
    "footer": (
        "© 20~d~d ~n & Sons Ltd. | Imprint | Sitemap | Contact",
        "Designed by ~n. Powered by WordPress. Theme: ~w.",
        "Terms · Privacy · Accessibility · Careers · © 20~d~d ~w.com",
        "Registered in England no. ~d~d~d~d~d~d~d. Registered office: ~d~d ~w Street, London.",
    ),
    "login or pay wall": (
        "Log in or sign up to see the full ~w. Forgot password?",
        "You have reached your limit of ~d free articles this month. Subscribe now for unlimited access.",
        "This content is for members only. Already a member? Sign in here.",
        "Please verify you are a human. Complete the captcha to continue.",
        "Create a free account to continue reading. Continue with Google. Continue with Apple.",
    ),
    "error page": (
        "404 Not Found. The requested page /~w/~w could not be found on this server.",
        "Error 503 Backend fetch failed. Guru Meditation: XID: ~d~d~d~d~d~d Varnish cache server",
        "Access denied. You don't have permission to access /~w on this server. Reference #18.~h",
        "Oops! Something went wrong. Please try again later or contact support.",
        "Your browser is out of date. Please upgrade to view this ~w.",
    ),
    "timestamps only": (
        "202~d-0~d-1~d 0~d:~d~d:1~d",
        "1~d:0~d PM · Mar ~d, 202~d",
        "Posted on 0~d/1~d/201~d at 1~d:~d~d am",
        "[0~d:~d~d:1~d] [0~d:~d~d:2~d] [0~d:~d~d:3~d]",
    ),
    "spam": (
        "CONGRATULATIONS!!! You have WON a ~w worth $~d000! Click www.~w-prize.example NOW to claim before midnight!!!",
        "FREE ~w! Use code ~wSAVE~d~d for ~d0% OFF. Limited offer, order today! T&Cs apply.",
        "Make $~d,~d00 a week from home!!! No experience needed. Text ~w to 8~d~d~d~d. 18+ only, 150p/msg",
        "Cheap v1agra and c1alis, no prescription, best ~w online casino bonus ~d00%",
        "Urgent! Your mobile no. was awarded a ~d000 pound bonus. Call 0~d06~d~d~d~d~d~d from land line. Claim code ~w",
    ),
    "template leftovers": (
        "Hello %(first_name)s, your %s is ready at %(~w_url)s.",
        "<?php echo $~w['~w']; ?> wrote on <?= $date ?>",
        "__AUTHOR_NAME__ said __~w__ on ##DATE##",
        "@Model.~w says @Html.Raw(Model.~w)",
        "*|FNAME|*, your ~w is waiting *|LIST:COMPANY|*",
        "Dear #{user.~w}, [% INCLUDE ~w %] :: {0} of {1}",
    ),
    "table debris": (
        "| ~w | ~w | ~d~d |\n|---|:---:|---|\n| ~w | | ~d |",
        "+------+------+\n| ~w | ~d~d |\n+------+------+",
        "|| ~w || ~w || ~d.~d ||\n|-\n| colspan=2 | ~w",
        "~w & ~w & ~d.~d~d \\\\ \\hline ~w & -- & ~d.~d \\\\",
    ),
    "subtitles": (
        "~d~d\n00:0~d:1~d,~d00 --> 00:0~d:1~d,~d50\n~w ~w",
        "00:1~d:2~d.~d00 --> 00:1~d:2~d.~d00 align:start position:0%",
        "[00:~d~d.~d~d]~w [00:~d~d.~d~d]~w [00:~d~d.~d~d]~w",
        "{~d~d~d}{~d~d~d}~w ~w|~w {~d~d~d}{~d~d~d}~w",
    ),
    "style and script": (
        ".~w-~w { margin: 0 ~dpx; color: #~d~d~d; } #~w:hover { display: none; }",
        "function ~w(e){var t=document.getElementById('~w');if(!t)return false;t.style.display='none'}",
        "@media (max-width: ~d00px) { .~w { width: ~d0%; } }",
        "window.dataLayer = window.dataLayer || []; gtag('config', 'UA-~d~d~d~d~d-~d');",
    ),
    "log line": (
        '203.0.113.~d - - [1~d/Mar/202~d:0~d:~d~d:~d~d +0000] "GET /~w/~w.html HTTP/1.1" 200 ~d~d~d~d',
        "[ERROR] 202~d-0~d-1~d 0~d:~d~d:~d~d,~d~d~d ~w.~w: timeout after ~d000ms (thread-~d)",
        "Content-Type: text/html; charset=utf-8\nX-~w: ~h\nCache-Control: max-age=~d~d~d",
        "kernel: [ ~d~d~d.~d~d~d~d~d~d] ~w0: link becomes ready, irq ~d~d",
    ),
    "merge conflict or diff": (
        "<<<<<<< HEAD\n~w ~w\n=======\n~w\n>>>>>>> ~h",
        "@@ -~d,~d +~d,~d @@\n-~w ~w\n+~w ~w",
        "diff --git a/~w.txt b/~w.txt\nindex ~h..~h 100644",
    ),
    "product listing": (
        "~w ~w ~d-pack - SKU ~d~d~d~d~d - $1~d.99 $2~d.99 - Add to cart",
        "★★★★☆ (~d~d~d) | In stock | Free shipping over $~d0 | Qty: 1 | Buy now",
        "Sort by: Relevance | Price: low to high | Showing 1-2~d of ~d~d~d results",
    ),
    "navigation": (
        "Home | About | ~w | Blog | Contact | Login",
        "« Previous 1 2 3 4 5 … ~d~d Next »",
        "Home / Quotes / ~w / ~n » Print » Share » Tweet",
        "Menu Skip to content Search for: ~w Archives Categories Meta Log in Entries feed",
    ),
    "mail headers": (
        "From: ~n Subject: Re: Re: Fwd: ~w Date: Tue, 1~d Mar 201~d 0~d:~d~d:~d~d -0~d00 Message-ID: ~h",
        "> > > On Mon, Mar ~d, 201~d, ~n wrote:\n> > ~w\n> --",
        "----- Original Message -----\nSent: 0~d/0~d/200~d\nTo: undisclosed-recipients:;",
    ),
    "identifiers": (
        "~h-~d~dab-4~d~dc-9~d~df-~h~d~dcd",
        "sha256:~h~h~h~h~h~h~h~h",
        "IMG_202~d0~d1~d_~d~d~d~d~d~d.jpg DSC0~d~d~d~d.JPG ~w_final_v~d(~d).docx",
        "C:\\Users\\~n\\AppData\\Local\\Temp\\~w_~h.tmp",
        "doi:10.~d~d~d~d/j.~w.201~d.0~d.0~d~d ISSN ~d~d~d~d-~d~d~d~d",
    ),
    "numbers": (
        "~d.~d~d,~d.~d~d,~d~d.~d,~d~d~d,0,0,~d,~d.~d~d",
        "~d~d ~d~d ~d~d ~d~d ~d~d ~d~d ~d~d ~d~d",
        "-~d.~d~de-0~d\t~d.~d~d\t~d~d.~d\tNaN\t~d",
    ),
    "formula source": (
        "\\begin{~w} \\frac{~d}{~d} \\sum_{i=~d}^{n} x_i^~d \\end{~w} \\label{eq:~w}",
        "$$ \\alpha_{~d} \\cdot \\nabla f(x) = \\int_0^~d e^{-t} dt $$",
        "\\cite{~w201~d} \\ref{fig:~w} \\emph{~w} \\\\ \\vspace{~dmm}",
    ),
    "keyword stuffing": (
        "cheap ~w, best ~w, buy ~w online, ~w near me, ~w price, ~w review, ~w 202~d, discount ~w",
        "~w ~w ~w ~w free download full version crack serial keygen torrent 202~d",
    ),
    "read more": (
        "~w ~w ~w ~w ~w ... Read more »",
        "~w ~w ~w ~w [...] Continue reading →",
        "~w ~w ~w ~w ~w… (more)",
    ),
}
"""Kind -> its forms."""
