"""A small CRM whose closed deals teach: referrals are won, and so are deals with a director."""

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from fleet.adapters.store.review_queue import ReviewQueue
from fleet.adapters.store.schema import companies, contacts, opportunities
from tests.support.console_home import make_home

CLOSED, OPEN = 160, 6
WON_OF_TEN = {"referral": 4, "cold": 0, "director": 5, "clerk": 0}  # added up
SEED = 3


def today() -> date:
    return datetime.now(UTC).date()


def fill_deals(queue: ReviewQueue, *, closed: int = CLOSED, signal: bool = True) -> None:
    """Put one company and contact for every deal; open deals alternate between the sources."""
    rng = random.Random(SEED)
    rows: dict[Any, list[dict[str, Any]]] = {companies: [], contacts: [], opportunities: []}
    first = today() - timedelta(days=4 * closed)
    for number in range(closed + OPEN):
        source = "referral" if number % 2 else "cold"
        title = "director" if number // 2 % 2 else "clerk"
        won = rng.randrange(10) < (WON_OF_TEN[source] + WON_OF_TEN[title] if signal else 5)
        opened = first + timedelta(days=3 * number)
        is_open = number >= closed
        if is_open:
            opened = today() - timedelta(days=20)
        rows[companies].append({"id": f"c{number:03}", "name": f"Company {number}"})
        rows[contacts].append(
            {"id": f"p{number:03}", "company_id": f"c{number:03}", "name": f"Person {number}",
             "email": f"p{number:03}@buyer.test", "lead_source": source,
             "seniority": title}
        )  # fmt: skip
        rows[opportunities].append(
            {
                "id": f"o{number:03}", "name": f"Deal {number}", "company_id": f"c{number:03}",
                "contact_id": f"p{number:03}", "stage": "open" if is_open else "closed",
                "amount": 1000.0, "currency": "EUR", "opened_at": opened.isoformat(),
                "closed_at": None if is_open else (opened + timedelta(days=30)).isoformat(),
                "outcome": None if is_open else "won" if won else "lost",
            }
        )  # fmt: skip
    for table, values in rows.items():
        queue.store.insert_many(table, values)  # type: ignore[attr-defined] # engine store


def lead_home(folder: Path, *, closed: int = CLOSED, signal: bool = True) -> ReviewQueue:
    """Initialise a home with such a CRM."""
    queue = make_home(folder)
    fill_deals(queue, closed=closed, signal=signal)
    return queue
