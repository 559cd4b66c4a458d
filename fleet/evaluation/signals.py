"""What a finished run shows without a reference: signals for the judge, findings for people.

One walk over the steps. Nothing here knows the outcome, and no signal is 0 for want of evidence:
a run without people has no unanswered asks, so that signal is None.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fleet.evaluation.figures import Seen, figures_in
from fleet.evaluation.nodes import OpenNodes, has_result, names_in
from fleet.evaluation.policy import FindingPolicy
from fleet.evaluation.values import Finding, Measured
from fleet.evaluation.words import (
    ACT,
    ANNOUNCED,
    CLAIMED,
    CONSENT,
    DATE,
    DECLINE,
    DIGITS,
    HANDOVER,
    STOP,
    TELLING,
    THANKS,
    THOUSANDS,
    TROUBLE,
    WORD,
    normalised,
    overlap,
    word_set,
)
from fleet.traces.model import Step, StepKind, ToolCall, Trajectory
from fleet.traces.read_chat import messages_in
from fleet.traces.read_values import plain

MAX_LEAVES = 200  # argument values of one call that are looked at
MAX_DEPTH = 12
MAX_TEXT, MAX_REPLY = 100_000, 20_000  # characters read of a message; of a reply for what it says
SMALL = 12
MAX_WORDS = 200_000  # words of one run kept for grounding
LONG_TEXT = 60  # characters; a longer argument is composed text, not a value taken from somewhere
RECENT = 60  # earlier asks and replies a new one is compared with


@dataclass(slots=True)
class _Walk:
    """What is known of a run up to the step looked at."""

    policy: FindingPolicy
    words: set[str] = field(default_factory=set)
    seen: Seen = field(default_factory=Seen)
    asks: list[frozenset[str]] = field(default_factory=list)
    replies: list[frozenset[str]] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    last_ask: str | None = None
    open_error: tuple[Step, ToolCall] | None = None
    waiting: Step | None = None
    read: set[int] = field(default_factory=set)

    def add(self, code: str, step: Step, text: str, quote: str = "", detail: str = "") -> None:
        """Count one finding, and keep it while there are few of its kind."""
        self.counts[code] += 1
        if self.counts[code] <= self.policy.kept_per_code:
            self.findings.append(
                Finding(
                    code=code,
                    severity=self.policy.severity[code],
                    text=text,
                    signature=f"{code}|{step.node or ''}|{detail}",
                    step_id=step.id,
                    position=step.position,
                    node=step.node,
                    quote=quote[:400],
                )
            )


def measure(run: Trajectory, policy: FindingPolicy) -> Measured:
    """Walk over a run once and return its signals and findings."""
    walk = _Walk(policy)
    executed = {id(call) for _, call in run.executed()}
    _learn(walk, " ".join(sorted(names_in(run))))
    opened = OpenNodes()
    for step in run.steps:
        for done in opened.over_at(step):
            _learn(walk, plain(done.output))
        if step.kind is StepKind.MESSAGE:
            _hear(walk, step)
        else:
            if step.kind is not StepKind.TOOL:
                _read(walk, step)
            for call in step.tool_calls:
                if id(call) in executed:
                    _act(walk, step, call, has_result=step.kind is StepKind.TOOL)
            if step.kind is StepKind.LLM:
                _reply(walk, step)
            elif step.kind is StepKind.NODE and step.error:
                walk.add(
                    "step_failed", step, f"{step.name} failed", step.error, normalised(step.error)
                )
    _end(walk, run)
    return Measured(signals=_signals(walk, run), findings=tuple(walk.findings))


def _learn(walk: _Walk, text: str) -> None:
    if not text or len(walk.words) >= MAX_WORDS:
        return
    lowered = text[:MAX_TEXT].lower()
    walk.seen.add(lowered)
    fresh = set(WORD.findall(lowered)) - walk.words
    if fresh:
        fresh.update(WORD.findall(" ".join(fresh).replace("_", " ")))
        fresh.update(DIGITS.findall(" ".join(fresh)))  # a date is also its parts
    if "," in lowered:  # 1,250.0 is also 1250
        fresh.update(found.replace(",", "") for found in THOUSANDS.findall(lowered))
    walk.words |= fresh


def _read(walk: _Walk, step: Step) -> None:
    """Learn what a step was given; prompts repeat earlier messages, so each is read once."""
    if step.input is None:
        return
    messages = messages_in(step.input)
    for text in [plain(m.get("content")) for m in messages] or [plain(step.input)]:
        key = hash(text)
        if key not in walk.read:
            walk.read.add(key)
            _learn(walk, text)


def _hear(walk: _Walk, step: Step) -> None:
    said = plain(step.output)
    _learn(walk, said)
    if step.node != "user":
        return
    walk.counts["asks"] += 1
    words = word_set(said)
    if len(words) >= walk.policy.telling_words and any(
        overlap(words, old) >= walk.policy.same_ask for old in walk.asks[-RECENT:]
    ):
        walk.add("ask_repeated", step, "a person had to ask again", said)
    walk.asks.append(words)
    walk.last_ask, walk.waiting = said, step if _asks(walk, said, words) else None


def _asks(walk: _Walk, said: str, words: frozenset[str]) -> bool:
    """Whether a message waits for a reply; thanks, a nod and a stop word do not."""
    if STOP.search(said):
        return False
    return "?" in said or (len(words) >= walk.policy.telling_words and not THANKS.search(said))


def _act(walk: _Walk, step: Step, call: ToolCall, *, has_result: bool) -> None:
    walk.counts["calls"] += 1
    walk.calls[signature := call.signature] += 1
    if walk.calls[signature] > 1:
        text = f"{call.name} is called again with the same arguments"
        walk.add("call_repeated", step, text, signature, call.name)
    if HANDOVER.search(call.name):
        walk.counts["handed_over"] += 1
        walk.waiting = None
    elif ACT.match(call.name):
        _change(walk, step, call)
    strange = [leaf for leaf in _leaves(call.arguments) if not _grounded(walk, leaf)]
    if strange:
        walk.counts["ungrounded"] += len(strange)
        text = f"{call.name} is given a value that nothing before it mentions"
        walk.add("argument_ungrounded", step, text, ", ".join(strange), call.name)
    if has_result:
        _learn(walk, plain(call.output))
        if call.error:
            text = f"{call.name} failed"
            walk.add("tool_failed", step, text, call.error, f"{call.name} {normalised(call.error)}")
            walk.open_error = (step, call)
        elif walk.open_error and walk.open_error[1].name == call.name:
            walk.open_error = None


def _change(walk: _Walk, step: Step, call: ToolCall) -> None:
    """A call that changes something: was it allowed, and was it refused before?"""
    walk.counts["acts"] += 1
    walk.counts["acts_failed"] += call.error is not None
    asked_back = walk.counts["asks"] > 1  # a single order is its own consent
    if asked_back and walk.last_ask and not CONSENT.search(walk.last_ask):
        text = f"{call.name} changes something, and the person's last words do not agree to it"
        walk.add("act_unconfirmed", step, text, walk.last_ask, call.name)
    if walk.counts["declined"]:
        text = f"{call.name} is done after something was refused"
        walk.add("refused_then_done", step, text, call.signature, call.name)


def _reply(walk: _Walk, step: Step) -> None:
    said = plain(step.output)[:MAX_REPLY]
    if not said.strip():
        return
    walk.counts["replies"] += 1
    walk.waiting = None
    if walk.open_error:
        failed, call = walk.open_error
        if not (TROUBLE.search(said) or DECLINE.search(said) or step.tool_calls):
            text = f"{call.name} failed, and the reply does not say so"
            walk.add("error_ignored", failed, text, said, call.name)
        walk.open_error = None
    words = word_set(said)
    if len(words) >= walk.policy.telling_words and words in walk.replies[-RECENT:]:
        walk.add("reply_repeated", step, "the same is said again", said)
    walk.replies.append(words)
    figures = [f.text for f in figures_in(said) if not walk.seen.founds(f, walk.words)]
    if figures and walk.counts["calls"]:
        walk.counts["figures"] += len(figures)
        text = "gives a figure that nothing before it mentions"
        walk.add("figure_ungrounded", step, text, ", ".join(figures))
    walk.counts["declined"] += bool(DECLINE.search(said))
    if CLAIMED.search(said) and walk.counts["acts"] == walk.counts["acts_failed"] and walk.calls:
        walk.add(
            "claim_without_act", step, "says that something was done; no such call succeeded", said
        )
    _learn(walk, said)


def _end(walk: _Walk, run: Trajectory) -> None:
    """What the last steps leave open."""
    if not run.steps:
        return
    last = run.steps[-1]
    if walk.waiting is not None:
        quote = plain(walk.waiting.output)
        walk.add("ask_unanswered", walk.waiting, "the last ask has no reply", quote)
    spoken = [s for s in run.steps if s.kind is StepKind.LLM and plain(s.output).strip()]
    final = plain(spoken[-1].output) if spoken else ""
    pending = last.kind is StepKind.LLM and bool(last.tool_calls)
    if pending:
        walk.add("plan_unfinished", last, "the run ends on a call that was never carried out")
    elif spoken and spoken[-1] is last and ANNOUNCED.search(final[-300:]):
        walk.add("plan_unfinished", last, "the run ends on an announcement", final[-300:])
    silent = not spoken and last.kind is not StepKind.TOOL
    if walk.counts["calls"] and silent and not has_result(run):
        walk.add("no_answer", last, "tools were called, and nothing was answered")
    if run.error:
        walk.add("run_failed", last, "the run ended in an error", run.error, normalised(run.error))


def _signals(walk: _Walk, run: Trajectory) -> dict[str, float | None]:
    counts, people = walk.counts, walk.counts["asks"] > 0
    called, spoke = counts["calls"] > 0, counts["replies"]
    failures = counts["tool_failed"] + counts["step_failed"] + counts["run_failed"]
    return {
        "steps": math.log1p(len(run.steps)),
        "acts": math.log1p(counts["acts"]) if called else None,
        "declined": counts["declined"] / spoke if spoke else None,
        "handed_over": float(counts["handed_over"] > 0) if called else None,
        "failures": math.log1p(failures),
        "errors_ignored": float(counts["error_ignored"]) if called else None,
        "repeats": math.log1p(counts["call_repeated"] + counts["reply_repeated"]),
        "ungrounded": math.log1p(counts["ungrounded"]) if called else None,
        "figures": math.log1p(counts["figures"]) if called and spoke else None,
        "unconfirmed": math.log1p(counts["act_unconfirmed"]) if people and called else None,
        "reversals": float(counts["refused_then_done"] > 0) if called else None,
        "false_claims": float(counts["claim_without_act"] > 0) if called else None,
        "unanswered": float(counts["ask_unanswered"] + counts["ask_repeated"]) if people else None,
        "unfinished": float(counts["plan_unfinished"] + counts["no_answer"]),
    }


def _grounded(walk: _Walk, leaf: str) -> bool:
    day = DATE.match(leaf)
    if day:
        return leaf in walk.words or str(int(day.group(1))) in walk.words
    if leaf.isdigit() and int(leaf) <= SMALL:
        return True  # ten seats may be said in words, in any language
    words = WORD.findall(leaf.lower())
    if " " not in leaf:  # the id of a row inside a key of one's own: intent:em-00555
        words = [word for word in words if any(map(str.isdigit, word))] or words
    return all(word in walk.words for word in words)


def _leaves(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield the short argument values that name one thing, at most MAX_LEAVES of them."""
    if depth > MAX_DEPTH:
        return
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        for number, each in enumerate(inner):
            if number >= MAX_LEAVES:
                return
            yield from _leaves(each, depth + 1)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        text = str(value)
        if len(text) <= LONG_TEXT and len(text) > 1 and TELLING.search(text):
            yield text
