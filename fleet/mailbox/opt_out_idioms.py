"""Fixed phrases around opt-outs: idioms that are one, decoys that only sound so."""

import re

_ALONE = (
    r"stop+|stopp|arr[eê]t(?:ez|er)?|baja|basta|fine|pare|parar|sair|remove|unsub|off|"
    r"cancel|end|quit|nein\s+danke,?\s+kein\w*|alto|ophouden|genoeg|stop\s+it|stop\s+please|"
    r"(?:please|pls|plz)\s+(?:just\s+)?stop(?:\s+(?:now|it|this|that))?|stop\s+bitte"
    r"|bitte\s+stop+|"
    r"(?:\w+\W+){0,6}?\w+[.!,;]\s*(?:remove|delete|loschen|entfernen|supprimez|eliminar"
    r"|cancellare|remover|verwijderen)|"
    r"stop\s+svp|por\s+favor\s+pare|stop\W+just\s+stop"
)
_IDIOMS = (
    r"von\s+weiteren\s+\w+\s+(?:bitte\s+)?(?:ist\s+)?ab(?:zu)?sehen"
    r"|verschon\w*\s+(?:sie\s+)?(?:mich|uns)|epargnez[\s-](?:moi|nous)|"
    r"(?:^|(?<=[.!,\n])\s*)(?:please\s+)?(?:go\s+away|get\s+lost)\W*(?:$|[.!\n])"
    r"|sehen\s+sie\s+(?:bitte\s+)?von\s+(?:\w+\s+){0,3}(?:mails?|werbung|nachrichten"
    r"|kontakt\w*|zusendung\w*)\s+ab\b|"
    r"stellen\s+sie\s+(?:\w+\s+){0,3}(?:versand|zusendung\w*|mails?|werbung"
    r"|kontakt\w*)\s+(?:\w+\s+)?ein\b|"
    r"(?:sperr|robinson)\w*list\w*|(?:add|put|place)\s+(?:me|us)\s+(?:on|to)\s+(?:your|the"
    r"|an?)\s+(?:black|block|suppression|opt-?out)\W?list|"
    r"^\W*off\s+(?:the|your|this)\s+(?:\w+\s+)?list|lose\s+my\s+(?:number|address|e?-?mail)"
    r"|leave\s+(?:me|us)\s+alone|cease\s+and\s+desist|"
    r"get\s+rid\s+of\s+my\s+\w+|(?:take|get)\s+(?:me|us)\s+(?:off|out\s+of)(?=\s*(?:$|[.!,\n]"
    r"|please|now|of|this|your|the\s+list))|"
    r"count\s+(?:me|us)\s+out|right\s+to\s+(?:be\s+forgotten|erasure)|\bgdpr\s+(?:erasure"
    r"|deletion)\s+request\s*[.!]|"
    r"do[\s-]not[\s-](?:contact|call|mail)[\s-]list|no[\s-]contact[\s-]list|suppression\s+list|"
    r"lass(?:en|t)?\s+(?:sie\s+)?(?:mich|uns)\s+(?:bitte\s+)?in\s+ruhe|h[oö]r(?:en"
    r"|t)?\s+(?:sie\s+)?(?:bitte\s+)?auf,?\s+(?:mir|mich|uns|mit)|"
    r"laisse[zr]?[\s-](?:moi|nous)\s+(?:tranquille|en\s+paix)|fichez[\s-]moi\s+la\s+paix|"
    r"d[eé]j(?:e|en|a|ad)(?:me|nos)\s+(?:en\s+paz|tranquil\w+)|lasci\w*(?:mi"
    r"|ci)\s+(?:in\s+pace|star[ae])|"
    r"plus\s+(?:jamais\s+)?(?:de\s+|d'|aucune?\s+)(?:(?:e-?)?mails?|courriels?|messages?"
    r"|publicit\w+|pubs?)(?=\s*(?:merci|svp|s'il|$|[.!\n]))|"
    r"deix\w*[\s-](?:me|nos)\s+em\s+paz|laat\s+(?:me|mij|ons)\s+(?:a\.?u\.?b\.?\s+)?met\s+rust|"
    r"(?:dar|den?|da|d)(?:me|nos|se)\s+d?e?\s*baja|me\s+d\w{1,3}\s+de\s+baja|que\s+(?:me"
    r"|nos)\s+den\s+de\s+baja|(?:me|nos)\s+d[eéoó]\w*\s+de\s+baja|de\s+baja\s+(?:de|por)"
    r"|la\s+baja\s+(?:de|por|$)|"
    r"(?:quiero|pido|solicito|deseo)\s+la\s+baja|baja\s+por\s+favor|(?:cancel"
    r"|anul)\w*\s+(?:(?:a|la|mi|my|minha|il|mio|the|mijn|mia|die|meine)\s+)*"
    r"(?:newsletter|mailing\s+list|su[bs]*cripci[oó]n|subscri[cç][aã]o|inscri[cç][aã]o"
    r"|assinatura\s+da\s+newsletter)|"
    r"annull\w+\s+(?:la\s+|l')?(?:mia\s+)?(?:iscrizione|inscription)|cancell\w+\s+(?:la\s+"
    r"|l')?(?:mia\s+)?iscrizione|"
    r"(?:stop|parem|arr[eê]tez)\s+(?:aux|with|met|com|mit|con)\s+(?:\w+\s+)?(?:e?-?mails?"
    r"|mailen|messages?|mensagens|mailings?)|"
    r"bestelle?n?\s+(?:\w+\s+){0,3}newsletter\s+ab|melden?\s+(?:\w+\s+){0,4}ab\b"
    r"|melde\s+mich\s+(?:\w+\s+){0,3}ab\b|"
    r"tr[aä]g(?:en|t|e)?\s+(?:sie\s+)?(?:mich|uns)\s+(?:bitte\s+)?(?:wieder\s+)?aus"
    r"|schrijf\s+(?:mij|me|ons)\s+(?:a\.?u\.?b\.?\s+)?uit|"
    r"meld\s+(?:mij|me|ons)\s+(?:a\.?u\.?b\.?\s+)?af|opt(?:ing)?\s+(?:me\s+|us\s+)?out"
    r"|un\s+subscribe|haal\s+(?:me|mij|ons)\s+er\s*(?:af|uit)"
)
DECOYS = re.compile(
    r"unsubscribe[\s-]+(?:rates?|links?|buttons?|pages?|headers?|flow|feature|metric|numbers?)"
    r"|opt[\s-]?outs?\s+(?:rates?|clauses?|of\s+(?!your|this|these|the\s+list|all|receiving"
    r"|e?-?mail|marketing|further|future))"
    r"|(?:if(?!\s+you\s+(?:could\s+|can\s+|would\s+)?(?:stopp?e?d?|don'?t\s+stop"
    r"|do\s+not\s+stop|keep|removed?|took|take"
    r"|deleted?)\s)|wenn|falls|si|se|als|indien)\s+(?:you|your|sie|vous|u|je|usted\w*|non|no"
    r"|nao|deseja|desea|desidera)\b[^.!?\n]*(?:\n[^.!?\n]+)?"
    r"|you\s+(?:can|may|could)\s+(?:always\s+|safely\s+|also\s+|then\s+|easily\s+)?(?:unsub"
    r"|opt)\w*|\bto\s+(?:unsubscribe|opt[\s-]?out|no\s+longer\s+receive)[^.!?\n]*(?:click"
    r"|visit|follow|go\s+(?:to|here)|link|forward|update)"
    r"|\bthe\s+us\b|stop\s+by\b|non-?stop|(?:don'?t|can'?t|do\s+not|never|won'?t)\s+stop"
    r"|do\s+not\s+unsubscribe|don'?t\s+unsubscribe|one-?stop|stop\s+me\s+if|a\s+stop\b"
    r"|list-unsubscribe|abmelde(?:rate|quote)\w*|taux\s+de\s+d[ée]s\w+|tasa\s+de\s+baja\w*"
    r"|tasso\s+di\s+\w+|taxa\s+de\s+\w+"
    r"|handle\s+(?:unsubscribes?|opt[\s-]?outs?)|manage\s+(?:unsubscribes?|opt[\s-]?outs?)"
    r"|cancellazione\s+(?:dell'|della|del)\s*ordine"
)
QUOTED = re.compile(
    r"(?:customers?|users?|people|leads?|they|kunden|clients?|clientes|clienti"
    r"|klanten)\b[\w\s]{0,40}"
    r"[:,]?\s*(['\"“„«])[^'\"”“»]{3,200}['\"”“»]"
)
IDIOMS = re.compile(rf"(?<!\w)(?:{_IDIOMS})")
ALONE = re.compile(rf"^\W*(?:{_ALONE})\W*$")
SHORT_STOP = re.compile(
    r"^\W*(?:(?:please|pls|plz)\s+)?stop\b(?!\s+(?:the|my|our|using|at|in|on|by|date"
    r"|work\w*)\b)|\bstop\W*$"
)
# No idiom without one of these. A single word stands for all that begin like it; more than one
# are words that follow each other, whatever stands between them.
HINTS = (
    "weiteren", "verschon", "epargnez", "go away", "get lost", "sehen sie", "stellen sie",
    "sperr", "robinson", "black", "block", "suppression", "optout", "opt out", "opt me", "opt us",
    "opting", "off the", "off your", "off this", "lose my", "leave me", "leave us", "cease and",
    "get rid", "take me", "take us", "get me", "get us", "count me", "count us", "forgotten",
    "erasure", "gdpr", "contact list", "call list", "mail list", "ruhe", "auf mir", "auf mich",
    "auf uns", "auf mit", "laisse", "fichez", "paz", "tranquil", "lasci", "plus de", "plus d",
    "plus jamais", "plus aucun", "met rust", "baja", "debaja", "dbaja", "ebaja", "cancel", "anul",
    "annul", "stop aux", "stop with", "stop met", "stop com", "stop mit", "stop con", "parem",
    "arretez", "newsletter ab", "meld", "trag mich", "trag uns", "trag sie", "trage mich",
    "trage uns", "trage sie", "tragt mich", "tragt uns", "tragt sie", "tragen mich", "tragen uns",
    "tragen sie", "schrijf mij", "schrijf me", "schrijf ons", "un subscribe", "haal me",
    "haal mij", "haal ons",
)  # fmt: skip
