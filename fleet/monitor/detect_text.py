"""Defects of what was said and what was hidden: grounds, persona, claims, repairs, exceptions."""

import re
from collections.abc import Iterable

from fleet.monitor.view import MAX_TEXT, View, is_person, keys_of, names_of, said
from fleet.monitor.words import (
    ADDRESS,
    ADMITS,
    CHECK_KEYS,
    CLAIMED,
    CODE,
    DIGITS,
    EXCEPTION,
    FIGURE,
    OUT_OF_ROLE,
    REPAIR,
    REPAIR_KEYS,
)
from fleet.traces.model import Step, StepKind
from fleet.traces.read_chat import messages_in
from fleet.traces.read_values import plain

MIN_DIGITS = 3  # a figure of fewer digits is often a count, a date's part or a list's number
MAX_KNOWN = 200  # figures of a run that are combined; more would explain any figure
MAX_LEARNED = 100_000  # figures and addresses kept of one run
CURRENCY = "$€£%"


def detect_text(view: View) -> None:
    """Look at replies, results and errors of a run."""
    _ungrounded(view)
    _persona(view)
    _semantic(view)
    _repaired(view)
    _swallowed(view)


def _ungrounded(view: View) -> None:
    for step in view.run.steps:
        claims = keys_of(step.output).get("claims")
        for claim in claims if isinstance(claims, list) else ():
            bare = keys_of(claim).get("supported") is False or keys_of(claim).get("evidence") == []
            if bare:
                quote = plain(keys_of(claim).get("text"))
                text = "a claim has no evidence"
                view.add("ungrounded_output", step, text, quote=quote, confidence=0.9)
    if not view.acts or not view.replies:
        return
    known: set[str] = set()
    _learn(known, [view.run.task or ""])
    done = False  # before the first result nothing was looked up: the figures are the model's own
    for step in view.run.steps:
        if step.kind is StepKind.LLM:
            _learn(known, _given(step))
            text = said(step)
            if done and not step.tool_calls:
                strange = [found for found in _facts(text) if not _grounded(found, known)]
                if strange:
                    about = "the reply gives figures or addresses that nothing before it shows"
                    quote = ", ".join(strange)
                    sure = view.policy.medium if len(strange) > 1 else view.policy.weak
                    view.add("ungrounded_output", step, about, quote=quote, confidence=sure)
            _learn(known, [text, *(plain(call.arguments) for call in step.tool_calls)])
        else:
            done = done or step.kind is StepKind.TOOL
            _learn(known, [plain(step.input), plain(step.output)])
            _learn(known, (plain(call.output) for call in step.tool_calls))


def _given(step: Step) -> Iterable[str]:
    """Return what a model call was given; of a long chat only the end is new."""
    messages = messages_in(step.input)
    return [plain(m.get("content")) for m in messages[-3:]] or [plain(step.input)]


def _learn(known: set[str], texts: Iterable[str]) -> None:
    for text in texts:
        if len(known) > MAX_LEARNED:
            return
        known.update(_bare(figure) for figure in DIGITS.findall(text[: 4 * MAX_TEXT]))
        known.update(_addresses(text[: 4 * MAX_TEXT]))


def _addresses(text: str) -> list[str]:
    if "@" not in text and "://" not in text:
        return []
    return [found.lower().rstrip(".,") for found in ADDRESS.findall(text)]


def _facts(text: str) -> list[str]:
    found = _addresses(text)
    plain_text = ADDRESS.sub(" ", text)
    for figure in FIGURE.findall(plain_text):
        if sum(c.isdigit() for c in figure) >= MIN_DIGITS:
            found.append(figure)
    return found


def _bare(figure: str) -> str:
    """Return a figure as its number alone: `$1,250.00` is `1250`."""
    body = figure.strip(CURRENCY).replace(",", "").rstrip(".")
    if "." in body:
        body = body.rstrip("0").rstrip(".")
    return body.lstrip("0") or "0"


def _grounded(found: str, known: set[str]) -> bool:
    if "@" in found or "://" in found:
        return found in known
    bare = _bare(found)
    if bare in known or any(bare == k.partition(".")[0] for k in known):
        return True
    return _worked_out(bare, known)


def _worked_out(bare: str, known: set[str]) -> bool:
    """Whether a figure is a sum, a difference, a product or a share of known ones."""
    values = set()
    for each in known:
        try:
            values.add(float(each))
        except ValueError:
            continue
    if len(values) > MAX_KNOWN:
        return True  # cannot be told: no finding
    try:
        goal = float(bare)
    except ValueError:
        return True
    near = 10 ** -len(bare.partition(".")[2]) / 2 + 1e-9
    if abs(goal - sum(values)) <= near:
        return True
    rounded = {round(value, 6) for value in values}
    for value in values:
        if round(goal - value, 6) in rounded or round(value - goal, 6) in rounded:
            return True
        if value and any(
            abs(goal - other * value) <= near or abs(goal - 100 * other / value) <= near
            or abs(goal - other / value) <= near
            for other in values
        ):  # fmt: skip
            return True
    return False


