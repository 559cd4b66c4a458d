"""Numbers that are spelled out, in seven languages: "forty-five", "fünftausend", "une quarantaine".

A word that counts in one language is another word in the next ("siete", "dos", "once"), so each
language has its own table.
"""

# ruff: noqa: E501  # a number a word reads better in long rows
import re
from collections.abc import Iterator

HUNDRED, THOUSAND, MILLION = 100, 1000, 1_000_000
UNKNOWN = -1  # a share or a multiple: no row holds one
_TABLES = {
    "en": (
        "two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 ten=10 eleven=11 twelve=12 thirteen=13 "
        "fourteen=14 fifteen=15 sixteen=16 seventeen=17 eighteen=18 nineteen=19 twenty=20 thirty=30 forty=40 "
        "fifty=50 sixty=60 seventy=70 eighty=80 ninety=90 hundred=100 hundreds=100 thousand=1000 thousands=1000 "
        "million=1000000 dozen=12 dozens=12 half=-1 doubled=-1 tripled=-1 twice=-1 halved=-1",
        "and",
    ),
    "de": (
        "zwei=2 zwo=2 drei=3 vier=4 fünf=5 sechs=6 sieben=7 acht=8 neun=9 zehn=10 elf=11 zwölf=12 dreizehn=13 "
        "vierzehn=14 fünfzehn=15 sechzehn=16 siebzehn=17 achtzehn=18 neunzehn=19 zwanzig=20 dreißig=30 dreissig=30 "
        "vierzig=40 fünfzig=50 sechzig=60 siebzig=70 achtzig=80 neunzig=90 hundert=100 hunderte=100 tausend=1000 "
        "tausende=1000 million=1000000 millionen=1000000 dutzend=12 hälfte=-1 doppelt=-1 verdoppelt=-1 halbiert=-1",
        "und",
    ),
    "fr": (
        "deux=2 trois=3 quatre=4 cinq=5 six=6 sept=7 huit=8 neuf=9 dix=10 onze=11 douze=12 treize=13 quatorze=14 "
        "quinze=15 seize=16 vingt=20 vingts=20 trente=30 quarante=40 cinquante=50 soixante=60 septante=70 nonante=90 "
        "cent=100 cents=100 mille=1000 million=1000000 millions=1000000 douzaine=12 dizaine=10 dizaines=10 "
        "quinzaine=15 vingtaine=20 trentaine=30 quarantaine=40 cinquantaine=50 centaine=100 centaines=100 "
        "millier=1000 milliers=1000 moitié=-1 doublé=-1 double=-1 triplé=-1",
        "et",
    ),
    "es": (
        "dos=2 tres=3 cuatro=4 cinco=5 seis=6 siete=7 ocho=8 nueve=9 diez=10 once=11 doce=12 trece=13 catorce=14 "
        "quince=15 dieciséis=16 diecisiete=17 dieciocho=18 diecinueve=19 veinte=20 veintiuno=21 veintidós=22 "
        "veinticinco=25 treinta=30 cuarenta=40 cincuenta=50 sesenta=60 setenta=70 ochenta=80 noventa=90 cien=100 "
        "ciento=100 doscientos=200 doscientas=200 trescientos=300 trescientas=300 cuatrocientos=400 quinientos=500 "
        "quinientas=500 mil=1000 miles=1000 millón=1000000 millones=1000000 docena=12 decena=10 decenas=10 "
        "veintena=20 treintena=30 cuarentena=40 centenar=100 centenares=100 mitad=-1 doble=-1 triple=-1 duplicado=-1",
        "y",
    ),
    "it": (
        "due=2 tre=3 quattro=4 cinque=5 sei=6 sette=7 otto=8 nove=9 dieci=10 undici=11 dodici=12 tredici=13 "
        "quattordici=14 quindici=15 sedici=16 diciassette=17 diciotto=18 diciannove=19 venti=20 vent=20 trenta=30 "
        "trent=30 quaranta=40 quarant=40 cinquanta=50 cinquant=50 sessanta=60 settanta=70 ottanta=80 novanta=90 "
        "cento=100 mille=1000 mila=1000 milione=1000000 milioni=1000000 dozzina=12 decina=10 decine=10 quindicina=15 "
        "ventina=20 trentina=30 quarantina=40 cinquantina=50 centinaio=100 centinaia=100 migliaio=1000 migliaia=1000 "
        "metà=-1 doppio=-1 raddoppiato=-1",
        "e",
    ),
    "pt": (
        "dois=2 duas=2 três=3 tres=3 quatro=4 cinco=5 seis=6 sete=7 oito=8 nove=9 dez=10 onze=11 doze=12 treze=13 "
        "catorze=14 quinze=15 dezasseis=16 dezesseis=16 dezassete=17 dezoito=18 dezanove=19 vinte=20 trinta=30 "
        "quarenta=40 cinquenta=50 sessenta=60 setenta=70 oitenta=80 noventa=90 cem=100 cento=100 duzentos=200 "
        "duzentas=200 trezentos=300 quinhentos=500 mil=1000 milhão=1000000 milhões=1000000 dúzia=12 dúzias=12 "
        "dezena=10 dezenas=10 vintena=20 centena=100 centenas=100 milhares=1000 metade=-1 dobro=-1 duplicou=-1",
        "e",
    ),
    "nl": (
        "twee=2 drie=3 vier=4 vijf=5 zes=6 zeven=7 acht=8 negen=9 tien=10 elf=11 twaalf=12 dertien=13 veertien=14 "
        "vijftien=15 zestien=16 zeventien=17 achttien=18 negentien=19 twintig=20 dertig=30 veertig=40 vijftig=50 "
        "zestig=60 zeventig=70 tachtig=80 negentig=90 honderd=100 honderden=100 duizend=1000 duizenden=1000 "
        "miljoen=1000000 dozijn=12 tiental=10 tientallen=10 twintigtal=20 dertigtal=30 helft=-1 dubbele=-1 verdubbeld=-1",
        "en",
    ),
}  # fmt: skip
_VALUES = {
    code: {word: int(value) for word, _, value in (pair.partition("=") for pair in table.split())}
    for code, (table, _) in _TABLES.items()
}
_JOINED = ("de", "nl", "it")  # languages that write a number as one word
_ONES = {"de": r"ein(?=und|hundert|tausend)", "nl": r"een(?=en|ën)", "it": r"uno\b|un\b"}


