"""Pictures of a propensity model: reliability, lift, candidates side by side, segments."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from fleet.ui import charts
from fleet.ui.evaluation_text import label

Bin = Mapping[str, float]
CURVE, ROW, COIN = 286, 40, 0.5
LEFT, LEFT_NARROW = 134, 112
EDGES = (0.1, 0.2, 0.5, 1.0)  # where an axis of chances may end


def reliability(bins: Sequence[Bin]) -> go.Figure:
    """Draw what came true against what was said, a point an equal share of the rows."""
    ink, figure = charts.palette(), go.Figure()
    most = max([*(each["high"] for each in bins), *(each["chance"] for each in bins)])
    edge = next((edge for edge in EDGES if edge >= most), 1.0)
    figure.add_scatter(
        x=[0, edge], y=[0, edge], mode="lines", hoverinfo="skip",
        line={"color": ink.faint, "width": 1, "dash": "dash"},
    )  # fmt: skip
    figure.add_scatter(
        x=[each["chance"] for each in bins], y=[each["rate"] for each in bins], mode="markers",
        marker={"size": 9, "color": ink.data}, error_y=_around(bins, ink.data), hoverinfo="text",
        hovertext=[
            f"said {each['chance']:.2f}, came true {each['rate']:.2f} "
            f"({each['low']:.2f} to {each['high']:.2f}), n = {each['n']:,.0f}"
            for each in bins
        ],
    )  # fmt: skip
    charts.styled(figure, height=CURVE, left=32, right=14, top=26, bottom=28)
    ticks = [0, edge / 2, edge]
    words = ["0", f"{edge / 2:g} said", f"{edge:g}"]
    figure.update_xaxes(range=[-0.02 * edge, 1.04 * edge], tickvals=ticks, ticktext=words)
    figure.update_yaxes(range=[-0.02 * edge, 1.04 * edge], tickvals=ticks, tickformat="~g")
    _corner(figure, "came true")
    return figure


def lift(curve: Sequence[Bin], top: float | None) -> go.Figure:
    """Draw the share of all winners among the rows taken from the top."""
    ink, figure = charts.palette(), go.Figure()
    figure.add_scatter(
        x=[0, 100], y=[0, 100], mode="lines", hoverinfo="skip",
        line={"color": ink.faint, "width": 1, "dash": "dash"},
    )  # fmt: skip
    xs = [0.0, *(100 * each["share"] for each in curve)]
    ys = [0.0, *(100 * each["winners"] for each in curve)]
    figure.add_scatter(
        x=xs, y=ys, mode="lines+markers", line={"color": ink.data, "width": 2},
        marker={"size": 6, "color": ink.data}, fill="tonexty", fillcolor=ink.band,
        hovertemplate="top %{x:.0f} %: %{y:.0f} % of the winners<extra></extra>",
    )  # fmt: skip
    charts.styled(figure, height=CURVE, left=44, right=14, top=26, bottom=28)
    figure.update_xaxes(range=[-2, 104], tickvals=[0, 50, 100], ticktext=["0", "top 50 %", "all"])
    figure.update_yaxes(range=[-2, 104], tickvals=[0, 50, 100], ticktext=["0", "50 %", "100 %"])
    _corner(figure, "of all winners found", x=-0.1)
    if top is not None:
        _said(figure, f"top tenth: {top:.1f} times the base rate", x=100, y=6)
    return figure


def candidates(rows: Sequence[Mapping[str, Any]], chosen: str, *, narrow: bool) -> go.Figure:
    """Draw every candidate on the same rows: AUC with its interval, and the Brier score.

    Rows are `{name, title, auc, auc_low, auc_high, brier}`; without figures a row says so.
    """
    ink, figure, places = charts.palette(), go.Figure(), list(range(len(rows)))
    figure.add_vline(x=COIN, line={"color": ink.faint, "width": 1, "dash": "dash"})
    _candidate_marks(figure, rows, chosen)
    for place, row in enumerate(rows):
        if row["auc"] is None and row["brier"] is None:
            figure.add_annotation(
                x=COIN, y=place, text=f"○ {row['why']}", showarrow=False, xanchor="left", xshift=8,
                font={"color": ink.mute}, bgcolor=ink.page,
            )  # fmt: skip
    names = ("brier", "brier_low", "brier_high")
    known = [row[name] for row in rows for name in names if row[name] is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    room = max(0.2 * (high - low), 0.01)
    after = 5 if narrow else 4  # room for the number beside the mark
    for place, row in enumerate(rows):
        if row["brier"] is not None:
            figure.add_annotation(
                x=row["brier_high"] or row["brier"], y=place, xref="x2", showarrow=False,
                text=f"{row['brier']:.3f}", xanchor="left", xshift=7, font={"color": ink.text},
            )  # fmt: skip
    charts.styled(
        figure, height=62 + ROW * len(rows), left=LEFT_NARROW if narrow else LEFT, right=10, top=26
    )
    axis = {"zeroline": False, "fixedrange": True, "showgrid": False, "tickangle": 0}
    left = min([0.45, *(row["auc_low"] for row in rows if row["auc_low"] is not None)])
    figure.update_layout(
        xaxis={"domain": [0, 0.58], "range": [left - 0.02, 1.02], "tickvals": [0.5, 0.75, 1]},
        xaxis2=axis | {"domain": [0.68, 1], "range": [low - room, high + after * room], "nticks": 3,
                       "tickformat": ".2f"},
    )  # fmt: skip
    for at, words in ((0.0, "AUC, higher is better"), (0.68, "Brier, lower")):
        figure.add_annotation(
            x=at, xref="paper", y=1, yref="paper", yanchor="bottom", xanchor="left", yshift=4,
            text=words, showarrow=False,
        )  # fmt: skip
    figure.update_yaxes(
        tickmode="array", tickvals=places, range=[len(rows) - 0.5, -0.5], ticklabelstandoff=5,
        tickfont={"color": ink.text},
        ticktext=[
            label(row["title"], 18, 1) + ("<br>chosen" if row["name"] == chosen else "")
            for row in rows
        ],
    )  # fmt: skip
    return figure


def _candidate_marks(figure: go.Figure, rows: Sequence[Mapping[str, Any]], chosen: str) -> None:
    ink = charts.palette()
    shown = [(place, row) for place, row in enumerate(rows) if row["auc"] is not None]
    size = [12 if row["name"] == chosen else 9 for _, row in shown]
    figure.add_scatter(
        x=[row["auc"] for _, row in shown], y=[place for place, _ in shown], mode="markers",
        marker={"size": size, "color": ink.data, "opacity": 1}, hoverinfo="text",
        hovertext=[f"AUC {_figure(row, 'auc')}, n = {row['n'] or 0:,}" for _, row in shown],
        error_x={
            "type": "data", "symmetric": False, "width": 0, "thickness": 2, "color": ink.data,
            "array": [_gap(row["auc_high"], row["auc"]) for _, row in shown],
            "arrayminus": [_gap(row["auc"], row["auc_low"]) for _, row in shown],
        },
    )  # fmt: skip
    shown = [(place, row) for place, row in enumerate(rows) if row["brier"] is not None]
    figure.add_scatter(
        x=[row["brier"] for _, row in shown], y=[place for place, _ in shown], xaxis="x2",
        mode="markers",
        marker={"size": [12 if row["name"] == chosen else 9 for _, row in shown],
                "color": ink.data, "opacity": 1}, hoverinfo="skip",
        error_x={
            "type": "data", "symmetric": False, "width": 0, "thickness": 2, "color": ink.data,
            "array": [_gap(row["brier_high"], row["brier"]) for _, row in shown],
            "arrayminus": [_gap(row["brier"], row["brier_low"]) for _, row in shown],
        },
    )  # fmt: skip


def segments(rows: Sequence[Mapping[str, Any]], *, narrow: bool) -> go.Figure:
    """Draw a row a segment: the rate that came true with its interval, and what was said.

    Rows are `{name, n, chance, rate, low, high}`.
    """
    ink, figure, places = charts.palette(), go.Figure(), list(range(len(rows)))
    figure.add_scatter(
        x=[row["rate"] for row in rows], y=places, mode="markers", hoverinfo="text",
        marker={"size": 9, "color": ink.data},
        hovertext=[
            f"came true {row['rate']:.2f} ({row['low']:.2f} to {row['high']:.2f}), "
            f"said {row['chance']:.2f}, n = {row['n']:,}"
            for row in rows
        ],
        error_x=_around(rows, ink.data) | {"thickness": 2},
    )  # fmt: skip
    figure.add_scatter(
        x=[row["chance"] for row in rows], y=places, mode="markers", hoverinfo="skip",
        marker={"symbol": "line-ns-open", "size": 15, "color": ink.text, "line": {"width": 2}},
    )  # fmt: skip
    charts.styled(
        figure, height=40 + 30 * len(rows), left=LEFT_NARROW if narrow else LEFT, right=12, top=8
    )
    edge = min(1.0, max([*(row["high"] for row in rows), *(row["chance"] for row in rows)]) + 0.05)
    figure.update_xaxes(range=[-0.01, edge], nticks=4, tickformat="~g")
    figure.update_yaxes(
        tickmode="array", tickvals=places, range=[len(rows) - 0.5, -0.5], ticklabelstandoff=5,
        tickfont={"color": ink.text},
        ticktext=[f"{label(row['name'], 14 if narrow else 20, 1)} · {row['n']:,}" for row in rows],
    )  # fmt: skip
    return figure


def _around(bins: Sequence[Mapping[str, Any]], colour: str) -> dict[str, Any]:
    return {
        "type": "data", "symmetric": False, "width": 0, "color": colour, "thickness": 1.5,
        "array": [_gap(each["high"], each["rate"]) for each in bins],
        "arrayminus": [_gap(each["rate"], each["low"]) for each in bins],
    }  # fmt: skip


def _gap(upper: float | None, lower: float | None) -> float:
    return max(0.0, upper - lower) if upper is not None and lower is not None else 0.0


def _figure(row: Mapping[str, Any], name: str) -> str:
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    between = f" ({low:.2f} to {high:.2f})" if low is not None and high is not None else ""
    return f"{row[name]:.2f}{between}"


def _corner(figure: go.Figure, words: str, x: float = -0.06) -> None:
    figure.add_annotation(
        x=x, xref="paper", y=1, yref="paper", yanchor="bottom", xanchor="left", yshift=4,
        text=words, showarrow=False,
    )  # fmt: skip


def _said(figure: go.Figure, words: str, *, x: float, y: float) -> None:
    figure.add_annotation(
        x=x, y=y, text=words, showarrow=False, xanchor="right",
        font={"color": charts.palette().text},
    )  # fmt: skip
