"""One contact in memory with the orchestrator's outside: late events, crashes, and a journal."""

import dataclasses
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fleet.adapters.files import read_policies
from fleet.orchestrator.rdav import flow
from fleet.orchestrator.rdav.gate import GATE_POLICY
from fleet.orchestrator.rdav.graph import ROUTES, build_nodes
from fleet.orchestrator.rdav.policy import RdavPolicy
from fleet.orchestrator.rdav.values import ACTIONS
from fleet.policy import section

POLICY = section(read_policies(), "orchestrator", RdavPolicy)
GATE = {key: dataclasses.asdict(POLICY)[key] for key in GATE_POLICY}
MAX_NODES = 300


class Crash(Exception):
    """The process died here; whoever drains next begins at the last finished node."""


def context(**changes: Any) -> dict[str, Any]:
    """A contact with one unread mail, one open deal and one campaign, nothing in the way."""
    world = {
        "address": True, "suppressed": False, "opted_out": False, "do_not_contact": False,
        "halted": False, "replied": False, "inbound": "t1|1",
    }  # fmt: skip
    mail = {
        "kind": "person", "at": "2026-03-01", "thread_id": "th", "label": "hot",
        "score_confidence": 0.5, "scored": True, "hostile": False, "from_contact": True,
        "opt_out": False,
    }  # fmt: skip
    base: dict[str, Any] = {
        "contact": {"id": "ct-1", "owner_id": "pe-1"},
        "company_id": "co-1",
        "world": world | changes.pop("world", {}),
        "ids": {
            "contacts": ["ct-1"], "emails": ["em-1"], "opportunities": ["op-1"],
            "campaigns": ["cp-1"],
        },
        "refs": [
            "contacts:ct-1", "emails:em-1", "opportunities:op-1", "campaigns:cp-1",
            "companies:co-1", "scores:intent:em-1",
        ],
        "versions": {"contacts:ct-1": 1, "opportunities:op-1": 1},
        "mails": {"em-1": mail | changes.pop("mail", {})},
        "deals": {
            "op-1": {
                "open": True, "stage": "qualification", "amount": 10.0,
                "expected_close": "2026-09-01", "opened_at": "2026-01-01",
            }
        },
        "drafts": [], "mailed": False, "quiet_days": None, "opens_account": False,
        "history": {}, "settled": 0, "today": "2026-03-02",
    }  # fmt: skip
    return base | changes


