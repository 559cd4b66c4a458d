"""A finished run as the detectors read it: its calls, what was said, and what counts as which."""

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fleet.monitor.defect_policy import EMPTY, Contract, DefectPolicy
from fleet.monitor.taxonomy import TAXONOMY
from fleet.monitor.words import ACT, READ, WORD
from fleet.traces.model import Step, StepKind, ToolCall, Trajectory
from fleet.traces.read_values import plain

QUOTE = 240
MAX_TEXT = 20_000  # characters of one text that are searched
PEOPLE = ("user", "human", "customer")
SILENT = ("log", "system", "developer", "tool")  # messages that nobody in the run says


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One defect of one run: the step (`span`) that shows it, with the words that prove it."""

    code: str
    span: str
    position: int
    text: str
    quote: str
    confidence: float
    severity: str
    spans: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the wire form, with its place in the taxonomy."""
        place = TAXONOMY[self.code]
        evidence = {"text": self.text, "quote": self.quote, "spans": list(self.spans)}
        return {
            "code": self.code, "ref": place.ref, "span": self.span, "evidence": evidence,
            "confidence": self.confidence, "severity": self.severity,
            "dimension": place.dimension, "symptom": place.symptom,
            "root_cause": place.root_cause,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One executed call. `result` is a key of its output, None when no output was seen."""

    place: int
    step: Step
    call: ToolCall
    signature: str
    result: str | None

    @property
    def reads(self) -> bool:
        """Whether the name says that it only reads."""
        return bool(READ.match(self.call.name)) and not ACT.match(self.call.name)

    @property
    def changes(self) -> bool:
        """Whether the name says that it changes something."""
        return bool(ACT.match(self.call.name))


@dataclass(slots=True)
class View:
    """One run, its policy and contract, and the defects found so far."""

    run: Trajectory
    policy: DefectPolicy
    contract: Contract = EMPTY
    found: list[Defect] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    replies: list[Step] = field(default_factory=list)
    people: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Sort the steps by what they are, once."""
        self.acts = [
            Act(
                place=step.position, step=step, call=call, signature=call.signature,
                result=_key(call.output),
            )
            for step, call in self.run.executed()
        ]  # fmt: skip
        self.acts.sort(key=lambda act: act.place)
        for step in self.run.steps:
            if is_person(step):
                self.people.append(step)
            elif step.kind is StepKind.LLM and said(step).strip():
                self.replies.append(step)

    def add(
        self, code: str, step: Step, text: str, *, quote: str = "", confidence: float,
        spans: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """Keep one defect; of one kind at most `kept_per_code`, and one a step."""
        if any(d.code == code and d.span == step.id for d in self.found[-8:]):
            return
        self.counts[code] = self.counts.get(code, 0) + 1
        if self.counts[code] <= self.policy.kept_per_code:
            self.found.append(
                Defect(
                    code=code, span=step.id, position=step.position, text=text,
                    quote=quote[:QUOTE], confidence=confidence,
                    severity=self.policy.severity[code], spans=spans[:20],
                )
            )  # fmt: skip

    def reply_after(self, place: int) -> Step | None:
        """Return the first thing said after a place."""
        at = bisect_right(self.replies, place, key=lambda step: step.position)
        return self.replies[at] if at < len(self.replies) else None

    def nodes(self) -> Iterator[Step]:
        """Yield the node steps in order, without the span of the run itself."""
        for step in self.run.steps:
            whole = step.node == self.run.name or step.name.startswith("invoke_agent")
            if step.kind is StepKind.NODE and step.node is not None and not whole:
                yield step


def names_of(step: Step) -> Iterator[str]:
    """Yield all names under which a contract may know a step."""
    yield from {step.name, step.node or step.name, *(call.name for call in step.tool_calls)}


def is_person(step: Step) -> bool:
    """Whether a person speaks."""
    return step.kind is StepKind.MESSAGE and (step.node or "").lower() in PEOPLE


def said(step: Step) -> str:
    """Return what a step says, cut to what is searched."""
    return plain(step.output)[:MAX_TEXT]


def keys_of(value: Any) -> Mapping[str, Any]:
    """Return a value's own keys when it is an object, else none."""
    return value if isinstance(value, Mapping) else {}


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case, without figures."""
    return tuple(word for word in WORD.findall(text.lower()) if not word.isdigit())


def _key(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return value[:MAX_TEXT]
    try:
        return json.dumps(value, sort_keys=True, default=str)[:MAX_TEXT]
    except (RecursionError, TypeError, ValueError):
        return None
