"""Words of the evidence pages: figures with their ranges, links to a trace, labels of charts."""

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from fleet.ui.untrusted import escaped, plain

NO_FIGURE = "no value"
NAME = 20  # characters of a run's id in a list
LINE = re.compile(r"(#[\d.]{1,12})(?:@[0-9a-f]{12})?$")  # and the digest that an import adds
BREAKS = re.compile(r"[\s_/.:-]")


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


def spanned(value: float | None, interval: Sequence[float] | None) -> str:
    """Return a score with its interval, where there is one.

    >>> spanned(0.41, (0.33, 0.5)), spanned(0.41, None)
    ('0.41 (0.33 – 0.50)', '0.41')
    """
    span = f" ({interval[0]:.2f} – {interval[1]:.2f})" if interval and value is not None else ""
    return f"{number(value)}{span}"


def trace_link(trace_id: str, words: str | None = None, span: str | None = None) -> str:
    """Return Markdown that opens a trace, at a span if one is named; the id is foreign text."""
    address = f"/traces?id={quote(trace_id, safe='')}"
    if span:
        address += f"&span={quote(span, safe='')}"
    return f"[{escaped(words or run_name(trace_id), 60)}]({address})"


def run_name(trace_id: str, width: int = NAME) -> str:
    """Return a run's id short enough for a list; of `FILE#LINE` and `FILE#LINE@DIGEST` the line.

    >>> run_name("a-long-name-of-a-file.jsonl#12"), run_name("0123456789abcdef")
    ('a-long-name-of-a…#12', '0123456789abcdef')
    >>> run_name("runs.jsonl#12@0123456789ab")
    'runs.jsonl#12'
    """
    name = plain(trace_id)
    if len(name) <= width:
        return name
    line = LINE.search(name)
    head, tail = (name[: line.start()], line.group(1)) if line else (name, "")
    room = width - len(tail)
    return f"{head}{tail}" if len(head) <= room else f"{head[: room - 1]}…{tail}"


def span_key(trace_id: str, step_id: str) -> str:
    """Return the id of a step's row of `spans`; steps of our own runs have it already."""
    return step_id if step_id.startswith(f"{trace_id}:") else f"{trace_id}:{step_id}"


def label(text: str | None, width: int = 28, lines: int = 2) -> str:
    """Return foreign text as a label of a chart, which reads a few HTML tags, wrapped."""
    rest, rows = " ".join(plain(text).split()), list[str]()
    while len(rest) > width and len(rows) < lines - 1:
        cut = max((at.end() for at in BREAKS.finditer(rest, 0, width + 1)), default=width)
        cut = cut if rest[cut - 1].isspace() else min(cut, width)
        rows.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if len(rest) > width:
        word = rest.rfind(" ", width // 2, width - 1)
        rest = f"{rest[:word]} …" if word > 0 else f"{rest[: width - 1]}…"
    return "<br>".join(html.escape(row, quote=False) for row in (*rows, rest) if row)
