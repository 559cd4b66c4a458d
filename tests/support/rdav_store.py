"""A small fleet over a real store, and the orchestrator's own graph driven over it in this process."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from langgraph.checkpoint.memory import InMemorySaver

from fleet.adapters.store.migrate import upgrade
from fleet.adapters.store.schema import (
    METADATA,
    companies,
    contacts,
    drafts,
    emails,
    opportunities,
    people,
    products,
    runs,
    step_decisions,
)
from fleet.orchestrator.rdav.context import trigger_of
from fleet.orchestrator.rdav.graph import build_graph
from fleet.runtime.fleet import Fleet
from fleet.runtime.rdav_acts import Planner, StoreRdav
from fleet.runtime.rdav_run import run_id_of
from fleet.settings import read_settings
from tests.support.review_world import TestClock

ADDRESS = "ben@buyer.test"
ASKS = "Our board approved a budget. Please send pricing for the Sensor; I need it by Friday."


class RdavStore:
    """One account with two contacts, an open deal each, and mails that tests put in.

    The first one builds the file; the others begin with a copy of it.
    """

    template: bytes = b""

    def __init__(
        self, folder: Path, url: str | None = None, env: dict[str, str] | None = None
    ) -> None:
        given = {"FLEET_SENDER": "Ann <ann@acme.test>", "FLEET_POSTAL_ADDRESS": "Acme, 1 Main St"}
        given |= env or {}
        if url:
            given["FLEET_STORE_URL"] = url
        settings = read_settings(str(folder), given)
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "fleet.db"
        if RdavStore.template and not url:
            file.write_bytes(RdavStore.template)
        self.fleet = Fleet(settings)
        self.clock = TestClock()
        self.fleet.clock = self.clock  # type: ignore[assignment]  # a clock that tests move
        self.store = self.fleet.store
        if url:
            upgrade(self.store)
            self._fill()
        elif not RdavStore.template:
            METADATA.create_all(self.store.engine)  # type: ignore[union-attr]  # SQLite has an engine
            self._fill()
            self.store.close()  # folds the log into the file
            RdavStore.template = file.read_bytes()

    def _fill(self) -> None:
        self.put(people, id="pe-1", name="Ann", email="ann@acme.test")
        self.put(companies, id="co-1", name="Buyer Works", domain="buyer.test", owner_id="pe-1")
        self.put(products, id="pr-1", name="Sensor", price=55.0, currency="USD")
        for key, name in (("1", "Ben"), ("2", "Cleo")):
            self.put(
                contacts, id=f"ct-{key}", name=name, company_id="co-1", owner_id="pe-1",
                email=f"{name.lower()}@buyer.test", language="en",
            )  # fmt: skip
            self.put(
                opportunities, id=f"op-{key}", company_id="co-1", contact_id=f"ct-{key}",
                product_id="pr-1", stage="qualification", amount=900.0, opened_at="2026-01-05",
                expected_close="2026-09-01",
            )  # fmt: skip

    def put(self, table: sa.Table, **row: Any) -> None:
        self.store.write(sa.insert(table).values(**row))

    def change(self, table: sa.Table, row_id: str, **values: Any) -> None:
        version = table.c.row_version + 1
        self.store.write(
            sa.update(table).where(table.c.id == row_id).values(**values, row_version=version)
        )

    def mail(self, key: str, text: str = ASKS, **changes: Any) -> str:
        at = self.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        row = {
            "id": key, "message_id": f"<{key}@buyer.test>", "thread_id": f"th-{key}",
            "direction": "in", "from_address": ADDRESS, "to_address": "ann@acme.test",
            "subject": "Sensor", "body": text, "reply": text, "kind": "person", "at": at,
            "contact_id": "ct-1", "company_id": "co-1", "language": "en",
        }  # fmt: skip
        self.put(emails, **(row | changes))
        return key

    def acts(self, planner: Planner | None = None) -> StoreRdav:
        return StoreRdav(self.fleet, planner=planner)

    def run(
        self, acts: StoreRdav | None = None, contact_id: str = "ct-1",
        saver: Any = None, tries: int = 1,
    ) -> dict[str, Any]:  # fmt: skip
        """Run the compiled graph to its end; a crash is followed by a resume, `tries` times."""
        acts = acts or self.acts()
        graph = build_graph(acts, saver or InMemorySaver())
        trigger = trigger_of(acts.context(contact_id), acts.policy.look_again_days)
        run_id = run_id_of(contact_id, trigger)
        config: Any = {"configurable": {"thread_id": run_id}}
        for attempt in range(tries):
            begun = bool(graph.get_state(config).created_at)
            given = None if begun else {"run_id": run_id, "contact_id": contact_id}
            try:
                return dict(graph.invoke(given, config))
            except RuntimeError:
                if attempt == tries - 1:
                    raise
        raise AssertionError("unreachable")

    def steps(self, **where: Any) -> list[dict[str, Any]]:
        query = sa.select(step_decisions).order_by(step_decisions.c.at, step_decisions.c.id)
        found = self.store.read(query)
        return [row for row in found if all(row[key] == value for key, value in where.items())]

    def said(self) -> list[tuple[str, str, str]]:
        return [(row["action"], row["decision"], row["status"]) for row in self.steps()]

    def drafts(self) -> list[dict[str, Any]]:
        return self.store.read(sa.select(drafts).order_by(drafts.c.id))

    def runs(self, graph: str = "orchestrator") -> list[dict[str, Any]]:
        return self.store.read(sa.select(runs).where(runs.c.graph == graph).order_by(runs.c.id))

    def row(self, table: sa.Table, row_id: str) -> dict[str, Any]:
        return self.store.read(sa.select(table).where(table.c.id == row_id))[0]

    def count(self, table: sa.Table) -> int:
        query = sa.select(sa.func.count().label("n")).select_from(table)
        return int(self.store.read(query)[0]["n"])


def before(acts: StoreRdav, name: str, do: Callable[[], object], *, times: int = 1) -> None:
    """Let something happen in the world right before a call of the outside, `times` times."""
    inner, left = getattr(acts, name), [times]

    def call(*args: Any, **named: Any) -> Any:
        if left[0]:
            left[0] -= 1
            do()
        return inner(*args, **named)

    setattr(acts, name, call)
