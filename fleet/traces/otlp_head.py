"""What a list of traces says of one run, from its raw OTLP spans: as the readers would, but lazily.

An attribute is decoded only where it can change the answer; of most spans only the keys are looked
at. The differences from the readers are tested to be none.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from fleet.traces.model import StepKind
from fleet.traces.otlp_messages import MARKS, speaks
from fleet.traces.read_chat import ask_in
from fleet.traces.read_otlp import (
    ARGUMENTS,
    COSTS,
    DEFINITIONS,
    ERROR_TYPE,
    INPUTS,
    KIND_NAMES,
    NAMES,
    OUTCOMES,
    OUTPUT_MESSAGES,
    OUTPUTS,
    RESULTS,
    TASK_IDS,
    TASKS,
    TOKENS_IN,
    TOKENS_OUT,
    TOOL_NAMES_IN,
    VERSIONS,
    any_value,
    attributes,
    error_of,
    given_of,
    kind_of,
    name_of,
    offered_in,
    outcome_of,
    output_of,
)
from fleet.traces.read_values import error_in, first, number, plain, text, unpacked, whole

FAILED = frozenset((2, "2", "STATUS_CODE_ERROR", "ERROR"))
USED = (*TOKENS_IN, *TOKENS_OUT, *COSTS)
SAID = (*OUTPUTS, *RESULTS)
ASKED = (*INPUTS, *ARGUMENTS)
KINDS = (*KIND_NAMES, TOOL_NAMES_IN[0], OUTPUT_MESSAGES)
TELLING = (
    frozenset(
        (*USED, *SAID, *ASKED, *TASKS, *TASK_IDS, *OUTCOMES, *DEFINITIONS, *VERSIONS, ERROR_TYPE)
    )
    | MARKS
)
OPENS = frozenset('{["')  # text that begins otherwise is no JSON
Told = dict[str, Any]


@dataclass(slots=True)
class Spans:
    """The spans of one trace as their document has them, and where the telling attributes are."""

    spans: Sequence[Mapping[str, Any]]
    root: int
    order: Sequence[int]  # places by time
    places: Mapping[str, Sequence[int]]  # of the spans that have an attribute, by its name

    def told(self, place: int) -> Told:
        """Return the decoded attributes of one span."""
        return attributes(self.spans[place].get("attributes"))

    def some(self, place: int, names: Collection[str]) -> Told:
        """Return those of a span's attributes, decoded."""
        raw = self.spans[place].get("attributes", ())
        return {a["key"]: any_value(a["value"]) for a in raw if a["key"] in names}

    def having(self, names: Iterable[str]) -> list[int]:
        """Return the places of the spans that have any of these attributes, in their order."""
        here = [self.places[name] for name in names if name in self.places]
        if len(here) == 1:
            return [*dict.fromkeys(here[0])]
        return sorted({place for places in here for place in places})

    def kind(self, place: int) -> StepKind:
        """Return what a span is."""
        told = self.some(place, KINDS)
        return kind_of(told, told)


class Said(NamedTuple):
    """What the attributes of a run's spans say of the run."""

    task: str | None = None
    task_id: str | None = None
    outcome: float | None = None
    answer: Any = None
    tools: tuple[str, ...] = ()
    tokens: int | None = None
    cost_usd: float | None = None


NOTHING = Said()


def spans_in(spans: Sequence[Mapping[str, Any]], root: int, order: Sequence[int]) -> Spans:
    """Return the spans with their telling attributes found; an odd list of them raises."""
    if any(speaks(event) for span in spans if "events" in span for event in span["events"]):
        raise ValueError("messages in events: left to the readers")
    places: dict[str, list[int]] = {}
    told = [
        (each["key"], place, each["value"])
        for place, span in enumerate(spans)
        if "attributes" in span
        for each in span["attributes"]
        if each["key"] in TELLING
    ]
    for key, place, value in told:
        if key in ASKED and value.get("stringValue", "{")[:1] not in OPENS:
            continue  # plain text asks nothing: the common case is told apart here
        places.setdefault(key, []).append(place)
    if not MARKS.isdisjoint(places):
        raise ValueError("indexed messages: left to the readers")
    return Spans(spans, root, order, places)


