"""One contact's run against the store: context, gate inputs, acts under a stored ALLOW, proofs.

No act happens without a decision row that allows it, and none without a last look at the world.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from functools import partial
from typing import Any

from fleet.adapters.clock import stamp
from fleet.adapters.store import effects, runs, steps
from fleet.adapters.store.grants import day_start
from fleet.adapters.store.step_context import read_contexts
from fleet.errors import FleetError, GovernanceError, RowNotFound
from fleet.intent.score import IntentPolicy
from fleet.orchestrator.rdav import flow
from fleet.orchestrator.rdav.context import build_context
from fleet.orchestrator.rdav.gate import GATE_POLICY
from fleet.orchestrator.rdav.planner import plan_by_rules
from fleet.orchestrator.rdav.policy import RdavPolicy
from fleet.orchestrator.rdav.values import ACTIONS, GRAPH, VERSION, Effect, State
from fleet.policy import digest, section
from fleet.release_gate.ladder_policy import LadderPolicy
from fleet.runtime.fleet import Fleet
from fleet.runtime.rdav_effects import Effects

ACTOR = "fleet"
Planner = Callable[[str, Mapping[str, Any], int], Any]
TRIES = "tries"  # of a receipt: a service failed on the way
FOREIGN = 0.1  # of a mail that came from another address than the contact's


class StoreRdav:
    """The acts of the orchestrator's graph over one fleet."""

    def __init__(self, fleet: Fleet, *, planner: Planner | None = None) -> None:
        self._fleet, self._store, self._clock = fleet, fleet.store, fleet.clock
        self._policy = section(fleet.policies, "orchestrator", RdavPolicy)
        self._intent = section(fleet.policies, "intent", IntentPolicy)
        self._ladder = section(fleet.policies, "ladder", LadderPolicy)
        self._gate = {key: dataclasses.asdict(self._policy)[key] for key in GATE_POLICY}
        self._digest = digest(self._policy)
        self._planner, self._effects = planner, Effects(fleet)
        self._drafts: tuple[str, int] = ("", 0)

    @property
    def policy(self) -> RdavPolicy:
        """The limits and thresholds in force."""
        return self._policy

    @property
    def effects(self) -> Effects:
        """What carries the steps out."""
        return self._effects

    @property
    def policy_digest(self) -> str:
        """The digest of the limits and thresholds."""
        return self._digest

    def contexts(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return the contexts of a chunk of contacts, by id."""
        rows = read_contexts(self._store, ids, GRAPH)
        now = self._clock.now()
        return {key: build_context(row, self._intent, now) for key, row in rows.items()}

    def context(self, contact_id: str) -> dict[str, Any]:
        """Return one contact's context; raises RowNotFound."""
        found = self.contexts([contact_id])
        if contact_id not in found:
            raise RowNotFound("contacts", contact_id)
        return found[contact_id]

    def load(self, run_id: str, contact_id: str) -> dict[str, Any]:
        """Open the run, take back what earlier ones left waiting, and return the context."""
        now = self._clock.now()
        row = {
            "id": run_id, "graph": GRAPH, "graph_version": VERSION, "subject_table": "contacts",
            "subject_id": contact_id,
        }  # fmt: skip
        if runs.find_run(self._store, run_id) is None:
            runs.begin_run(self._store, row, now)
        steps.overtake(self._store, contact_id, GRAPH, run_id, now)
        return self.context(contact_id)

    def plan(self, run_id: str, context: Mapping[str, Any], replans: int) -> Any:
        """Return a plan by the given planner, else by rules."""
        if self._planner is not None:
            return self._planner(run_id, context, replans)
        return plan_by_rules(context, self._policy)

    def note_faults(self, run_id: str, planned: Sequence[Mapping[str, Any]], replans: int) -> None:
        """Count every fault of a plan as a defect."""
        now = self._clock.now()
        steps.count_defects(self._store, run_id, GRAPH, VERSION, planned, replans, now)

    def weigh(
        self, run_id: str, context: Mapping[str, Any], step: Mapping[str, Any],
        dependencies: Mapping[str, str],
    ) -> dict[str, Any]:  # fmt: skip
        """Look at the world again and return the gate's inputs for one step."""
        now = self.context(context["contact"]["id"])
        evidence = self._evidence(step, context, now)
        refs = [item["ref"] for item in evidence]
        return {
            "step": {key: value for key, value in step.items() if key != "source"},
            "source": step["source"],
            "rung": self._rung(halted=now["world"]["halted"] is not False),
            "before": flow.world_view(context, refs),
            "now": flow.world_view(now, refs),
            "evidence": evidence,
            "dependencies": dict(dependencies),
            "history": now["history"].get(step["fingerprint"]),
            "budget": {"drafts_today": self._drafts_today(step), "cost_usd": self._cost(run_id)},
            "policy": self._gate,
        }

    def record(
        self, run_id: str, position: int, inputs: Mapping[str, Any], result: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Store a gate decision once; return the one that stands."""
        row = steps.store_decision(
            self._store, run_id, position, inputs, result, policy_digest=self._digest,
            status=flow.status_of(result), now=self._clock.now(),
        )  # fmt: skip
        return {"id": row["id"], "decision": row["decision"], "rules": row["result"]["rules"]}

    def act_all(self, decision_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Do what stored decisions allow; with a gateway side by side, since each then waits."""
        if len(decision_ids) == 1 or self._fleet.chat is None:
            return [self.act(decision_id) for decision_id in decision_ids]
        with ThreadPoolExecutor(len(decision_ids), thread_name_prefix="act") as pool:
            begun = [  # a context of its own: the run's recorder hears each call
                pool.submit(copy_context().run, self.act, decision_id)
                for decision_id in decision_ids
            ]
            return [each.result() for each in begun]

    def act(self, decision_id: str) -> dict[str, Any]:
        """Do what a stored decision allows, once; the world is looked at a last time before."""
        row = steps.read_decision(self._store, decision_id)
        step, contact_id = row["inputs"]["step"], self._contact_of(row["run_id"])
        if row["status"] == flow.DONE:
            receipt = steps.receipt_of(self._store, decision_id)
            return {"status": flow.DONE, "receipt": dict(receipt or {})}
        if row["status"] in (flow.FAILED, flow.SUPERSEDED) and row["decision"] == "ALLOW":
            return {"status": row["status"], "why": "it ended so before"}
        if not flow.may_act(row) or step["action"] not in ACTIONS:
            raise GovernanceError(
                f"step {decision_id} is {row['decision']}, {row['status']}: it may not be done"
            )
        now = self.context(contact_id)
        if why := flow.overtaken(row["inputs"]["now"], now):
            self.settle(decision_id, flow.SUPERSEDED, {"why": why})
            stop = why if flow.is_stop(why) else None
            return {"status": flow.SUPERSEDED, "stop": stop, "why": why}
        try:
            receipt = self._tried(decision_id, row, contact_id)
        except FleetError as error:
            why = f"{type(error).__name__}: {error}"
            self.settle(decision_id, flow.FAILED, {"why": why})
            return {"status": flow.FAILED, "why": why}
        if receipt.get("stopped"):
            self.settle(decision_id, flow.SUPERSEDED, {"why": receipt["stopped"]})
            return {"status": flow.SUPERSEDED, "why": receipt["stopped"]}
        return {"status": flow.DONE, "receipt": receipt}

    def observe(self, step: Mapping[str, Any], receipt: Mapping[str, Any]) -> dict[str, Any]:
        """Read the rows that a step's success check looks at."""
        return self._effects.observe(step, receipt)

    def settle(self, decision_id: str, status: str, detail: Mapping[str, Any]) -> None:
        """Write down how an allowed step ended; one that ended already is left alone."""
        row = steps.read_decision(self._store, decision_id)
        if row["status"] in flow.STARTED:
            tries = (detail.get("receipt") or {}).get(TRIES)
            why = str(detail.get("why")) + (f"; it took {tries} tries" if tries else "")
            steps.move_decision(
                self._store, row, status, actor=ACTOR, now=self._clock.now(), note=why
            )

    def finish(self, run_id: str, contact_id: str, end: Mapping[str, Any]) -> None:
        """End the run in its named state, or let it wait for a person; a failure is handed over."""
        now = self._clock.now()
        held = [
            row for row in steps.read_steps(self._store, run_id) if row["status"] == steps.WAITING
        ]  # fmt: skip
        if end["state"] in (State.FAILED.value, State.LIVENESS.value):
            self._effects.hand_over(contact_id, "step_failed", run_id)
        waits_for = f"a decision on step {held[0]['id']}" if held else None
        due = stamp(now + timedelta(hours=self._policy.hold_hours)) if held else None
        replies = [row["inputs"]["step"]["args"].get("email_id") for row in held]
        self._store.write(
            steps.end_statement(run_id, end["outcome"], now, waits_for=waits_for, due_at=due),
            *(runs.wait_statement(f"reply:{mail}", str(waits_for)) for mail in replies if mail),
        )

    def leave_mail(self, email_id: str) -> None:
        """Mark a mail handled that a person decided not to answer."""
        self._effects.leave_mail(email_id)

    def _tried(
        self, decision_id: str, row: Mapping[str, Any], contact_id: str
    ) -> Mapping[str, Any]:
        step = row["inputs"]["step"]
        for attempt in range(1, self._policy.tries + 1):
            try:
                found = effects.once(
                    self._store, self._clock, decision_id, step["action"],
                    partial(self._performed, step, contact_id, row["run_id"], attempt),
                    run_id=row["run_id"], content=step["fingerprint"], repeatable=True,
                )  # fmt: skip
            except GovernanceError:
                raise
            except FleetError:
                if attempt == self._policy.tries:
                    raise
            else:
                return dict(found.value)
        raise AssertionError("unreachable: the loop returns or raises")

    def _performed(
        self, step: Mapping[str, Any], contact_id: str, run_id: str, tries: int
    ) -> dict[str, Any]:  # fmt: skip
        """Do a step; the receipt says how many tries it took when the first ones failed."""
        receipt = self._effects.perform(step, contact_id, run_id)
        return receipt | {TRIES: tries} if tries > 1 else receipt

    def _evidence(
        self, step: Mapping[str, Any], context: Mapping[str, Any], now: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Return each row a step stands on with its confidence, those it must have included."""
        refs = [ref for ref in step["evidence"] if ref in context["refs"]]
        if step["action"] == "draft_reply" and not step["faults"]:
            refs.append(f"scores:intent:{step['args']['email_id']}")
        return [
            {"ref": ref, "confidence": self._confidence(ref, context, now)}
            for ref in dict.fromkeys(refs)
        ]

    def _confidence(
        self, ref: str, context: Mapping[str, Any], now: Mapping[str, Any]
    ) -> float | None:
        table, _, row_id = ref.partition(":")
        if table == "scores":
            mail = now["mails"].get(row_id.partition(":")[2]) or {}
            found = mail.get("score_confidence")
            return float(found) if found is not None else None
        if table != "emails":
            return self._policy.row_confidence if ref in now["refs"] else None
        mail = context["mails"].get(row_id)
        if mail is None or mail["hostile"]:
            return 0.0
        return self._policy.row_confidence if mail["from_contact"] else FOREIGN

    def _rung(self, *, halted: bool) -> str:
        return steps.serving_rung(
            self._store, GRAPH, VERSION, now=self._clock.now(), halted=halted, policy=self._ladder
        )

    def _drafts_today(self, step: Mapping[str, Any]) -> int:
        if step["effect"] != Effect.DRAFT.value:
            return 0
        return steps.drafts_since(self._store, day_start(self._clock.now()))

    def _cost(self, run_id: str) -> float:
        return float((runs.find_run(self._store, run_id) or {}).get("cost_usd") or 0.0)

    def _contact_of(self, run_id: str) -> str:
        row = runs.find_run(self._store, run_id)
        if row is None or not row["subject_id"]:
            raise RowNotFound("runs", run_id)
        return str(row["subject_id"])
