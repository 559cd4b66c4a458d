"""Pictures of drift: states by window, where it changed, distributions, and p against the limit."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import plotly.graph_objects as go

from fleet.runtime.drift_view import Course, Distribution, is_stream
from fleet.ui import charts
from fleet.ui.evaluation_text import label

ROW = 30
DOT = 5
COLUMNS = ((12, "test"), (88, "n"), (126, "effect"), (176, "power"), (222, "p adjusted"))  # pixels
RIGHT, LEFT = 296, 132
SHORT = {"Kolmogorov-Smirnov": "K–S", "n too low": "none"}
NARROW_RIGHT, NARROW_LEFT = 80, 108
CHART = 230
PAD = 0.06
ABSENT: dict[str, Any] = {"state": "WARMING", "effect": None, "p_adjusted": None}


def p_text(p: float | None) -> str:
    """Write a p value with as many places as it bears."""
    if p is None:
        return "n too low"
    if p < 0.0001:  # noqa: PLR2004 - the last place shown
        return "≤ 0.0001"
    return f"{p:.4f}" if p < 0.01 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"  # noqa: PLR2004 - places


def effect_text(effect: float | None) -> str:
    """Write an effect with its sign."""
    return "–" if effect is None else f"{effect:+.2f}".replace("-", "−")


def states(
    windows: Sequence[Mapping[str, Any]], features: Sequence[Mapping[str, Any]], *, narrow: bool
) -> go.Figure:
    """Draw a row a feature, a column a window; what is stable is a small grey dot."""
    ink, figure = charts.palette(), go.Figure()
    places = {feature["name"]: row for row, feature in enumerate(features)}
    for word in ("STABLE", "WARMING", "WATCH", "DRIFT"):
        spots = [
            (x, places[f["name"]], f, window["at"])
            for x, window in enumerate(windows)
            for f in _looked_at(window, places)
            if f["state"] == word
        ]
        still = {"symbol": "circle", "size": DOT, "color": ink.faint}
        mark = still if word == "STABLE" else charts.verdict_mark(word)
        figure.add_scatter(
            x=[spot[0] for spot in spots], y=[spot[1] for spot in spots], mode="markers",
            marker=mark, hoverinfo="text", customdata=[spot[0] for spot in spots],
            hovertext=[
                f"{at[:16].replace('T', ' ')}: {word.lower()}, effect {effect_text(f['effect'])}, "
                + ("a sum, no p" if is_stream(f) else f"p {p_text(f['p_adjusted'])}")
                + ("" if f.get("power") is None else f", power {f['power']:.2f}")
                for _, _, f, at in spots
            ],
        )  # fmt: skip
    columns = ((12, "p adjusted"),) if narrow else COLUMNS
    notes = [_beside(shift, -0.8, head, ink.mute) for shift, head in columns]
    for shift, head in columns:
        for feature in features:
            loud = head == "p adjusted" and feature["state"] == "DRIFT"
            row, hue = places[feature["name"]], ink.bad if loud else ink.text
            notes.append(_beside(shift, row, _cell(head, feature), hue))
    charts.annotate(figure, notes)
    left, right = (NARROW_LEFT, NARROW_RIGHT) if narrow else (LEFT, RIGHT)
    charts.styled(figure, height=64 + ROW * len(features), left=left, right=right, top=10)
    _times(figure, windows)
    figure.update_yaxes(
        tickmode="array", tickvals=list(range(len(features))), showgrid=False,
        range=[len(features) - 0.5, -1.2], tickfont={"color": ink.text}, ticklabelstandoff=5,
        ticktext=[label(name.replace("_", " "), 15 if narrow else 22, 1) for name in places],
    )  # fmt: skip
    return figure


def _looked_at(window: Mapping[str, Any], names: Iterable[str]) -> list[Mapping[str, Any]]:
    """Return a window's features; one that it had too few runs to look at is WARMING in it."""
    if window.get("current_n") == 0:
        return [ABSENT | {"name": name} for name in names]
    known = {f["name"]: f for f in window["features"]}
    return [known.get(name, ABSENT | {"name": name}) for name in names]


def _cell(head: str, feature: Mapping[str, Any]) -> str:
    if head == "test":
        return label(SHORT.get(feature["test"], feature["test"]).split(" o")[0], 11, 1)
    if head == "n":
        return _looked_n(feature)
    if head == "power":
        return "–" if feature.get("power") is None else f"{feature['power']:.2f}"
    if head == "effect":
        return effect_text(feature["effect"])
    return "–" if is_stream(feature) else p_text(feature["p_adjusted"])


def _looked_n(feature: Mapping[str, Any]) -> str:
    """Return how many values a window's test, or a running sum, has seen."""
    if is_stream(feature):
        seen = re.search(r"[\d,]+", feature["test"])
        return seen.group() if seen else "–"
    return f"{feature['n'][1]:,}" if feature.get("n") else "–"


def _beside(shift: int, y: float, words: str, hue: str) -> dict[str, Any]:
    return {
        "x": 1, "xref": "paper", "xshift": shift, "y": y, "text": words, "xanchor": "left",
        "font": {"color": hue, "size": 12},
    }  # fmt: skip


