"""A fleet over a real store with a clock that tests move, and drafts that the gate may judge."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fleet.adapters.files import read_policies
from fleet.adapters.store.engine import EngineStore
from fleet.adapters.store.grants import MONITOR, beat, move_rung, read_grant
from fleet.adapters.store.inbox import start_statement
from fleet.adapters.store.schema import METADATA, contacts, emails, products, runs
from fleet.domain import Provenance, RowRef, Source
from fleet.domain.trust import Rung
from fleet.drafting.policy import DraftingPolicy
from fleet.policy import section
from fleet.review.values import ClaimRow, NewDraft
from fleet.runtime.fleet import Fleet
from fleet.runtime.ladder import ladder_policy
from fleet.settings import read_settings
from tests.support.review_world import TestClock

GRAPH, VERSION = "reply", "reply-9"
CLAIM = "The price of Small Plan is 55 USD."
DRAFTING = section(read_policies(), "drafting", DraftingPolicy)


def body_for(extra: str = "") -> str:
    footer = f"-- \n{DRAFTING.footer.disclosure['en']}\n{DRAFTING.footer.opt_out['en']}"
    return f"Hello Ann.\n\nThank you for your question about the plan. {CLAIM} {extra}\n\n{footer}"


@dataclass
class AutonomyWorld:
    folder: Path
    clock: TestClock = field(default_factory=TestClock)

    def __post_init__(self) -> None:
        environment = {"FLEET_SENDER": "Ann <ann@acme.test>", "FLEET_UNDO_S": "60"}
        self.fleet = Fleet(read_settings(str(self.folder), environment))
        self.fleet.clock = self.clock  # type: ignore[assignment]  # the clock is a port
        assert isinstance(self.fleet.store, EngineStore)
        self.store = self.fleet.store
        METADATA.create_all(self.store.engine)
        plan = {"id": "p1", "name": "Small Plan", "price": 55.0, "currency": "USD"}
        self.store.insert_many(products, [plan])

    def draft(self, key: str, *, supported: bool = True, extra: str = "", **changes: Any) -> str:
        """One mail, its run of two seconds, and the draft that answers it."""
        now = self.fleet.review.now()
        address = f"{key}@buyer.test"
        self.store.insert_many(contacts, [{"id": f"c-{key}", "name": key, "email": address}])
        self.store.insert_many(
            emails,
            [{
                "id": f"m-{key}", "message_id": f"<{key}@buyer.test>", "thread_id": f"t-{key}",
                "direction": "in", "from_address": address, "to_address": "ann@acme.test",
                "subject": "The plan", "body": "What does it cost?", "reply": "What does it cost?",
                "kind": "person", "at": now, "language": "en", "contact_id": f"c-{key}",
            }],
        )  # fmt: skip
        run = {
            "id": f"{GRAPH}:m-{key}", "graph": GRAPH, "graph_version": VERSION,
            "thread_id": f"{GRAPH}:m-{key}", "started_at": now,
        }  # fmt: skip
        self.store.write(start_statement(run))
        self.clock.move(2)
        self.store.write(
            runs.update().where(runs.c.id == run["id"]).values(ended_at=self.fleet.review.now())
        )
        body = body_for(extra)
        row = {"table": "products", "id": "p1", "field": "price"}
        claim = ClaimRow(
            text=CLAIM, supported=supported, start=body.index(CLAIM),
            end=body.index(CLAIM) + len(CLAIM), evidence=(row,) if supported else (),
        )  # fmt: skip
        given: dict[str, Any] = {
            "kind": "reply", "graph": GRAPH, "graph_version": VERSION, "to_address": address,
            "subject": "Re: The plan", "body": body, "email_id": f"m-{key}",
            "contact_id": f"c-{key}", "thread_id": f"t-{key}", "language": "en",
            "claims": (claim,),
            "provenance": Provenance(
                confidence=0.9, reason="the price list says so", source=Source.RULE,
                evidence=(RowRef("products", "p1"),), run_id=run["id"],
            ),
        }  # fmt: skip
        return self.fleet.review.add(NewDraft(**(given | changes)))

    def stand_on(self, rung: Rung, *, days: float = 10, version: str = VERSION) -> None:
        """Put a version on a rung, as if it had earned it, with a living monitor."""
        seen = read_grant(self.store, GRAPH, version)
        now = self.clock.now()
        from datetime import timedelta

        move_rung(
            self.store, seen, GRAPH, version, rung, start=ladder_policy(self.fleet).start,
            reason="test", actor="ann", now=now, until=now + timedelta(days=days),
        )  # fmt: skip
        self.watch()

    def watch(self) -> None:
        beat(self.store, MONITOR, self.clock.now())

    def close(self) -> None:
        self.fleet.close()
