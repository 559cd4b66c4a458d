"""One inbound mail's run against the store: each act is safe to repeat, and each says what it did.

Ids are made from the mail's id, so that a run that starts again after a kill finds its own score,
its own draft and its own end.
"""

from collections.abc import Mapping
from typing import Any

from fleet.adapters.clock import stamp
from fleet.adapters.store.controls import is_suppressed, suppress
from fleet.adapters.store.facts import load_facts
from fleet.adapters.store.inbox import (
    close_statements,
    draft_of,
    newer_mail,
    read_mail,
    read_score,
    score_statement,
    start_statement,
)
from fleet.adapters.store.review_queue import ReviewQueue
from fleet.adapters.tracing_context import effect
from fleet.domain.provenance import Provenance, RowRef, Source
from fleet.errors import InputError, RowNotFound
from fleet.mailbox.opt_out import detect_opt_out
from fleet.orchestrator.inbox.rules import stop_for
from fleet.policy import digest
from fleet.ports import ChatModel, Clock, Store
from fleet.review.values import NewDraft
from fleet.runtime.campaigns import stop_for_mail
from fleet.runtime.drafted import claim_row, plain_claim
from fleet.runtime.model_paths import DraftingPath, IntentPath
from fleet.settings import Settings

ACTOR = "fleet"
AUTOMATIC = ("auto_reply", "out_of_office", "soft_bounce")  # what waits still holds


