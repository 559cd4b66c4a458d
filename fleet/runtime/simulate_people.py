"""Simulated reviewers at the real queue: they look at each waiting draft and decide."""

import random
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from fleet.adapters.store.schema import drafts
from fleet.errors import InputError
from fleet.evaluation.simulation import Flaw, opinion
from fleet.runtime.canaries import due_for_second, second_look
from fleet.runtime.simulate_version import Play

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

UNSENT = ("pending", "leased", "snoozed", "approved")
NAMES = ("Mara Lind (simulated)", "Jon Ek (simulated)", "Ida Falk (simulated)")


class Reviewers:
    """A team of three; the careless ones see fewer flaws."""

    def __init__(self, fleet: "Fleet", play: Play, *, careless: bool) -> None:
        self._fleet, self._play, self._careless = fleet, play, careless

    def review(self) -> Counter[str]:
        """Decide every waiting draft of the version; return how many got which answer."""
        done: Counter[str] = Counter()
        for row in self._waiting():
            rng = self._play.luck("review", row["id"], row["row_version"])
            try:
                done[self._decide(row, rng)] += 1
            except InputError:  # somebody at the console was first
                done["taken"] += 1
        return done

    def look_twice(self) -> int:
        """Give a share of the decided drafts to a second person, blind."""
        ours, looks = self._texts(), 0
        for actor in NAMES[:2]:
            for draft_id in due_for_second(self._fleet, actor, self._play.policy.second_share):
                if draft_id not in ours:
                    continue
                row = ours[draft_id]
                rng = self._play.luck("second", draft_id)
                flaw, _ = self._flaw(row)
                said = opinion(
                    flaw, open_claims=0, careless=self._careless, can_mend=False, rng=rng,
                    policy=self._play.policy,
                )  # fmt: skip
                self._play.clock.move(said.seconds)
                second_look(
                    self._fleet, draft_id, approves=said.action == "approve", actor=actor,
                    text_hash=row["text_hash"],
                )  # fmt: skip
                looks += 1
        return looks

    def leave(self, reason: str) -> list[str]:
        """Withdraw every unsent draft of the version; return their ids."""
        ids = [key for key, row in self._texts().items() if row["status"] in UNSENT]
        return self._fleet.review.withdraw_drafts(ids, actor="simulate", reason=reason)

    def _decide(self, row: Mapping[str, Any], rng: random.Random) -> str:
        review, actor = self._fleet.review, rng.choice(NAMES)
        flaw, meant = self._flaw(row)
        said = opinion(
            flaw, open_claims=row["open_claims"], careless=self._careless,
            can_mend=meant is not None, rng=rng, policy=self._play.policy,
        )  # fmt: skip
        key, seen = row["id"], row["text_hash"]
        fence = review.lease(key, actor=actor)["fence"]
        self._play.clock.move(said.seconds)
        if said.action == "edit" and meant is not None:
            self._fleet.decide_draft(
                key, body=meant, seen=seen, approve=True, actor=actor, fence=fence
            )
        elif said.action == "reject" and said.reason is not None:
            review.reject(key, reason=said.reason, actor=actor, text_hash=seen, fence=fence)
        else:
            review.approve(key, actor=actor, text_hash=seen, fence=fence)
        return said.action

    def _flaw(self, row: Mapping[str, Any]) -> tuple[Flaw | None, str | None]:
        """Return what is wrong with a draft, and the right text where one is known."""
        if row["is_canary"]:
            return Flaw.WRONG_NUMBER, None
        flaw, meant = self._play.flaws.get(row["email_id"], (None, None))
        return (None, None) if row["body"] == meant else (flaw, meant)

    def _waiting(self) -> list[dict[str, Any]]:
        version = self._play.row.version
        query = sa.select(drafts).where(
            drafts.c.graph_version == version, drafts.c.status.in_(["pending", "leased"])
        )  # a leased one is of a reviewer whose day a kill cut short, or of somebody real
        return self._fleet.store.read(query.order_by(drafts.c.priority, drafts.c.id))

    def _texts(self) -> dict[str, dict[str, Any]]:
        version = self._play.row.version
        query = sa.select(drafts).where(drafts.c.graph_version == version)
        return {row["id"]: row for row in self._fleet.store.read(query)}
