"""Days that are named without a date: "yesterday", "two weeks ago", "since March", "by Friday".

Each becomes the span of days it stands for, so that a row may vouch for it; what lies ahead, or
cannot be told, has no span, and no row vouches. Patterns work on lower-cased text.
"""

# ruff: noqa: E501  # patterns stay whole
import re
from collections.abc import Iterator
from datetime import date, timedelta

from fleet.drafting.claim_numbers import spelled_numbers
from fleet.drafting.claim_read import Span, month_span, shifted
from fleet.drafting.claim_words import MONTHS, WEEKDAYS

WEEK, MONTH, YEAR = 7, 30, 365
WEEK_SLACK, MONTH_SLACK, YEAR_SLACK = 4, 12, 60  # people count loosely
_UNIT = (
    r"(?P<unit>days?|weeks?|months?|years?|tagen?|wochen?|monaten?|jahren?|jours?|semaines?|mois|ans?|années?|días?|semanas?"
    r"|mes(?:es)?|años?|giorn[oi]|settiman[ae]|mes[ei]|ann[oi]|dias?|mês|anos?|dagen|dag|weken|week|maanden|maand|jaar|jaren)"
)
_COUNT = r"(?P<count>\d+|[a-zäöüßéêèáíóúàòç]+(?:-[a-z]+)?)"
_AGO = re.compile(
    rf"\b{_COUNT} {_UNIT} (?:ago|fa|geleden|earlier|atrás)\b|\b(?:vor|il y a|hace|há|remonte à) {_COUNT.replace('count', 'count2')} {_UNIT.replace('unit', 'unit2')}\b"
    rf"|\brisale a {_COUNT.replace('count', 'count3')} {_UNIT.replace('unit', 'unit3')}\b"
)
_YESTERDAY = re.compile(
    r"\b(?:yesterday|gestern|hier(?! (?:die|der|das|sind|ist|ein|finden|nochmal|noch|mein|unser|ihr))|ayer|ieri|ontem|gisteren)\b"
)
_LAST = re.compile(
    r"\b(?:(?:last|past|letzte[nrsm]?|vergangene[nrsm]?|vorige[nrsm]?|afgelopen|vorig) (?P<a>week|month|year|quarter|night|woche|monats?|jahr\w*|quartal\w*|maand|jaar|kwartaal)"
    r"|(?:la|el|le|l'|lo|il|no|na|o|a)\s?(?P<b>semaine|mois|an|année|trimestre|semana|mes|año|settimana|mese|anno|mês|ano) (?:derni[eè]re?|dernier|passée?|pasad[oa]|scors[oa]|passat[oa]|passad[oa]|anterior))\b"
)
_HALF = re.compile(
    r"\b(?:half a year ago|vor einem halben jahr|il y a (?:une demi-année|six mois)|hace medio año|mezzo anno fa|sei mesi fa|há meio ano|een half jaar geleden)\b"
)
_AHEAD = re.compile(
    r"\b(?:tomorrow|(?:by|within) (?:the )?(?:next|end of|close of|noon|midnight|tonight)|next (?:week|month|quarter|year)|morgen früh|übermorgen|nächste[nrsm]? (?:woche|monat\w*|quartal\w*|jahr\w*)|ende (?:der|des|nächste\w*|diese\w*) \w+"
    r"|demain|après-demain|la semaine prochaine|le mois prochain|l'an prochain|d'ici (?:la fin|peu|demain)|mañana (?=mismo|por|a|lo|tendr|recib|quedar)|la próxima semana|el próximo (?:mes|trimestre|año)|la semana que viene|el mes que viene"
    r"|domani|dopodomani|la (?:prossima settimana|settimana prossima)|il (?:prossimo mese|mese prossimo)|amanhã|para a semana|na próxima semana|no próximo (?:mês|trimestre|ano)|overmorgen|volgende (?:week|maand)|volgend (?:jaar|kwartaal)|before (?:the )?(?:christmas|holidays|year-end|end)"
    r"|vor (?:weihnachten|den feiertagen)|avant (?:noël|les fêtes|la fin)|antes de (?:navidad|las fiestas|fin de)|prima (?:di natale|delle feste)|antes do natal|voor (?:kerst|de feestdagen)|24/7|rund um die uhr|around the clock)\b"
)
_NAMES = "|".join(sorted((m for m in MONTHS if len(m) > len("sept")), key=len, reverse=True))
_SHORT = r"août|maio|may|märz|mai|mei|mars|juni|juli|june|july|juin|mayo|abril|enero|març"
_MONTH = re.compile(
    r"\b(?:in|since|until|till|by|end of|early|mid|late|last|during|from|through|im|seit|bis|ab|ende|anfang|mitte|letzten|en|depuis|fin|début|mi|avant|dès|jusqu'en|jusqu'à fin|till the end of|until the end of|bis ende|hasta finales de|fino a fine|até ao fim de|tot eind|desde|hasta|finales de|fines de|principios de|mediados de|a|da|dal|dallo|di|fine|metà|inizio|entro|em|de|até|fim de|final de|início de|meados de|sinds|tot|eind|begin|half|vanaf|voor|per|à)"
    rf"[ -](?P<month>{_NAMES}|{_SHORT})\b(?! \d)"
)
_FIRST_WEEKDAY = {  # as `date.weekday` counts
    word: day
    for words, day in (
        ("monday montag lundi lunes lunedì segunda maandag", 0),
        ("tuesday dienstag mardi martes martedì terça dinsdag", 1),
        ("wednesday mittwoch mercredi miércoles mercoledì quarta woensdag", 2),
        ("thursday donnerstag jeudi jueves giovedì quinta donderdag", 3),
        ("friday freitag vendredi viernes venerdì sexta vrijdag", 4),
        ("saturday samstag samedi sábado sabato zaterdag", 5),
        ("sunday sonntag dimanche domingo domenica zondag", 6),
    )
    for word in words.split()
}
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(WEEKDAYS)})(?:-feira|s|abend|nachmittag)?\b")
_ORDINAL = re.compile(r"\b(?:segunda|quarta|quinta|sexta|terça)\b(?!-feira)")
Found = tuple[int, int, tuple[Span, ...]]