def name_and_error(run: Spans, failed: Collection[int]) -> tuple[str, str | None]:
    """Return the name of the run, and what failed at its root."""
    told, root = run.some(run.root, NAMES), run.spans[run.root]
    named = text(told.get(NAMES[0])) or name_of(root, told, run.kind(run.root))
    return named, _failure(run, run.root) if run.root in failed else None


def failures(run: Spans) -> set[int]:
    """Return the places of the spans that failed: by status, attributes or a tool's result."""
    suspects = {
        place
        for place, span in enumerate(run.spans)
        if "status" in span and _code(span["status"]) in FAILED
    }
    if ERROR_TYPE in run.places:
        suspects.update(run.places[ERROR_TYPE])
    suspects.update(p for p in run.having(SAID) if run.kind(p) is StepKind.TOOL)
    return {place for place in suspects if _failure(run, place) is not None}


def _code(status: Any) -> Any:
    return first(status, ("code", "status_code")) if isinstance(status, dict) else status


def _failure(run: Spans, place: int) -> str | None:
    told = run.told(place)
    error = error_of(run.spans[place], told)
    if error is None and run.kind(place) is StepKind.TOOL:
        return error_in(output_of(told, StepKind.TOOL))
    return error


def said(run: Spans) -> Said:
    """Return what the attributes say of the run."""
    task_id, outcome = labels(run)
    return Said(task(run), task_id, outcome, answer(run), tools(run), *usage(run))


def usage(run: Spans) -> tuple[int | None, float | None]:
    """Return tokens and cost: of the model calls where there are any, else of all spans."""
    users = run.having(USED)
    if not users:
        return None, None
    calls = [place for place in users if run.kind(place) is StepKind.LLM]
    if not calls and any(run.kind(p) is StepKind.LLM for p in range(len(run.spans))):
        return None, None
    tokens: list[int] = []
    costs: list[float] = []
    counted = set(calls or users)
    for place in (p for p in run.order if p in counted):  # as the readers add, to the last digit
        told = run.some(place, USED)
        into, out = whole(first(told, TOKENS_IN)), whole(first(told, TOKENS_OUT))
        if into is not None or out is not None:
            tokens.append((into or 0) + (out or 0))
        if (cost := number(first(told, COSTS))) is not None:
            costs.append(cost)
    return (sum(tokens) if tokens else None), (sum(costs) if costs else None)


def task(run: Spans) -> str | None:
    """Return what the run was asked: said by an attribute, else found in the first input."""
    for place in run.having(TASKS):
        if said := text(first(run.some(place, TASKS), TASKS)):
            return said
    able = set(run.having(ASKED))
    for place in run.order if able else ():
        if place in able:
            given = given_of(run.some(place, ASKED), run.kind(place))
            if found := ask_in(unpacked(given)):
                return found
    return None


def answer(run: Spans) -> Any:
    """Return what the run said in the end: the root's output, else the last of a model."""
    said = set(run.having(SAID))
    if run.root in said:
        own = output_of(run.some(run.root, SAID), run.kind(run.root))
        if own is not None:
            return own
    for place in reversed(run.order) if said else ():
        if place in said and run.kind(place) is StepKind.LLM:
            output = output_of(run.some(place, SAID), StepKind.LLM)
            if plain(output).strip():
                return output
    return None


def labels(run: Spans) -> tuple[str | None, float | None]:
    """Return the id of the task and the recorded outcome."""
    ids = (text(first(run.some(p, TASK_IDS), TASK_IDS)) for p in run.having(TASK_IDS))
    ends = (outcome_of(run.some(p, OUTCOMES)) for p in run.having(OUTCOMES))
    return next(filter(None, ids), None), next((e for e in ends if e is not None), None)


def tools(run: Spans) -> tuple[str, ...]:
    """Return the names of the tools that models were offered."""
    places = run.having(DEFINITIONS)
    return tuple(dict.fromkeys(n for p in places for n in offered_in(run.some(p, DEFINITIONS))))


def version(run: Spans, resources: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the first version that a span or its resource names."""
    own = set(run.having(VERSIONS))
    last: Any = None
    about: Told = {}
    for place, resource in enumerate(resources):
        if resource is last and place not in own:
            continue  # it says what the one before said
        if resource is not last:
            last, about = resource, attributes((resource.get("resource") or {}).get("attributes"))
        if found := text(first(about | run.some(place, VERSIONS), VERSIONS)):
            return found
    return None
