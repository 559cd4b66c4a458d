"""What the list of traces needs to know of an OTLP document, without reading all of it.

A document that holds one whole, clean trace is told apart here in a few microseconds a span;
anything else (several traces, doubled ids, absent parents, swapped times) is left to the readers.
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


def scan_document(value: Any) -> WholeTrace | None:
    """Return the one trace of a document, or None when it is not plainly one whole trace."""
    try:
        resources = value["resourceSpans"]
        spans = [s for r in resources for scope in r["scopeSpans"] for s in scope["spans"]]
        return _whole(spans, resources[0]) if 0 < len(spans) <= MOST_SPANS else None
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