def _pattern(code: str) -> re.Pattern[str]:
    words = "|".join(sorted(_VALUES[code], key=len, reverse=True))
    link = _TABLES[code][1]
    if code in _JOINED:
        parts = rf"(?:{words}|{_ONES[code]}|(?<=[a-zßäöü])(?:{link}|ën)(?=\w))"
        one = rf"\b{parts}*(?:{words})(?:tal|er)?\b"
    else:
        one = rf"\b(?:{words})\b"
    return re.compile(rf"{one}(?:(?:[\s-]|\s{link}\s){one})*")


_PATTERNS = {code: _pattern(code) for code in _TABLES}
_PIECES = {
    code: re.compile("|".join(sorted(_VALUES[code], key=len, reverse=True))) for code in _TABLES
}


def spelled_numbers(lowered: str, language: str) -> Iterator[tuple[int, int, int]]:
    """Yield `(start, end, value)` of each number in words; `UNKNOWN` stands for a share.

    >>> list(spelled_numbers("for forty-five people", "en"))
    [(4, 14, 45)]
    >>> [value for *_, value in spelled_numbers("macht fünftausend euro", "de")]
    [5000]
    """
    for match in _PATTERNS[language].finditer(lowered):
        yield match.start(), match.end(), _value(match.group(), language)


def _value(text: str, language: str) -> int:
    words = _VALUES[language]
    total = part = 0
    if language == "fr":
        text = re.sub(r"quatre-vingts?", "septante-dix", text)  # four twenties are eighty
    for match in _PIECES[language].finditer(text):
        value = words[match.group()]
        if value == UNKNOWN:
            return UNKNOWN
        if value in (THOUSAND, MILLION):
            total, part = total + max(part, 1) * value, 0
        elif value == HUNDRED:
            part = max(part, 1) * value
        else:
            part += value
    ones = re.match(_ONES.get(language, r"(?!)"), text)
    return total + part + (1 if ones and language != "it" else 0)
