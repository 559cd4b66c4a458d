"""The deals of a simulated past: some are opened each day, some end, and the scoring looks on.

Each deal's luck hangs on the seed and its id alone: a day that is played again after a kill finds
what it did in the store, and plays nothing twice.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.sample_deals import LOST, QUANTITIES
from fleet.adapters.store.leads import deals_by_id, read_history_of
from fleet.adapters.store.played import PLAYED
from fleet.adapters.store.schema import contacts, products
from fleet.adapters.store.simulated_deals import (
    BY,
    OPEN_STAGE,
    Due,
    deals_to_come,
    ending,
    inserting,
    known_deals,
    opening,
    rewind_deals,
    write_day,
)
from fleet.evaluation.simulated_deals import (
    DealRule,
    ends_on,
    has_fallen,
    is_won,
    touches_before,
)
from fleet.policy import section
from fleet.propensity.snapshots import Deal, LeadPolicy, features_on
from fleet.runtime.scoring_round import propensity_round
from fleet.runtime.simulate_version import Play

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

KINDS = ("call", "meeting", "email", "web visit")
LONGEST_AGO = 60  # days before a deal that its first touch may lie
NEW = "op-sim-"  # begins the id of a deal that the simulation opened
GUESS_OFF = (-3, 5)  # days by which its expected close misses


def begin_deals(fleet: "Fleet", play: Play, first: datetime, days: int) -> None:
    """Take the sample's deals back to the first day, before anything is played."""
    until = (first + timedelta(days=days)).date()
    rewind_deals(fleet.store, first.date(), until, play.row.version, play.clock.now())


def follow_rule(policies: Mapping[str, Any]) -> dict[str, Any]:
    """Return [propensity_follow_up] for the played days: they train less often."""
    rule = section(policies, "simulate_deals", DealRule)
    less = {"refit_each": rule.refit_each, "refit_days": rule.refit_days}
    return {**policies["propensity_follow_up"], **less}


