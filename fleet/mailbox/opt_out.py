"""The opt-out detector: runs before any model, and nothing can outvote it.

Seven languages and their misspellings. In doubt a short imperative is an opt-out: a mail too few
is cheap, a mail too many is not. A question about unsubscribe *rates*, "stop by our booth" and a
quoted footer are none; callers pass the newest reply, never the history.
"""

import re

from fleet.domain.provenance import Span

SHORT_WORDS = 6

_ANYWHERE = (
    # English
    r"(?:please\s+)?(?:un|de)\W?s+u?b?s?c?r?i?b+e?(?:d|ing|\s+me)?(?!\s*(?:rate|rates|link|links|button|page|header|flow|feature))",
    r"unsuscribe|unsubcribe|unsubscibe|unsubsribe|unsubscrib|unsubsrcibe|unsubscirbe|un\s?subscribe",
    r"(?:remove|delete|take|drop|get)\s+(?:me|us|my\s+(?:name|address|e?-?mail(?:\s+address)?)|this\s+address)\s+(?:off|from|out\s+of|of)\b(?!\s+hold)",
    r"take\s+(?:me|us)\s+off(?!\s+(?:hold|mute|guard))",
    r"(?:remove|delete)\s+(?:me|us|my\s+(?:data|details|address|e?-?mail(?:\s+address)?)|our\s+(?:address|e?-?mail))(?:\s*[.!]|\s+please|\s*$)",
    r"opt(?:ing)?[\s-]?(?:me\s+)?out(?!\s+(?:rate|rates|clause))",
    r"(?:do\s+not|don'?t|dont|never)\s+(?:e?-?mail|contact|write(?:\s+to)?|message|send|bother)\s+(?:to\s+)?(?:me|us)\b",
    r"(?:do\s+not|don'?t|dont|never)\s+(?:contact|e?-?mail|send|write)\s*(?:again|any\s?more|any\s+more\s+e?-?mails?|anything)",
    r"(?:stop|quit|cease)\s+(?:e?-?mailing|emails?|sending|contacting|writing|messaging|spamming|bothering|with\s+(?:the|these)|these|the\s+(?:e?-?mails?|messages)|all)",
    r"no\s+(?:more|further)\s+(?:e?-?mails?|messages?|contact|mailings?|newsletters?)",
    r"(?:i|we)\s+(?:no\s+longer|don'?t|do\s+not)\s+(?:want|wish)\s+(?:to\s+(?:receive|get|hear)|(?:your|any|these)\s+(?:e?-?mails?|messages?))",
    r"lose\s+my\s+(?:number|address|e?-?mail)|leave\s+(?:me|us)\s+alone",
    r"(?:plz|pls|please)\s+stop(?!\s+by)",
    # Deutsch
    r"(?:newsletter\s+)?ab(?:zu)?melden|abmeldung|abbestell\w*|(?:bitte\s+)?abmelde|melde[nt]?\s+(?:sie\s+)?(?:mich|uns)\s+(?:bitte\s+)?(?:hier\s+)?ab|abmelen|abmeldn",
    r"kein[e]?n?\s+(?:weiteren?|mehr|werbe\w*|weitere)\s*(?:e-?mails?|mails?|nachrichten|werbung|kontakt\w*|newsletter)?",
    r"(?:aus|von)\s+(?:dem|der|ihrem|ihrer|eurem|eurer|diesem|dieser)?\s*(?:\w*verteiler|\w*liste)\s+(?:zu\s+)?(?:streichen|nehmen|löschen|entfernen|austragen)",
    r"(?:streichen|löschen|entfernen|nehmen|tragen)\s+sie\s+(?:mich|uns|meine|unsere)|trag(?:en|t)?\s+(?:sie\s+)?mich\s+(?:bitte\s+)?aus|austragen",
    r"(?:nicht|nie)\s+(?:mehr|wieder|weiter)\s+(?:an)?(?:schreiben|kontaktieren|mailen|anschreiben|belästigen|zusenden)",
    r"(?:schreiben|kontaktieren|mailen)\s+sie\s+(?:mir|mich|uns)\s+(?:bitte\s+)?(?:nicht|nie)",
    r"(?:hören|hör)\s+(?:sie\s+)?auf,?\s+(?:mir|mich|uns)|lassen\s+sie\s+(?:mich|uns)\s+in\s+ruhe|widerspreche\s+(?:hiermit\s+)?(?:der|jeder)",
    # français
    r"d[ée]s?ab+on+\w*|d[ée]sinscri\w*|me\s+d[ée]sinscrire",
    r"(?:retirez|supprimez|enlevez|ôtez|rayez|retirer|supprimer|enlever)[\s-]+(?:moi|nous|mon|notre|mes)\b",
    r"ne\s+(?:plus|pas)\s+(?:me|nous|m')\s*(?:contacter|écrire|envoyer|recevoir|solliciter)|ne\s+(?:me|nous|m')\s*(?:contactez|écrivez|envoyez|sollicitez)\s*-?\s*(?:plus|pas)",
    r"(?:ne\s+)?(?:souhaite|veux|désire|souhaitons|voulons)\s+(?:plus|pas)\s+(?:recevoir|être\s+contact\w*)|plus\s+(?:aucun|de)\s+(?:e-?mails?|courriels?|messages?|mails?)",
    r"(?:arrêtez|arretez|cessez|stoppez)\s+(?:de\s+|d')?(?:m'|me\s|nous\s|ces|vos|les|envoyer|tout)?",
    # español
    r"dar(?:me|nos)?\s+de\s+baja|d[ée](?:n?me|n?nos)\s+de\s+baja|de\s+baja\s+(?:de|por)|cancelar?\s+(?:mi\s+|la\s+)?su[bs]*cripci[oó]n|desu[bs]*cri\w*|darse\s+de\s+baja|quiero\s+la\s+baja",
    r"(?:elim[ií]n(?:e|en|a)(?:me|nos)|b[oó]rr(?:e|en|a)(?:me|nos)|qu[ií]t(?:e|en|a)(?:me|nos)|s[aá]quen?(?:me|nos))",
    r"no\s+(?:me|nos)\s+(?:escriba\w*|contacte\w*|env[ií]e\w*|mande\w*|moleste\w*)|no\s+(?:quiero|deseo|queremos)\s+(?:recibir|m[aá]s)|no\s+m[aá]s\s+(?:correos?|e-?mails?|mensajes?)|dejen?\s+de\s+(?:escribir|enviar|contactar|mandar|molestar)\w*",
    # italiano
    r"canc+ell(?:a(?:te)?mi|arm?i|are\s+(?:la\s+|mia\s+)*iscrizione|i\s+il\s+mio|atemi|azione)|disiscri\w*|disis?criv\w*|rimuov(?:i|ete|ere|a)(?:mi)?\b(?:\s+(?:il\s+mio|dalla|da))?|togl(?:i|iete|iermi|ietemi)(?:mi)?\s+(?:da|il)",
    r"non\s+(?:mi|ci)\s+(?:scriva\w*|scrivete|contatt\w*|inviat\w*|mandat\w*|invi\w*)|non\s+(?:voglio|desidero|vogliamo|desideriamo)\s+(?:più\s+)?(?:ricevere|essere)|basta\s+(?:e-?mail|mail|messaggi|con)|smett(?:ete|etela|ila|i|a)\s+di|niente\s+più\s+(?:e-?mail|mail)",
    # português
    r"descadastr\w*|des(?:in)?scri[cç]\w*|cancel(?:ar|em|e)\s+(?:a\s+)?(?:minha\s+)?(?:inscri[cç][aã]o|subscri[cç][aã]o|assinatura)|remov(?:er|am|a|e)[\s-]?(?:me|nos|o\s+meu|meu)|(?:tirem?|retirem?)[\s-]?(?:me|o\s+meu|meu|nos)",
    r"n[aã]o\s+(?:me|nos)\s+(?:contact\w*|escrev\w*|envi\w*|mand\w*)|n[aã]o\s+(?:quero|desejo|queremos)\s+(?:mais\s+)?receber|n[aã]o\s+(?:envi\w*|mand\w*|escrev\w*)\s+mais|par(?:em|e)\s+de\s+(?:me\s+)?(?:enviar|mandar|escrever|contactar|contatar)|chega\s+de\s+(?:e-?mails?|mensagens)|sem\s+mais\s+e-?mails?",
    # Nederlands
    r"uit\s?schrij(?:f|ven|fing)|schrijf\s+(?:mij|me|ons)\s+(?:a\.?u\.?b\.?\s+)?uit|afmelden|meld\s+(?:mij|me|ons)\s+(?:a\.?u\.?b\.?\s+)?af|uitschijven",
    r"(?:verwijder|haal|schrap)\s+(?:mij|me|ons|mijn)\b|geen\s+(?:e-?mails?|mails?|berichten|post|reclame)?\s*meer\b|niet\s+meer\s+(?:mailen|contacteren|schrijven|benaderen|lastig\w*)|(?:stop|hou)\s+(?:met|op\s+met)\s+(?:mailen|sturen|deze|die|het)|(?:mail|contacteer|benader)\s+(?:mij|me|ons)\s+(?:a\.?u\.?b\.?\s+)?(?:niet|nooit)",
)
_ALONE = (
    r"stop+|stopp|arr[eê]t(?:ez|er)?|baja|basta|fine|pare|parar|sair|remove(?:\s+me)?|unsub|off|"
    r"cancel|end|quit|nein\s+danke,?\s+kein\w*|alto|ophouden|genoeg|stop\s+it|stop\s+please|"
    r"please\s+stop|stop\s+bitte|bitte\s+stop+|stop\s+svp|por\s+favor\s+pare"
)
_NOT = re.compile(
    r"unsubscribe[\s-]+(?:rates?|links?|buttons?|pages?|headers?|flow|feature|metric|numbers?)|opt[\s-]?out\s+(?:rates?|clause)"
    r"|stop\s+by\b|non-?stop|don'?t\s+stop|do\s+not\s+unsubscribe|don'?t\s+unsubscribe|one-?stop"
    r"|list-unsubscribe|abmelderate|abmeldequote|taux\s+de\s+d[ée]s\w+|tasa\s+de\s+baja\w*|tasso\s+di\s+\w+|taxa\s+de\s+\w+"
    r"|keine\s+weiteren\s+(?:fragen|wünsche|rückfragen|informationen|anmerkungen)|keine\s+mehr|kein\s+mehr\w+"
    r"|geen\s+meer\b|(?:customers?|users?|people|subscribers?|leads?|contacts?)\s+(?:to\s+)?(?:unsubscrib\w+|opt(?:ing|ed)?[\s-]out)"
    r"|manage\s+unsubscribes?|handle\s+(?:unsubscribes?|opt[\s-]?outs?)|cancellazione\s+(?:dell'|della|del)\s*ordine",
)
PREFIXES = re.compile(r"^(?:\s*(?:re|aw|sv|antw|rif|res|fwd?|wg)\s*:)+")
ANYWHERE = re.compile(rf"(?<!\w)(?:{'|'.join(_ANYWHERE)})")
ALONE = re.compile(rf"^\W*(?:{_ALONE})\W*$")
SHORT_STOP = re.compile(r"\b(?:stop|unsub\w*)\b")


