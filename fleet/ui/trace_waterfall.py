"""The waterfall of a trace: a row a span, and long waits drawn at a fixed width, not to scale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import plotly.graph_objects as go

from fleet.ui import charts, device
from fleet.ui.evaluation_text import label

LINE, TOP = 25, 44
LEFT, NARROW_LEFT = 186, 128
INDENT, DEEPEST = 11, 6
SECOND_MS, MINUTE_MS, TEN_MINUTES_MS = 1_000, 60_000, 600_000
WAIT_MS = 60_000  # a pause that is shorter is drawn as it is
WAIT_SHARE = 0.5  # and so is one shorter than this part of the work
WAIT_WIDTH = 0.14  # of the work's width, for each pause that is cut
INSIDE = 2 / 3  # of the width; past it a label stands left of its bar
VERBS = ("invoke_agent ", "execute_tool ")
KINDS = (("llm", "model"), ("tool", "tool"), ("node", "step"))
Span = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Milliseconds from the first start to places: `cuts` are pauses, (start, end), cut short."""

    work: float
    cuts: tuple[tuple[float, float], ...] = ()

    @property
    def waited(self) -> float:
        """Milliseconds of all pauses that are cut."""
        return sum(end - start for start, end in self.cuts)

    @property
    def gap(self) -> float:
        """How wide a pause is drawn, in milliseconds of work."""
        return max(self.work * WAIT_WIDTH, 1.0)

    def place(self, at: float) -> float:
        """Return where a moment is drawn."""
        lost = 0.0
        for start, end in self.cuts:
            inside = min(max(at - start, 0.0), end - start)
            lost += inside - self.gap * inside / (end - start)
        return at - lost


