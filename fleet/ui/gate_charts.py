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


def sequence(judgment: Judgment, points: Sequence[Point]) -> go.Figure:
    """Draw the running estimate and its band over runs, with bar and floor named at their ends."""
    ink, rule = charts.palette(), judgment.rule
    figure = go.Figure()
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
    last = points[-1]
    figure.add_scatter(
        x=[last.n], y=[last.estimate], mode="markers", hoverinfo="skip",
        marker={"size": 9, "color": ink.data},
        error_y={
            "type": "data", "symmetric": False, "array": [last.upper - last.estimate],
            "arrayminus": [last.estimate - last.lower], "color": ink.text, "width": 0,
        },
    )  # fmt: skip
    for level, hue, sign, dash in (
        (rule.promote_bar, ink.good, "▲", "solid"), (rule.rollback_floor, ink.bad, "▼", "dash"),
    ):  # fmt: skip
        figure.add_hline(y=level, line={"color": hue, "width": 1.5, "dash": dash})
        figure.add_annotation(
            x=1, xref="paper", y=level, text=f"{sign} {level:.2f}", showarrow=False,
            xanchor="left", xshift=4, font={"color": hue, "size": 12},
        )  # fmt: skip
    charts.styled(figure, height=HEIGHT, left=34, right=58, top=6, bottom=22)
    low = min(rule.rollback_floor, min(point.lower for point in points)) - MARGIN
    figure.update_yaxes(range=[max(-0.02, low), 1.02], tickvals=[round(max(0, low), 2), 1.0])
    figure.update_xaxes(tickvals=[runs[0], last.n], ticktext=[str(runs[0]), f"{last.n} runs"])
    return figure


def differences(rows: Sequence[dict[str, Any]]) -> go.Figure:
    """Draw paired differences in points against the most that each may lose."""
    ink = charts.palette()
    figure = go.Figure()
    figure.add_vline(x=0, line={"color": ink.text, "width": 1.5})
    names = [NAMES[row["name"]] for row in rows]
    for row, name in zip(rows, names, strict=True):
        mark = charts.verdict_mark(row["state"])
        figure.add_scatter(
            x=[100 * row["lower"], 100 * row["upper"]], y=[name, name], mode="lines",
            line={"color": mark["color"], "width": 2}, hoverinfo="skip",
        )  # fmt: skip
        figure.add_scatter(
            x=[100 * row["estimate"]] if row["estimate"] is not None else [0], y=[name],
            mode="markers", marker=mark,
            hovertext=f"{row['pairs']} pairs, at worst {100 * row['lower']:+.1f} points",
            hoverinfo="text",
        )  # fmt: skip
        figure.add_scatter(
            x=[-100 * row["max_regression"]], y=[name], mode="markers", hoverinfo="skip",
            marker={"symbol": "line-ns-open", "size": 16, "color": ink.bad},
        )  # fmt: skip
    charts.styled(figure, height=40 + 30 * len(rows), left=130, right=20)
    figure.update_xaxes(ticksuffix=" pts")
    return figure
