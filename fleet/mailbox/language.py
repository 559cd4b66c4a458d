"""Which of the seven languages a mail is written in, by its function words.

Function words are frequent, closed and short, so a few sentences are enough (Grefenstette 1995,
"Comparing two language identification schemes"). A text that shows too little says None: a guess
would put the answer into the wrong language.
"""

import re
from collections import Counter

FUNCTION_WORDS: dict[str, str] = {
    "en": (
        "the and is are was were have has for with your you we our this that please would could "
        "from not will thanks thank hello dear can what do it to of on be"
    ),
    "de": (
        "der die das und ist sind wir sie ich nicht mit für auf ein eine einen den dem bitte danke "
        "können haben hat von zu im am auch uns ihre ihr wie noch hallo grüße bei"
    ),
    "fr": (
        "le la les et est sont nous vous je ne pas avec pour sur un une des du au merci bonjour "
        "votre vos notre que qui dans ce cette pouvez avons à sommes cordialement plus"
    ),
    "es": (
        "el la los las y es son nosotros usted ustedes no con para por un una de del al gracias "
        "hola su sus nuestro que en este esta puede tenemos cuánto saludo más nos"
    ),
    "it": (
        "il lo la gli le e è sono noi voi non con per un una di del della al grazie buongiorno "
        "vostro vostra nostro che in questo questa può abbiamo quanto cordiali più ci"
    ),
    "pt": (
        "o a os as e é são nós você não com para por um uma de do da dos ao obrigado obrigada olá "
        "seu sua nosso que em este esta pode temos quanto cumprimentos mais nos"
    ),
    "nl": (
        "de het een en is zijn wij we jullie u ik niet met voor op van te bedankt hallo goedendag "
        "uw onze dat die in dit deze kunt hebben hoeveel groet graag ook ons naar"
    ),
}
# Words that a short mail of that language shows and the other six do not.
TELLING: dict[str, str] = {
    "en": (
        "thanks thank please hello hi dear regards monday tuesday wednesday thursday friday yes "
        "we're i'm let's could would should about need want when where price quote call meeting"
    ),
    "de": (
        "danke bitte hallo guten grüße gruß montag dienstag mittwoch donnerstag freitag können "
        "möchten möchte brauchen haben preis angebot wann warum gerne kein keine nein "
        "sprechen kunden"
    ),
    "fr": (
        "merci bonjour svp cordialement lundi mardi mercredi jeudi vendredi oui peut-on peut "
        "voulons souhaitons besoin devis prix parler quand pourquoi bien salut êtes"
    ),
    "es": (
        "gracias hola saludos lunes martes miércoles jueves viernes sí podemos queremos "
        "necesitamos precio presupuesto hablar cuándo usted buenos días favor saber"
    ),
    "it": (
        "grazie ciao buongiorno salve saluti lunedì martedì mercoledì giovedì venerdì sì possiamo "
        "vogliamo vorremmo bisogno prezzo preventivo parlare quando perché"
    ),
    "pt": (
        "obrigado obrigada olá bom cumprimentos segunda terça quarta quinta sexta sim queremos "
        "precisamos preço orçamento falar quando você gostaria dia falamos"
    ),
    "nl": (
        "bedankt dank hallo hoi groet groeten maandag dinsdag woensdag donderdag vrijdag kunnen "
        "willen nodig prijs offerte praten wanneer waarom graag alstublieft geen goed"
    ),
}
WORDS = {code: frozenset(words.split()) for code, words in FUNCTION_WORDS.items()}
_SHARED = Counter(word for words in TELLING.values() for word in set(words.split()))
TOLD = {
    code: frozenset(word for word in words.split() if _SHARED[word] == 1)
    for code, words in TELLING.items()
}
WORDS = {code: words | TOLD[code] for code, words in WORDS.items()}
ONLY: dict[str, str] = {"ß": "de", "ñ": "es", "¿": "es", "¡": "es", "ã": "pt", "õ": "pt", "œ": "fr"}
WORD = re.compile(r"[^\W\d_]+")
READ_WORDS = 400
LEAST_HITS = 2
LEAST_SHARE = 0.12  # of the words; prose of one's own language shows 30 to 50 %
LEAD = 1.15  # of the best over the next; closer than this is a coin toss
MARK = 2  # what a telling word counts, or a letter that only one language writes


def detect_language(text: str) -> str | None:
    """Return the ISO 639-1 code of a text in one of seven languages, else None.

    >>> detect_language("Können Sie uns bitte ein Angebot für 40 Lizenzen schicken?")
    'de'
    >>> detect_language("OK") is None
    True
    """
    words = WORD.findall(text.lower())[:READ_WORDS]
    if not words:
        return None
    scores = {code: sum(word in known for word in words) for code, known in WORDS.items()}
    for code, telling in TOLD.items():
        scores[code] += sum(word in telling for word in words)
    letters = set(text.lower())
    for letter, code in ONLY.items():
        scores[code] += MARK * (letter in letters)
    (best, hits), (_, next_hits) = sorted(scores.items(), key=lambda kv: (-kv[1], kv[0]))[:2]
    is_clear = hits >= LEAST_HITS and hits >= LEAST_SHARE * len(words)
    return best if is_clear and hits >= LEAD * next_hits else None
