"""One touch's run against the store: claimed once, drafted from rows, held for a person.

Ids are made from the touch's id and the plan's revision, so that a run which starts again after a
kill finds its own claim, its own draft and its own hold.
"""

from collections.abc import Mapping
from typing import Any

from fleet.adapters.clock import stamp
from fleet.adapters.store import touches as rows
from fleet.adapters.store.effects import once
from fleet.adapters.store.facts import load_facts
from fleet.adapters.store.review_queue import ReviewQueue
from fleet.adapters.store.runs import wait_statement
from fleet.adapters.store.touch_stops import DRAFTING, HELD
from fleet.domain.provenance import Provenance, RowRef, Source
from fleet.drafting.claims import check_claims
from fleet.drafting.compose import compose_touch, pick_language
from fleet.drafting.policy import DraftingPolicy
from fleet.errors import RowNotFound
from fleet.policy import digest, section
from fleet.ports import Clock, Store
from fleet.review.values import NewDraft
from fleet.runtime.drafted import claim_row, plain_draft
from fleet.settings import Settings

ACTOR = "fleet"
CONFIDENCE = 0.6  # of a text that rules composed and nobody asked for; the reviewer sees it


class StoreTouches:
    """The acts of the touch graph over one store."""

    def __init__(
        self, store: Store, clock: Clock, settings: Settings, policies: Mapping[str, Any],
        review: ReviewQueue, *, version: str,
    ) -> None:  # fmt: skip
        self._store, self._clock, self._settings, self._review = store, clock, settings, review
        self._version = version
        self._drafting = section(policies, "drafting", DraftingPolicy)
        self._policy_digest = digest(policies)

    def claim(self, touch_id: str) -> dict[str, Any]:
        """Take the touch when it is due and nothing stops its sequence."""
        touch = self._touch(touch_id)
        if touch["stop"]:
            return {"stop": touch["stop"]}
        if touch["status"] == DRAFTING:  # this run's own claim, from before a kill
            return {"stop": None, "claim": self._claimed(touch, touch["row_version"])}
        version = rows.claim(self._store, touch, self._clock.now())
        if version is None:
            return {"stop": self._touch(touch_id)["stop"] or "not_due"}
        return {"stop": None, "claim": self._claimed(touch, version)}

    def draft(self, touch_id: str) -> dict[str, Any]:
        """Compose the touch from rows, and check each of its claims against them."""
        touch = self._touch(touch_id)
        facts = load_facts(
            self._store, contact_id=touch["contact_id"], settings=self._settings,
            now=self._clock.now(),
        )  # fmt: skip
        # Plans are written in English: in another language the angle stays the reviewer's note.
        angle = touch["angle"] if pick_language(facts, self._drafting) == "en" else None
        composed = compose_touch(
            facts, self._drafting, {"index": touch["position"], "angle": angle}
        )
        claims = check_claims(composed.body, facts, self._drafting)
        open_deals = [o.amount for o in facts.opportunities if o.outcome is None and o.amount]
        return plain_draft(composed, claims) | {"value": max(open_deals, default=None)}

    def queue(
        self, touch_id: str, claim: Mapping[str, Any], draft: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Put the draft into the queue and tie it to the touch, unless the sequence ended."""
        touch, run = self._touch(touch_id), str(claim["run"])
        if touch["stop"]:
            return {"stop": touch["stop"]}
        new = self._new_draft(touch, draft, run)
        receipt = once(
            self._store, self._clock, f"{run}:queue", "review.add",
            lambda: self._review.add(new), run_id=run, repeatable=True,
        )  # fmt: skip
        version, now = int(claim["version"]), self._clock.now()
        if not rows.hold(self._store, touch_id, version, receipt.value, run, now):
            stop = self._touch(touch_id)["stop"] or "recalled"
            reason = f"the sequence ended while the touch was drafted: {stop}"
            self._review.withdraw_drafts([receipt.value], actor=ACTOR, reason=reason)
            return {"stop": stop}
        held = any(row.open for row in new.claims)
        return {"stop": None, "draft_id": receipt.value, "held": held}

    def close(self, touch_id: str, outcome: str) -> None:
        """Let the run wait for the decision on its draft, or end with why there is none."""
        touch = self._touch(touch_id)
        if touch["status"] == HELD and not outcome.startswith("skipped:"):
            waits_for = f"a decision on draft {touch['draft_id']}"
            self._store.write(wait_statement(self._run(touch), waits_for))

    def _touch(self, touch_id: str) -> dict[str, Any]:
        touch = rows.read_touch(self._store, touch_id)
        if touch is None:
            raise RowNotFound("touches", touch_id)
        return touch

    def _run(self, touch: Mapping[str, Any]) -> str:
        return rows.run_id(touch["id"], touch["plan"].get("revision", 1))

    def _claimed(self, touch: Mapping[str, Any], version: int) -> dict[str, Any]:
        """Return what ties later steps to this claim: a plan that changes makes it void."""
        return {"version": version, "run": self._run(touch)}

    def _new_draft(self, touch: Mapping[str, Any], draft: Mapping[str, Any], run: str) -> NewDraft:
        used = tuple(RowRef(**ref) for ref in draft["used"])
        plan = (RowRef("touches", touch["id"]), RowRef("contacts", touch["contact_id"]))
        provenance = Provenance(
            confidence=CONFIDENCE, reason=f"touch {touch['position']} of {touch['campaign']}",
            source=Source.RULE, code_version=self._version, run_id=run,
            evidence=(*plan, *used), policy_digest=self._policy_digest,
            recorded_at=stamp(self._clock.now()),
        )  # fmt: skip
        return NewDraft(
            kind="touch", graph=rows.GRAPH, graph_version=self._version, to_address=touch["email"],
            subject=draft["subject"], body=draft["body"], provenance=provenance,
            claims=tuple(claim_row(claim) for claim in draft["claims"]), rung="DRAFT",
            contact_id=touch["contact_id"], company_id=touch["company_id"], touch_id=touch["id"],
            thread_id=f"campaign:{touch['campaign_id']}:{touch['contact_id']}",
            language=draft["language"], value=draft["value"], due_at=touch["due_at"],
            key=run,
        )  # fmt: skip
