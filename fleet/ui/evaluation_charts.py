"""Pictures of evaluation: the issues board, calibration, ROC, and the steps of one run."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from fleet.ui import charts
from fleet.ui.evaluation_curves import GRID, Bin, Roc
from fleet.ui.evaluation_text import label

ROW = 44
STEP_ROW = 28
CURVE = 270
NARROW = 150
WIDE = 225


def issues_board(issues: Sequence[Mapping[str, Any]], *, narrow: bool) -> go.Figure:
    """Draw a row an issue: in how many runs, with the interval, and how bad one is."""
    ink, figure, rows = charts.palette(), go.Figure(), list(range(len(issues)))
    shares = [issue["frequency"] for issue in issues]
    reaches = [(i, i["severity_range"] or (i["severity"], i["severity"])) for i in issues]
    figure.add_scatter(
        x=[100 * share["value"] for share in shares], y=rows, mode="markers",
        marker={"size": 9, "color": ink.data}, hoverinfo="text",
        hovertext=[
            f"{issue['runs']} of {issue['frequency']['n']} runs, "
            f"{100 * issue['frequency']['low']:.0f} – {100 * issue['frequency']['high']:.0f} %"
            for issue in issues
        ],
        error_x={
            "type": "data", "symmetric": False, "width": 0, "thickness": 2, "color": ink.data,
            "array": [100 * (share["high"] - share["value"]) for share in shares],
            "arrayminus": [100 * (share["value"] - share["low"]) for share in shares],
        },
    )  # fmt: skip
    figure.add_scatter(
        x=[issue["severity"] for issue in issues], y=rows, mode="markers", xaxis="x2",
        marker={"size": 9, "color": ink.data}, hoverinfo="text",
        hovertext=[f"severity {issue['severity']:.2f}" for issue in issues],
        error_x={
            "type": "data", "symmetric": False, "width": 0, "thickness": 2, "color": ink.data,
            "array": [high - issue["severity"] for issue, (_, high) in reaches],
            "arrayminus": [issue["severity"] - low for issue, (low, _) in reaches],
        },
    )  # fmt: skip
    left = NARROW if narrow else WIDE
    charts.styled(figure, height=56 + ROW * len(rows), left=left, right=14, top=26)
    most = max(100 * share["high"] for share in shares)
    axis = {"zeroline": False, "fixedrange": True, "showgrid": False, "tickangle": 0}
    figure.update_layout(
        xaxis={
            "domain": [0, 0.52],
            "range": [-2, most * 1.04 + 1],
            "nticks": 4,
            "ticksuffix": " %",
        },
        xaxis2=axis | {"domain": [0.62, 1], "range": [-0.05, 1.08], "tickvals": [0, 0.5, 1]},
    )
    for place, words in ((0.0, "in how many runs"), (0.62, "severity")):
        figure.add_annotation(
            x=place, xref="paper", y=1, yref="paper", yanchor="bottom", xanchor="left",
            text=words, showarrow=False, yshift=4,
        )  # fmt: skip
    figure.update_yaxes(
        tickmode="array", tickvals=rows, range=[len(rows) - 0.5, -0.5],
        tickfont={"color": ink.text}, ticklabelstandoff=5,
        ticktext=[label(_named(issue), 22 if narrow else 34) for issue in issues],
    )  # fmt: skip
    return figure


def _named(issue: Mapping[str, Any]) -> str:
    return f"{issue['title']} ({issue['node']})" if issue["node"] else str(issue["title"])


def calibration(bins: Sequence[Bin], error: tuple[float, float, float]) -> go.Figure:
    """Draw what came true against what was predicted."""
    ink, figure = charts.palette(), go.Figure()
    _diagonal(figure)
    most = max(each.n for each in bins)
    figure.add_scatter(
        x=[each.predicted for each in bins], y=[each.came_true for each in bins], mode="markers",
        marker={"size": [7 + 7 * each.n / most for each in bins], "color": ink.data},
        error_y={
            "type": "data", "symmetric": False, "width": 0, "color": ink.data, "thickness": 1.5,
            "array": [each.high - each.came_true for each in bins],
            "arrayminus": [each.came_true - each.low for each in bins],
        },
        hoverinfo="text",
        hovertext=[
            f"predicted {each.predicted:.2f}, came true {each.came_true:.2f}, n = {each.n}"
            for each in bins
        ],
    )  # fmt: skip
    _square(figure, f"ECE {error[0]:.2f} ({error[1]:.2f} – {error[2]:.2f})", "0.5 predicted")
    _corner(figure, "came true")
    return figure


def roc(curve: Roc, auc: Mapping[str, Any] | None) -> go.Figure:
    """Draw hits against false alarms with the band and the threshold that parts them best."""
    ink, figure = charts.palette(), go.Figure()
    _diagonal(figure)
    figure.add_scatter(
        x=[*GRID, *GRID[::-1]], y=[*curve.high, *curve.low[::-1]], fill="toself",
        fillcolor=ink.band, line={"width": 0}, hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=GRID, y=curve.hits, mode="lines", line={"color": ink.data, "width": 2},
        hovertemplate="false alarms %{x:.2f}, hits %{y:.2f}<extra></extra>",
    )  # fmt: skip
    threshold, alarms, hits = curve.chosen
    figure.add_scatter(
        x=[alarms], y=[hits], mode="markers+text", text=[f" at {threshold:.2f}"],
        textposition="bottom right", textfont={"color": ink.text},
        marker={"size": 9, "color": ink.text}, hoverinfo="skip",
    )  # fmt: skip
    known = auc and auc["value"] is not None
    said = f"AUC {auc['value']:.2f} ({auc['low']:.2f} – {auc['high']:.2f})" if known and auc else ""
    _square(figure, said, "0.5 false alarms")
    _corner(figure, "hits")
    return figure


def _diagonal(figure: go.Figure) -> None:
    ink = charts.palette()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", hoverinfo="skip",
        line={"color": ink.faint, "width": 1, "dash": "dash"},
    )  # fmt: skip


def _square(figure: go.Figure, said: str, middle: str) -> None:
    charts.styled(figure, height=CURVE, left=30, right=14, top=26, bottom=28)
    figure.update_xaxes(range=[-0.02, 1.03], tickvals=[0, 0.5, 1], ticktext=["0", middle, "1"])
    figure.update_yaxes(range=[-0.02, 1.04], tickvals=[0, 0.5, 1], showgrid=False)
    figure.add_annotation(
        x=1,
        y=0.03,
        text=said,
        showarrow=False,
        xanchor="right",
        font={"color": charts.palette().text},
    )


def _corner(figure: go.Figure, words: str) -> None:
    figure.add_annotation(
        x=0, xref="paper", y=1, yref="paper", yshift=4, text=words, showarrow=False,
        xanchor="left", yanchor="bottom",
    )  # fmt: skip


def steps(rows: Sequence[Mapping[str, Any]], bar: float, chosen: int) -> go.Figure:
    """Draw a row a judged step, in order, against the bar; the chosen one has a rim of ink."""
    ink, figure = charts.palette(), go.Figure()
    figure.add_vline(x=bar, line={"color": ink.good, "width": 1.5})
    figure.add_annotation(
        x=bar, y=1, yref="paper", yanchor="bottom", text=f"▲ {bar:.2f}", showarrow=False,
        font={"color": ink.good},
    )  # fmt: skip
    for place, row in enumerate(rows):
        low = row["score"] < bar
        figure.add_scatter(
            x=[row["score"]], y=[place], mode="markers", hoverinfo="text",
            hovertext=label(f"step {row['position'] + 1}: {row['score']:.2f}"),
            marker={
                "symbol": "triangle-down" if low else "circle", "size": 13 if low else 10,
                "color": ink.bad if low else ink.data,
                "line": {"width": 2 if place == chosen else 0, "color": ink.text},
            },
        )  # fmt: skip
        figure.add_annotation(
            x=1, xref="paper", xshift=8, y=place, text=f"{row['score']:.2f}", showarrow=False,
            xanchor="left", font={"color": ink.bad if low else ink.text},
        )  # fmt: skip
    charts.styled(figure, height=60 + STEP_ROW * len(rows), left=NARROW, right=46, top=24)
    figure.update_xaxes(range=[-0.02, 1.03], tickvals=[0, 0.5, 1])
    figure.update_yaxes(
        tickmode="array", tickvals=list(range(len(rows))), range=[len(rows) - 0.5, -0.5],
        tickfont={"color": ink.text}, ticklabelstandoff=5,
        ticktext=[label(f"{step_name(row)} {row['position'] + 1}", 22, 1) for row in rows],
    )  # fmt: skip
    return figure


def step_name(row: Mapping[str, Any]) -> str:
    """Name a step by its node, or by its tool where it is one."""
    own = row["name"] if row["kind"] == "tool" else row["node"] or row["name"]
    return str(own).removeprefix("execute_tool ").removeprefix("invoke_agent ")
