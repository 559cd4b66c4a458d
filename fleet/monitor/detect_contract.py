"""Defects against the contract of a graph: order, missing verify, acts without approval, routes."""

from itertools import pairwise

from fleet.monitor.defect_policy import EMPTY, Contract
from fleet.monitor.view import View, is_person, keys_of, names_of, said
from fleet.monitor.words import (
    APPROVAL,
    CONSENT,
    DRY,
    NOT_DONE,
    OUTBOUND,
    REFUSED,
    ROUTE_KEYS,
)
from fleet.traces.model import Step, StepKind
from fleet.traces.read_values import plain

PLAN_ACT_VERIFY = Contract(before=("plan>act",), verify=("act>verify",))


def detect_contract(view: View) -> None:
    """Look at what a run had to do, in which order."""
    contract = view.contract
    if contract == EMPTY and {step.node for step in view.nodes()} >= {"plan", "act"}:
        contract = PLAN_ACT_VERIFY
    _order(view, contract)
    _verified(view, contract)
    _unapproved(view)
    _routes(view)


def _pairs(rules: tuple[str, ...]) -> list[tuple[str, str]]:
    split = (rule.partition(">") for rule in rules)
    return [(first.strip(), second.strip()) for first, _, second in split]


def _order(view: View, contract: Contract) -> None:
    needs = [(a, b, "") for a, b in _pairs(contract.before)]
    needs += [(a, b, "the approval ") for a, b in _pairs(contract.approve)]
    approvals = {a for a, _ in _pairs(contract.approve)}
    done: set[str] = set()
    for step in view.run.steps if needs else ():
        names = set(names_of(step))
        for first, then, what in needs:
            if then in names and first not in done:
                _breach(view, step, f"{then} without {what}{first} before it", view.policy.strong)
        if step.error is None and not (names & approvals and _says_no(step)):
            done |= names


def _verified(view: View, contract: Contract) -> None:
    checks = _pairs(contract.verify)
    owed: dict[str, tuple[Step, str]] = {}
    for step in view.run.steps if checks else ():
        names = set(names_of(step))
        for act, check in checks:
            if check in names:
                owed.pop(act, None)
            if act in names and step.error is None and not _undone(step):
                owed[act] = (step, check)
    for act, (step, check) in owed.items():
        _breach(view, step, f"{act} is never followed by {check}", view.policy.strong)


def _undone(step: Step) -> bool:
    """Whether an act itself says that it was not done: then nothing is left to verify."""
    found = keys_of(step.output)
    inner = keys_of(found.get("receipt", found.get("result")))
    return any(NOT_DONE.search(str(each["status"])) for each in (found, inner) if "status" in each)


def _breach(view: View, step: Step, text: str, confidence: float, quote: str = "") -> None:
    view.add("contract_breach", step, text, quote=quote, confidence=confidence)


def _says_no(step: Step) -> bool:
    found = keys_of(step.output)
    for key in ("approved", "approval", "decision", "status", "result"):
        if key in found:
            return bool(REFUSED.search(str(found[key])))
    return isinstance(step.output, bool) and not step.output


def _unapproved(view: View) -> None:
    """Without a contract: a message or payment goes out, and nobody approved it before."""
    if view.contract.approve or not view.acts:
        return
    outbound = {
        act.step.id: act.call.name
        for act in view.acts
        if OUTBOUND.search(act.call.name) and not DRY.search(act.call.name)
    }
    if not outbound:
        return
    approved: bool | None = None
    for step in view.run.steps:
        if is_person(step):
            approved = True if CONSENT.search(said(step)) else approved
        elif any(APPROVAL.search(name) for name in names_of(step)):
            if step.error is None:
                approved = not _says_no(step)
        elif step.id in outbound and step.kind is not StepKind.LLM and not approved:
            refused = approved is False
            text = f"{outbound[step.id]} after a refusal" if refused else (
                f"{outbound[step.id]} without an approval before it"
            )  # fmt: skip
            sure = view.policy.strong if refused else view.policy.medium
            _breach(view, step, text, sure, plain(step.input)[:200])


def _routes(view: View) -> None:
    known = set(view.contract.nodes)
    allowed = set(_pairs(view.contract.routes))
    nodes = list(view.nodes())
    present = {step.node for step in nodes}
    for step in nodes:
        if known and step.node not in known:
            text = f"{step.node} is no node of this graph"
            view.add("route_violation", step, text, confidence=view.policy.strong)
        expected, actual = (keys_of(step.output).get(k) for k in ("route_expected", "route_actual"))
        if expected is not None and actual is not None and expected != actual:
            text = f"the route was {actual}, {expected} was right"
            view.add("route_violation", step, text, confidence=view.policy.strong)
    for first, second in pairwise(nodes):
        if second.parent_id == first.id or first.node == second.node:
            continue
        pair = (first.node or "", second.node or "")
        if allowed and pair[0] in {a for a, _ in allowed} and pair not in allowed:
            text = f"{pair[1]} may not follow {pair[0]}"
            view.add("route_violation", second, text, confidence=view.policy.strong)
            continue
        given = keys_of(first.output)
        chosen = next((given[key] for key in ROUTE_KEYS if isinstance(given.get(key), str)), None)
        if chosen in present and chosen != second.node:
            text = f"{first.node} decided for {chosen}, and {second.node} ran"
            view.add("route_violation", second, text, confidence=view.policy.medium)
