"""Sample: opportunities and activities, with outcomes that follow from what was known beforehand.

The truth is logistic: source, seniority, industry, size, engagement before the deal and the time to
the first answer each move the odds, and noise moves them too, so that no model can be perfect.
"""

import math
from datetime import datetime, timedelta

from fleet.adapters.clock import stamp
from fleet.adapters.sample_words import ORIGIN, Chance, Row

OPPORTUNITIES = 2_000
SPAN_DAYS = 730
SOURCE_EFFECT = {
    "referral": 0.9,
    "inbound web": 0.5,
    "partner": 0.3,
    "event": 0.0,
    "outbound": -0.5,
    "purchased list": -1.1,
}
SENIORITY_EFFECT = {
    "executive": 0.5,
    "director": 0.4,
    "manager": 0.1,
    "specialist": -0.3,
    "junior": -0.8,
    None: 0.0,
}
INDUSTRY_EFFECT = {
    "pharma": 0.8,
    "food and beverage": 0.6,
    "logistics": 0.4,
    "energy": -0.1,
    "manufacturing": 0.0,
    "retail": -0.2,
    "construction": -0.6,
    "software": -0.7,
}
BASE, SIZE_EFFECT, ENGAGEMENT_EFFECT, RESPONSE_EFFECT, NOISE = -0.7, 0.25, 0.35, -0.45, 0.5
STAGES = ("qualification", "proposal", "negotiation")
KINDS = {"call": 4.0, "meeting": 2.0, "note": 2.0, "email": 3.0, "web visit": 3.0}
LOST = ("price", "timing", "competitor", "no decision", "no fit")
QUANTITIES = (1, 1, 1, 2, 3, 5, 8)


def make_deals(
    luck: Chance, contacts: list[Row], companies: list[Row], products: list[Row]
) -> tuple[list[Row], list[Row]]:
    """Return (opportunities, activities)."""
    places = {company["id"]: company for company in companies}
    deals: list[Row] = []
    touches: list[Row] = []
    for number in range(1, OPPORTUNITIES + 1):
        contact = luck.rng.choice(contacts)
        company = places[contact["company_id"]]
        deal, engagement = _deal(luck, number, contact, company, luck.rng.choice(products))
        deals.append(deal)
        touches += _touches(luck, deal, engagement, len(touches))
    return deals, touches


def _deal(luck: Chance, number: int, contact: Row, company: Row, product: Row) -> tuple[Row, int]:
    rng = luck.rng
    opened = luck.days_ago(1, SPAN_DAYS)
    engagement = min(9, int(rng.expovariate(0.45)))
    response_h = round(rng.lognormvariate(2.2, 1.1), 1)
    closed = opened + timedelta(days=min(240, max(4, rng.lognormvariate(3.9, 0.6))))
    over = closed < luck.today
    won = rng.random() < _odds(luck, contact, company, engagement, response_h)
    return {
        "id": f"op-{number:05d}",
        "name": f"{product['name']} for {company['name']}",
        "company_id": company["id"],
        "contact_id": contact["id"],
        "product_id": product["id"],
        "owner_id": company["owner_id"],
        "stage": ("closed won" if won else "closed lost") if over else _stage(luck, opened, closed),
        "amount": product["price"] * rng.choice(QUANTITIES),
        "currency": "EUR",
        "opened_at": opened.date().isoformat(),
        "expected_close": (closed + timedelta(days=rng.randint(-10, 20))).date().isoformat(),
        "closed_at": closed.date().isoformat() if over else None,
        "outcome": ("won" if won else "lost") if over else None,
        "lost_reason": rng.choice(LOST) if over and not won else None,
        "extra": {
            "source": contact["lead_source"],
            "touches_before": engagement,
            "first_response_h": response_h,
        },
        "created_at": stamp(opened),
        "updated_at": stamp(closed if over else opened),
    }, engagement


def _odds(luck: Chance, contact: Row, company: Row, engagement: int, response_h: float) -> float:
    score = (
        BASE
        + SOURCE_EFFECT[contact["lead_source"]]
        + SENIORITY_EFFECT[contact["seniority"]]
        + INDUSTRY_EFFECT[company["industry"]]
        + SIZE_EFFECT * (math.log10(company["employees"]) - 2)
        + ENGAGEMENT_EFFECT * (engagement - 2)
        + RESPONSE_EFFECT * (math.log(response_h + 1) - 2)
        + luck.rng.gauss(0, NOISE)
    )
    return 1 / (1 + math.exp(-score))


def _stage(luck: Chance, opened: datetime, closed: datetime) -> str:
    gone = (luck.today - opened) / (closed - opened)
    return STAGES[min(2, max(0, int(gone * 3)))]


def _touches(luck: Chance, deal: Row, engagement: int, before: int) -> list[Row]:
    """Return the touches that preceded a deal, and one or two while it ran."""
    opened = datetime.fromisoformat(deal["opened_at"] + "T09:00:00+00:00")
    rows: list[Row] = []
    for position in range(engagement + luck.rng.randint(1, 2)):
        early = position < engagement
        days = luck.rng.uniform(1, 60)
        at = opened - timedelta(days=days) if early else opened + timedelta(days=days / 3)
        kind = luck.weighted(KINDS)
        rows.append(
            {
                "id": f"ac-{before + len(rows) + 1:05d}",
                "kind": kind,
                "subject": f"{kind} about {deal['name'].split(' for ')[0]}",
                "contact_id": deal["contact_id"],
                "company_id": deal["company_id"],
                "opportunity_id": deal["id"],
                "person_id": deal["owner_id"],
                "at": stamp(min(at, luck.today - timedelta(minutes=luck.rng.randrange(1, 900)))),
                "origin": ORIGIN,
            }
        )
    return rows