@dataclass
class MemoryWorld:
    """The acts of the graph over plain values; `journal` holds every act with its decision."""

    planner: Callable[[Mapping[str, Any]], Any]
    rng: random.Random
    rung: str = "DRAFT"
    late: float = 0.0  # chance that something happens before a call
    crash: float = 0.0  # chance that the process dies before or after a call
    lies: float = 0.0  # chance that the system of record does not show an act
    now: dict[str, Any] = field(default_factory=context)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    journal: list[dict[str, Any]] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    defects: list[str] = field(default_factory=list)
    ended: list[dict[str, Any]] = field(default_factory=list)
    policy: RdavPolicy = POLICY

    def load(self, run_id: str, contact_id: str) -> dict[str, Any]:
        self._happens()
        return self._copy()

    def plan(self, run_id: str, context: Mapping[str, Any], replans: int) -> Any:
        self._happens()
        return self.planner(context)

    def note_faults(self, run_id: str, steps: Sequence[Mapping[str, Any]], replans: int) -> None:
        self.defects += [fault for step in steps for fault in step["faults"]]

    def weigh(
        self, run_id: str, context: Mapping[str, Any], step: Mapping[str, Any],
        dependencies: Mapping[str, str],
    ) -> dict[str, Any]:  # fmt: skip
        self._happens()
        refs = [ref for ref in step["evidence"] if ref in context["refs"]]
        return {
            "step": {key: value for key, value in step.items() if key != "source"},
            "source": step["source"], "rung": self.rung,
            "before": flow.world_view(context, refs), "now": flow.world_view(self.now, refs),
            "evidence": [{"ref": ref, "confidence": 0.95} for ref in refs],
            "dependencies": dict(dependencies), "history": None,
            "budget": {"drafts_today": 0, "cost_usd": 0.0}, "policy": GATE,
        }  # fmt: skip

    def record(
        self, run_id: str, position: int, inputs: Mapping[str, Any], result: Mapping[str, Any]
    ) -> dict[str, Any]:
        self._dies()
        row = {
            "id": f"{run_id}/{position}", "decision": result["decision"], "inputs": inputs,
            "result": result, "status": flow.status_of(result), "decided_by": None,
        }  # fmt: skip
        stood = self.rows.setdefault(row["id"], row)
        self._dies()
        return {"id": row["id"], "decision": stood["decision"], "rules": stood["result"]["rules"]}

    def act_all(self, decision_ids: Sequence[str]) -> list[dict[str, Any]]:
        return [self.act(decision_id) for decision_id in decision_ids]

    def act(self, decision_id: str) -> dict[str, Any]:
        self._happens()
        self._dies()
        row = self.rows[decision_id]
        step = row["inputs"]["step"]
        if row["status"] in (flow.FAILED, flow.SUPERSEDED):  # a restart finds how it ended
            return {"status": row["status"], "why": "it ended so before"}
        if not flow.may_act(row) or step["action"] not in ACTIONS:
            raise AssertionError("the graph asked for an act that nothing allows")
        if why := flow.overtaken(row["inputs"]["now"], self.now):
            stop = why if flow.is_stop(why) else None
            row["status"] = flow.SUPERSEDED
            return {"status": flow.SUPERSEDED, "stop": stop, "why": why}
        if decision_id not in self.done:  # the ledger: a repeat finds the effect
            self.done.add(decision_id)
            self.journal.append({"row": dict(row), "step": step, "world": dict(self.now["world"])})
        self._dies()
        return {"status": flow.DONE, "receipt": {"shown": 0}}

    def observe(self, step: Mapping[str, Any], receipt: Mapping[str, Any]) -> dict[str, Any]:
        self._happens()
        if self.rng.random() < self.lies:
            return {}
        return {
            "found": True, "to": "x", "recipient": "x", "status": "pending", "kept": 0,
            "unapproved_messages": 0, "stage": step["args"].get("to_stage"),
            "planned": int(step["action"] == "start_campaign"),
        }  # fmt: skip

    def settle(self, decision_id: str, status: str, detail: Mapping[str, Any]) -> None:
        self._dies()
        self.rows[decision_id]["status"] = status

    def finish(self, run_id: str, contact_id: str, end: Mapping[str, Any]) -> None:
        self._dies()
        self.ended.append(dict(end))

    def _copy(self) -> dict[str, Any]:
        return self.now | {"world": dict(self.now["world"]), "versions": dict(self.now["versions"])}

    def _happens(self) -> None:
        self._dies()
        if self.rng.random() >= self.late:
            return
        event = self.rng.choice(
            ("reply", "suppressed", "opted_out", "do_not_contact", "halted", "unknown", "row")
        )
        world = self.now["world"]
        if event == "reply":
            world["inbound"], world["replied"] = f"t{self.rng.random()}|2", True
        elif event == "row":
            self.now["versions"]["opportunities:op-1"] += 1
        elif event == "unknown":
            world["suppressed"] = None
        else:
            world[event] = True

    def _dies(self) -> None:
        if self.rng.random() < self.crash:
            raise Crash


def run_to_end(world: MemoryWorld, run_id: str = "r") -> dict[str, Any]:
    """Drive the graph's own nodes along its own routes, restarting a node whose process died."""
    nodes = build_nodes(world)
    state: Any = {"run_id": run_id, "contact_id": "ct-1"}
    at = "screen"
    for _ in range(MAX_NODES):
        try:
            state = state | nodes[at](state)
        except Crash:
            continue  # the checkpoint of the node before stands
        if at == "finish":
            return dict(state)
        route, targets = ROUTES[at]
        at = route(state)
        assert at in targets
    raise AssertionError("the run did not end")