def detect_opt_out(subject: str, reply: str) -> Span | None:
    """Return where a mail asks not to be written to; the reply first, then a bare subject.

    >>> detect_opt_out("Re: offer", "Please take me off your list.").quote
    'take me off'
    >>> detect_opt_out("", "What unsubscribe rate do your customers see?") is None
    True
    """
    text = lowered(reply).replace("’", "'")
    found = _in_text(text)
    if found:
        return Span(found[0], found[1], reply[found[0] : found[1]])
    bare = PREFIXES.sub("", lowered(subject))
    if ALONE.match(bare) or (not reply.strip() and ANYWHERE.search(_without_decoys(bare))):
        return Span(0, 0, bare.strip())
    return None


def lowered(text: str) -> str:
    """Return lower-case text of the same length, so that offsets stay true.

    >>> lowered("STOP İ"), len(lowered("İ"))
    ('stop İ', 1)
    """
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(c if len(each := c.lower()) != 1 else each for c in text)


def _in_text(text: str) -> tuple[int, int] | None:
    if ALONE.match(text):
        inner = text.strip()
        start = text.index(inner)
        return start, start + len(inner)
    if not ANYWHERE.search(text) and "stop" not in text and "unsub" not in text:
        return None  # decoys only take matches away
    masked = _without_decoys(text)
    match = ANYWHERE.search(masked)
    if match:
        return match.start(), match.end()
    first = next((line for line in masked.splitlines() if line.strip()), "")
    if len(first.split()) <= SHORT_WORDS and "?" not in first:
        short = SHORT_STOP.search(first)
        if short:
            place = masked.index(first) + short.start()
            return place, place + len(short.group())
    return None


def _without_decoys(text: str) -> str:
    """Blank out, at equal length, phrases that only sound like an opt-out."""
    return _NOT.sub(lambda match: " " * len(match.group()), text)
