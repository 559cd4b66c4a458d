"""Pictures of the gate: a confidence sequence a dimension, and differences to the baseline."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from fleet.release_gate.dimensions import Judgment
from fleet.release_gate.sequence import Point
from fleet.ui import charts

NAMES = {
    "task_success": "Task success", "context_preserved": "Context preserved",
    "latency_p95": "P95 latency", "safety": "Safety", "evidence_coverage": "Evidence coverage",
    "routing": "Routing", "cost": "Cost", "human_override": "Human override",
}  # fmt: skip
MARGIN = 0.05
HEIGHT = 128
KEPT = 30  # newest looks that fix the y range; the first ones are wide and say little


def said(reason: str) -> str:
    """Return a reason of the gate with its dimension in plain words.

    >>> said("latency_p95: lower bound 0.906 is under the bar 0.95")
    'P95 latency: lower bound 0.906 is under the bar 0.95'
    """
    name, colon, rest = reason.removeprefix("INSUFFICIENT: ").partition(":")
    return f"{NAMES[name]}{colon}{rest}" if name in NAMES else reason


def sequence(judgment: Judgment, points: Sequence[Point]) -> go.Figure:
    """Draw the running estimate and its band over runs, with bar and floor named at their ends."""
    ink, rule = charts.palette(), judgment.rule
    figure = go.Figure()
    if judgment.state == "INSUFFICIENT":
        _without_bound(figure, judgment, points)
    else:
        _band(figure, points)
    for level, hue, sign, dash in (
        (rule.promote_bar, ink.good, "▲", "solid"), (rule.rollback_floor, ink.bad, "▼", "dash"),
    ):  # fmt: skip
        figure.add_hline(y=level, line={"color": hue, "width": 1.5, "dash": dash})
        figure.add_annotation(
            x=1, xref="paper", y=level, text=f"{sign} {level:.2f}", showarrow=False,
            xanchor="left", xshift=4, font={"color": hue, "size": 12},
        )  # fmt: skip
    charts.styled(figure, height=HEIGHT, left=34, right=58, top=6, bottom=22)
    low = max(-0.02, min(rule.rollback_floor, *(point.lower for point in points[-KEPT:])) - MARGIN)
    figure.update_yaxes(range=[low, 1.02], tickvals=[round(max(0, low), 2), 1.0], tickformat=".2f")
    last = points[-1].n
    end = max(last, rule.min_n) if judgment.state == "INSUFFICIENT" else last
    figure.update_xaxes(
        tickvals=[points[0].n, end], ticktext=[str(points[0].n), f"{end:,} runs"],
        range=[points[0].n - end * 0.02, end * 1.04],
    )  # fmt: skip
    return figure


def _band(figure: go.Figure, points: Sequence[Point]) -> None:
    ink, last = charts.palette(), points[-1]
    runs = [point.n for point in points]
    figure.add_scatter(
        x=[*runs, *runs[::-1]], fill="toself", fillcolor=ink.band, line={"width": 0},
        y=[*(p.upper for p in points), *(p.lower for p in reversed(points))], hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=runs, y=[point.estimate for point in points], mode="lines",
        line={"color": ink.data, "width": 2},
        hovertext=[
            f"after {p.n} runs: {p.estimate:.2f}, between {p.lower:.2f} and {p.upper:.2f}"
            for p in points
        ],
        hoverinfo="text",
    )  # fmt: skip
    figure.add_scatter(
        x=[last.n], y=[last.estimate], mode="markers", hoverinfo="skip",
        marker={"size": 9, "color": ink.data},
        error_y={
            "type": "data", "symmetric": False, "array": [last.upper - last.estimate],
            "arrayminus": [last.estimate - last.lower], "color": ink.text, "width": 0,
        },
    )  # fmt: skip


def _without_bound(figure: go.Figure, judgment: Judgment, points: Sequence[Point]) -> None:
    """A grey line and a hollow mark: too few runs for a bound, and where the first one comes."""
    ink, last, first = charts.palette(), points[-1], judgment.rule.min_n
    figure.add_scatter(
        x=[p.n for p in points], y=[p.estimate for p in points], mode="lines",
        line={"color": ink.faint, "width": 2}, hoverinfo="text",
        hovertext=[f"after {p.n} runs: {p.estimate:.2f}, no bound yet" for p in points],
    )  # fmt: skip
    figure.add_scatter(
        x=[last.n, max(first, last.n)], y=[last.estimate] * 2, mode="lines+markers",
        line={"color": ink.faint, "width": 1.5, "dash": "dot"}, hoverinfo="skip",
        marker={"symbol": "circle-open", "size": 10, "color": ink.thin},
    )  # fmt: skip
    if first > last.n:
        figure.add_annotation(
            x=first, y=last.estimate, text=f"first bound at {first} runs", showarrow=False,
            xanchor="right", yshift=-13, font={"color": ink.mute, "size": 12},
        )  # fmt: skip


def differences(rows: Sequence[dict[str, Any]]) -> go.Figure:
    """Draw paired differences in points, and the most that each may lose; numbers at the right."""
    ink = charts.palette()
    figure = go.Figure()
    figure.add_vline(x=0, line={"color": ink.text, "width": 1.5})
    names = [NAMES[row["name"]] for row in rows]
    for row, name in zip(rows, names, strict=True):
        low, high = 100 * row["lower"], 100 * row["upper"]
        known = row["estimate"] is not None
        if known:
            figure.add_scatter(
                x=[low, high], y=[name, name], mode="lines",
                line={"color": ink.data, "width": 2}, hoverinfo="skip",
            )  # fmt: skip
        figure.add_scatter(
            x=[100 * row["estimate"] if known else 0], y=[name], mode="markers",
            marker=charts.verdict_mark(row["state"]), hoverinfo="text",
            hovertext=f"{row['pairs']} pairs, at worst {low:+.1f} points",
        )  # fmt: skip
        figure.add_scatter(
            x=[-100 * row["max_regression"]], y=[name], mode="markers", hoverinfo="skip",
            marker={"symbol": "line-ns-open", "size": 16, "color": ink.bad},
        )  # fmt: skip
        figure.add_annotation(
            x=1, xref="paper", y=name, xanchor="left", xshift=10, showarrow=False,
            text=_difference(row), font={"color": ink.text, "size": 12},
        )  # fmt: skip
    most = -100 * rows[0]["max_regression"]
    for x, text, hue in ((0, "no change", ink.mute), (most, "▼ most it may lose", ink.bad)):
        figure.add_annotation(
            x=x, y=1, yref="paper", text=text, showarrow=False, yshift=14,
            xanchor="left" if x == 0 else "right", font={"color": hue, "size": 12},
        )  # fmt: skip
    charts.styled(figure, height=64 + 30 * len(rows), left=130, right=200, top=30)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    reach = (min(40.0, abs(100 * row[key])) for row in rows for key in ("lower", "upper"))
    wide = max(15.0, *reach)
    figure.update_xaxes(range=[-wide, wide], ticksuffix=" pts")
    return figure


def _difference(row: dict[str, Any]) -> str:
    """Say a difference in points, with its range and its pairs.

    >>> _difference({"estimate": 0.031, "lower": -0.004, "upper": 0.066, "pairs": 96})
    '+3.1 (−0.4 to +6.6) · 96 pairs'
    """
    if row["estimate"] is None:
        return "no pair yet"
    middle, low, high = (
        f"{100 * row[key]:+.1f}".replace("-", "−") for key in ("estimate", "lower", "upper")
    )
    return f"{middle} ({low} to {high}) · {row['pairs']:,} pairs"