def _times(figure: go.Figure, windows: Sequence[Mapping[str, Any]]) -> None:
    last = len(windows) - 1
    shown = sorted({0, last // 2, last})
    figure.update_xaxes(
        tickmode="array", tickvals=shown, range=[-0.6, last + 0.6],
        ticktext=[day(windows[i]["window_end"] or windows[i]["at"]) for i in shown],
    )  # fmt: skip


def day(at: str) -> str:
    """Write a day as `18 Nov`."""
    return f"{datetime.fromisoformat(at):%-d %b}"


def effects(windows: Sequence[Mapping[str, Any]], name: str, least: float) -> go.Figure:
    """Draw one feature's effect, a point a window, and the window from which on it stood out."""
    ink, figure = charts.palette(), go.Figure()
    found = [
        (x, feature) for x, window in enumerate(windows) for feature in window["features"]
        if feature["name"] == name and feature["effect"] is not None
    ]  # fmt: skip
    figure.add_hline(y=least, line={"color": ink.hold, "width": 1.2, "dash": "dash"})
    figure.add_annotation(
        x=1, xref="paper", xshift=6, y=least, text=f"◆ {least:.2f}", showarrow=False,
        xanchor="left", font={"color": ink.hold},
    )  # fmt: skip
    figure.add_scatter(
        x=[x for x, _ in found], y=[f["effect"] for _, f in found], mode="lines+markers",
        line={"color": ink.data, "width": 2}, marker={"size": 8}, hoverinfo="text",
        customdata=[x for x, _ in found],
        hovertext=[f"effect {effect_text(f['effect'])}: click for its runs" for _, f in found],
    )  # fmt: skip
    loud = changed_at(windows, name)
    if loud is not None:
        _change(figure, loud - 0.5, loud + 0.5, f"changed {day(windows[loud]['at'])}")
    charts.styled(figure, height=CHART, left=40, right=64, top=26)
    _times(figure, windows)
    return figure


def changed_at(windows: Sequence[Mapping[str, Any]], name: str) -> int | None:
    """Return the first window of the streak without a STABLE one that reaches the newest."""
    first = None
    for x in reversed(range(len(windows))):
        state = next((f["state"] for f in windows[x]["features"] if f["name"] == name), None)
        if state not in ("WATCH", "DRIFT"):
            break
        first = x
    return first


def course(points: Course, change: int | None) -> go.Figure:
    """Draw the current table in order against the reference, and the row where it changed."""
    ink, figure = charts.palette(), go.Figure()
    figure.add_hline(y=points.reference, line={"color": ink.faint, "width": 1.2, "dash": "dash"})
    figure.add_annotation(
        x=1, xref="paper", xshift=6, y=points.reference, showarrow=False, xanchor="left",
        text=f"reference<br>{points.reference:.4g}", align="left",
    )  # fmt: skip
    figure.add_scatter(
        x=points.rows, y=points.values, mode="lines+markers", hoverinfo="text",
        line={"color": ink.data, "width": 2}, marker={"size": 8},
        hovertext=[
            f"{v:.4g} ({low:.4g} – {high:.4g})"
            for v, low, high in zip(points.values, points.low, points.high, strict=True)
        ],
        error_y={
            "type": "data", "symmetric": False, "width": 0, "color": ink.data, "thickness": 1.5,
            "array": [h - v for h, v in zip(points.high, points.values, strict=True)],
            "arrayminus": [v - w for v, w in zip(points.values, points.low, strict=True)],
        },
    )  # fmt: skip
    if change is not None:
        _change(figure, change, change, f"changed from row {change:,}")
    charts.styled(figure, height=CHART, left=56, right=84, top=26)
    figure.update_xaxes(nticks=4)
    return figure


def _change(figure: go.Figure, start: float, end: float, words: str) -> None:
    ink = charts.palette()
    if end > start:
        figure.add_vrect(x0=start, x1=end, fillcolor=ink.stop, line_width=0)
    middle = (start + end) / 2
    figure.add_vline(x=middle, line={"color": ink.bad, "width": 1.5})
    figure.add_annotation(
        x=middle, y=1, yref="paper", yanchor="bottom", text=f"▼ {words}", showarrow=False,
        font={"color": ink.bad},
    )  # fmt: skip


def distribution(shares: Distribution) -> go.Figure:
    """Draw the reference as grey bars, the current table as an outline in steps."""
    ink, figure = charts.palette(), go.Figure()
    if shares.levels:
        names = [label(level, 14, 2) for level in shares.levels]
        rows = list(range(len(names)))
        figure.add_bar(
            y=rows, x=[100 * s for s in shares.reference], orientation="h", width=0.7,
            marker={"color": ink.reference}, hovertemplate="reference %{x:.1f} %<extra></extra>",
        )  # fmt: skip
        figure.add_scatter(
            y=rows, x=[100 * s for s in shares.current], mode="markers",
            marker={"color": ink.data, "size": 11, "symbol": "line-ns-open", "line": {"width": 3}},
            hovertemplate="current %{x:.1f} %<extra></extra>",
        )  # fmt: skip
        charts.styled(figure, height=70 + 28 * len(rows), left=112, right=14, top=8)
        figure.update_yaxes(
            tickmode="array",
            tickvals=rows,
            ticktext=names,
            range=[len(rows) - 0.4, -0.6],
            showgrid=False,
        )
        figure.update_xaxes(ticksuffix=" %", nticks=4, rangemode="tozero")
        return figure
    middles = [(a + b) / 2 for a, b in zip(shares.edges, shares.edges[1:], strict=False)]
    figure.add_bar(
        x=middles,
        y=[100 * s for s in shares.reference],
        marker={"color": ink.reference},
        hovertemplate="reference %{y:.1f} %<extra></extra>",
    )
    figure.add_scatter(
        x=middles,
        y=[100 * s for s in shares.current],
        mode="lines",
        line={"color": ink.data, "width": 2, "shape": "hvh"},
        hovertemplate="current %{y:.1f} %<extra></extra>",
    )
    charts.styled(figure, height=CHART, left=44, right=14, top=8)
    figure.update_layout(bargap=0.06)
    figure.update_yaxes(ticksuffix=" %", nticks=4, showgrid=False, rangemode="tozero")
    figure.update_xaxes(nticks=5)
    return figure
