"""The governance gate: ALLOW, HOLD or DENY for one step, from its recorded inputs alone.

Whoever holds the inputs can replay the decision to the same bytes, without a model or a clock.
"""

from collections.abc import Mapping
from typing import Any

from fleet.domain import Rung
from fleet.orchestrator.rdav.values import ACTIONS, Decision, Effect, canonical
from fleet.orchestrator.rdav.veto import is_reply, veto

PASSED = "passed"
GATE_POLICY = ("max_usd", "daily_drafts", "calibrated", "thresholds", "rungs")


def decide(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return `{decision, rules, confidence, threshold, reason, provenance}` for one step.

    `inputs` holds step, source, rung, before and now (the world twice), evidence, dependencies,
    history, budget and policy. Effective confidence is the least over all evidence.
    """
    step, policy = inputs["step"], inputs["policy"]
    confidence = effective_confidence(inputs)
    effect = _effect(step)
    threshold = float(policy["thresholds"].get(effect.value, 1.0))
    denied, held = _denials(inputs, effect), _holds(inputs, effect, confidence, threshold)
    decision = Decision.DENY if denied else Decision.HOLD if held else Decision.ALLOW
    rules = denied or held or [PASSED]
    reason = f"{decision.value}: {', '.join(rules)}"
    return {
        "decision": decision.value,
        "rules": rules,
        "confidence": confidence,
        "threshold": threshold,
        "reason": reason,
        "provenance": {
            "confidence": confidence,
            "reason": reason,
            "source": inputs["source"],
            "evidence": [
                dict(zip(("table", "id"), item["ref"].split(":", 1), strict=True))
                for item in inputs["evidence"]
            ],
        },
    }


def replay_step(row: Mapping[str, Any]) -> bytes:
    """Decide a stored row again; equal to `canonical(row["result"])` unless somebody changed it."""
    return canonical(decide(row["inputs"]))


def effective_confidence(inputs: Mapping[str, Any]) -> float:
    """Return the least confidence of the evidence; a model's own word can only lower it."""
    values = [_sure(item.get("confidence")) for item in inputs["evidence"]]
    own = inputs["step"].get("confidence")
    if own is not None and values:
        values.append(_sure(own))
    return min(values, default=0.0)


def _denials(inputs: Mapping[str, Any], effect: Effect) -> list[str]:
    step, now = inputs["step"], inputs["now"]
    rules = list(step.get("faults") or ())
    stop = veto(now)
    if stop:
        rules.append(stop)
    if step.get("action") not in ACTIONS:
        rules.append("invented_action")
    if effect is Effect.EXTERNAL:
        rules.append("external_effect")
    if is_reply(inputs["before"], now):
        rules.append("reply_arrived")
    spec = ACTIONS.get(str(step.get("action")))
    if spec and spec.outreach and now.get("replied") is not False:
        rules.append("replied")
    if inputs["history"] == "rejected":
        rules.append("rejected_before")
    return list(dict.fromkeys(rules))


def _holds(
    inputs: Mapping[str, Any], effect: Effect, confidence: float, threshold: float
) -> list[str]:
    policy, budget = inputs["policy"], inputs["budget"]
    rules = []
    if not inputs["evidence"]:
        rules.append("no_evidence")
    if any(state != "done" for state in inputs["dependencies"].values()):
        rules.append("dependency_unverified")
    if inputs["before"]["versions"] != inputs["now"]["versions"]:
        rules.append("rows_changed")
    if confidence < threshold:
        rules.append("low_confidence")
    if effect.height > Effect.DRAFT.height and not policy["calibrated"]:
        rules.append("uncalibrated")
    if effect.height > _permitted(inputs["rung"], policy).height:
        rules.append("rung")
    if not budget["cost_usd"] <= policy["max_usd"]:
        rules.append("budget")
    if effect is Effect.DRAFT and not budget["drafts_today"] < policy["daily_drafts"]:
        rules.append("daily_drafts")
    return rules


def _permitted(rung: Any, policy: Mapping[str, Any]) -> Effect:
    """Return the strongest effect of a rung; an unknown rung may only read."""
    if rung not in list(Rung):
        return Effect.READ
    return Effect(policy["rungs"].get(rung, Effect.READ.value))


def _effect(step: Mapping[str, Any]) -> Effect:
    """Return the effect of the action's row in the table; a plan has no say in it."""
    spec = ACTIONS.get(str(step.get("action")))
    return spec.effect if spec else Effect.EXTERNAL


def _sure(value: Any) -> float:
    """Count a confidence that is missing, not a number, or outside 0..1 as 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0.0
    return float(value) if 0 <= value <= 1 else 0.0
