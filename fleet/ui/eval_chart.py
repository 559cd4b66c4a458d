"""Every prompt path on one scale: share of cases that pass, its interval, and the bar."""

import math
from typing import Any

import plotly.graph_objects as go

from fleet.ui import charts, device

ROW_H, LEAST = 40, 0.5  # pixels a path; the scale starts here unless a bound lies lower
MARGIN = 0.02  # of the scale, so that a mark at its end is whole
RIGHT, NARROW = 112, 60  # pixels for the numbers


def tightest_first(reports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Order reports: what fails, then by the lower bound."""
    return sorted(reports, key=lambda r: (r["state"] == "PASS", r["lower"] or 0.0, r["prompt"]))


def show(reports: list[dict[str, Any]]) -> None:
    """Draw the paths, the tightest bound first."""
    ink, figure = charts.palette(), go.Figure()
    rows = tightest_first(reports)
    phone = device.is_phone()
    for report in reversed(rows):  # plotly counts from below
        _row(figure, report, phone=phone)
    bar = rows[0]["bar"]
    figure.add_vline(x=bar, line={"color": ink.good, "width": 2})
    figure.add_annotation(
        x=bar, y=1, yref="paper", yanchor="bottom", text=f"▲ {bar:.2f}", showarrow=False,
        font={"color": ink.good},
    )  # fmt: skip
    lows = [report["lower"] for report in rows if report["lower"] is not None]
    low = math.floor(10 * min([LEAST, *lows])) / 10
    charts.styled(
        figure, height=66 + ROW_H * len(rows), left=118, right=NARROW if phone else RIGHT, top=30
    )
    figure.update_xaxes(
        range=[low - MARGIN, 1 + MARGIN], tickvals=[low, bar, 1.0], tickformat=".2f"
    )
    red = [report["prompt"] for report in rows if report["state"] != "PASS"]
    said = f"Below the bar: {', '.join(red)}" if red else "Every path reaches its bar"
    charts.show(figure, key="eval paths", alt=said)


def _row(figure: go.Figure, report: dict[str, Any], *, phone: bool) -> None:
    ink, name = charts.palette(), report["prompt"]
    mark = charts.verdict_mark(report["state"] if report["n"] else "INSUFFICIENT")
    said = f"{report['passed']} of {report['n']}"
    if report["rate"] is None:
        x = [0.0]
        text = "no case"
    else:
        x = [report["rate"]]
        text = said if phone else f"{said}, ≥ {report['lower']:.3f}"
        figure.add_scatter(
            x=[report["lower"], report["upper"]], y=[name, name], mode="lines",
            line={"color": mark["color"], "width": 2}, hoverinfo="skip",
        )  # fmt: skip
    figure.add_scatter(
        x=x, y=[name], mode="markers", hoverinfo="text",
        marker=mark | {"size": 13, "line": {"color": ink.page, "width": 1.5}},
        hovertext=f"{name}: {said} cases pass, engine {report['engine']}",
    )  # fmt: skip
    figure.add_annotation(
        x=1, xref="paper", xshift=8, xanchor="left", y=name, text=text, showarrow=False,
        font={"color": ink.text},
    )  # fmt: skip
