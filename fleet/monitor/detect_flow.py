"""Defects of the length and the end of a run: wandering, stopping, time, hand-over."""

from fleet.monitor.view import View, is_person, keys_of, names_of, said, words_of
from fleet.monitor.words import (
    APPROVAL,
    CLOSING,
    DONE_KEYS,
    GOAL,
    HANDOVER,
    OFFERS_PERSON,
    STOP,
    WANTS_PERSON,
)
from fleet.traces.model import Step, StepKind
from fleet.traces.read_values import plain

END = 300  # characters at the end of a text in which it can say that it is done
SHORT_CLOSING = 40  # words; a longer text is no farewell


def detect_flow(view: View) -> None:
    """Look at the length and the end of a run."""
    _wander(view)
    _too_long(view)
    _after_goal(view)
    _slow(view)
    _escalation(view)


def _wander(view: View) -> None:
    """Steps of which most were seen before: the same words, the same node with the same result."""
    seen: dict[object, int] = {}
    recent: list[tuple[bool, Step]] = []
    for step in view.run.steps:
        mark = _mark(view, step)
        if mark is None:
            continue
        seen[mark] = seen.get(mark, 0) + 1
        stale = seen[mark] > 1
        recent = [*recent[-view.policy.stale_window + 1 :], (stale, step)]
        old = [each for was, each in recent if was]
        enough = len(old) >= view.policy.stale_share * view.policy.stale_window
        if enough or seen[mark] == view.policy.said_repeats:
            text = f"{len(old)} of the last {len(recent)} steps brought nothing new"
            sure = view.policy.medium if enough else view.policy.weak
            spans = tuple(each.id for each in old)
            view.add("wander", step, text, quote=said(step), confidence=sure, spans=spans)
            return


def _mark(view: View, step: Step) -> object | None:
    """Return what makes two steps the same, or None for one that says nothing about progress."""
    if step.kind is StepKind.LLM and not step.tool_calls:
        words = words_of(said(step))
        return (step.node, words) if len(words) >= view.policy.telling_words else None
    if step.kind is StepKind.NODE and step.node is not None and step.output not in (None, "", {}):
        return (step.node, plain(step.output)[:2000])
    return None


def _too_long(view: View) -> None:
    limit = view.contract.max_steps or view.policy.max_steps
    steps = [s for s in view.run.steps if s.kind is not StepKind.MESSAGE]
    if len(steps) > limit:
        text = f"{len(steps)} steps, {limit} are usual at most"
        sure = view.policy.strong if view.contract.max_steps else view.policy.weak
        view.add("wander", steps[limit], text, confidence=sure)


def _after_goal(view: View) -> None:
    """Work that goes on after the run itself said that its goal was reached."""
    goal: Step | None = None
    work: list[Step] = []
    for step in view.run.steps:
        if goal is not None and is_person(step) and not STOP.search(said(step)):
            goal, work = None, []  # a new ask is a new goal
        elif goal is None:
            goal = step if _reached(view, step) else None
        elif _works(step) and _belongs(step, goal):
            work.append(step)
    if goal is not None and len(work) >= view.policy.work_after_goal:
        text = f"{len(work)} steps of work after the goal was reached"
        view.add(
            "failure_to_stop", work[0], text, quote=said(goal)[-200:],
            confidence=view.policy.medium, spans=(goal.id, *(step.id for step in work)),
        )  # fmt: skip


def _reached(view: View, step: Step) -> bool:
    if step.node in view.contract.final or step.name in view.contract.final:
        return True
    if step.kind is StepKind.LLM:
        text = said(step)
        return not step.tool_calls and bool(STOP.search(text) or GOAL.search(text[-END:]))
    if step.parent_id is None and step.kind is StepKind.NODE and step.node is None:
        return False  # the span of the whole run
    found = keys_of(step.output)
    return any(found.get(key) is True for key in DONE_KEYS)


def _belongs(step: Step, goal: Step) -> bool:
    """Whether a step is work of who had ended: of anybody after a stop word, else of its node."""
    if step.parent_id == goal.id or step.id == goal.parent_id:
        return False
    if goal.kind is not StepKind.LLM or STOP.search(said(goal)):
        return True
    return step.node == goal.node


def _works(step: Step) -> bool:
    if step.kind is StepKind.LLM and not step.tool_calls:
        words = said(step)
        return bool(words.strip()) and not (
            len(words.split()) < SHORT_CLOSING and (CLOSING.search(words) or STOP.search(words))
        )
    return step.kind is not StepKind.MESSAGE


def _slow(view: View) -> None:
    limit = view.contract.max_step_ms or view.policy.max_step_ms
    for step in view.run.steps:
        took = step.duration_ms
        waits = any(APPROVAL.search(name) for name in names_of(step)) or is_person(step)
        whole = step.kind is StepKind.NODE and step.node is None
        if took is not None and took > limit and not waits and not whole:
            text = f"{step.name} took {took:.0f} ms, {limit:.0f} ms are allowed"
            view.add("latency_violation", step, text, confidence=view.policy.strong)
    total = view.run.duration_ms
    most = view.contract.max_run_ms or view.policy.max_run_ms
    if total is not None and total > most and view.run.steps and not view.people:
        text = f"the run took {total:.0f} ms, {most:.0f} ms are allowed"
        view.add("latency_violation", view.run.steps[-1], text, confidence=view.policy.medium)


def _escalation(view: View) -> None:
    handed = [act for act in view.acts if HANDOVER.search(act.call.name)]
    good = [act for act in handed if act.call.error is None]
    if handed and not good:
        text = f"{handed[-1].call.name} failed, and nobody took over"
        view.add(
            "escalation_fault", handed[-1].step, text, quote=handed[-1].call.error or "",
            confidence=view.policy.strong,
        )  # fmt: skip
    if good:
        for act in view.acts:
            if act.place > good[0].place and act.changes:
                text = f"{act.call.name} is done after the run was handed over"
                spans = (good[0].step.id, act.step.id)
                view.add(
                    "escalation_fault", act.step, text, quote=act.signature,
                    confidence=view.policy.strong, spans=spans,
                )  # fmt: skip
                break
    asked = next((step for step in view.people if WANTS_PERSON.search(said(step))), None)
    if asked is None or handed:
        return
    later = [reply for reply in view.replies if reply.position > asked.position]
    if not any(OFFERS_PERSON.search(said(reply)) for reply in later):
        text = "a person was asked for, and the run does not answer to it"
        view.add("escalation_fault", asked, text, quote=said(asked), confidence=view.policy.medium)
