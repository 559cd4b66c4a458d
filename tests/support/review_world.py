"""One queue and one outbox over a real store, a clock that tests move, and drafts to put in."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fleet.adapters.delivery import Maildir, Transport
from fleet.adapters.files import read_policies
from fleet.adapters.store.open import EngineStore, open_store
from fleet.adapters.store.outbox import Outbox
from fleet.adapters.store.review_queue import ReviewQueue
from fleet.adapters.store.schema import METADATA, emails
from fleet.domain import Provenance, Source
from fleet.review.values import ClaimRow, NewDraft
from fleet.settings import Settings, read_settings

POLICIES = read_policies()
UNDO_S = 60


@dataclass
class TestClock:
    __test__ = False
    at: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def now(self) -> datetime:
        self.at += timedelta(microseconds=1)  # no two acts at one moment
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def draft(key: str = "one", **changes: Any) -> NewDraft:
    given: dict[str, Any] = {
        "kind": "reply", "graph": "inbox", "graph_version": "1", "to_address": f"{key}@buyer.test",
        "subject": "Your question", "body": f"Hello {key}. The price is 55 USD.", "key": key,
        "provenance": Provenance(confidence=0.9, reason="the price list says so", source=Source.RULE),
        "claims": (ClaimRow(text="The price is 55 USD.", supported=True),),
    }  # fmt: skip
    return NewDraft(**(given | changes))


@dataclass
class World:
    folder: Path
    clock: TestClock = field(default_factory=TestClock)
    policies: Any = field(default_factory=lambda: POLICIES)

    def __post_init__(self) -> None:
        store = open_store(f"sqlite:///{self.folder / 'test.db'}")
        assert isinstance(store, EngineStore)
        self.store = store
        METADATA.create_all(self.store.engine)
        self.settings: Settings = read_settings(
            str(self.folder), {"FLEET_SENDER": "Ann <ann@acme.test>"}
        )
        self.queue = ReviewQueue(self.store, self.clock, self.policies, UNDO_S, "ann@acme.test")

    def outbox(self, transport: Transport | None = None, *, lives: bool = False) -> Outbox:
        way = transport or Maildir(self.folder / "outbox")
        return Outbox(
            self.store, self.clock, self.settings, way, policies=self.policies,
            alive=lambda _owner: lives,
        )  # fmt: skip

    def mail(self, key: str, thread: str) -> str:
        row = {
            "id": key, "message_id": f"<{key}@buyer.test>", "thread_id": thread, "direction": "in",
            "from_address": "one@buyer.test", "to_address": "ann@acme.test", "subject": "Q",
            "body": "?", "reply": "?", "kind": "person", "at": self.queue.now(),
        }  # fmt: skip
        self.store.insert_many(emails, [row])
        return key

    def files(self) -> list[str]:
        return [path.read_text() for path in sorted(self.folder.glob("outbox/new/*.eml"))]
