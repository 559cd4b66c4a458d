"""Read numbers and dates as seven languages write them; each date as its first and last day."""

import re
from calendar import monthrange
from datetime import date, timedelta

from fleet.drafting.claim_words import MONTHS

PARTS = re.compile(r"[^\W_]+")
DIGITS = re.compile(r"\d+")
DECIMALS = 2
SHORT_YEAR = 2
LAST_DAY = 31
CENTURY = 100
CURRENCIES = {
    "EUR": re.compile(r"€|eur"),
    "USD": re.compile(r"\$|usd|dollar|dólar"),
    "GBP": re.compile(r"£|gbp|pound"),
    "CHF": re.compile(r"chf|franc"),
}
Span = tuple[date, date]


def read_number(text: str) -> float | None:
    """Read a number with any language's separators; None when it cannot be told.

    >>> [read_number(t) for t in ("1,250 EUR", "1.250,50", "25", "€ 99.90")]
    [1250.0, 1250.5, 25.0, 99.9]
    """
    digits = re.sub(r"[^\d.,]", "", text).strip(".,")
    if not digits or not digits.isascii():
        return None
    last = max(digits.rfind("."), digits.rfind(","))
    tail = len(digits) - last - 1
    if last >= 0 and 1 <= tail <= DECIMALS:
        whole = re.sub(r"[.,]", "", digits[:last])
        return float(f"{whole or 0}.{digits[last + 1 :]}")
    return float(re.sub(r"[.,]", "", digits))


def read_currency(text: str) -> str | None:
    """Return the ISO 4217 code that an amount names by sign, word or code; None without one.

    >>> [read_currency(t) for t in ("€ 5", "5 dollars", "CHF 5", "5")]
    ['EUR', 'USD', 'CHF', None]
    """
    low = text.lower()
    return next((code for code, sign in CURRENCIES.items() if sign.search(low)), None)


def read_date(text: str, today: date) -> date | None:
    """Read a date in figures or words; day first, and this year when none is named.

    >>> read_date("12 March 2026", date(2026, 1, 1)), read_date("03.02.2026", date(2026, 1, 1))
    (datetime.date(2026, 3, 12), datetime.date(2026, 2, 3))
    """
    numbers = [int(n) for n in DIGITS.findall(text)]
    month = _month(text)
    try:
        if month is not None:
            days = [n for n in numbers if n <= LAST_DAY]
            years = [n for n in numbers if n > LAST_DAY]
            return date(years[0] if years else today.year, month, days[0]) if days else None
        if re.match(r"\d{4}[-./]", text):
            return date(*numbers[:3])
        if len(numbers) < SHORT_YEAR:
            return None
        year = numbers[2] if len(numbers) > SHORT_YEAR else today.year
        return date(year + 2000 if year < CENTURY else year, numbers[1], numbers[0])
    except ValueError:
        return None


def read_month(text: str) -> tuple[int | None, int] | None:
    """Read a month without a day as `(year or None, month)`.

    >>> read_month("March 2026"), read_month("fin mars"), read_month("12 March")
    ((2026, 3), (None, 3), None)
    """
    numbers = [int(n) for n in DIGITS.findall(text)]
    month = _month(text)
    if month is None or any(n <= LAST_DAY for n in numbers):
        return None
    return (numbers[0] if numbers else None), month


def month_span(day: date) -> Span:
    """Return the first and last day of a day's month."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def _month(text: str) -> int | None:
    return next((MONTHS[w.lower()] for w in PARTS.findall(text) if w.lower() in MONTHS), None)


def shifted(today: date, days: int, slack: int = 0) -> Span:
    """Return the days around `days` before today, `slack` to either side."""
    day = today - timedelta(days=days)
    return day - timedelta(days=slack), day + timedelta(days=slack)
