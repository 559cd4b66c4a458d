"""What the list of traces needs to know of an OTLP document, without reading all of it.

Whole, clean traces are told apart here in a few microseconds a span; anything else (doubled ids,
absent parents, swapped times) is left to the readers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TOKENS = ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens")
COST = "gen_ai.usage.cost"
USED = frozenset((*TOKENS, COST))
FAILED = (2, "2", "STATUS_CODE_ERROR", "ERROR")
TASKS = ("fleet.task", "gen_ai.task", "intent")
MOST_SPANS = 500
NS_PER_S = 1_000_000_000
Document = dict[str, Any]
Placed = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]  # resource, scope, span


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeTrace:
    """One trace of one document; seconds since 1970, US dollars."""

    id: str
    spans: int
    name: str
    version: str | None
    task: str | None
    error: str | None
    failed_spans: int
    started_at: float
    ended_at: float
    tokens: int | None
    cost_usd: float | None


def split_document(value: Any) -> tuple[list[tuple[WholeTrace, Document]], Document | None]:
    """Return the whole traces of a document, each as a document of its own, and what is left.

    Exporters write what ended of many traces in one document. A trace that is not plainly whole
    stays in what is left, with all its spans; an odd document is left as it is.
    """
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
        seen = _scanned([span for _, _, span in parts], parts[0][0])
        if seen is None:
            left += parts
        else:
            found.append((seen, value if len(traces) == 1 else _document(parts)))
    return found, _document(left) if left else None


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


def _scanned(spans: list[dict[str, Any]], resource: Mapping[str, Any]) -> WholeTrace | None:
    try:
        return _whole(spans, resource) if 0 < len(spans) <= MOST_SPANS else None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None


def _whole(spans: list[dict[str, Any]], resource: Mapping[str, Any]) -> WholeTrace | None:
    trace_id = spans[0]["traceId"]
    root: dict[str, Any] | None = None
    ids, starts, ends, failed = [], [], [], []
    for span in spans:  # one pass: this is where an import spends its time
        if span["traceId"] != trace_id:
            return None
        ids.append(span["spanId"])
        start, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
        if start > end:
            return None
        starts.append(start)
        ends.append(end)
        if not span.get("parentSpanId"):
            if root is not None:
                return None
            root = span
        if "status" in span and span["status"].get("code") in FAILED:
            failed.append(span)
    if root is None or not trace_id or not all(ids) or len(set(ids)) < len(ids):
        return None
    if not (_tree(spans, root) or _tree(spans[::-1], root)):
        return None
    tokens, cost = _used(spans)
    about = {a["key"]: a["value"] for a in root.get("attributes", ())}
    version = {a["key"]: a["value"] for a in resource.get("resource", {}).get("attributes", ())}
    task = next((about[key]["stringValue"] for key in TASKS if key in about), None)
    return WholeTrace(
        id=str(trace_id), spans=len(spans), name=str(root["name"]), task=task,
        version=version.get("service.version", {}).get("stringValue"),
        error=str(root["status"].get("message") or "error") if root in failed else None,
        failed_spans=len(failed), started_at=min(starts) / NS_PER_S,
        ended_at=max(ends) / NS_PER_S, tokens=tokens, cost_usd=cost,
    )  # fmt: skip


def _tree(spans: list[dict[str, Any]], root: dict[str, Any]) -> bool:
    """Whether every span comes after its parent, which leaves no cycle and no absent parent.

    Writers put parents first, or last when they write a span at its end.
    """
    seen = {root["spanId"]}
    for span in spans:
        if span is not root:
            parent = span["parentSpanId"]
            if parent not in seen or not parent.strip("0"):
                return False
            seen.add(span["spanId"])
    return True


def _used(spans: list[dict[str, Any]]) -> tuple[int | None, float | None]:
    tokens: list[int] = []
    costs: list[float] = []
    for span in spans:
        for attribute in span.get("attributes", ()):
            if attribute["key"] in USED:
                (value,) = attribute["value"].values()
                if attribute["key"] == COST:
                    costs.append(float(value))
                else:
                    tokens.append(int(value))
    return (sum(tokens) if tokens else None), (sum(costs) if costs else None)
