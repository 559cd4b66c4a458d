"""The plan check: only known actions, known arguments, ids of the loaded context, and an end.

A plan is foreign material, whoever made it. Each step gets its faults; a fault is never mended.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fleet.liveness import certify, parse_graph
from fleet.orchestrator.rdav.policy import RdavPolicy
from fleet.orchestrator.rdav.values import ACTIONS, REASONS, TABLES, arg_refs, fingerprint

KEYS = frozenset(
    ("id", "action", "args", "depends_on", "evidence", "rationale", "confidence", "success")
)
MAX_TEXT = 400  # characters of a rationale; it is shown, never used
MAX_ID = 120


def check_plan(
    plan: Any, context: Mapping[str, Any], policy: RdavPolicy
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the steps in running order, each with its `faults`, and the faults of the whole.

    A plan with a fault of the whole runs no step: every step carries it.
    """
    raw = plan.get("steps") if isinstance(plan, Mapping) else None
    if not isinstance(raw, Sequence) or isinstance(raw, (str, bytes)):
        return [], ["malformed_plan"]
    whole = ["too_many_steps"] if len(raw) > policy.max_steps else []
    steps = [_step(item, at, context, policy) for at, item in enumerate(raw[: policy.max_steps])]
    ids = [step["id"] for step in steps]
    if len(set(ids)) < len(ids):
        whole.append("duplicate_step")
    whole += _unending(steps) if not whole else []
    if whole:
        for step in steps:
            step["faults"] = [*step["faults"], *whole]
        return steps, whole
    return _ordered(steps), []


def step_faults(
    action: str, args: Mapping[str, Any], context: Mapping[str, Any], policy: RdavPolicy
) -> list[str]:
    """Return what is wrong with one action and its arguments."""
    spec = ACTIONS.get(action)
    if spec is None:
        return ["invented_action"]
    faults = ["invented_field" for name in args if name not in spec.args]
    for name, kind in spec.args.items():
        value = args.get(name)
        if value is None:
            faults += [] if name in spec.optional else ["missing_argument"]
        elif kind in TABLES:
            known = context["ids"].get(kind, ())
            faults += [] if isinstance(value, str) and value in known else ["invented_id"]
        elif not _fits(kind, value, action, policy):
            faults.append("invented_value")
    return faults or _unmet(action, args, context)


def one_line(value: Any) -> str:
    """Return a planner's words as one short printable line; they are shown, never used."""
    words = str(value)[:MAX_TEXT] if isinstance(value, str) else ""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())


def _step(raw: Any, at: int, context: Mapping[str, Any], policy: RdavPolicy) -> dict[str, Any]:
    item: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
    action, args = item.get("action"), item.get("args")
    depends, evidence = item.get("depends_on") or [], item.get("evidence") or []
    faults = [] if isinstance(raw, Mapping) else ["malformed_step"]
    faults += ["invented_field" for name in item if name not in KEYS]
    if not isinstance(action, str) or not isinstance(args, Mapping):
        faults.append("malformed_step")
        action, args = str(action)[:MAX_ID], {}
    if not _is_names(depends) or not _is_names(evidence):
        faults.append("malformed_step")
        depends, evidence = [], []
    faults += ["invented_evidence" for ref in evidence if ref not in context["refs"]]
    faults += step_faults(action, args, context, policy)
    known = action in ACTIONS
    clean = not faults
    if clean:  # an optional argument that is null is absent
        args = {name: args[name] for name in sorted(args) if args[name] is not None}
    return {
        "id": _name(item.get("id"), at),
        "action": action[:MAX_ID],
        "args": dict(args) if clean else _shown(args),
        "depends_on": list(depends),
        "evidence": list(dict.fromkeys([*(arg_refs(action, args) if clean else ()), *evidence])),
        "effect": ACTIONS[action].effect.value if known else None,
        "success": action if known else None,
        "confidence": _number(item.get("confidence")) if "confidence" in item else None,
        "rationale": one_line(item.get("rationale")),
        "fingerprint": fingerprint(action, args) if clean else None,
        "faults": list(dict.fromkeys(faults)),
    }


def _unmet(action: str, args: Mapping[str, Any], context: Mapping[str, Any]) -> list[str]:
    """Preconditions that the loaded rows decide."""
    if action in ("draft_reply", "score"):
        waits = context["mails"].get(args["email_id"])
        return [] if waits and waits["kind"] == "person" else ["precondition"]
    if action == "update_stage":
        deal = context["deals"].get(args["opportunity_id"])
        moved = deal and deal["open"] and deal["stage"] != args["to_stage"]
        return [] if moved else ["precondition"]
    if action == "draft_first_touch":
        return [] if not context["mailed"] and not context["drafts"] else ["precondition"]
    if action == "start_campaign":
        return [] if not context["ids"]["campaigns"] else ["precondition"]
    return []


def _unending(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    """Certify the plan as a graph: start, the steps by their dependencies, end."""
    nodes = [{"id": "start"}, {"id": "end"}, *({"id": f"step {s['id']}"} for s in steps)]
    edges = [{"from": "start", "to": "end"}]
    for step in steps:
        name = f"step {step['id']}"
        edges += [{"from": f"step {other}", "to": name} for other in step["depends_on"]]
        edges.append({"from": name, "to": "end"})
        if not step["depends_on"]:
            edges.append({"from": "start", "to": name})
    wire = {"entry": "start", "exits": ["end"], "nodes": nodes, "edges": edges}
    return list(
        dict.fromkeys(found.kind for found in certify(parse_graph(wire, "plan")).violations)
    )


def _ordered(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put each step behind those it depends on, scores first, otherwise as given.

    A score changes nothing but itself; once all are there the drafts on them can go side by side.
    """
    done: list[dict[str, Any]] = []
    placed: set[str] = set()
    rest = sorted(steps, key=lambda step: bool(step["action"] != "score" or step["depends_on"]))
    while rest:
        ready = next(step for step in rest if set(step["depends_on"]) <= placed)
        rest.remove(ready)
        placed.add(ready["id"])
        done.append(ready)
    return done


def _fits(kind: str, value: Any, action: str, policy: RdavPolicy) -> bool:
    if kind == "days":
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole and 1 <= value <= policy.max_days
    if kind == "stage":
        return isinstance(value, str) and value in policy.stages
    return isinstance(value, str) and value in REASONS.get(action, ())


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _name(value: Any, at: int) -> str:
    return value[:MAX_ID] if isinstance(value, str) and value else f"s{at + 1}"


def _number(value: Any) -> float:
    """Read a confidence; what is none, not a number, or outside 0..1 counts as 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0.0
    return float(value) if 0 <= value <= 1 else 0.0


def _shown(args: Mapping[str, Any]) -> dict[str, str]:
    return {str(name)[:MAX_ID]: str(args[name])[:MAX_ID] for name in list(args)[: len(KEYS)]}