def relative_days(lowered: str, language: str, today: date) -> Iterator[Found]:
    """Yield `(start, end, spans)`; a row dated in one of the spans holds what is said."""
    for match in _YESTERDAY.finditer(lowered):
        if (match.group() == "hier") == (language == "fr"):
            yield match.start(), match.end(), (shifted(today, 1),)
    for match in _AGO.finditer(lowered):
        span = _ago(match, language, today)
        if span:
            yield match.start(), match.end(), (span,)
    for match in _HALF.finditer(lowered):
        yield match.start(), match.end(), (shifted(today, YEAR // 2, MONTH),)
    for match in _LAST.finditer(lowered):
        yield match.start(), match.end(), (_last(match.group("a") or match.group("b"), today),)
    for match in _AHEAD.finditer(lowered):
        yield match.start(), match.end(), ()
    yield from _named(lowered, language, today)


def _named(lowered: str, language: str, today: date) -> Iterator[Found]:
    for match in _MONTH.finditer(lowered):
        if match.group("month") in MONTHS:
            yield match.start("month"), match.end(), tuple(_months(match.group("month"), today))
    for match in _WEEKDAY.finditer(lowered):
        if language == "pt" and _ORDINAL.match(lowered, match.start()):
            continue  # "a quinta vez": an ordinal
        yield match.start(), match.end(), tuple(_weekdays(match.group(), today))


def _ago(match: re.Match[str], language: str, today: date) -> Span | None:
    groups = match.groupdict()
    count = groups["count"] or groups["count2"] or groups["count3"]
    unit = groups["unit"] or groups["unit2"] or groups["unit3"]
    spelled = next((value for *_, value in spelled_numbers(count, language)), None)
    number = int(count) if count.isdigit() else spelled
    if number is None:
        if not re.fullmatch(r"an?|one|eine[mr]?|une?|un[oa]?|uma?|een|één", count):
            return None  # "a few weeks ago" names no day
        number = 1
    if re.match(r"(?:day|tag|jour|día|giorn|dia|dag)", unit):
        return shifted(today, min(number, YEAR * YEAR), 0 if number < WEEK else 1)
    if re.match(r"(?:week|woche|semain|seman|settiman|weken)", unit):
        return shifted(today, min(number, YEAR) * WEEK, WEEK_SLACK)
    if re.match(r"(?:mon|mois|mes|mês|maan)", unit):
        return shifted(today, min(number, YEAR) * MONTH, MONTH_SLACK)
    return shifted(today, min(number, WEEK * WEEK) * YEAR, YEAR_SLACK)


def _last(unit: str, today: date) -> Span:
    if re.match(r"(?:week|woche|semain|seman|settiman)", unit):
        return today - timedelta(days=2 * WEEK), today - timedelta(days=1)
    if re.match(r"(?:month|monat|mois|mes|mês|maand)", unit):
        return month_span(today.replace(day=1) - timedelta(days=1))
    if re.match(r"(?:year|jahr|an|año|ano|jaar)", unit):
        return date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)
    return today - timedelta(days=6 * MONTH), today - timedelta(days=1)


def _months(name: str, today: date) -> Iterator[Span]:
    for year in (today.year - 1, today.year, today.year + 1):
        yield month_span(date(year, MONTHS[name], 1))


def _weekdays(text: str, today: date) -> Iterator[Span]:
    """The last and the next such day: what a bare weekday may mean."""
    name = re.sub(r"(?:-feira|abend|nachmittag)$", "", text)
    wanted = _FIRST_WEEKDAY.get(name, _FIRST_WEEKDAY.get(name.removesuffix("s")))
    if wanted is not None:
        back = (today.weekday() - wanted) % WEEK
        yield shifted(today, back)
        yield shifted(today, back + WEEK)
