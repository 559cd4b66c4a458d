"""The three cases off the path, played through the real graph over a store of their own.

Nothing of it touches the fleet's rows: a page shows the plan and says that it is an example.
"""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from langgraph.checkpoint.memory import InMemorySaver

from fleet.adapters.clock import stamp
from fleet.adapters.store.migrate import upgrade
from fleet.adapters.store.schema import companies, contacts, emails, opportunities, people, products
from fleet.errors import StoreError
from fleet.orchestrator.rdav.graph import build_graph
from fleet.runtime.fleet import Fleet
from fleet.runtime.rdav_acts import StoreRdav
from fleet.runtime.rdav_view import run_view
from fleet.settings import read_settings

CASES = ("handed_over", "flaky", "superseded")
ASKS = "Our board approved a budget. Please send pricing for the Sensor; I need it by Friday."
UNCLEAR = "Hm. Well, the thing from the other day, you know."
RUN, WHO, ADDRESS = "orchestrator:example", "ct-1", "jo@buyer.example"
ENVIRONMENT = {
    "FLEET_SENDER": "Ann <ann@seller.example>", "FLEET_POSTAL_ADDRESS": "Seller, 1 Main Street",
}  # fmt: skip
FAILS = 2  # calls of the enrichment that fail before one works


def play(case: str) -> dict[str, Any]:
    """Return the run of one case as a page shows runs; raises KeyError for an unknown one."""
    stage = {"handed_over": _unclear, "flaky": _flaky, "superseded": _Overtaken}[case]
    with tempfile.TemporaryDirectory() as folder:
        fleet = Fleet(read_settings(str(Path(folder)), ENVIRONMENT))
        try:
            upgrade(fleet.store)
            _fill(fleet)
            acts = stage(fleet)
            config: Any = {"configurable": {"thread_id": RUN}}
            build_graph(acts, InMemorySaver()).invoke({"run_id": RUN, "contact_id": WHO}, config)
            return run_view(fleet, RUN)
        finally:
            fleet.close()


def _unclear(fleet: Fleet) -> StoreRdav:
    _mail(fleet, UNCLEAR)
    return StoreRdav(fleet)


def _flaky(fleet: Fleet) -> StoreRdav:
    _mail(fleet, ASKS)
    acts = StoreRdav(fleet)
    effects, left = acts.effects, [FAILS]
    inner: Callable[..., Any] = effects.recommend

    def recommend(*args: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            raise StoreError("the enrichment does not answer")
        return inner(*args, **named)

    effects.recommend = recommend
    return acts


class _Overtaken(StoreRdav):
    """The contact writes after the first step, before the second."""

    written = False

    def observe(self, step: Mapping[str, Any], receipt: Mapping[str, Any]) -> dict[str, Any]:
        if not self.written:
            self.written = True
            _mail(self._fleet, ASKS)
        return super().observe(step, receipt)


def _fill(fleet: Fleet) -> None:
    def put(table: sa.Table, **row: Any) -> None:
        fleet.store.write(sa.insert(table).values(**row))

    put(people, id="pe-1", name="Ann", email="ann@seller.example")
    put(companies, id="co-1", name="Example Works", owner_id="pe-1")
    put(products, id="pr-1", name="Sensor", price=55.0, currency="USD")
    put(contacts, id=WHO, name="Jo Example", company_id="co-1", owner_id="pe-1", email=ADDRESS,
        language="en")  # fmt: skip
    put(opportunities, id="op-1", company_id="co-1", contact_id=WHO, product_id="pr-1",
        stage="qualification", amount=900.0, opened_at="2026-01-05")  # fmt: skip


def _mail(fleet: Fleet, text: str) -> None:
    fleet.store.write(
        sa.insert(emails).values(
            id="em-1", message_id="<1@buyer.example>", thread_id="th-1", direction="in",
            from_address=ADDRESS, to_address="ann@seller.example", subject="Sensor", body=text,
            reply=text, kind="person", at=stamp(fleet.clock.now()), contact_id=WHO,
            company_id="co-1", language="en",
        )
    )  # fmt: skip