def length(ms: float) -> str:
    """Write a length of time as it is read: `315 ms`, `12.4 s`, `1 min 44 s`, `3 h 10 min`."""
    if ms < SECOND_MS:
        return f"{ms:.0f} ms"
    if ms < MINUTE_MS:
        return f"{ms / SECOND_MS:.1f} s"
    if ms < TEN_MINUTES_MS:
        minutes, seconds = divmod(round(ms / SECOND_MS), 60)
        return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
    hours, rest = divmod(round(ms / MINUTE_MS), 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def begins(spans: Sequence[Span]) -> list[float]:
    """Return each span's start, in milliseconds after the first one; 0 where it is unknown."""
    times = [datetime.fromisoformat(s["started_at"]) if s["started_at"] else None for s in spans]
    zero = min((at for at in times if at), default=None)
    return [
        (at - zero).total_seconds() * SECOND_MS if at is not None and zero is not None else 0.0
        for at in times
    ]


def scale_of(spans: Sequence[Span], starts: Sequence[float]) -> Scale:
    """Find the pauses in which no innermost span ran: people were asked, or it was resumed."""
    around = {str(span["parent_id"]).rpartition(":")[2] for span in spans}
    busy = sorted(
        (start, start + (span["duration_ms"] or 0.0))
        for span, start in zip(spans, starts, strict=True)
        if span["id"].rpartition(":")[2] not in around
    )
    pauses, reached, work = [], 0.0, 0.0
    for start, end in busy:
        if start > reached:
            pauses.append((reached, start))
        work += max(0.0, end - max(reached, start))
        reached = max(reached, end)
    least = max(WAIT_MS, WAIT_SHARE * work)
    cuts = tuple(pause for pause in pauses if pause[1] - pause[0] > least)
    return Scale(work=max(1.0, reached - sum(e - s for s, e in cuts)), cuts=cuts)


def draw(spans: Sequence[Span], depths: Mapping[str, int], chosen: str | None) -> go.Figure:
    """Draw the spans of one page; the chosen one has a band behind it."""
    ink, figure, starts = charts.palette(), go.Figure(), begins(spans)
    scale = scale_of(spans, starts)
    ends = [at + (s["duration_ms"] or 0.0) for at, s in zip(starts, spans, strict=True)]
    width = max((scale.place(end) for end in ends), default=1.0) or 1.0
    left = NARROW_LEFT if device.is_phone() else LEFT
    places = [
        (scale.place(start), scale.place(end)) for start, end in zip(starts, ends, strict=True)
    ]
    notes: list[dict[str, Any]] = []
    for row, (span, place) in enumerate(zip(spans, places, strict=True)):
        inset = INDENT * min(DEEPEST, depths.get(span["id"], 0))
        named = label(_named(span), max(6, (left - 10 - inset) // 7), 1)
        notes += [
            {"x": 0, "xref": "paper", "y": row, "xshift": inset - left + 2, "text": named,
             "xanchor": "left", "font": {"color": ink.text, "size": 12.5}},
            _words(row, span, place, width),
        ]  # fmt: skip
    _bars(figure, spans, places, width)
    charts.styled(
        figure, height=TOP + 34 + LINE * max(1, len(spans)), left=left, right=100, top=TOP
    )
    row = next((at for at, span in enumerate(spans) if span["id"] == chosen), -1)
    if row >= 0:
        figure.add_hrect(
            y0=row - 0.5, y1=row + 0.5, fillcolor=ink.band, line_width=0, layer="below"
        )
    charts.annotate(figure, [*notes, *_pauses(figure, scale, len(spans)), *_legend()])
    figure.update_yaxes(
        range=[len(spans) - 0.5, -0.5], showticklabels=False, showgrid=True,
        tickvals=list(range(len(spans))),
    )  # fmt: skip
    ticks = _ticks(scale, max(ends, default=0.0))
    figure.update_xaxes(
        range=[0, width], tickvals=[scale.place(at) for at in ticks],
        ticktext=[length(at) if at else "0" for at in ticks],
    )  # fmt: skip
    figure.update_layout(barmode="overlay")
    return figure


def _named(span: Span) -> str:
    name = str(span["name"])
    for verb in VERBS:
        name = name.removeprefix(verb)
    return name


def _failed(span: Span) -> bool:
    return bool(span["error"]) or span["status"] == "error"


def _bars(
    figure: go.Figure, spans: Sequence[Span], places: Sequence[tuple[float, float]], width: float
) -> None:
    """Draw all bars as one trace: sixty of their own would take most of a second."""
    ink = charts.palette()
    hues = {"llm": ink.data, "tool": ink.interval, "person": ink.text}
    colors = [
        ink.bad if _failed(span) else hues.get(span["kind"] or "", ink.faint) for span in spans
    ]
    figure.add_bar(
        y=list(range(len(spans))), base=[start for start, _ in places], orientation="h",
        x=[max(end - start, width * 0.003) for start, end in places], width=0.55,
        marker={"color": colors, "line": {"width": 0}}, hoverinfo="text",
        hovertext=[label(f"{span['position']}: {span['name']}", 60) for span in spans],
    )  # fmt: skip


def _words(row: int, span: Span, ends: tuple[float, float], width: float) -> dict[str, Any]:
    """Return what stands beside a bar: how long it took, and its tokens."""
    ink, failed = charts.palette(), _failed(span)
    words = f"{'▼ ' if failed else ''}{length(span['duration_ms'] or 0.0)}"
    if span["tokens"]:
        words += f" · {span['tokens']:,} tok"
    before = ends[0] > width * INSIDE
    return {
        "x": ends[0] if before else ends[1], "y": row, "text": words,
        "xanchor": "right" if before else "left", "xshift": -5 if before else 5,
        "font": {"color": ink.bad if failed else ink.mute, "size": 12},
    }  # fmt: skip


def _pauses(figure: go.Figure, scale: Scale, rows: int) -> list[dict[str, Any]]:
    """Draw the pauses that are cut, and return their words."""
    ink, notes = charts.palette(), []
    for start, end in scale.cuts:
        x0, x1 = scale.place(start), scale.place(end)
        figure.add_bar(
            y=[(rows - 1) / 2], x=[x1 - x0], base=[x0], orientation="h", width=rows,
            hoverinfo="text", hovertext=f"waited {length(end - start)}, not to scale",
            marker={"color": "rgba(0,0,0,0)", "line": {"width": 0},
                    "pattern": {"shape": "/", "fgcolor": ink.grid, "size": 7}},
        )  # fmt: skip
        notes.append({
            "x": (x0 + x1) / 2, "y": 1, "yref": "paper", "yanchor": "bottom",
            "text": f"waited {length(end - start)}", "font": {"color": ink.mute, "size": 12},
        })  # fmt: skip
    return notes


def _legend() -> list[dict[str, Any]]:
    """Say what the shades are; over the names, where nothing else is written."""
    ink = charts.palette()
    hues = {"llm": ink.data, "tool": ink.interval, "node": ink.faint}
    left = NARROW_LEFT if device.is_phone() else LEFT
    return [
        {"x": 0, "xref": "paper", "y": 1, "yref": "paper", "yanchor": "bottom", "xanchor": "left",
         "xshift": 60 * at + shift - left + 2, "yshift": 20, "text": text,
         "font": {"color": hue, "size": 12}}
        for at, (kind, word) in enumerate(KINDS)
        for shift, text, hue in ((0, "■", hues[kind]), (13, word, ink.mute))
    ]  # fmt: skip


def _ticks(scale: Scale, last: float) -> list[float]:
    """Return the moments to name: the start, around each pause, else quarters, and the end."""
    if scale.cuts:
        return sorted({0.0, *(start for start, _ in scale.cuts), last})
    return [last * part / 4 for part in range(5)] if last else [0.0]