class StoreInbox:
    """The acts of the inbox graph over one store."""

    def __init__(
        self, store: Store, clock: Clock, settings: Settings, policies: Mapping[str, Any],
        review: ReviewQueue, *, graph: str, version: str, chat: ChatModel | None = None,
    ) -> None:  # fmt: skip
        self._store, self._clock, self._settings, self._review = store, clock, settings, review
        self._graph, self._version, self._chat = graph, version, chat
        self._mails: dict[str, dict[str, Any]] = {}  # of the runs that are going
        self._intent = IntentPath(policies, chat)
        self._drafting = DraftingPath(policies, chat)
        self._policy_digest = digest(policies)

    def screen(self, email_id: str) -> dict[str, Any]:
        """Apply the stop conditions; a new mail also takes back what waits in its thread."""
        self._mails.pop(email_id, None)  # a run that begins anew looks anew
        mail = self._mail(email_id)
        opted_out = detect_opt_out(mail["subject"], mail["reply"]) is not None
        stop = stop_for(mail, suppressed=self._is_suppressed(mail), opted_out=opted_out)
        if stop and stop.suppress:
            self._suppress(stop.suppress, stop.why, email_id)
        stop_for_mail(self._store, self._review, mail)
        newer = newer_mail(self._store, mail)
        if not newer and (stop is None or stop.reason not in AUTOMATIC):
            self._review.supersede_thread(mail["thread_id"], keep=draft_of(self._store, email_id))
        if stop is None and newer:
            return {"stop": "newer_mail"}
        return {"stop": stop.reason if stop else None}

    def score(self, email_id: str) -> dict[str, Any]:
        """Score the mail and keep the score with its provenance, and when the run began."""
        started_at = stamp(self._clock.now())
        mail = self._mail(email_id)
        if self._chat and (known := read_score(self._store, f"intent:{email_id}")):
            return known  # scored before a kill: the model might not say the same again
        run_id = self._run_id(email_id)
        scores = self._intent.score(mail["subject"], mail["reply"], run_id=run_id)
        found = scores.as_json()
        provenance = self._provenance(
            scores.confidence, scores.reason, email_id, model=scores.model,
            prompt_digest=scores.prompt_digest,
        )  # fmt: skip
        row = {
            "id": f"intent:{email_id}", "kind": "intent", "subject_table": "emails",
            "subject_id": email_id, "value": found["score"], "label": found["label"],
            "method": found["method"], "detail": found,
        }  # fmt: skip
        began = start_statement(self._run(email_id, started_at))
        with effect("score.keep", {"table": "scores", "id": row["id"]}):
            self._store.write(began, score_statement(row | provenance.as_json()))
        return found

    def draft(self, email_id: str, intent: Mapping[str, Any]) -> dict[str, Any]:
        """Write a reply from rows, and check each of its claims against them."""
        facts = load_facts(
            self._store, email_id=email_id, settings=self._settings, now=self._clock.now()
        )
        if facts.mail is None:
            raise RowNotFound("emails", email_id)
        written = self._drafting.reply(facts, facts.mail, intent, run_id=self._run_id(email_id))
        composed = written.composed
        open_deals = [o.amount for o in facts.opportunities if o.outcome is None and o.amount]
        return {
            "subject": composed.subject,
            "body": composed.body,
            "language": composed.language,
            "used": [ref.as_json() for ref in composed.used],
            "value": max(open_deals, default=None),
            "flags": [intent["label"]] if intent["label"] in ("complaint", "hot") else [],
            "claims": [plain_claim(claim) for claim in written.claims],
            "confidence": written.confidence,
            "reason": written.reason,
            "model": written.model,
            "prompt_digest": written.prompt_digest,
        }

    def queue(self, email_id: str, draft: Mapping[str, Any]) -> dict[str, Any]:
        """Queue the draft for a person; the same mail again adds nothing."""
        mail = self._mail(email_id)
        claims = tuple(claim_row(claim) for claim in draft["claims"])
        provenance = self._provenance(
            draft["confidence"], draft["reason"], email_id,
            tuple(RowRef(**ref) for ref in draft["used"]), model=draft["model"],
            prompt_digest=draft["prompt_digest"],
        )  # fmt: skip
        with effect("draft.queue", {"table": "emails", "id": email_id}):
            draft_id = self._review.add(
                NewDraft(
                    kind="reply", graph=self._graph, graph_version=self._version,
                    to_address=mail["from_address"], subject=draft["subject"], body=draft["body"],
                    provenance=provenance, claims=claims, email_id=email_id,
                    contact_id=mail["contact_id"], company_id=mail["company_id"],
                    thread_id=mail["thread_id"], language=draft["language"], value=draft["value"],
                    flags=tuple(draft["flags"]), rung="DRAFT",
                )
            )  # fmt: skip
        return {"draft_id": draft_id, "held": any(claim.open for claim in claims)}

    def close(self, email_id: str, outcome: str) -> None:
        """Mark the mail handled and its run ended, in one batch."""
        run = self._run(email_id, stamp(self._clock.now()))
        with effect("mail.close", {"table": "emails", "id": email_id}):
            self._store.write(*close_statements(email_id, run, outcome, self._clock.now()))
        self._mails.pop(email_id, None)

    def _run(self, email_id: str, started_at: str) -> dict[str, Any]:
        return {
            "id": self._run_id(email_id), "graph": self._graph,
            "graph_version": self._version, "rung": "DRAFT", "subject_table": "emails",
            "subject_id": email_id, "thread_id": self._run_id(email_id),
            "started_at": started_at,
        }  # fmt: skip

    def _mail(self, email_id: str) -> dict[str, Any]:
        """Return the mail's row; what a run needs of it does not change while it runs."""
        mail = self._mails.get(email_id) or read_mail(self._store, email_id)
        if mail is None:
            raise RowNotFound("emails", email_id)
        self._mails[email_id] = mail
        return mail

    def _is_suppressed(self, mail: Mapping[str, Any]) -> bool:
        try:
            return is_suppressed(self._store, mail["from_address"])
        except InputError:
            return True  # an address that cannot be read cannot be written to

    def _suppress(self, address: str, why: str, email_id: str) -> None:
        with effect("address.suppress", {"table": "emails", "id": email_id}):
            try:
                suppress(
                    self._store, address, reason=why, origin=f"emails:{email_id}",
                    now=self._clock.now(), actor=ACTOR,
                )  # fmt: skip
            except InputError:
                return  # no address: nothing can be sent to it either
            self._review.withdraw_address(address, actor=ACTOR, reason=why)

    def _run_id(self, email_id: str) -> str:
        return f"{self._graph}:{email_id}"

    def _provenance(
        self, confidence: float, reason: str, email_id: str, used: tuple[RowRef, ...] = (), *,
        model: str | None = None, prompt_digest: str | None = None,
    ) -> Provenance:  # fmt: skip
        return Provenance(
            confidence=confidence, reason=reason, source=Source.MODEL if model else Source.RULE,
            evidence=(RowRef("emails", email_id), *used), model=model, prompt_digest=prompt_digest,
            policy_digest=self._policy_digest, code_version=self._version,
            run_id=self._run_id(email_id), recorded_at=stamp(self._clock.now()),
        )  # fmt: skip
