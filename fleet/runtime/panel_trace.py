"""Runs a panel's graph step by step inside one context, and leaves one trace of it.

The caller draws between the steps and may never come back: so nothing that is bound to a context
stays open in the caller's own.
"""

import contextvars
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

from fleet.orchestrator.registry import GraphRow, graph_row
from fleet.ports import Tracer

NEW = SimpleNamespace(created_at=None, config={})  # a panel is never resumed: it starts anew
RUN_CHARS = 4


def panel_row() -> GraphRow:
    """Return the registry's row of the panel graph."""
    row = graph_row("panel")
    assert row is not None
    return row


def steps(
    graph: Any, start: Mapping[str, Any], tracer: Tracer | None, key: str
) -> Iterator[Mapping[str, Any]]:
    """Yield what each step changed, and `{"heard": note}` while a step still goes on.

    Records the run under `key` when a tracer is given.
    """
    from langsmith import tracing_context

    from fleet.runtime.traced_runs import traced

    context, stack = contextvars.copy_context(), ExitStack()
    trace = None
    thread_id = f"panel:{key}:{secrets.token_hex(RUN_CHARS)}"
    # LangChain would send every text to LangSmith as it is; our own sink cleans it first
    context.run(stack.enter_context, tracing_context(enabled=False))
    try:
        if tracer is not None:
            subject = {"panel_key": key}
            opened = traced(tracer, graph, panel_row(), thread_id, subject, NEW)
            trace = context.run(stack.enter_context, opened)
        config = {"callbacks": trace.callbacks if trace else []}
        stream = graph.stream(dict(start), config, stream_mode=["updates", "custom"])
        while (streamed := context.run(next, stream, None)) is not None:
            mode, update = streamed
            for changed in [update] if mode == "custom" else update.values():
                if trace is not None and changed.get("answer"):
                    trace.outcome = str(changed["answer"]["source"])
                yield changed
    finally:
        context.run(stack.__exit__, *sys.exc_info())
