"""What is told of the past of "you" and "us", in seven languages, by its grammar.

A sentence in a past tense whose subject is the reader or we is an event, and needs a row. Patterns
work on lower-cased text. Not read: what the writer alone did ("I have checked").
"""

import re

_GAP = r"(?:\s[\w'’,-]+){0,6}?\s"
_EN = (
    r"\b(?:you|your \w+|we|our \w+)(?: (?:just|already|recently|also))? "
    r"(?:\w{3,}ed|saw|had|met|got|went|came|took|made|won|sent|bought|ran|gave|grew|built)\b"
    r"|\b(?:you|we|you've|we've)(?: have| just have)? (?:been|seen|had|met|done|grown|built)\b"
    r"|\bi (?:\w+ )?(?:enjoyed|loved|saw|read|heard|noticed)\b"
)
_DE = (
    rf"\b(?:sie|ihr\w? \w+|wir)\b{_GAP}?(?:ge\w+(?:t|en)|(?:ver|be|er|über|ent|teil|ein|an|auf|"
    r"herunter|unter)\w{3,}(?:t|en) (?:haben|hat)|\w{4,}ten)\b"
    rf"|\b(?:haben|hat) (?:sie|sich|wir|ihr\w? \w+|das|ein\w*|den|die){_GAP}?"
    r"(?:ge\w+|\w*ge\w{2,}t|(?:ver|be|er|über)\w+)(?:t|en)\b"
    r"|\b\w{2,}(?:schön|freude|vergnügen), sie\b|\bwar (?:schön|toll|nett)\b|\bgenossen\b"
)
_FR = (
    r"\b(?:vous|nous) (?:\w+ )?(?:avez|aviez|avons|êtes|étiez|sommes) "
    r"(?:\w+ )?\w+(?:é|és|ées?|i|u|is|it)\b"
    r"|\bveni(?:ez|ons) de\b|\bvotre \w+ (?:a|s'est|est|ont) (?:\w+ )?\w+(?:é|i|u|is|it)\b"
    r"|\bj'ai (?:\w+ )?(?:apprécié|lu|vu|entendu|été)\b"
)
_ES = (
    r"\b\w{2,}(?:aron|ieron|asteis?|isteis?)\b|\bacaban? de\b|\bfue un placer\b"
    r"|\b(?:su|sus|nuestr\w) \w+ (?:se )?\w{2,}ó\b|\b(?:han|hemos) \w+(?:ado|ido)\b"
    r"|\b(?:ya )(?:\w+)amos\b|\bdisfruté\b|\bhe (?:leído|visto)\b"
)
_IT = (
    r"\b(?:avete|abbiamo|siete) (?:\w+ )?\w+(?:ato|uto|ito|so|sto|tto)\b"
    r"|\b(?:vostr\w|su[oa]) \w+ (?:si )?(?:è|ha) (?:\w+ )?\w+(?:ato|uto|ito|tto)\b"
    r"|\bho (?:\w+ )?(?:apprezzato|letto|visto|sentito)\b|\bè stato un piacere\b"
)
_PT = (
    r"\b\w{2,}(?:aram|eram|iram|ámos)\b|\bacabaram de\b|\bfoi um prazer\b|\bgostei\b|\bli que\b"
    r"|\b(?:su?a|seu|vosso|vossa) \w+ \w{2,}(?:ou|eu)(?:-se)?\b"
)
_NL = (
    rf"\b(?:u|we|wij|uw \w+){_GAP}?(?:ge\w+(?:d|t|en)|(?:ver|over|her|ont|be|mee)ge?\w+(?:d|t|en))"
    r"(?: (?:heeft|hebt|hebben))?(?=[\s.,]|$)"
    rf"|\b(?:heeft|hebt|hebben){_GAP}?(?:\w*ge\w{{3,}}|(?:ver|over|her|ont)\w+)(?:d|t|en)\b"
    r"|\b(?:toen u|las dat|opende u|zag u|nam deel|meldde)\b|\bwas (?:fijn|leuk)\b|\bgenoten\b"
)
# One pattern for each language: words of one language do not mark events of another.
PAST = {
    code: re.compile(text)
    for code, text in (
        ("en", _EN), ("de", _DE), ("fr", _FR), ("es", _ES), ("it", _IT), ("pt", _PT), ("nl", _NL),
    )
}  # fmt: skip

CALL_STEMS = re.compile(
    r"\b(?:call|phone|spoke|talk|conversation|discuss|telef|anruf|gespr|(?:ge)?sproch|sprech|appel|"
    r"parl|llam|habl|chiam|sentit|fal[aá]|ligaç|gebeld|bel(?:de|t)|gesprek|sprok|prat|chamada)\w*"
)
PURCHASE_STEMS = re.compile(
    r"\b(?:b(?:ought|uy)|purchas|order|owns|spent|kauf|gekauf|bestel|erw[oe]rb|auftrag|ausgegeben|"
    r"achet|achat|command|compr|pedido|pidieron|acquist|ordin|encomend|adquirid|kocht|gekocht|koop|"
    r"aankoop|dépens|gast|speso|besteed)\w*"
)
WROTE_STEMS = re.compile(
    r"\b(?:wrote|write|e?-?mail|message|ask|question|sent|mention|said|(?:ge)?schr|nachricht|frag|"
    r"gefragt|anfrage|erwähn|nenn|écri|messag|demand|mentionn|courri|envoy|escri|mensaj|correo|"
    r"pregunt|menc|envi|scri|chiest|domanda|menzion|inviat|contatt|escrev|perguntou|mensagem|vroeg|"
    r"vraag|bericht|stuurde|gestuurd|noem|in touch|contact)\w*"
)
ACQUIRE_STEMS = re.compile(r"\b(?:acqui|adquiri|aangeschaf|erw[oe]rb|install|deploy|introduc)\w*")
OURS = re.compile(  # what we did is not what they wrote
    r"\b(?:we|wir|wij|nous (?:avons|avions|sommes)|abbiamo|siamo|hemos|\w{2,}[aáeéi]mos)\b"
)
CLAUSE_BREAK = re.compile(  # a relative clause belongs to what it speaks of
    r"[,;:]\s(?!(?:die|der|das|den|which|that|que|qui|che)\b)"
)
