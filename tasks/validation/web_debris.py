"""What stands on a web page where its text should be: error pages, walls, links to more, goods, menus, footers.

Phrases that no prose holds mark their sentence (`boilerplate.py` weighs it). The rest makes the whole text one of them:
a link to more behind a text's end (a teaser), several kinds of shop talk, a list of what menus hold.
"""

from __future__ import annotations

from string import digits

from tasks.validation.menus import MENUS, is_menu
from tasks.validation.offers import is_offer
from tasks.validation.text_column import Bools, TextColumn

_THING = (
    r"(?:page|web ?page|url|(?:web ?)?site|server|link|video|feed|requested (?:\w+|/\S+)|(?:file|content|item|"
    r"product|post) you)"
)
STATUS = (
    r"\b[45]\d\d(?: error)?[ :.|–—-]{1,3}(?:Bad Request|Unauthori[sz]ed|Payment Required|Forbidden|(?:Page |File "
    r")?Not Found|Method Not|"
    r"Request Time|Gone\b|Too Many Req|(?:Internal )?Server Error|Not Implemented|Bad Gateway|Service "
    r"(?:Temporarily )?Unav|Gateway "
    r"Time)|\bInternal Server Error\b|\bError [45]\d\d\b"
)
MAX_STATUS_WORDS = 60
"""A status code with its phrase makes a text of so few words a server's answer, whatever page came with it."""
ERROR_PAGE = (
    r"\b(?:error|https?|status)(?: code)?[ :#-]{0,3}[45]\d\d\b|"
    r"\b(?:4[0-5]\d|5[0-3]\d)(?: error)?[ :.|–—-]{1,3}(?:bad request|unauthori[sz]ed|payment required|forbidden|"
    r"(?:\w+ )?not "
    r"found|method not|not acceptable|request time|gone\b|too many|(?:internal )?server error|not implemented|"
    r"bad gateway|"
    r"service|gateway|that'?s an error|access denied|error\b)|"
    r"\binternal server error|\bbad gateway|\bgateway time-?out|\bservice (?:is )?(?:temporarily |currently "
    r")?unavailable|"
    r"\bserver error\b|"
    rf"\b{_THING}\b[^.!?\n]{{0,60}}\b(?:not found|not be found|(?:n[o']t|no longer) (?:exist|available|be "
    rf"displayed|work)|"
    r"can(?:no|'|’)t be (?:found|reached|displayed|loaded)|(?:been|be|was|or) (?:moved|deleted|removed|renamed)|"
    r"(?:is|are) (?:currently |temporarily )?unavailable|is(?:n[o'’]t| not) (?:available|working|valid)|is invalid|"
    r"(?:is |may be |might be )(?:broken|expired|missing|offline))|"
    r"\b(?:could ?n[o'’]?t|can ?n[o'’]t|can['’]t|unable to|failed to|error|problem|trouble) (?:find|load(?:ing)?|"
    r"locate|"
    r"display|process|connect(?:ing)?|establish(?:ing)?|complete|retriev(?:e|ing)|fetch(?:ing)?|"
    r"resolve)\b[^.!?\n]{0,25}\b"
    r"(?:page|content|site|server|database|request|url|resource|commit|data|host|comments|video|feed|results|file)\b|"
    r"\b(?:sorry|oops|whoops|uh[- ]oh)\b\W*(?:(?:but )?(?:the|this|that) (?:page|link|site)|"
    r"[^.!?\n]{0,20}(?:error|went wrong|not found))|\bnothing (?:to see|was found|"
    r"found) (?:here|for)|"
    r"\bconnection (?:timed out|(?:was )?(?:refused|reset)|is not private)|\brequest (?:timed out|(?:was "
    r")?blocked|failed)|"
    r"\b(?:err|dns|net|ssl)_[a-z_]{4,}|\bsession (?:has |is )?(?:expired|timed out)|"
    r"\btry (?:again|reloading|refreshing)(?: the page)? (?:later|in a (?:few )?(?:minutes?|moments?))|\bcheck "
    r"back (?:later|soon)|"
    r"\b(?:unexpected|unknown|internal|fatal|application|runtime) error\b|\berrors? (?:has |have )?occurred|"
    r"\bencountered an? (?:\w+ )?error|^\W*something went wrong\W*(?:$|please|try|we|on our)|"
    r"\b(?:down for|under|scheduled|undergoing|routine) (?:\w+ )?maintenance|\b(?:page|site) (?:is "
    r")?(?:currently )?under "
    r"construction|\bbe (?:right )?back (?:soon|shortly|online)\W*$|"
    r"\b(?:you['’]?(?:re| are) (?:a )?(?:human|not a robot)|i['’]?a?m not a robot|are you a robot)|\bcaptcha\b|"
    r"\bchecking your browser|\bray id\b|\bcloudflare|\bddos protection|\btoo many (?:requests|redirects)|\brate "
    r"limit|"
    r"\bpermission to (?:access|view)\b|\baccess (?:is |has been )?(?:denied|forbidden)\W*(?:$|you|error)|"
    r"\bnot authori[sz]ed to (?:access|view)|\baccess to this (?:page|site|resource)|"
    r"\baccount (?:has been |is )?(?:suspended|disabled|deactivated)|\bdomain (?:name )?(?:is |may be )?(?:for "
    r"sale|expired|"
    r"parked)|\bno (?:results|posts|items|matches|records|entries|products)(?: were)? (?:found|match|to (?:show|"
    r"display))|"
    r"\binvalid (?:token|request|url|link|session|credentials|parameters?|api key|csrf|argument|input)\b|^\W*bad "
    r"request|"
    r"\bnot available in your (?:country|region|area|location)|\b(?:apache|nginx|iis|lighttpd|openresty)(?:/\d|"
    r"\W*$)|^\W*index "
    r"of /|\bcontact (?:the|your|our) (?:\w+ )?(?:administrator|webmaster)|"
    r"\b(?:go|return|back|take me) (?:back )?(?:to )?(?:the |our )?home ?page|\b(?:refresh|reload) (?:the|this) page|"
    r"\bdefault (?:web|server) page|\bcannot (?:get|post) /|"
    r"\b(?:content|tweet|post|user|resource|ur[il]|image|item|product|listing|service|host|object|key|video|"
    r"document|feature|method|domain)"
    r"(?: \w+)? (?:(?:is|are|was) )?(?:(?:no longer|currently not|not|temporarily|currently) )?(?:unavailable|"
    r"(?:not|longer) (?:found|available|"
    r"allowed|supported)|n['’]t available|has been (?:removed|suspended|disabled|deleted))|\b(?:has|have) not "
    r"made this \w+ available|"
    r"\bexperiencing (?:technical|an? (?:outage|error)|(?:high|heavy) (?:traffic|load))|\btechnical "
    r"(?:difficulties|error|problem)|"
    r"\b(?:authori[sz]ation|authentication|login) (?:is )?(?:required|failed)|\b(?:quota|bandwidth|limit) (?:has "
    r"been )?exceeded|"
    r"\bno such (?:file or|bucket|page|user|table|host|key)\b|\bno input file|\bmaintenance mode|\bwebsite is "
    r"(?:\w+ )?down\b|"
    r"\b(?:flash player|plug-?in) (?:is )?(?:required|needed|not)|\bwhitelabel|\bdocument has moved|\bplease try "
    r"again\W*$|^\W*oops\W*$|"
    r"\b(?:allow|enable|turn on) (?:javascript|cookies)|\bdidn['’]t load\b|\bupstream (?:connect|request)|"
    r"\bcompatibility mode\b|"
    r"\bsomething went wrong\.? (?:on our|please|try)|\b(?:critical|proxy|"
    r"database) error\b|\bunusual traffic|\byou have been blocked|\bjust a moment\.\.\.|^\W*(?:object moved|"
    r"moved permanently|aw, snap|"
    r"request time-?out|unable to connect|secure connection failed|server not found|forbidden|"
    r"unauthori[sz]ed)\W*$|\b(?:request|incident|"
    r"error|reference) (?:id|code) ?[:#]|\bredirected you too|\btaking too long to respond|\bdidn['’]t send any data"
)
"""Phrases that servers and content systems answer with where there is no page."""
_READER = r"(?:subscribers?|members?|(?:registered |logged[- ]in |signed[- ]in |premium )users?|patrons)"
WALL = (
    r"\b(?:log|sign)(?:ged|ed)? ?[io]n (?:to (?:access|see|join|unlock|watch|download|vote|buy|use|do|this|the|"
    r"get|start|"
    r"add|follow|manage|like|rate)|with (?:google|facebook|apple|twitter|e-?mail|your|a|one)|here|below|for "
    r"(?:full|more|"
    r"free))\b|\bplease (?:log|sign) ?in\b|\byou (?:must|need to|have to) (?:be )?(?:log(?:ged)? ?in|signed "
    r"in|sign (?:in|up)|registered|register|subscribe|an? (?:\w+ )?(?:member|subscriber))\b|\b(?:log|sign) "
    r"?in\W+(?:or )?(?:register|sign up|join|create|subscribe)\b|\bor (?:log|sign) in\b|"
    r"\bfree (?:articles?|stories|reads|views|quotes)\b.{0,25}\b(?:left|remaining|month|limit|today|week)|\b(?:limit|"
    r"number|allowance) of (?:\w+ )?(?:free|complimentary)\b|\b(?:last|final|next) free (?:article|story)|"
    r"\b(?:articles?|"
    r"stories|views) (?:left|remaining)\b|"
    rf"\b(?:for|to|by) (?:\w+ ){{0,2}}{_READER} only|\b(?:only|exclusive(?:ly)?|reserved|restricted|"
    rf"available)(?: \w+)? "
    rf"(?:to|for) (?:our |paid |paying )?{_READER}|\b{_READER}[- ]only\b|\bonly (?:\w+ )?{_READER} (?:can|may)\b|"
    r"\bunlimited (?:digital |online )?access|\b(?:get|gain|enjoy|for) full (?:\w+ )?access|\bfree trial\b|"
    r"\b(?:unlock|access) "
    r"(?:this|the (?:full|rest|whole)|all|our|unlimited|every|full|premium) (?:\w+ )?(?:article|story|content|"
    r"post|quote|"
    r"archive|feature|page|video|stories)|\bto (?:continue|keep) reading|\bto read the (?:full|rest|whole|"
    r"entire) (?:story|article|"
    r"post|text|of this)\b|"
    r"\bpremium (?:content|member|subscri|article|access|account|feature|plan)|\b(?:subscribe|register|sign up|"
    r"join)(?: now| "
    r"today| here| for free)*,? (?:to|for) (?:read|continue|view|see|access|unlock|get|keep|full|unlimited|more|"
    r"free|the full|"
    r"exclusive|only)|(?:^|[.!?:|] ?)subscribe (?:now|today|and|from|or|to)\b|"
    r"\bthis (?:content|article|story|page|post|section|chapter|material) is (?:locked|protected|restricted|"
    r"private|only|"
    r"available (?:only|to)|for (?:\w+ )?(?:subscri|member)|hidden|password)|\bdon['’]t have an account|\b(?:not|"
    r"new|already)"
    r"(?: yet)? (?:a|an) (?:\w+ )?(?:member|subscriber|user)\b.{0,3}\?|\bnew (?:here|user|customer|to [A-Z]\w+)\? |"
    r"(?:^|[.!?:|] ?)become a (?:\w+ )?(?:member|subscriber|supporter|patron)\b|\b(?:choose|upgrade|renew|cancel|"
    r"manage|purchase) (?:a|an|"
    r"your|my|our) (?:\w+ )?(?:subscription|plan|membership)\b|\bsubscription (?:plans?|options|required)|"
    r"\bcontinue with (?:google|facebook|apple|e-?mail|twitter|out)|\b(?:keep|stay) (?:me )?(?:logged|signed) in|"
    r"\b(?:user ?name"
    r"|e-?mail(?: address)?)(?: or \w+)?\W{1,3}password\b|\b(?:reset|enter|confirm|forgot(?:ten)?) (?:your |my "
    r")?(?:password|"
    r"username|passcode)|\bcancel any ?time|\bsupport (?:us|our (?:work|journalism)|(?:\d+ years of "
    r")?independent journalism)|"
    r"\bmembers only\b|\bjoin (?:now|today|for free)\W*$|\brel(?:y|ies) on your support|\bsign up (?:now|today|"
    r"here|free|for)"
)
"""Phrases that keep a reader out: log in, register, pay."""
FOOTER = (
    r"\bregistered (?:in (?:england|scotland|wales|ireland)\b|office|charity|company n|address)|\b(?:company|"
    r"registration|"
    r"vat|charity|abn)(?: reg(?:istration)?\.?)? ?(?:no\b|number|nr\b|id\b)|"
    r"\bpage (?:generated|rendered|loaded|created) in|^\W*(?:proudly )?(?:made|built|crafted|coded) with\b|"
    r"^\W*(?:version|"
    r"build|rev(?:ision)?|v)\.? ?\d+(?:\.\d+)+|\bbest viewed (?:in|with|at)\b|^\W*(?:tel|fax|phone|telephone)\b "
    r"?[.:]|"
    r"^\W*(?:web ?site |site )?(?:design(?:ed)?|developed|hosted|built|maintained|managed|powered|website|web "
    r"design|template|"
    r"theme|created)(?:,? (?:and|&) \w+)? (?:by|with|on|at) (?:\w+\W*){1,5}$|"
    r"^\W*(?:\w+ is )?(?:an? )?(?:member|part|subsidiary|division) of (?:the )?(?:\w+ ){1,4}(?:group|network|"
    r"holdings|plc|gmbh)\W*$|"
    r"\btrading name\b|\byou(?:['’]re| are) receiving this|\b(?:update|manage|change) (?:your |my )?(?:\w+ "
    r")?(?:preferences|"
    r"settings)\b|\b(?:view|open) (?:this )?(?:\w+ )?in (?:your|a) (?:web )?browser|^\W*sent from (?:my|mail for)\b|"
    r"\bget outlook for|\be-?mail and any (?:attach|files)|\bintended (?:solely|only|exclusively)? ?for the (?:\w+ )*"
    r"(?:addressee|recipient|named|individual)|\bimpressum\b|\bdatenschutz|\b(?:opening|office|business) hours:|"
    r"\bmon(?:day|\.)?\W{1,3}(?:to |through )?fri(?:day|\.)?\W{1,3}\d|\bfind us (?:on|at|here|online)\b|"
    r"\b(?:connect|stay in touch) with us\b|"
    r"^\W*(?:stay|get|keep) (?:connected|in touch|up to date|updated|informed)\b|^\W*contact (?:us|info|details|"
    r"information)\W|\b(?:inc|ltd|llc|gmbh|corp|co)\b\.?[,|·–-] (?:[^|]{0,40}\b\d{5}\b|\d+ \w+|p\.?o\.? box)|"
    r"\bcode of conduct\b|\bsubmit (?:your|a) (?:\w+ ){0,3}(?:to the|via|here|letter)|\bwe want to hear (?:from|"
    r"what) you"
)
"""Phrases at a page's or a letter's foot."""
MORE = (
    r"(?:click (?:here )?to |tap to |click for |tap for )?(?:(?:read|see|show|view|learn|find out|discover|know|"
    r"hear|get)"
    r"(?: (?:more|on|now|all|less)(?: (?:about|at|on|from|in|here|of|by|details|info)\b[^.!?\n]{0,40})?| (?:the |"
    r"this )?(?:full|"
    r"rest|whole|entire|complete|original)\b[^.!?\n]{0,40})|continue(?: reading)?(?: [^.!?\n]{0,40})?|keep reading|"
    r"(?:the )?full (?:story|article|text|post|version|interview|review|details|report)(?: here)?|more(?: here| "
    r"details| info)?"
    r"|expand|next page|details|link)"
)
TEASER = (
    rf"(?:\.{{2,}}|…|\[(?:\.\.\.|…)\]|&hellip;)[\s\[(<«»>→|-]*(?:{MORE})\W*$|"
    rf"(?:^|[.!?][\"”’')]*|\n)[\s\[(<«»>→|-]*(?:{MORE}) ?[\s»>→›\])…:]*$|"
    rf"[\[(<] ?(?:{MORE})(?:\.{{3}}|…|>>|»)? ?[\])>]\W*$|\b(?:read|see|view|show) (?:more|on|full \w+) ?(?:[»→›]|"
    rf">>|>)|"
    r"\[\+?\d+ (?:more )?(?:chars|characters|words)\]|\bappeared first on\b|^\W*(?:also |must |please )?read(?: "
    r"also| next| "
    r"more|:)+ ?:|[.!?…] +(?:also read|read also|read next|see also|related|recommended|don['’]t miss|more on "
    r"this)\b ?:|"
    r"\(cont(?:inued|['’]?d|\.)?[^)]{0,20}\)\W*$|\boriginally (?:published|posted|appeared) (?:on|at|in)\b"
)
"""A link to the rest behind, or instead of, a text."""
ERROR_WORDS = (
    "error errors page pages server servers request requested requests url found unavailable available access "
    "denied forbidden browser link "
    "links resource site website connection connect timeout timed administrator webmaster maintenance load "
    "loading retry reload "
    "refresh expired invalid blocked sorry oops whoops temporarily try again later http https proxy gateway "
    "javascript cookies session "
    "security verify moved removed deleted broken host network database failed unable unexpected contact permission "
    "redirected cache status response client exception application content displayed reached visiting minutes "
    "problem busy trying wait couldn't can't matching missing lost gone offline down closed tap "
    "loaded match parameter satisfied processing"
)
WALL_WORDS = (
    "log login logged sign signed signin signup account password subscribe subscriber subscribers subscription "
    "member members membership "
    "register registered registration free trial unlimited access unlock premium continue reading read article "
    "articles stories already email username plan "
    "cancel anytime join please user users visitor create content full exclusive limit month monthly reached "
    "remaining"
)
MIN_WEB_WORDS, MIN_WEB_SHARE = 3, 0.55
"""Different words of error pages, or of walls, and their share of all, from which on a text is one."""

PHRASES = (ERROR_PAGE, WALL, FOOTER)

_ERROR_WORDS, _WALL_WORDS = frozenset(ERROR_WORDS.split()), frozenset(WALL_WORDS.split())
_TEASER = rf"(?i){TEASER}"


def is_debris(column: TextColumn) -> Bools:
    """Which texts are, as a whole, a teaser, an offer of goods or a menu."""
    offers = is_offer(column)
    words = column.words
    walls = [
        words.mostly(own, min_distinct=MIN_WEB_WORDS, min_share=MIN_WEB_SHARE) for own in (_ERROR_WORDS, _WALL_WORDS)
    ]
    offers |= walls[0] | walls[1]
    offers |= column.matches(STATUS, needs=digits) & (words.counts <= MAX_STATUS_WORDS)
    debris: Bools = (
        offers
        | column.matches(_TEASER)
        | column.matches(f"(?m){MENUS}") & ~column.matches(r"\n\s*\S")
        | is_menu(column)
    )
    return debris
