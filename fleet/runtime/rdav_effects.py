"""What each action does to the store, and which rows prove it; every one is safe to repeat."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.recommending import recommend, save_recommendations
from fleet.adapters.store import touch_stops
from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.facts import load_facts
from fleet.adapters.store.schema import (
    actions,
    activities,
    campaigns,
    contacts,
    drafts,
    emails,
    opportunities,
    outbox,
    recommendations,
    scores,
    touches,
)
from fleet.adapters.store.statements import insert
from fleet.domain import Provenance, RowRef, Source
from fleet.drafting.claims import check_claims
from fleet.drafting.compose import compose_first_touch
from fleet.drafting.policy import DraftingPolicy
from fleet.errors import WriteConflict
from fleet.orchestrator.rdav.policy import RdavPolicy
from fleet.orchestrator.rdav.values import GRAPH, VERSION
from fleet.orchestrator.registry import graph_row
from fleet.policy import digest, section
from fleet.review.values import NewDraft
from fleet.runtime.campaigns import default_plan, pause_campaign, start_campaign
from fleet.runtime.drafted import claim_row, plain_claim
from fleet.runtime.fleet import Fleet
from fleet.runtime.inbox_acts import StoreInbox

ACTOR = "fleet"
SHOWN = 3  # recommendations kept for one contact
OPEN = "open"


class Effects:
    """The actions of a plan over one fleet."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet, self._store, self._clock = fleet, fleet.store, fleet.clock
        self._policy = section(fleet.policies, "orchestrator", RdavPolicy)
        self._drafting = section(fleet.policies, "drafting", DraftingPolicy)
        self._digest = digest(fleet.policies)
        self.recommend = recommend  # the one call that may leave the machine's rows one day

    def perform(self, step: Mapping[str, Any], contact_id: str, run_id: str) -> dict[str, Any]:
        """Do one step and return its receipt; raises FleetError when it could not be done."""
        args = step["args"]
        known = {
            "score": lambda: self._score(args["email_id"]),
            "recommend": lambda: self._recommend(contact_id),
            "draft_reply": lambda: self._draft_reply(args["email_id"]),
            "draft_first_touch": lambda: self._draft_first_touch(contact_id, run_id),
            "start_campaign": lambda: self._start_campaign(contact_id),
            "pause_campaign": lambda: self._pause_campaign(args["campaign_id"]),
            "schedule_follow_up": lambda: self._follow_up(contact_id, args, run_id),
            "update_stage": lambda: self._update_stage(args, run_id),
            "log_activity": lambda: self._log(contact_id, args["reason"], run_id),
            "hand_over": lambda: self.hand_over(contact_id, args["reason"], run_id),
        }  # fmt: skip
        return known[step["action"]]()

    def observe(self, step: Mapping[str, Any], receipt: Mapping[str, Any]) -> dict[str, Any]:
        """Read the rows that a step's success check looks at."""
        action, args = step["action"], step["args"]
        if action == "score":
            return {"found": bool(self._one(scores, f"intent:{args['email_id']}"))}
        if action in ("draft_reply", "draft_first_touch"):
            return self._draft_seen(step, str(receipt.get("draft_id")))
        if action == "recommend":
            kept = [self._one(recommendations, row_id) for row_id in receipt.get("rows", [])]
            return {"kept": sum(row is not None for row in kept)}
        if action == "update_stage":
            return {"stage": (self._one(opportunities, args["opportunity_id"]) or {}).get("stage")}
        if action in ("start_campaign", "pause_campaign"):
            return {"planned": self._planned(str(receipt.get("campaign_id")))}
        table = activities if action == "log_activity" else actions
        row = self._one(table, str(receipt.get("id"))) or {}
        return {"found": bool(row) and row.get("status", OPEN) == OPEN}

    def hand_over(self, contact_id: str, reason: str, run_id: str) -> dict[str, Any]:
        """Put the contact before a person, once for a run and reason."""
        return self._item("hand_over", contact_id, reason, run_id, due_at=None)

    def leave_mail(self, email_id: str) -> None:
        """Mark a mail handled that a person decided not to answer."""
        self._inbox().close(email_id, "skipped:left_alone")

    def _inbox(self) -> StoreInbox:
        row = graph_row("reply")
        assert row is not None
        fleet = self._fleet
        return StoreInbox(
            fleet.store, fleet.clock, fleet.settings, fleet.policies, fleet.review,
            graph=row.name, version=row.version, chat=fleet.chat,
        )  # fmt: skip

    def _score(self, email_id: str) -> dict[str, Any]:
        return {"label": self._inbox().score(email_id)["label"]}

    def _draft_reply(self, email_id: str) -> dict[str, Any]:
        """Run the reply graph's own acts: the same ids, so that the inbox adds no second draft."""
        inbox = self._inbox()
        if stop := inbox.screen(email_id)["stop"]:
            inbox.close(email_id, f"skipped:{stop}")
            return {"stopped": stop}
        queued = inbox.queue(email_id, inbox.draft(email_id, inbox.score(email_id)))
        inbox.close(email_id, "held" if queued["held"] else "created")
        return dict(queued)

    def _draft_first_touch(self, contact_id: str, run_id: str) -> dict[str, Any]:
        fleet = self._fleet
        facts = load_facts(
            fleet.store, contact_id=contact_id, settings=fleet.settings, now=fleet.clock.now()
        )
        row = self._one(contacts, contact_id) or {}
        composed = compose_first_touch(facts, self._drafting)
        found = check_claims(composed.body, facts, self._drafting)
        claims = tuple(claim_row(plain_claim(claim)) for claim in found)
        provenance = Provenance(
            confidence=self._policy.row_confidence, reason="composed by rule from rows",
            source=Source.RULE, evidence=(RowRef("contacts", contact_id), *composed.used),
            policy_digest=self._digest, code_version=VERSION, run_id=run_id,
            recorded_at=stamp(self._clock.now()),
        )  # fmt: skip
        draft_id = fleet.review.add(
            NewDraft(
                kind="first_touch", graph=GRAPH, graph_version=VERSION, key=f"first:{contact_id}",
                to_address=str(row["email"]), subject=composed.subject, body=composed.body,
                provenance=provenance, claims=claims, contact_id=contact_id, rung="DRAFT",
                company_id=row["company_id"], language=composed.language,
            )
        )  # fmt: skip
        return {"draft_id": draft_id, "held": any(claim.open for claim in claims)}

    def _recommend(self, contact_id: str) -> dict[str, Any]:
        now = self._clock.now()
        answer = self.recommend(
            self._store, ("contacts", contact_id), self._fleet.policies, now, kind=None, k=SHOWN
        )
        since = stamp(now)
        save_recommendations(self._store, answer)
        c = recommendations.c
        kept = self._store.read(
            sa.select(c.id).where(
                c.for_table == "contacts", c.for_id == contact_id, c.recorded_at == since
            )
        )
        return {"shown": len(answer["recommendations"]), "rows": [row["id"] for row in kept]}

    def _start_campaign(self, contact_id: str) -> dict[str, Any]:
        """Start the constant drip for one contact; each of its touches still waits for a person."""
        name = f"Opened for {contact_id}"
        known = self._store.read(  # a repeat after a kill finds the campaign it had begun
            sa.select(campaigns.c.id)
            .join(touches, touches.c.campaign_id == campaigns.c.id)
            .where(touches.c.contact_id == contact_id, campaigns.c.name == name)
            .limit(1)
        )
        if known:
            return {"campaign_id": known[0]["id"]}
        plan = default_plan(self._fleet)
        started = start_campaign(
            self._fleet, name=name, plan=plan, contact_ids=[contact_id], actor=ACTOR
        )
        return {"campaign_id": started}

    def _pause_campaign(self, campaign_id: str) -> dict[str, Any]:
        pause_campaign(self._fleet, campaign_id, actor=ACTOR)
        return {"campaign_id": campaign_id}

    def _follow_up(self, contact_id: str, args: Mapping[str, Any], run_id: str) -> dict[str, Any]:
        due = stamp(self._clock.now() + timedelta(days=args["days"]))[:10]
        anchor = str(args.get("opportunity_id") or "contact")
        return self._item("follow_up", contact_id, anchor, run_id, due_at=due)

    def _item(
        self, kind: str, contact_id: str, reason: str, run_id: str, *, due_at: str | None
    ) -> dict[str, Any]:
        """Write one item for a person into the actions, with its audit entry, once."""
        at = stamp(self._clock.now())
        owner = (self._one(contacts, contact_id) or {}).get("owner_id")
        row = {
            "id": f"{kind}:{run_id}:{reason}", "kind": kind, "graph": GRAPH,
            "graph_version": VERSION, "reason": reason, "status": OPEN, "owner": owner, "at": at,
            "evidence": [{"table": "contacts", "id": contact_id}, {"table": "runs", "id": run_id}],
            "result": {"contact_id": contact_id, "due_at": due_at},
        }  # fmt: skip
        fresh = insert(actions).values(row).on_conflict_do_nothing()
        mine = sa.select(actions.c.id).where(actions.c.id == row["id"], actions.c.at == at)
        entry = Entry(at, ACTOR, f"action.{kind}", f"actions:{row['id']}", {"reason": reason})
        write_audited(self._store, [fresh], [entry], when=mine)
        return {"id": row["id"]}

    def _update_stage(self, args: Mapping[str, Any], run_id: str) -> dict[str, Any]:
        """Move an open deal's stage by a compare-and-set, with its reason in the audit log."""
        deal = self._one(opportunities, args["opportunity_id"]) or {}
        if deal.get("stage") == args["to_stage"]:
            return {"from": deal["stage"], "repeated": True}
        if not deal or deal["outcome"] is not None:
            raise WriteConflict(f"opportunity {args['opportunity_id']} is not open any more")
        at, c = stamp(self._clock.now()), opportunities.c
        moved = (
            sa.update(opportunities)
            .where(c.id == deal["id"], c.row_version == deal["row_version"], c.outcome.is_(None))
            .values(stage=args["to_stage"], updated_at=at, row_version=deal["row_version"] + 1)
        )
        mine = sa.select(c.id).where(c.id == deal["id"], c.row_version == deal["row_version"] + 1)
        why = {"from": deal["stage"], "to": args["to_stage"], "reason": args["reason"]}
        subject = f"opportunities:{deal['id']}"
        entry = Entry(at, ACTOR, "crm.stage", subject, why | {"run": run_id})
        if not write_audited(self._store, [moved], [entry], when=mine).recorded:
            raise WriteConflict(f"somebody else moved opportunity {deal['id']} first")
        return {"from": deal["stage"]}

    def _log(self, contact_id: str, reason: str, run_id: str) -> dict[str, Any]:
        at = stamp(self._clock.now())
        row = {
            "id": f"log:{run_id}:{reason}", "kind": "note", "subject": f"orchestrator: {reason}",
            "contact_id": contact_id, "at": at, "origin": GRAPH,
        }  # fmt: skip
        fresh = insert(activities).values(row).on_conflict_do_nothing()
        mine = sa.select(activities.c.id).where(activities.c.id == row["id"], activities.c.at == at)
        entry = Entry(at, ACTOR, "crm.note", f"activities:{row['id']}", {"reason": reason})
        write_audited(self._store, [fresh], [entry], when=mine)
        return {"id": row["id"]}

    def _draft_seen(self, step: Mapping[str, Any], draft_id: str) -> dict[str, Any]:
        row = self._one(drafts, draft_id) or {}
        args = step["args"]
        if step["action"] == "draft_reply":
            wanted = (self._one(emails, args["email_id"]) or {}).get("from_address")
        else:
            wanted = (self._one(contacts, args["contact_id"]) or {}).get("email")
        sent = sa.select(outbox.c.id).where(
            outbox.c.draft_id == draft_id, outbox.c.approval_id.is_(None)
        )
        return {
            "found": bool(row), "to": row.get("to_address"), "recipient": wanted,
            "status": row.get("status"), "unapproved_messages": len(self._store.read(sent)),
        }  # fmt: skip

    def _planned(self, campaign_id: str) -> int | None:
        if self._one(campaigns, campaign_id) is None:
            return None
        running = (
            sa.select(sa.func.count().label("n"))
            .select_from(touches.join(campaigns, touches.c.campaign_id == campaigns.c.id))
            .where(
                campaigns.c.id == campaign_id, campaigns.c.status == touch_stops.ACTIVE,
                touches.c.status.in_(touch_stops.OPEN),
            )
        )  # fmt: skip
        return int(self._store.read(running)[0]["n"])

    def _one(self, table: sa.Table, row_id: str) -> dict[str, Any] | None:
        found = self._store.read(sa.select(table).where(table.c.id == row_id))
        return found[0] if found else None
