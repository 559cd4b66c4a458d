"""What the list of traces needs to know of an OTLP document, without reading all of it.

Whole, clean traces are told apart here in a few microseconds a span; anything else (doubled ids,
absent parents, swapped times) is left to the readers.
"""

from collections.abc import Mapping, Sequence
from operator import gt, itemgetter, lt
from typing import Any, NamedTuple

from fleet.traces import otlp_head
from fleet.traces.read_parts import UNSORTED
from fleet.traces.read_values import NANOSECONDS

MOST_SPANS = 500
DIGITS = 19  # of nanoseconds since 1970, from 2001 to 2286
SHAPE = itemgetter("traceId", "spanId", "startTimeUnixNano", "endTimeUnixNano")
OTHER_PARENTS = ("parent_span_id", "parent_id")  # names that the readers know as well
SPAN_KEYS = frozenset(
    ("traceId", "spanId", "parentSpanId", "traceState", "flags", "name", "kind", "status",
     "startTimeUnixNano", "endTimeUnixNano", "attributes", "droppedAttributesCount",
     "events", "droppedEventsCount", "links", "droppedLinksCount")
)  # fmt: skip
Document = dict[str, Any]
Placed = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]  # resource, scope, span


class WholeTrace(NamedTuple):
    """One trace of one document; seconds since 1970, US dollars."""

    id: str
    spans: int
    name: str
    error: str | None
    failed_spans: int
    started_at: float
    ended_at: float
    odd: tuple[str, ...]
    version: str | None
    said: otlp_head.Said


def split_document(value: Any) -> tuple[list[tuple[WholeTrace, Document]], Document | None]:
    """Return the whole traces of a document, each as a document of its own, and what is left.

    Exporters write what ended of many traces in one document. A trace that is not plainly whole
    stays in what is left, with all its spans; an odd document is left as it is.
    """
    try:
        (resource,) = value["resourceSpans"]
        (scope,) = resource["scopeSpans"]
        spans = scope["spans"]
        if len({span["traceId"] for span in spans}) == 1:  # most documents
            seen = _scanned(spans, [resource] * len(spans))
            return ([], value) if seen is None else ([(seen, value)], None)
    except ValueError:
        pass  # more than one list
    except (KeyError, TypeError, AttributeError):
        return [], value
    return _split(value)


def _split(value: Any) -> tuple[list[tuple[WholeTrace, Document]], Document | None]:
    traces: dict[str, list[Placed]] = {}
    try:
        for resource in value["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    traces.setdefault(span["traceId"], []).append((resource, scope, span))
    except (KeyError, TypeError, AttributeError):
        return [], value
    found, left = [], []
    for parts in traces.values():
        seen = _scanned([part[2] for part in parts], [part[0] for part in parts])
        if seen is None:
            left += parts
        else:
            found.append((seen, value if len(traces) == 1 else _document(parts)))
    return found, _document(left) if left else None


def scan_spans(spans: Any) -> WholeTrace | None:
    """Look at spans that stood alone, all of one trace; None when the readers have to."""
    try:
        plain = all(span.keys() <= SPAN_KEYS for span in spans)
    except AttributeError:
        return None
    return _scanned(spans, [{}] * len(spans)) if plain else None


def is_lone_span(value: Any) -> bool:
    """Whether a record is one span as OTLP has it, with nothing that is not of a span."""
    named = isinstance(value, dict) and "traceId" in value and "spanId" in value
    return named and value.keys() <= SPAN_KEYS


def _document(parts: list[Placed]) -> Document:
    """Put spans back under their resources and scopes."""
    resources: list[dict[str, Any]] = []
    last: tuple[Any, Any] = (None, None)
    for resource, scope, span in parts:
        if scope is not last[1]:
            about = {key: item for key, item in resource.items() if key != "scopeSpans"}
            inside = {key: item for key, item in scope.items() if key != "spans"}
            resources.append({**about, "scopeSpans": [{**inside, "spans": []}]})
            last = (resource, scope)
        resources[-1]["scopeSpans"][0]["spans"].append(span)
    return {"resourceSpans": resources}


def _scanned(
    spans: list[dict[str, Any]], resources: Sequence[Mapping[str, Any]]
) -> WholeTrace | None:
    try:
        return _whole(spans, resources) if 0 < len(spans) <= MOST_SPANS else None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None


def _whole(
    spans: list[dict[str, Any]], resources: Sequence[Mapping[str, Any]]
) -> WholeTrace | None:
    traces, ids, begun, ended = zip(*map(SHAPE, spans), strict=True)
    if not (isinstance(traces[0], str) and traces[0] and traces.count(traces[0]) == len(spans)):
        return None
    if not (_plain(begun) and _plain(ended)):
        begun, ended = (*map(str, begun),), (*map(str, ended),)  # some write numbers
        if not (_plain(begun) and _plain(ended)):
            return None
    if any(map(gt, begun, ended)):
        return None
    ups = _parents(spans, ids)
    if ups is None:
        return None
    order, odd = _order(begun, ups)
    root = ups.index(None)
    run = otlp_head.spans_in(spans, root, order)
    if any(name in spans[root] for name in OTHER_PARENTS):
        return None
    failed = otlp_head.failures(run)
    name, error = otlp_head.name_and_error(run, failed)
    said = otlp_head.said(run) if run.places else otlp_head.NOTHING
    return WholeTrace(
        traces[0], len(spans), name, error, len(failed), _seconds(min(begun)),
        _seconds(max(ended)), odd, otlp_head.version(run, resources), said,
    )  # fmt: skip


def _parents(spans: list[dict[str, Any]], ids: tuple[Any, ...]) -> list[int | None] | None:
    """Return each span's parent by place, None for the root; no list when they are no plain tree.

    Writers put parents first, or last when they write a span at its end: either leaves no cycle.
    """
    place = dict(zip(ids, range(len(ids)), strict=True))
    if len(place) < len(ids) or not all(ids) or not min(ids)[0] >= "0" or not min(ids).strip("0"):
        return None
    named = [span.get("parentSpanId") for span in spans]
    ups: list[Any] = [*map(place.get, named)]
    if ups.count(None) != 1:
        return None
    root = ups.index(None)
    if named[root]:
        return None
    for beyond, before in ((-1, lt), (len(ids), gt)):
        ups[root] = beyond
        if all(map(before, ups, range(len(ids)))):
            ups[root] = None
            return ups
    return None


def _plain(times: Sequence[Any]) -> bool:
    """Whether all times are nanoseconds as text of one length, which sorts as the numbers do."""
    try:
        joined = "".join(times).encode("ascii")
    except (TypeError, UnicodeEncodeError):
        return False
    return joined.isdigit() and {*map(len, times)} == {DIGITS}


def _seconds(digits: str) -> float:
    return int(digits) / NANOSECONDS


def _order(begun: Sequence[str], ups: list[int | None]) -> tuple[Sequence[int], tuple[str, ...]]:
    """Return the places by time, parents first, and what was odd about how they stood."""
    places = range(len(begun))
    if not any(map(gt, begun, begun[1:])):
        return places, ()
    starts = [*map(_seconds, begun)]
    if not any(map(gt, starts, starts[1:])):  # a double does not tell two near times apart
        return sorted(places, key=starts.__getitem__), ()
    depth = [0] * len(starts)
    for place in places:
        at = ups[place]
        while at is not None:
            depth[place] += 1
            at = ups[at]
    return sorted(places, key=lambda i: (starts[i], depth[i], i)), (UNSORTED,)
