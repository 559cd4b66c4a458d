"""The sample CRM: seeded, believable, dirty, and labelled as generated wherever it shows.

`make_sample` is a function of the seed and the day of `now`; `load_sample` writes it once. Every
address ends in `.example`, so nothing that is sent by mistake can reach anybody.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.sample_accounts import (
    make_companies,
    make_contacts,
    make_people,
    make_products,
)
from fleet.adapters.sample_deals import make_deals
from fleet.adapters.sample_dirt import spoil
from fleet.adapters.sample_mail import make_mail
from fleet.adapters.sample_words import ORIGIN, Row, chance
from fleet.adapters.store import schema
from fleet.adapters.store.crm import insert_new
from fleet.ports import Store

SEED = 20_240
ORDER = (
    "people", "companies", "products", "contacts", "opportunities", "emails", "activities",
    "suppression", "data_fixes",
)  # fmt: skip


def make_sample(now: datetime, seed: int = SEED) -> dict[str, list[Row]]:
    """Return the rows of every table, in an order in which foreign keys resolve."""
    luck = chance(now, seed)
    people, products = make_people(luck), make_products(luck)
    companies = make_companies(luck, people)
    contacts = make_contacts(luck, companies)
    deals, activities = make_deals(luck, contacts, companies, products)
    bag = make_mail(luck, contacts, companies, people, products, deals)
    tables = {
        "people": people,
        "companies": companies,
        "products": products,
        "contacts": contacts,
        "opportunities": deals,
        "emails": bag.emails,
        "activities": activities,
        "suppression": [_suppression(mail) for mail in bag.suppressed],
    }
    spoil(luck, tables)
    return {name: tables[name] for name in ORDER}


def load_sample(store: Store, now: datetime, seed: int = SEED) -> dict[str, int]:
    """Write the sample and return the rows written by table; a second call writes nothing.

    A load that was cut short goes on with the day it began, so that its rows still fit together.
    """
    control = store.read(sa.select(schema.controls).where(schema.controls.c.name == "sample"))
    state: dict[str, Any] = control[0]["value"] if control else {}
    if state.get("loaded"):
        return dict.fromkeys(ORDER, 0)
    day = now.astimezone(UTC).date().isoformat()
    if not control:
        state = {"label": ORIGIN, "seed": seed, "day": day, "loaded": False}
        row = {
            "name": "sample",
            "value": state,
            "reason": "generated sample data",
            "at": stamp(now),
        }
        store.write(sa.insert(schema.controls).values(**row, actor="init"))
    began = datetime.fromisoformat(state["day"]).replace(tzinfo=UTC) + timedelta(hours=12)
    counts = {
        name: insert_new(store, schema.METADATA.tables[name], rows)
        for name, rows in make_sample(began, state["seed"]).items()
    }
    store.write(
        sa.update(schema.controls)
        .where(schema.controls.c.name == "sample")
        .values(value=state | {"loaded": True}, at=stamp(now))
    )
    return counts


def _suppression(mail: Row) -> Row:
    return {
        "id": f"sup-{mail['id']}",
        "address": mail["from_address"].lower(),
        "scope": "all",
        "reason": "opt-out",
        "origin": f"emails:{mail['id']}",
        "at": mail["at"],
    }