def _persona(view: View) -> None:
    rules = [re.compile(each, re.IGNORECASE) for each in view.contract.never_says]
    for step in view.replies:
        text = CODE.sub(" ", said(step))
        for rule, sure in [(OUT_OF_ROLE, view.policy.strong), *((r, 0.9) for r in rules)]:
            hit = rule.search(text)
            if hit:
                about = "the reply leaves its role"
                view.add("persona_breach", step, about, quote=hit.group(0), confidence=sure)
                break


def _semantic(view: View) -> None:
    """A result that is well formed and wrong: a check says no, or a claimed act never happened."""
    failed: Step | None = None
    for step in view.run.steps:
        if is_person(step) or step.error is not None:
            continue
        found = keys_of(step.output)
        verdicts = [found[key] for key in CHECK_KEYS if isinstance(found.get(key), bool)]
        if verdicts:
            failed = step if not all(verdicts) else None
    quiet = view.run.error is None and not any(
        ADMITS.search(said(r)) for r in view.replies[-1:]
    )  # fmt: skip
    later = failed is not None and any(s.position > failed.position for s in view.run.steps)
    if failed is not None and quiet and (later or not view.replies):
        text = f"{failed.name} says that the result is wrong, and the run ends as a success"
        quote = plain(failed.output)
        view.add("silent_semantic_error", failed, text, quote=quote, confidence=view.policy.medium)
    _claims_done(view)


def _claims_done(view: View) -> None:
    first_good = min(
        (act.place for act in view.acts if act.changes and act.call.error is None), default=None
    )
    if not view.acts and not view.run.tools:
        return  # a run whose calls are not recorded shows no act either
    for step in view.replies:
        hit = CLAIMED.search(said(step))
        if hit and not step.tool_calls and (first_good is None or first_good > step.position):
            if any(act.place <= step.position and not act.reads for act in view.acts
                   if act.call.error is None):  # fmt: skip
                continue  # a call of unknown kind may have done it
            text = "the reply says that something was done; no such call succeeded before it"
            view.add(
                "silent_semantic_error", step, text, quote=hit.group(0),
                confidence=view.policy.medium,
            )  # fmt: skip


def _repaired(view: View) -> None:
    for step in view.run.steps:
        keyed = any(keys_of(step.output).get(key) for key in REPAIR_KEYS)
        if keyed or (step.kind is not StepKind.MESSAGE and REPAIR.search(step.name)):
            text = f"{step.name}: the output had to be repaired"
            sure = view.policy.strong if keyed else view.policy.medium
            view.add("schema_repair", step, text, quote=plain(step.output), confidence=sure)


def _swallowed(view: View) -> None:
    """An exception in a run that ends as a success, neither tried again nor admitted."""
    if view.run.error is not None:
        return
    steps = view.run.steps
    good = {name: step.position for step in steps if step.error is None for name in names_of(step)}
    owners = {step.id: step for step in steps}
    for step in steps:
        hidden = step.error is None and _holds_exception(view, step)
        if step.error is None and not hidden:
            continue
        tool = step.kind is StepKind.TOOL
        if tool and not hidden and view.reply_after(step.position) is not None:
            continue  # a reply had to deal with it: `ignored_error`
        retried = any(good.get(name, -1) > step.position for name in names_of(step))
        owner = owners.get(step.parent_id or "")
        admitted = owner is not None and (owner.error is not None or ADMITS.search(said(owner)))
        after = _next_words(view, step)
        if not retried and not admitted and not (after and ADMITS.search(after)):
            text = f"{step.name} raised an error, and the run ends as a success"
            quote = step.error or said(step)
            sure = view.policy.strong if not hidden else view.policy.medium
            view.add("swallowed_exception", step, text, quote=quote, confidence=sure)


def _holds_exception(view: View, step: Step) -> bool:
    """Whether a step that reports success carries an exception in its result."""
    if step.kind is StepKind.MESSAGE or (step.kind is StepKind.LLM and not view.acts):
        return False  # people and chats quote code
    if step.kind is StepKind.LLM:
        return False
    found = keys_of(step.output)
    if any(found.get(key) for key in ("exception", "traceback", "error")):
        return True
    return bool(EXCEPTION.search(said(step)))


def _next_words(view: View, step: Step) -> str:
    """Return what the run says or gives at last, and right after a step."""
    last = view.run.steps[-1]
    parts = [said(last) if last.id != step.id else "", plain(view.run.answer)[:MAX_TEXT]]
    if step.position + 1 < len(view.run.steps):
        following = view.run.steps[step.position + 1]
        parts.append(said(following) if following.id != step.id else "")
    return " ".join(parts)
