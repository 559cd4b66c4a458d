"""A home whose plans went off the path: ambiguous mail, flaky enrichment, a reply mid-automation."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import SystemClock
from fleet.adapters.store.migrate import upgrade
from fleet.adapters.store.schema import (
    companies,
    contacts,
    eval_cases,
    opportunities,
    people,
    products,
)
from fleet.errors import StoreError
from fleet.runtime.fleet import Fleet
from fleet.runtime.rdav_acts import StoreRdav
from fleet.settings import read_settings
from tests.support.rdav_store import ASKS, RdavStore, before

AMBIGUOUS = "Hm. Well, the thing from the other day, you know."
ENV = {"FLEET_SENDER": "Ann <ann@acme.test>", "FLEET_POSTAL_ADDRESS": "Acme, 1 Main St"}


class OffPath(RdavStore):
    """A migrated home with one contact for each case, that a page can be drawn over."""

    def __init__(self, home: Path) -> None:
        self.fleet = Fleet(read_settings(str(home), ENV))
        self.fleet.clock = self.clock = SystemClock()  # type: ignore[assignment]  # pages show today
        self.store = self.fleet.store
        upgrade(self.store)
        self.put(people, id="pe-1", name="Ann", email="ann@acme.test")
        self.put(products, id="pr-1", name="Sensor", price=55.0, currency="USD")

    def person(self, key: str, name: str, text: str | None = None) -> str:
        """Add a contact with an open deal, and a mail from them when there is a text."""
        contact, address = f"ct-{key}", f"{key}@{key}.test"
        self.put(companies, id=f"co-{key}", name=f"{name} Works", owner_id="pe-1")
        self.put(contacts, id=contact, name=name, company_id=f"co-{key}", owner_id="pe-1",
                 email=address, language="en")  # fmt: skip
        self.put(opportunities, id=f"op-{key}", company_id=f"co-{key}", contact_id=contact,
                 product_id="pr-1", stage="qualification", amount=900.0, opened_at="2026-01-05",
                 expected_close="2027-09-01")  # fmt: skip
        if text is not None:
            self.write(key, text)
        return contact

    def write(self, key: str, text: str) -> None:
        """Let the contact write a mail."""
        self.mail(f"em-{key}", text, contact_id=f"ct-{key}", company_id=f"co-{key}",
                  from_address=f"{key}@{key}.test")  # fmt: skip

    def cases(self) -> list[dict[str, Any]]:
        """Return the test cases that refusals left."""
        return self.store.read(sa.select(eval_cases))

    def ambiguous(self) -> dict[str, Any]:
        """A mail that says nothing clear: the reply is held, never guessed."""
        return self.run(contact_id=self.person("amy", "Amy Ambiguous", AMBIGUOUS))

    def flaky(self, fails: int = 2) -> dict[str, Any]:
        """A mail that asks for terms while the enrichment fails so often; the stage is held."""
        acts, left = self.acts(), [fails]
        inner: Callable[..., Any] = acts._effects.recommend

        def recommend(*args: Any, **named: Any) -> Any:
            left[0] -= 1
            if left[0] >= 0:
                raise StoreError("the service does not answer")
            return inner(*args, **named)

        acts._effects.recommend = recommend
        return self.run(acts, contact_id=self.person("flo", "Flo Flaky", ASKS))

    def replied(self) -> dict[str, Any]:
        """A first mail is planned, and the contact writes before it is drafted."""
        acts: StoreRdav = self.acts()
        contact = self.person("rae", "Rae Reply")
        before(acts, "observe", lambda: self.write("rae", ASKS))
        return self.run(acts, contact_id=contact)
