"""Whole OTLP documents as rows of `traces` and `spans`: kept as they stand, read when opened."""

from hashlib import sha256
from typing import Any, NamedTuple

from fleet.adapters.store.pressed import Press, opened
from fleet.adapters.store.trace_rows import (
    DIGEST_DIGITS,
    PRESSED,
    clean,
    graph_of,
    short,
    stamp_of,
    status_of,
)
from fleet.traces.model import TraceFormat
from fleet.traces.otlp_scan import WholeTrace


class RawTrace(NamedTuple):
    """A whole trace of one OTLP document, as its rows; the document is in `pack`, pressed."""

    id: str
    spans: int
    digest: str
    head: dict[str, Any]
    pack: dict[str, Any]

    @property
    def odd(self) -> tuple[str, ...]:
        """What was strange."""
        return tuple(self.head["odd"])

    @property
    def document(self) -> bytes:
        """The document as it came."""
        return opened(self.pack["output"])


def raw_trace(seen: WholeTrace, document: bytes, press: Press) -> RawTrace:
    """Return the rows for a document that is kept as it stands."""
    said, name = seen.said, clean(seen.name)
    pressed = press(document)
    digest = sha256(pressed.encode()).hexdigest()[:DIGEST_DIGITS]  # much shorter than the document
    summary = {
        "task_id": said.task_id, "outcome": said.outcome, "answer": short(said.answer),
        "tools": said.tools, "error": clean(seen.error), "failed_spans": seen.failed_spans,
    }  # fmt: skip
    head: dict[str, Any] = {
        "id": seen.id, "run_id": None, "graph": graph_of(name),
        "graph_version": clean(seen.version), "name": name, "origin": TraceFormat.OTLP.value,
        "status": status_of(seen.error), "started_at": stamp_of(seen.started_at),
        "ended_at": stamp_of(seen.ended_at), "spans": seen.spans, "cost_usd": said.cost_usd,
        "tokens": said.tokens, "task": clean(said.task), "digest": digest, "summary": summary,
        "odd": seen.odd,
    }  # fmt: skip
    pack = {
        "id": f"{seen.id}:0+{seen.spans}", "trace_id": seen.id, "position": 0,
        "name": f"{seen.spans} spans", "kind": PRESSED, "output": pressed,
    }  # fmt: skip
    return RawTrace(seen.id, seen.spans, digest, head, pack)
