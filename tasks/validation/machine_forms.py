"""How lines look that programs write or read: source code, traces, logs, headers, diffs, serialised data.

Every pattern marks a line by its form: keywords at its start, calls, brackets, stamps beside severities, `key: value`
pairs. They are written for RE2 and for Python's `re` alike, so no look-around and no back-references. Case counts.
"""

from __future__ import annotations

_ID = r"[A-Za-z_$][\w$]*"
_CODE_FILE = (
    r"(?:py|pyx|java|kts?|scala|groovy|cs|vb|js|jsx|tsx?|mjs|rb|go|rs|php|c|cc|cpp|cxx|h|hpp|swift|m|pl|pm|sh|"
    r"lua|exs?|"
    r"dart|vue|sql)"
)

STATEMENT = (
    rf"^\s*(?:async )?def {_ID}\(|^\s*class {_ID}(?:\([\w., ]*\))?:|^\s*(?:el)?if [^.!?]+ ?(?:==|!=|>=|<=|is "
    rf"None).*:$|"
    rf"^\s*for {_ID}(?:, ?{_ID})* in [\w.()\[\]]+:|^\s*except\b.*:$|^\s*(?:try|else|finally):$|"
    rf"^\s*from [\w.]+ import [\w*(]|^\s*import (?:static )?(?:\w+\.)*\w+(?:, ?\w+)*(?: as \w+)?(?:;|$)|"
    rf"^\s*import [^.]*[\"'({{]|"
    rf"^\s*@{_ID}\.\w+\(|^\s*return\b[^.!?]*(?:;|[\w\])]\(.*\)|\))$|^\s*(?:return|break|continue|pass);$|"
    rf"\bfunction ?{_ID}? ?\([\w$, ={{}}]*\) ?(?:\{{|$)|\bfunction\(|(?:^|[\s)])=> ?[{{(\w]|"
    rf"\w[=(] ?lambda \w*(?:, ?\w+)*:|"
    rf"\b(?:var|let|const|val|auto|int|float|double|char|bool|boolean|String|string|final|static|mut) "
    rf"{_ID}(?:\[\])?(?:: ?\w+)? ?=[^=]|"
    r"\b(?:public|private|protected) (?:static |final |abstract |async |override |readonly )*"
    r"(?:class|void|int|bool|boolean|[Ss]tring|interface|enum|double|float|long|Task) "
    r"\w+(?:[<\[]\w*[>\]])?(?: ?[({;=:]| extends| implements|$)|"
    r"^\s*#\s?(?:include|define|ifdef|ifndef|endif|pragma|undef)\b|^\s*(?:package|namespace|using|use) [\w.:\\]+;?$|"
    r"^\s*(?:pub )?(?:async )?(?:fn|func) \w+ ?[(<]|^\s*(?:type|struct|enum|interface|trait|impl)\b[^.]*\{|"
    r"\b(?:if|for|while|switch|catch|elseif|foreach) ?\(.*\) ?\{|\b(?:if|while) ?\([^)]*(?:[=!<>]=|&&|\|\|)|"
    r"\belse ?\{|\btry ?\{|\bdo ?\{|"
    rf"^\s*(?:self|this|\$\w+)(?:\.|->){_ID} ?(?:[-+*/|]?=|\()|^\s*\${_ID}(?:\[[^\]]*\])* ?[-+.]?=|\$this->|"
    r"\b(?:document|window|console|Math|System|jQuery|module|process|os|sys|np|pd|plt|fmt|std|app|self|this)"
    r"(?:\.|::)[a-zA-Z_]\w*(?:\.|::|\(|\[| ?=|;)|"
    r"\$\([\"'\w]|\}\)\(|\}\);|\);\s*$|\]\.push\(|\b\w+!\(\"|"
    r"^\s*(?:print|printf|println|puts|echo|alert|require|include|throw new|new) ?[(\"'$]|\becho \"?\$|"
    r"<\?(?:php|=)|\?>|^#!/|^\s*\}\s*(?:else|catch|finally|while)?.*[{;]?\s*$|\b\w+::\w+\(|[\w)]->\w+\(|"
    rf"^\s*{_ID}(?:\.{_ID})* ?=[^=].*[({{\[].*[)}}\]]|^\s*{_ID}(?:\.{_ID})+ ?= ?\S|^\s*{_ID}(?:\.{_ID})*\(.*\);?$|"
    r"^\s*[a-zA-Z_]\w* ?(?:\+=|-=|:=|==|!=) ?\S|^\s*assert .*[=<>(]|^\s*(?:int|void|char|float|double|bool|"
    r"String) \w+\(|"
    r"^\s*(?:if|while|elif|with) (?:not )?[\w.]+:$|^\s*Dim \w+ As\b|\w <- \w+[.\w]*\(|^\((?:def\w*|let|lambda|"
    r"setq|define|ns) |"
    r"\\(?:documentclass|usepackage|section|textbf|emph|cite|label|item|href|newcommand)\b"
)
"""A statement of a programming language."""
SHELL = (
    r"^\s*[$#%] ?(?:sudo|cd|ls|git|pip|npm|apt|curl|docker|python|make|echo|export|cat|mkdir|rm|chmod)\b|"
    r"^\s*\w+@[\w.-]+:[~/\w.-]*[$#] |^\s*>>> |^(?:In|Out) ?\[\d*\]:|^[A-Z]:\\[\w\\]*>|"
    r"\b(?:sudo [a-z]+ \S|pip3? install|npm (?:install|run|start)|apt(?:-get)? (?:install|update)|brew install|"
    r"git (?:clone|commit|push|pull|checkout|add|merge|rebase) [\w.:/-]|docker (?:run|build|compose|exec|pull)|"
    r"chmod [+\d]|curl -|wget http|kubectl \w|systemctl \w+|conda (?:install|activate|create))"
)
STYLE = (
    r"[\w*)\]:.#-]+ ?\{\s*[\w-]+ ?: ?[^{}\n]*[;}]|@(?:media|import|font-face|charset|keyframes|supports)\b "
    r"?[^.]*[{(;'\"]|"
    r"!important\b|"
    r"(?:^|[\s;{])(?:margin|padding|color|background|border|font|width|height|display|position|float|line-height|"
    r"text-align|text-decoration|overflow|opacity|z-index|top|left|right|bottom|content|cursor|visibility|max-width|"
    r"min-width|max-height|letter-spacing|list-style|vertical-align|box-shadow|transition|transform|flex|grid)"
    r"(?:-[a-z]+)*: ?[^;:{}\n]{1,60};|[\w\])]\{\s*\}|^\s*[.#]?[\w.#:>, -]+\{\s*$"
)
"""Rules and declarations of style sheets."""
SQL = (
    r"\bSELECT\b[^.]*(?:[*=(,`_].*|\s)\bFROM [`\"\[]?\w+[`\"\]]?(?:\s*;|\s*$|\s+(?:WHERE|JOIN|LEFT|INNER|ORDER|GROUP|"
    r"LIMIT|AS|[a-z]\b))|"
    r"\bselect [\w*,.() ]+ from [\w.`\"]+(?:;| (?:where|order by|group by|limit|join|inner join|left join)\b)|"
    r"\b(?:INSERT|REPLACE)(?: IGNORE)? INTO [`\"\[\w]|\binsert into [\w.`\"]+ ?(?:\(|values)|"
    r"\bUPDATE [`\"\[\w.\]]+ SET [`\"\[\w]|\bupdate [\w.`\"]+ set [\w`\"]+ ?=|\bDELETE FROM [`\"\[\w]|"
    r"\bdelete from [\w.`\"]+(?:;| where [\w.`\"]+ ?(?:=|<|>|in\b|is\b|like\b))|"
    r"\b(?i:create|alter|drop|truncate|lock) (?i:temporary |unique |or replace )?"
    r"(?:TABLES?|DATABASE|INDEX|VIEW|SCHEMA|TRIGGER|FUNCTION|PROCEDURE|SEQUENCE|USER)\b[ ;]|"
    r"\b(?:create|alter|drop|truncate) (?:table|database|index|view) (?:if (?:not )?exists |[\w.`\"]+ ?"
    r"(?:\(|;|add\b|on\b|as\b))|"
    r"\b(?:VARCHAR|NVARCHAR|CHAR|DECIMAL|NUMERIC) ?\(\d|\bPRIMARY KEY\b|\bFOREIGN KEY\b|\bAUTO_INCREMENT\b|"
    r"\bVALUES ?\(|\bvalues ?\(['\"\d?:]|"
    r"\b(?:INNER|LEFT|RIGHT|OUTER|CROSS) JOIN\b|\bWHERE [\w.`\"]+ ?(?:=|<|>|IN ?\(|IS (?:NOT )?NULL|LIKE ')|"
    r"\b(?:ORDER|GROUP) BY [\w.`\"]+(?:,| ASC| DESC|;|$| LIMIT)|\bGRANT [A-Z, ]+ ON \w|"
    r"\bCOPY \w+ ?\(.*\) FROM\b|^\s*(?:BEGIN|COMMIT|ROLLBACK|GO|END)(?: TRANSACTION)?;|"
    r"^\s*\(\d+, ?['\"].*['\"], ?.*\)[,;]?\s*$|^-- (?:Dumping|Table|Host|Server|Dump|Database)\b|^/\*!\d{5}"
)
"""Statements in SQL; in lower case only with their punctuation."""
TRACE = (
    r"Traceback \(most recent call|^\s*File \"[^\"]+\", line \d+|^\s*at [\w.$<>\[\]`/]+ ?\([^)]*\)|"
    r"\bat (?:async |new )?[\w.$<>]*(?: \[as \w+\])? ?\(?(?:[\w./:\\@-]*/)?[\w.-]+\.\w{1,5}:\d+|"
    rf"[\w/\\.-]+\.{_CODE_FILE}:\d+|[\w/\\-]\.{_CODE_FILE}\(\d+\)|\bline \d+, in (?:<?\w+)|"
    rf"\.{_CODE_FILE}[\"']?,? (?:on |at )?line:? \d+|:line \d+\b|^\s*Caused by:|Exception in thread|"
    r"\b(?:[a-z]\w*\.)+[A-Z]\w*(?:Exception|Error|Fault)\b|\bSystem\.\w+Exception\b|"
    r"(?:^|[>\])] ?|\b[Uu]ncaught |\b[Uu]nhandled )(?:[a-z_]+\.)*[A-Z][a-z]+(?:[A-Z][A-Za-z]*)?(?:Error|"
    r"Exception|Warning)"
    r"(?: \[\w+\])?(?:: (?:[^IWR]|I[^f]|W[^h]|R[^a])|:?$| at\b)|^\s*raise [A-Z]\w+(?:Error|Exception)(?:\(|$)|"
    r"\bgoroutine \d+ \[|\bpanicked at\b|^panic: |\bstack ?trace:|^\s*backtrace:|\bcore dumped\b|"
    r"\b(?:Fatal|Parse|Syntax|Runtime|Compile|Compilation) error ?: |^(?:Notice|Warning|Deprecated): .* on line \d+|"
    r"\bon line \d+ of\b.*\.\w+|\bnpm ERR!|^make(?:\[\d+\])?: |"
    r"\b(?:error|warning) [A-Z]{1,4}\d{3,5}:|\berror\[E\d+\]|\b0x[0-9a-fA-F]{6,}\b|"
    r"\bexit(?:ed with)? (?:code|status):? -?\d+|\b(?:signal|received|by|got|caught):? (?:\d+ "
    r")?\(?SIG[A-Z]{3,4}\b|\bError: (?:Cannot|Could not|E[A-Z]{4,})"
    r" |^#\d+ +(?:0x[0-9a-f]+ in )?[\w:/.\\{]+ ?\(|\bundefined reference to\b|\bcannot find symbol\b|\berrno:? \d|"
    r"\b\d+:\d+:? +error\b|\.\.\. \d+ (?:more|common frames)"
)
"""Stack traces and what compilers and interpreters report."""
_DAY = r"\d{4}[-/.]\d\d[-/.]\d\d"
_CLOCK = r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_SEVERITY = (
    r"(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|FATAL|CRITICAL|SEVERE|ALERT|EMERG|PANIC|VERBOSE|FINE|"
    r"CONFIG|AUDIT)"
)
LOG = (
    rf"^\W*(?:\w+[ :|-]+)?{_DAY}(?:[T ]|\s*-\s*){_CLOCK}|\b{_DAY}T{_CLOCK}(?:Z|[+-]\d\d)|"
    rf"^(?:<\d+>)?(?:\d+ )?(?:[A-Z][a-z]{{2}} )?{_MONTH} +\d{{1,2}} (?:\d{{4}} )?{_CLOCK}\b|"
    rf"\[\d\d/{_MONTH}/\d{{4}}:\d\d:\d\d:\d\d|"
    rf"^\W*(?:\d{{1,2}}[-/. ](?:{_MONTH}|\d\d)[-/. ]\d{{2,4}}) {_CLOCK}\b.*(?:{_SEVERITY}|\[|=|: )|"
    rf"^[\[(]?{_CLOCK}[\])]?[ |-]*(?:\[[^\]]*\]|\W*{_SEVERITY}\b|<)|^\[ *\d+\.\d{{3,6}}\] |"
    rf"^\W{{0,2}}{_SEVERITY}\W{{0,2}}(?:[\]|]|\s*[:-]\s*\w+[.:_/]\w|\s+(?:\[|\(|\w+\.\w+|{_DAY}))|"
    rf"\[(?i:{_SEVERITY}|warn)\]|\[[\w /-]+/{_SEVERITY}\]|\b(?:level|lvl|severity|loglevel)[=:] ?\"?\w+|"
    rf"^[VDIWEF]/[\w.]+ ?\( *\d+\):|^[IWEF]\d{{4}} {_CLOCK}|^(?:DEBUG|INFO|TRACE|ERROR|FATAL|CRITICAL): |"
    r"\b[a-z][\w./-]*\[\d{2,7}\]: |^kernel: |"
    r"\b\w+=(?:\"[^\"]*\"|[^\s,;]+)[ ,;]+\w+=(?:\"[^\"]*\"|[^\s,;]+)[ ,;]+\w+=\S|"
    r"\b(?:GET|POST|PUT|HEAD|DELETE|PATCH|OPTIONS) /\S*(?: HTTP/\d| \d{3}\b)|"
    r"\bHTTP/\d(?:\.\d)?[\"']? \d{3}\b|\bMozilla/\d\.0 \(|"
    r"\bnpm (?:WARN|ERR!)|^[-dl](?:[r-][w-][xst-]){3}|::test_\w|\b(?:PASSED|FAILED) +\[ *\d+%|\b\d+(?:\.\d+)? "
    r"?[kKMG]i?B/s|\bit/s\b|"
    r"^\S.*\.{3} ?(?:ok|OK|done|failed|connected|passed)\.?$|\b(?:Build|Job|Task|Pipeline) #\d+|"
    r"^(?:Downloading|Installing|Collecting|Compiling|Unpacking|Resolving|Fetching|Connecting to) .*(?:\d%|\.{3}|"
    r":|-\d|\.\w+/)|"
    rf"\b{_SEVERITY} (?:o|org|com|net|io|c|e|app|main|root|server|worker)\.[\w.$]+"
)
"""Lines of logs: a stamp to the second beside a severity or component, requests, runs of `key=value`."""
DIFF = (
    r"^\s*(?:<{7}|>{7}) |^\s*(?:<{7}|={7,}|>{7}|\|{7})\s*$|<{7} ?(?:HEAD|\w)|>{7} ?\w|^@@ -\d+(?:,\d+)? \+\d+|"
    r"^diff --|"
    r"^(?:---|\+\+\+) (?:[ab]/|/dev/null|\S+\.\w{1,5}(?:\s|$))|^index [0-9a-f]{6,}\.\.|^commit [0-9a-f]{7,}|"
    r"^\d+(?:,\d+)?[acd]\d+(?:,\d+)?$|^Index: \S|^(?:new|deleted) file mode \d|^rename (?:from|to) \S+\.\w+|"
    r"^Binary files .* differ|^\*{15}$|^\*{3} \d+,\d+ \*{4}|^\s*<<<<|^\s*>>>>"
)
"""Diffs and the marks of a merge that nobody finished."""
MAIL = (
    r"^\s*(?:Message-I[Dd]|MIME-Version|Mime-Version|Content-(?:Type|Transfer-Encoding|Disposition|Length|ID|"
    r"Language)|"
    r"Return-Path|Delivered-To|In-Reply-To|Reply-To|References|X-[A-Z][\w-]+|List-[A-Z][\w-]+|DKIM-Signature|"
    r"Received-SPF|Authentication-Results|ARC-[\w-]+|Thread-(?:Topic|Index)|User-Agent|Accept(?:-\w+)?|"
    r"Cache-Control|Set-Cookie|Transfer-Encoding|Last-Modified|Newsgroups|Envelope-To|Errors-To|"
    r"Disposition-Notification-To|NNTP-Posting-\w+|Xref|Access-Control-[\w-]+|Strict-Transport-Security): ?\S|"
    r"^Received: (?:from|by)\b|\b(?:MIME-Version: \d|Content-Type: \w+/|Message-I[Dd]: ?<|charset=[\"\w])|"
    r"-{2,} ?(?:Original|Forwarded) [Mm]essage ?-{2,}|^-{4,} ?Forwarded by\b|^\W*Begin forwarded message\b|"
    r"^\W*On (?:[A-Z][a-z]{2},? )?.{4,80}\bwrote:\s*$|\bOn [A-Z][a-z]{2}, .{8,60} wrote:|"
    r"^(?:From|To|Cc|CC|Bcc|Sender): .*(?:<[^>]*@|\S@\S|\[mailto:)|^From \S+@\S+ +[A-Z][a-z]{2} |^Subject: (?:Re|"
    r"RE|Fwd?|FW)\b|"
    r"^HTTP/\d(?:\.\d)? \d{3}|^(?:GET|POST|PUT|HEAD|DELETE) /\S* HTTP/\d|^Host: \S+$|"
    r"^--[=_A-Za-z0-9.-]*(?:Part|boundary|_)[=_A-Za-z0-9.-]*$"
)
"""Headers of mail and of HTTP, and what mail programs put over a quoted letter."""
HEADER = (
    r"(?:^|\s|>)(From|To|Cc|CC|Bcc|Subject|Date|Sent|Reply-To|Received|Attachments?|Importance|Priority|Mailer|"
    r"Organization|Message-ID|Newsgroups|Lines): ?\S"
)
"""A header that a letter in prose may hold once; `machine_text.py` asks for three, or two with a subject."""
SERIALISED = (
    r"\{\s*[\"'][\w $@.-]+[\"'] ?: ?|[\"'][\w $@.-]{1,40}[\"'] ?: ?(?:[\"'\[{]|-?\d|true|false|null|None|True|False)|"
    r"(?:[\"'\d\]]|true|false|null) ?\}[\],]*\s*$|^\s*[\"'][\w.$-]+[\"'] ?: ?|^\s*[\[{(]\s*$|^\s*[\])}]+[;,]*\s*$|"
    r"\[ ?(?:\"[^\"]*\"|'[^']*'), ?(?:\"[^\"]*\"|'[^']*')|[\"'], ?[\"'][\w .-]{1,30}[\"'] ?[:\]]|"
    r"\{ ?[a-z]\w*: ?(?:[\"'\d\[{]|true|false|null)|"
    r"</[A-Za-z_][\w:.-]*>|<[A-Za-z_][\w:.-]*(?: [\w:.-]+=(?:\"[^\"]*\"|'[^']*'))+ ?/?>|<\?xml|<!\[CDATA\[|"
    r"<[a-z]\w*/>|"
    r"\b[as]:\d+:[{\"]|^[ibd]:\d+;|\b\w+=[^&\s=]*&\w+=[^&\s=]*|\[object \w+\]|"
    r"\b[A-Za-z_]\w*\([a-z_]\w*=[^)]|<[\w.]+ object at 0x|\b(?:array|tensor|Tensor|ndarray|datetime\.\w+|Decimal|"
    r"ObjectId|OrderedDict|Timestamp|Counter|deque)\([\[\d'\"({]|\bdtype[:=]|"
    r"^\s*[a-z_][\w.-]* ?= ?\S+$|^---$|^%YAML|\\begin\{|\\end\{|\(lldb\)|^\$\{?\w+\}?$"
)
"""JSON, XML, YAML, INI, queries and the printed form of objects, whole or cut out."""

FORMS = (STATEMENT, SHELL, STYLE, SQL, TRACE, LOG, DIFF, MAIL, SERIALISED)
