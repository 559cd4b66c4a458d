"""Words of the evidence pages: figures with their ranges, links to a trace, labels of charts."""

import html
import textwrap
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fleet.ui.untrusted import escaped, plain

NO_FIGURE = "no value"


def ranged(figure: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return an estimate, and its range with n, as two texts."""
    if figure is None or figure["value"] is None:
        return NO_FIGURE, "no case yet"
    n = f"n = {figure['n']:,}"
    if figure["low"] is None:
        return f"{figure['value']:.2f}", n
    return f"{figure['value']:.2f}", f"{figure['low']:.2f} – {figure['high']:.2f} · {n}"


def number(value: float | None) -> str:
    """Return a score with two decimals; what is missing is a hollow mark."""
    return "○" if value is None else f"{value:.2f}"


def trace_link(trace_id: str, words: str | None = None, span: str | None = None) -> str:
    """Return Markdown that opens a trace, at a span if one is named; the id is foreign text."""
    address = f"/traces?id={quote(trace_id, safe='')}"
    if span:
        address += f"&span={quote(span, safe='')}"
    return f"[{escaped(words or trace_id[:14], 60)}]({address})"


def span_key(trace_id: str, step_id: str) -> str:
    """Return the id of a step's row of `spans`; steps of our own runs have it already."""
    return step_id if step_id.startswith(f"{trace_id}:") else f"{trace_id}:{step_id}"


def label(text: str | None, width: int = 28, lines: int = 2) -> str:
    """Return foreign text as a label of a chart, which reads a few HTML tags, wrapped."""
    rows = textwrap.wrap(" ".join(plain(text).split()), width, max_lines=lines, placeholder=" …")
    return "<br>".join(html.escape(row, quote=False) for row in rows)