class Pipeline:
    """The deals that the played days open and end; `others` are contacts that are left alone."""

    def __init__(
        self, fleet: "Fleet", play: Play, days: int, first: datetime, others: Sequence[str]
    ) -> None:
        self._fleet, self._play, self._days, self._first = fleet, play, days, first.date()
        self.rule = section(fleet.policies, "simulate_deals", DealRule)
        self._leads = section(fleet.policies, "lead_scoring", LeadPolicy)
        store, c = fleet.store, contacts.c
        query = sa.select(c.id, c.company_id, c.owner_id).where(
            c.company_id.is_not(None), c.do_not_contact == sa.false()
        )
        left_alone = set(others)  # who writes is about the version, and its facts stay as they are
        self._people = [
            row for row in store.read(query.order_by(c.id)) if row["id"] not in left_alone
        ]
        self._products = store.read(
            sa.select(products.c.id, products.c.name, products.c.price)
            .where(products.c.price > 0).order_by(products.c.id)
        )  # fmt: skip

    def play_day(self, day: int, midnight: datetime, *, down: bool) -> dict[str, Any]:
        """Open and end what is due; then the scoring does its round, as a worker's would."""
        clock, today = self._play.clock, midnight.date()
        clock.reach(midnight + timedelta(hours=self.rule.hour))
        self._play_deals(day, today)
        return {} if down else propensity_round(self._fleet)

    def _play_deals(self, day: int, today: date) -> None:
        store, now = self._fleet.store, self._play.clock.now()
        coming = deals_to_come(store)
        begun = [deal for deal in coming if deal.opens and deal.opens <= today.isoformat()]
        ended = self._ended([deal for deal in coming if self._is_due(deal, today)], day, today)
        deals, touches = self._new(day, today)
        if not (begun or ended or deals):
            return
        told = {
            "day": today.isoformat(), "version": self._play.row.version,
            "opened": len(begun) + len(deals),
            "won": [deal_id for deal_id, outcome, _ in ended if outcome == "won"],
            "lost": [deal_id for deal_id, outcome, _ in ended if outcome == "lost"],
        }  # fmt: skip
        statements = [
            *(opening(deal) for deal in begun), *inserting(deals, touches),
            *(statement for *_, statement in ended),
        ]  # fmt: skip
        write_day(store, statements, now, told)

    def _is_due(self, deal: Due, today: date) -> bool:
        """Whether a deal ends today; one that was overdue when the past began stays open."""
        if deal.opened is None:
            return False
        ends = self._end_of(deal.id, deal.opened) if deal.id.startswith(NEW) else deal.ends or ""
        return max(self._first.isoformat(), deal.opened) <= ends <= today.isoformat()

    def _end_of(self, deal_id: str, opened: str) -> str:
        """Return when a new deal ends: kept nowhere, since nobody may know it before."""
        rng = self._play.luck("ends", deal_id)
        return ends_on(date.fromisoformat(opened), self.rule, rng).isoformat()

    def _ended(self, due: Sequence[Due], day: int, today: date) -> list[tuple[str, str, Any]]:
        store, known = self._fleet.store, {deal.id: deal.extra for deal in due}
        deals = deals_by_id(store, self._leads, list(known))
        history = read_history_of(store, deals)
        play = self._play
        fell = has_fallen(play.scenario, day, self._days, play.policy.drift)
        found = []
        for deal in sorted(deals, key=_by_id):
            rng = play.luck("deal", deal.id)
            features = features_on(deal, deal.opened, history, self._leads)
            outcome = "won" if is_won(features, self.rule, rng, fell=fell) else "lost"
            statement = ending(
                deal.id, known[deal.id], outcome=outcome, day=today.isoformat(),
                reason=rng.choice(LOST) if outcome == "lost" else None, by=play.row.version,
                at=stamp(play.clock.at),
            )  # fmt: skip
            found.append((deal.id, outcome, statement))
        return found

    def _new(self, day: int, today: date) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the day's new deals with their touches; none when they are there already."""
        ids = [f"{NEW}{day + 1:03d}-{n:02d}" for n in range(1, self.rule.opened_a_day + 1)]
        known = known_deals(self._fleet.store, ids)
        deals, touches = list[dict[str, Any]](), list[dict[str, Any]]()
        for deal_id in ids if self._people and self._products else ():
            if deal_id not in known:
                deal, before = self._deal(deal_id, today)
                deals.append(deal)
                touches += before
        return deals, touches

    def _deal(self, deal_id: str, today: date) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        rng, now = self._play.luck("new deal", deal_id), stamp(self._play.clock.at)
        person, product = rng.choice(self._people), rng.choice(self._products)
        ends = date.fromisoformat(self._end_of(deal_id, today.isoformat()))
        guess = ends + timedelta(days=rng.randint(*GUESS_OFF))
        deal = {
            "id": deal_id, "name": f"{product['name']}, simulated", "stage": OPEN_STAGE,
            "company_id": person["company_id"], "contact_id": person["id"],
            "owner_id": person["owner_id"], "product_id": product["id"],
            "amount": product["price"] * rng.choice(QUANTITIES), "currency": "EUR",
            "opened_at": today.isoformat(), "expected_close": guess.isoformat(),
            "extra": {PLAYED: {BY: self._play.row.version}},
            "created_at": now, "updated_at": now,
        }  # fmt: skip
        touches = []
        for number in range(touches_before(self.rule, rng)):
            kind, ago = rng.choice(KINDS), timedelta(days=rng.uniform(1, LONGEST_AGO))
            touches.append({
                "id": f"{deal_id}-{number:02d}", "kind": kind, "origin": PLAYED,
                "subject": f"{kind} about {product['name']}, simulated",
                "contact_id": person["id"], "company_id": person["company_id"],
                "opportunity_id": deal_id, "person_id": person["owner_id"],
                "at": stamp(self._play.clock.at - ago),
            })  # fmt: skip
        return deal, touches


def _by_id(deal: Deal) -> str:
    return deal.id
