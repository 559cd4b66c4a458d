"""The day on which somebody who is away says they are back, in seven languages.

The date is read only behind a word of returning, so that the day of leaving is not taken for it.
"""

import re
from datetime import date, timedelta

MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier enero gennaio janeiro januari",
            "february feb februar février fevrier febrero febbraio fevereiro februari",
            "march mar märz maerz mars marzo março maart",
            "april apr avril abril aprile",
            "may mai mayo maggio maio mei",
            "june jun juni juin junio giugno junho",
            "july jul juli juillet julio luglio julho",
            "august aug août aout agosto augustus",
            "september sep sept septembre septiembre settembre setembro",
            "october oct oktober okt octobre octubre ottobre outubro",
            "november nov novembre noviembre novembro",
            "december dec dezember dez décembre decembre diciembre dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
BACK = re.compile(
    r"\b(?:back|returning|return|until|till|through|bis|ab dem|ab|zurück|wieder|retour|jusqu'?|"
    r"reviendrai|vuelvo|vuelta|regreso|hasta|ritorno|rientro|torno|fino|volto|regresso|regressarei|"
    r"até|terug|tot|vanaf)\b",
    re.IGNORECASE,
)
NEAR = 60  # characters between the word of returning and the date
ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
NUMBERS = re.compile(r"\b(\d{1,2})[./](\d{1,2})[./]?(\d{4}|\d{2})?\b")
DAY_MONTH = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th|er|º|\.)?\s+(?:de\s+|of\s+)?([^\W\d_]{3,10})\.?"
    r"(?:,?\s+(?:de\s+)?(\d{4}))?"
)
MONTH_DAY = re.compile(
    r"\b([^\W\d_]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?\b(?:,?\s+(\d{4}))?", re.IGNORECASE
)
CENTURY = 2000
LONGEST_AWAY = timedelta(days=400)
FIRST_HALF = 12


def return_date(text: str, sent: date) -> date | None:
    """Return the day somebody is back, after `sent`; None when no date stands behind a return.

    A numeric date is read day first unless that cannot be; without a year it is the next such day.

    >>> return_date("I am out of the office until 7 January.", date(2026, 12, 22))
    datetime.date(2027, 1, 7)
    """
    days = []
    for word in BACK.finditer(text):
        near = text[word.end() : word.end() + NEAR]
        day = _first_date(near, sent)
        if day and sent <= day <= sent + LONGEST_AWAY:
            days.append(day)
    return max(days, default=None)


def _first_date(text: str, sent: date) -> date | None:
    found = []
    if match := ISO.search(text):
        year, month, day = (int(part) for part in match.groups())
        found.append((match.start(), _day(year, month, day)))
    if match := DAY_MONTH.search(text.lower()):
        number, name, year_text = match.groups()
        found.append((match.start(), _named(name, int(number), year_text, sent)))
    if match := MONTH_DAY.search(text.lower()):
        name, number, year_text = match.groups()
        found.append((match.start(), _named(name, int(number), year_text, sent)))
    if match := NUMBERS.search(text):
        first, second, year_text = match.groups()
        found.append((match.start(), _numeric(int(first), int(second), year_text, sent)))
    read = [(at, day) for at, day in found if day]
    return min(read)[1] if read else None


def _named(name: str, number: int, year: str | None, sent: date) -> date | None:
    month = MONTHS.get(name)
    return _with_year(month, number, year, sent) if month else None


def _numeric(first: int, second: int, year: str | None, sent: date) -> date | None:
    day, month = (second, first) if second > FIRST_HALF else (first, second)
    return _with_year(month, day, year, sent)


def _with_year(month: int, day: int, year: str | None, sent: date) -> date | None:
    if year:
        return _day(int(year) if int(year) > CENTURY else CENTURY + int(year), month, day)
    this = _day(sent.year, month, day)
    return this if this is None or this >= sent else _day(sent.year + 1, month, day)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
