"""From spans of any order and quality to one trajectory: what every span reader shares.

Doubled ids, unknown and cyclic parents, swapped or missing times are repaired in the plainest way
and each is named in `odd`; nothing is dropped in silence.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from fleet.traces.model import Step, StepKind, ToolCall, TraceFormat, Trajectory
from fleet.traces.read_chat import ask_in
from fleet.traces.read_values import (
    error_in,
    plain,
    share,
    text,
    unpacked,
)

UNSORTED = "spans are not in order of time: sorted by start"
UNNUMBERED = "steps are not in order of their numbers: sorted by number"
NOTES = 50  # sentences of `odd` kept a trajectory; a broken file would give thousands


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a record says of the whole run, outside its spans."""

    task: str | None = None
    task_id: str | None = None
    outcome: float | None = None
    name: str | None = None
    version: str | None = None
    answer: Any = None
    tokens: int | None = None
    cost_usd: float | None = None
    odd: tuple[str, ...] = ()


NO_HEADER = Header()
HEADER_NAMES = tuple(each.name for each in fields(Header) if each.name != "odd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """Some steps of one run, as one record gave them.

    A `complete` fragment is the whole run; others with the same `trace_id` belong together.
    """

    trace_id: str | None
    source: TraceFormat
    steps: tuple[Step, ...]
    header: Header = NO_HEADER
    tools: tuple[str, ...] = ()
    complete: bool = False


def join(fragments: Sequence[Fragment], trace_id: str) -> Trajectory:
    """Build one trajectory from the fragments of one run."""
    merged: dict[str, Any] = {"odd": ()}
    missing = HEADER_NAMES
    for header in (fragment.header for fragment in fragments):
        if header is NO_HEADER:
            continue
        merged["odd"] += header.odd
        told = {name: value for name in missing if (value := getattr(header, name)) is not None}
        if told:
            merged |= told
            missing = tuple(name for name in missing if name not in told)
    steps = [step for fragment in fragments for step in fragment.steps]
    tools = [name for fragment in fragments for name in fragment.tools]
    return assemble(trace_id, fragments[0].source, steps, Header(**merged), tools)


@dataclass(slots=True)
class _Notes:
    """Collects `odd`: equal kinds are counted, not repeated."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, sentence: str) -> None:
        self.counts[sentence] = self.counts.get(sentence, 0) + 1

    def sentences(self) -> tuple[str, ...]:
        told = [s if n == 1 else f"{s} ({n} times)" for s, n in self.counts.items()]
        if len(told) > NOTES:
            told = [*told[:NOTES], f"and {len(told) - NOTES} more"]
        return tuple(told)


def assemble(
    trace_id: str,
    source: TraceFormat,
    steps: Sequence[Step],
    header: Header,
    tools: Iterable[str] = (),
) -> Trajectory:
    """Put the steps of one run in order and build its trajectory."""
    notes = _Notes()
    for sentence in header.odd:
        notes.add(sentence)
    whole = _placed(_housed(_parented(_unique(steps, notes), notes)), notes)
    if not whole:
        notes.add("no step")
    roots = [step for step in whole if step.parent_id is None]
    starts = [step.started_at for step in whole if step.started_at is not None]
    ends = [step.ended_at for step in whole if step.ended_at is not None]
    root = roots[0] if len(roots) == 1 else None
    return Trajectory(
        id=trace_id,
        source=source,
        steps=whole,
        task=header.task or first_ask(whole),
        task_id=header.task_id,
        outcome=header.outcome,
        name=header.name or (root.name if root else None),
        version=header.version,
        answer=header.answer if header.answer is not None else _last_output(whole, root),
        error=root.error if root else None,
        started_at=min(starts, default=None),
        ended_at=max(ends, default=None),
        tokens=header.tokens if header.tokens is not None else _total(whole, "tokens"),
        cost_usd=header.cost_usd if header.cost_usd is not None else _total(whole, "cost_usd"),
        tools=tuple(dict.fromkeys(tools)),
        odd=notes.sentences(),
    )


def _unique(steps: Sequence[Step], notes: _Notes) -> list[Step]:
    kept: dict[str, Step] = {}
    for place, step in enumerate(steps):
        if not step.id:
            notes.add("a span has no id")
            step = replace(step, id=f"#{place}")
        known = kept.get(step.id)
        if known is None:
            kept[step.id] = step
        else:
            notes.add("a span id comes twice: the fuller span is kept")
            if _end(step) > _end(known):  # a resumed run writes its span again, with a later end
                kept[step.id] = step
    return list(kept.values())


def _end(step: Step) -> float:
    return float("-inf") if step.ended_at is None else step.ended_at


def _parented(steps: list[Step], notes: _Notes) -> list[Step]:
    """Cut links to absent parents, and one link of every cycle."""
    parents = {step.id: step.parent_id for step in steps}
    for step in steps:
        parent = parents[step.id]
        if parent is not None and parent not in parents:
            notes.add(f"span {step.id} names a parent that is not in the trace")
            parents[step.id] = None
    checked: set[str] = set()
    for step in steps:
        walked: dict[str, None] = {}
        at: str | None = step.id
        while at is not None and at not in checked and at not in walked:
            walked[at] = None
            at = parents[at]
        if at is not None and at in walked:
            notes.add(f"span {at} is its own ancestor: the link is cut")
            parents[at] = None
        checked.update(walked)
    return [
        step if parents[step.id] == step.parent_id else replace(step, parent_id=parents[step.id])
        for step in steps
    ]


def _housed(steps: list[Step]) -> list[Step]:
    """Give model and tool calls without a node the node of their nearest ancestor."""
    by_id = {step.id: step for step in steps}
    found: dict[str, str | None] = {}
    for step in steps:
        chain: list[str] = []
        at: Step | None = step
        while at is not None and at.id not in found and at.node is None:
            chain.append(at.id)
            at = by_id[at.parent_id] if at.parent_id is not None else None
        node = None if at is None else at.node or found.get(at.id)
        found.update(dict.fromkeys(chain, node))
    inner = (StepKind.LLM, StepKind.TOOL)
    return [
        replace(step, node=found[step.id])
        if step.node is None and step.kind in inner and found[step.id] is not None
        else step
        for step in steps
    ]


def _placed(steps: list[Step], notes: _Notes) -> tuple[Step, ...]:
    """Order by start where known, else as recorded; a parent comes before its children."""
    begun: list[float] = []
    latest = float("-inf")
    depth: dict[str, int] = {}
    parents = {step.id: step.parent_id for step in steps}
    out_of_order, timed = False, any(step.started_at is not None for step in steps)
    spans = any(step.ended_at is not None for step in steps)  # messages have one time only
    for step in steps:
        if step.started_at is None:
            if timed:
                notes.add("a span has no start time")
        elif step.started_at < latest:
            out_of_order = True
        if step.started_at is not None and step.ended_at is not None:
            if step.ended_at < step.started_at:
                notes.add(f"span {step.id} ends before it starts")
        elif step.started_at is not None and spans:
            notes.add(f"span {step.id} has no end: it may have been cut short")
        latest = max(latest, step.started_at if step.started_at is not None else latest)
        begun.append(step.started_at if step.started_at is not None else latest)
        _set_depth(step.id, parents, depth)
    order = range(len(steps))
    if out_of_order:
        notes.add(UNSORTED)
        order_list = sorted(
            order, key=lambda i: (begun[i], depth[steps[i].id], steps[i].position, i)
        )
    else:
        order_list = sorted(order, key=lambda i: (begun[i], steps[i].position, i))
        if order_list != list(order):
            notes.add(UNNUMBERED)
    return tuple(
        steps[i] if steps[i].position == place else replace(steps[i], position=place)
        for place, i in enumerate(order_list)
    )


def _set_depth(step_id: str, parents: Mapping[str, str | None], depth: dict[str, int]) -> None:
    chain: list[str] = []
    at: str | None = step_id
    while at is not None and at not in depth:
        chain.append(at)
        at = parents[at]
    base = depth[at] if at is not None else -1
    for each in reversed(chain):
        base += 1
        depth[each] = base


def _total(steps: Sequence[Step], name: str) -> Any:
    """Sum over the steps that report it, without counting a parent and its children twice."""
    counted = [step for step in steps if step.kind is StepKind.LLM] or list(steps)
    known = [value for step in counted if (value := getattr(step, name)) is not None]
    return sum(known) if known else None


def _last_output(steps: Sequence[Step], root: Step | None) -> Any:
    if root is not None and root.output is not None and root.kind is not StepKind.MESSAGE:
        return root.output
    done = (s.output for s in reversed(steps) if s.kind is StepKind.LLM and plain(s.output).strip())
    return next(done, None)


def first_ask(steps: Sequence[Step]) -> str | None:
    """Return what the run was asked: an intent in the first input, else the first user message."""
    for step in steps:
        if step.kind is StepKind.MESSAGE and step.node == "user" and step.output:
            return plain(step.output) or None
        found = ask_in(step.input)
        if found:
            return found
    return None


def call_of(
    step_name: str, *, call_id: Any, arguments: Any, output: Any, error: str | None
) -> tuple[ToolCall, ...]:
    """Return the one call a tool step carried out."""
    done = ToolCall(
        id=text(call_id),
        name=step_name,
        arguments=unpacked(arguments),
        output=unpacked(output),
        error=error or error_in(output),
    )
    return (done,)


LABELS = (
    "outcome", "traj_score", "score", "reward", "success", "correct", "is_correct", "correctness",
    "quality", "rating",
)  # fmt: skip


def label_in(record: Mapping[str, Any]) -> float | None:
    """Return a recorded outcome, by the names trace stores use for one."""
    for name in LABELS:
        if name in record:
            found = share(record[name])
            if found is not None:
                return found
    return None
