"""The run as pure transitions: where it goes after each node, and how it ends."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from fleet.orchestrator.rdav.values import Decision, State
from fleet.orchestrator.rdav.veto import FLAGS, UNKNOWN, end_state, is_reply, veto

STOPS = frozenset((*FLAGS, UNKNOWN, "no_address"))
REPLY = "reply_arrived"
DONE, FAILED, HELD, DENIED, SUPERSEDED = "done", "failed", "waiting", "denied", "superseded"

ALLOWED, APPROVED = "allowed", "approved"
ASKING = ("score", "draft_reply")  # actions that wait for a model; such steps go side by side
STARTED = (ALLOWED, APPROVED)
VIEW = ("address", *FLAGS, "replied", "inbound")


class RunState(TypedDict, total=False):
    """What a run carries between nodes; plain values only."""

    contact_id: str
    run_id: str
    context: dict[str, Any]
    stop: str | None
    goal: str
    steps: list[dict[str, Any]]
    plan_faults: list[str]
    position: int
    replans: int
    results: dict[str, str]
    past: list[str]
    decision: dict[str, Any]
    receipt: dict[str, Any]
    wave: list[dict[str, Any]]  # steps acted on beside the current one: `{step, decision, receipt}`
    outcome: str
    reason: str


def after_screen(state: RunState) -> str:
    """A stop goes past every planner."""
    return "finish" if state.get("stop") else "plan"


def after_plan(state: RunState) -> str:
    """Nothing planned ends the run."""
    return "gate" if state["steps"] else "finish"


def after_gate(state: RunState) -> str:
    """Act on ALLOW; a stop ends the run; else look at the next step."""
    if state.get("stop"):
        return "finish"
    if state["decision"]["decision"] == Decision.ALLOW.value:
        return "act"
    return "gate" if _has_more(state) else "finish"


def after_act(state: RunState) -> str:
    """Verify what claims to be done; a step that failed or was overtaken is passed over."""
    if state["receipt"]["status"] == DONE or state.get("wave"):
        return "verify"
    if state.get("stop"):
        return "finish"
    return "gate" if _has_more(state) else "finish"


def after_verify(state: RunState) -> str:
    """Plan anew, a bounded number of times, when the rows did not show the step."""
    if state.get("stop"):
        return "finish"
    if state["receipt"]["status"] == "replan":
        return "screen"
    if state["receipt"]["status"] == FAILED:
        return "finish"
    return "gate" if _has_more(state) else "finish"


def stop_of(decision: Mapping[str, Any]) -> str | None:
    """Return the stop that a denied step tells about the world, or None."""
    return next((rule for rule in decision["rules"] if rule in STOPS or rule == REPLY), None)


def status_of(decision: Mapping[str, Any]) -> str:
    """Return the status a fresh gate decision starts with."""
    if decision["decision"] == Decision.ALLOW.value:
        return ALLOWED
    if decision["decision"] == Decision.HOLD.value:
        return HELD
    return SUPERSEDED if stop_of(decision) == REPLY else DENIED


def dependencies(state: RunState, step: Mapping[str, Any]) -> dict[str, str]:
    """Return how the steps ended that a step depends on."""
    return {name: state["results"].get(name, "absent") for name in step["depends_on"]}


def beside(state: RunState) -> list[tuple[int, dict[str, Any]]]:
    """Return later steps, with their positions, that may be acted on beside the current one.

    Such steps wait for a model like it does, and stand on nothing that is still open.
    """
    at, steps = state["position"], state["steps"]
    if steps[at]["action"] not in ASKING:
        return []
    taken, found = [steps[at]["args"]], list[tuple[int, dict[str, Any]]]()
    for place, step in enumerate(steps[at + 1 :], start=at + 1):
        ready = all(end == DONE for end in dependencies(state, step).values())
        fits = step["action"] == steps[at]["action"] and step["id"] not in state["results"]
        if fits and ready and step["args"] not in taken:  # never twice at the same row
            taken.append(step["args"])
            found.append((place, step))
    return found


def counted(inputs: Mapping[str, Any], drafts: int) -> dict[str, Any]:
    """Return a gate's inputs with the drafts that are allowed beside this step counted in."""
    budget = inputs["budget"]
    return {**inputs, "budget": budget | {"drafts_today": budget["drafts_today"] + drafts}}


def onward(state: RunState, results: Mapping[str, str]) -> int:
    """Return the position of the next step that has no result yet."""
    steps = state["steps"]
    later = range(state["position"] + 1, len(steps))
    return next((at for at in later if steps[at]["id"] not in results), len(steps))


def conclude(state: RunState) -> tuple[State, str]:
    """Return the named end of a run, and why."""
    stop = state.get("stop")
    if stop:
        return (State.REPLIED if stop == REPLY else end_state(stop)), stop
    if state.get("plan_faults"):
        tangled = "unbounded_cycle" in state["plan_faults"] or "no_exit" in state["plan_faults"]
        return (State.LIVENESS if tangled else State.FAILED), state["plan_faults"][0]
    ends = [*state.get("past", []), *state.get("results", {}).values()]
    if not ends:
        return State.NOTHING, State.NOTHING.value
    if HELD in ends:
        return State.WAITING, "a step waits for a person"
    if FAILED in state.get("results", {}).values():
        return State.FAILED, "a step could not be verified"
    if DONE in ends:
        return State.COMPLETED, "every allowed step is verified"
    return State.FAILED, "no step was allowed"


def may_act(row: Mapping[str, Any]) -> bool:
    """Whether a stored decision allows its act: ALLOW, or a HOLD that a named person approved."""
    allowed = row["decision"] == Decision.ALLOW.value and row["status"] in STARTED
    held = row["decision"] == Decision.HOLD.value and row["status"] == APPROVED
    return allowed or (held and bool(row["decided_by"]))


def overtaken(seen: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """Say what changed since the gate looked that takes the ground from under a step, or None.

    `seen` is the gate's view of the world with the versions of the step's rows; `now` is a context.
    """
    if stop := veto(now["world"]):
        return stop
    if is_reply(seen, now["world"]):
        return REPLY
    fresh = {ref: now["versions"].get(ref) for ref in seen["versions"]}
    return "rows_changed" if fresh != seen["versions"] else None


def world_view(context: Mapping[str, Any], refs: Sequence[str]) -> dict[str, Any]:
    """Return what the gate sees: the flags, and the versions of the rows a step stands on."""
    versions = context["versions"]
    view = {name: context["world"].get(name) for name in VIEW}
    return view | {"versions": {ref: versions[ref] for ref in refs if ref in versions}}


def is_stop(why: str | None) -> bool:
    """Whether a reason ends the whole run, and not only one step."""
    return why in STOPS or why == REPLY


def said_end(state: State, reason: str) -> str:
    """Return the end as it is stored: its name, and for a stop also why."""
    stopped = state in (State.SUPPRESSED, State.NOTHING) and reason != state.value
    return f"{state.value}:{reason}" if stopped else state.value


def _has_more(state: RunState) -> bool:
    return state["position"] < len(state["steps"])
