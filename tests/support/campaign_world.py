"""A fleet over a small CRM with a clock that tests move: campaigns from plan to sent file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.delivery import Maildir
from fleet.adapters.store.migrate import upgrade
from fleet.adapters.store.open import EngineStore
from fleet.adapters.store.outbox import Outbox
from fleet.adapters.store.schema import (
    METADATA,
    companies,
    contacts,
    drafts,
    emails,
    people,
    runs,
    touches,
)
from fleet.runtime.campaigns import default_plan, run_campaigns, start_campaign
from fleet.runtime.fleet import Fleet
from fleet.settings import read_settings

MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SETTINGS = {
    "FLEET_SENDER": "Ann <ann@acme.test>", "FLEET_POSTAL_ADDRESS": "Acme, 1 Main Street",
    "FLEET_UNDO_S": "0",
}  # fmt: skip
ZONE = "Europe/Berlin"


@dataclass
class Clock:
    at: datetime = MONDAY

    def now(self) -> datetime:
        self.at += timedelta(microseconds=1)  # no two acts at one moment
        return self.at

    def move(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class CampaignWorld:
    folder: Path
    people: Sequence[str] = ("one",)
    clock: Clock = field(default_factory=Clock)
    url: str | None = None

    def __post_init__(self) -> None:
        more = {"FLEET_STORE_URL": self.url} if self.url else {}
        self.fleet = Fleet(read_settings(str(self.folder), SETTINGS | more))
        self.store = store = self.fleet.store
        if self.url:
            upgrade(store)
        elif not (self.folder / "fleet.db").exists():
            assert isinstance(store, EngineStore)
            METADATA.create_all(store.engine)
        self.fleet.clock = self.clock  # type: ignore[assignment]  # a clock that the test moves
        if not store.read(sa.select(people.c.id)):
            self._fill()

    def _fill(self) -> None:
        at = stamp(MONDAY)
        person = {"id": "p1", "name": "Ann Lee", "email": "ann@acme.test", "created_at": at}
        self.store.insert_many(people, [person])
        company = {"id": "c1", "name": "Buyer Corp", "owner_id": "p1", "created_at": at}
        self.store.insert_many(companies, [company])
        self.store.insert_many(
            contacts,
            [
                {
                    "id": name, "name": "Kim Doe", "email": f"{name}@buyer.test", "language": "en",
                    "company_id": "c1", "time_zone": ZONE, "created_at": at,
                }
                for name in self.people
            ],
        )  # fmt: skip

    def start(self, plan: dict[str, Any] | None = None) -> str:
        return start_campaign(
            self.fleet, name="Spring", plan=plan or default_plan(self.fleet),
            contact_ids=list(self.people), actor="ann",
        )  # fmt: skip

    def run(self) -> dict[str, Any]:
        return run_campaigns(self.fleet)

    def approve(self) -> int:
        waiting = self.store.read(sa.select(drafts).where(drafts.c.status == "pending"))
        for row in waiting:
            self.fleet.review.approve(row["id"], actor="ann", text_hash=row["text_hash"])
        return len(waiting)

    def send(self) -> int:
        way = Maildir(self.folder / "outbox")
        box = Outbox(
            self.store, self.clock, self.fleet.settings, way, policies=self.fleet.policies,
            alive=lambda _owner: False,
        )  # fmt: skip
        return box.drain()["sent"]

    def mail(self, contact: str | None, kind: str = "person", **more: Any) -> str:
        at = stamp(self.clock.now())
        key = f"in-{at}"
        row = {
            "id": key, "message_id": f"<{key}@buyer.test>", "thread_id": f"t-{key}",
            "direction": "in", "from_address": f"{contact or 'postmaster'}@buyer.test",
            "to_address": "ann@acme.test", "subject": "Re: hello", "body": "Thanks.",
            "reply": "Thanks.", "kind": kind, "at": at, "received_at": at, "contact_id": contact,
        }  # fmt: skip
        self.store.insert_many(emails, [row | more])
        return key

    def states(self, contact: str | None = None) -> list[str]:
        query = sa.select(touches.c.status).order_by(touches.c.contact_id, touches.c.position)
        if contact:
            query = query.where(touches.c.contact_id == contact)
        return [row["status"] for row in self.store.read(query)]

    def runs(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for row in self.store.read(sa.select(runs.c.status)):
            found[row["status"]] = found.get(row["status"], 0) + 1
        return found

    def files(self) -> list[str]:
        return [path.read_text() for path in sorted(self.folder.glob("outbox/new/*.eml"))]
