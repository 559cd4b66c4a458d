"""What a mail asks for, by word-bounded cues in seven languages; the first match in order leads.

A complaint or a referral outranks a request for a price: a quote to an angry customer is worse than
a late quote. Reads the newest reply as data; nothing in it is an instruction.
"""

import re
from enum import StrEnum

READ_CHARS = 8000


class Ask(StrEnum):
    """What the answer must be about."""

    COMPLAINT = "complaint"
    REFERRAL = "referral"
    NOT_NOW = "not_now"
    PRICING = "pricing"
    MEETING = "meeting"
    OBJECTION = "objection"
    PRODUCT = "product"
    INFORMATION = "information"
    HOLDING = "holding"


_CUES = {
    Ask.COMPLAINT: (
        r"complain\w*|disappoint\w*|unacceptable|angry|broken|not working|doesn't work|refund\w*|"
        r"beschwer\w*|reklam\w*|enttäusch\w*|verärgert|kaputt|funktioniert nicht|inakzeptabel|"
        r"plainte|réclamation|déçu\w*|inacceptable|ne fonctionne pas|en panne|"
        r"queja\w*|reclamación|decepcionad\w*|inaceptable|no funciona|"
        r"reclamo|delus[oaie]|inaccettabile|non funziona|reclamação|desiludid\w*|inaceitável|"
        r"não funciona|klacht\w*|teleurgesteld|onacceptabel|werkt niet"
    ),
    Ask.REFERRAL: (
        r"right person|wrong person|(?:contact|speak to|talk to|ask) my (?:colleague|boss)|"
        r"no longer (?:with|responsible)|richtige ansprechpartner\w*|nicht zuständig|"
        r"an meine\w* kolleg\w*|bonne personne|plus responsable|mon collègue|ma collègue|"
        r"persona (?:adecuada|indicada|correcta)|mi compañer[oa]|persona giusta|"
        r"mi[ao] colleg[ah]\w*|"
        r"pessoa certa|(?:meu|minha) colega|juiste persoon|mijn collega"
    ),
    Ask.NOT_NOW: (
        r"not (?:right )?now|not at this time|next (?:year|quarter)|"
        r"(?:get|come) back to (?:you|us) later|"
        r"no budget (?:this|until)|nicht jetzt|derzeit nicht|im moment nicht|"
        r"nächstes? (?:jahr|quartal)|"
        r"pas maintenant|pas pour le moment|l'année prochaine|ahora no|por ahora no|"
        r"no (?:es )?(?:el|en este) momento|el (?:próximo|año que viene)|non ora|non adesso|"
        r"non è il momento|l'anno prossimo|agora não|não é o momento|no próximo ano|"
        r"niet nu|nu niet|op dit moment niet|volgend (?:jaar|kwartaal)"
    ),
    Ask.PRICING: (
        r"pric\w+|quot(?:e|ation)\w*|costs?|how much|budget|rates?|preis\w*|"
        r"kost(?:et|en)?|angebot\w*|"
        r"wie viel|prix|tarifs?|devis|coûte\w*|combien|precios?|cuesta\w*|cuánto|presupuesto\w*|"
        r"cotiza\w*|prezz[oi]|costa\w*|costo|quanto|preventiv[oi]|preços?|custa\w*|orçamento\w*|"
        r"prij[sz]\w*|offerte\w*|hoeveel|tarieven"
    ),
    Ask.MEETING: (
        r"meeting|meet|calls?|demo\w*|appointment|schedule|talk|termin\w*|gespräch\w*|telefonat\w*|"
        r"vorführ\w*|treffen|rendez-vous|appel\w*|démo\w*|rencontre\w*|échanger|reunión|llamada|"
        r"cita|demostración|riunione|incontr\w*|chiamata|appuntamento|reunião|chamada|"
        r"demonstração|afspraak|gesprek|bellen|vergadering"
    ),
    Ask.OBJECTION: (
        r"too expensive|too (?:high|complex)|concern\w*|competitor\w*|already (?:use|have)|"
        r"zu teuer|"
        r"bedenken|wettbewerb\w*|nutzen bereits|trop cher|concurrent\w*|inquiétude\w*|"
        r"demasiado car[oa]|muy caro|competencia|preocupa\w*|troppo car[oa]|concorren\w*|dubbi|"
        r"muito caro|concorrente\w*|preocupaç\w*|te duur|concurrent\w*|bezwa\w+"
    ),
    Ask.PRODUCT: (
        r"features?|integrat\w*|support\w*|compatible|funktion\w*|schnittstelle\w*|"
        r"unterstütz\w*|fonctionnalité\w*|compatible\w*|intègre\w*|función|funciones|característic\w*|"
        r"compatib\w*|funzion\w*|integra\w*|funcionalidad\w*|suporta|functie\w*|koppel\w*|ondersteun\w*"
    ),
    Ask.INFORMATION: (
        r"information\w*|details?|brochure|more about|learn more|interested|informationen|"
        r"unterlagen|"
        r"mehr über|interess\w*|intéress\w*|renseignement\w*|información|interesad\w*|detalles|"
        r"informazion\w*|dettagli|informaç\w*|detalhes|informatie|geïnteresseerd|meer over"
    ),
}
_PATTERNS = {
    ask: re.compile(rf"(?<!\w)(?:{cues})(?!\w)", re.IGNORECASE) for ask, cues in _CUES.items()
}


def read_asks(text: str) -> tuple[Ask, ...]:
    """Return what the text asks for, in order of precedence; HOLDING alone when nothing is clear.

    >>> read_asks("What does it cost, and can we have a demo?")
    (<Ask.PRICING: 'pricing'>, <Ask.MEETING: 'meeting'>)
    >>> read_asks("Ciao!")
    (<Ask.HOLDING: 'holding'>,)
    """
    found = tuple(ask for ask, cue in _PATTERNS.items() if cue.search(text[:READ_CHARS]))
    return found or (Ask.HOLDING,)
