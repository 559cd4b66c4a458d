"""What a row or a feature says, in plain words: nothing here is Markdown, callers escape it."""

from collections.abc import Callable, Mapping
from typing import Any

Row = Mapping[str, Any]
LONGEST = 60
PHRASES: dict[str, str] = {
    "lead source": "Came by {}",
    "seniority": "Seniority: {}",
    "industry": "Industry: {}",
    "country": "Country: {}",
    "company size": "{} people",
    "product": "Wants {}",
    "amount": "Deal of {}",
    "touches": "{} touches so far",
    "touches lately": "{} touches in recent weeks",
    "intent": "Mail intent {}",
    "age in days": "Open for {} days",
}


def phrase(feature: str, value: str) -> str:
    """Return a factor in a few words.

    >>> phrase("lead source", "referral")
    'Came by referral'
    """
    if feature == "bought before":
        return "Account bought before" if value == "yes" else "Account never bought"
    return PHRASES.get(feature, feature + ": {}").replace("{}", str(value))[:LONGEST]


def ordinal(number: int) -> str:
    """Return a rank in words.

    >>> [ordinal(number) for number in (1, 12, 22)]
    ['1st', '12th', '22nd']
    """
    tail = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if number % 100 in (11, 12, 13) else tail.get(number % 10, 'th')}"


def tell(table: str, row: Row) -> tuple[str, str]:
    """Return the title and one fact of a row."""
    known: dict[str, Callable[[Row], tuple[str, str]]] = {
        "opportunities": _deal, "companies": _company, "contacts": _contact,
        "products": _product, "emails": _email,
    }  # fmt: skip
    return known[table](row) if table in known else (str(row.get("name") or row["id"]), "")


def _deal(row: Row) -> tuple[str, str]:
    amount = f", {row['amount']:,.0f} {row['currency'] or ''}" if row["amount"] else ""
    state = (row["outcome"] or row["stage"] or "open").capitalize()
    day = f"closed {row['closed_at']}" if row["outcome"] else f"open since {row['opened_at']}"
    return f"{state}{amount}".strip(), day[:28]


def _company(row: Row) -> tuple[str, str]:
    size = f"{row['employees']:,} people" if row["employees"] else ""
    return row["name"], ", ".join(part for part in (size, row["city"]) if part)


def _contact(row: Row) -> tuple[str, str]:
    return row["name"], row["title"] or row["seniority"] or ""


def _product(row: Row) -> tuple[str, str]:
    price = row["price"]
    return row["name"], f"{price:,.0f} {row['currency'] or ''}".strip() if price else ""


def _email(row: Row) -> tuple[str, str]:
    way = "received" if row["direction"] == "in" else "sent"
    return f"“{row['subject']}”", f"{way} {row['at'][:10]}"
