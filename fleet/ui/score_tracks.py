"""Scores from 0 to 1 as tracks: name, mark, number, one line each."""

from collections.abc import Sequence

import plotly.graph_objects as go

from fleet.ui import charts

ROW_PX = 34


def tracks(rows: Sequence[tuple[str, float]]) -> go.Figure:
    """Return the figure of named scores, the first on top."""
    ink = charts.palette()
    figure = go.Figure()
    places = list(range(len(rows)))
    for place in places:
        figure.add_scatter(
            x=[0, 1], y=[place, place], mode="lines", hoverinfo="skip",
            line={"color": ink.track, "width": 7},
        )  # fmt: skip
    figure.add_scatter(
        x=[min(1.0, max(0.0, value)) for _, value in rows], y=places, mode="markers",
        marker={"color": ink.mark, "size": 12}, hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=[1.06] * len(rows), y=places, mode="text", text=[f"{value:.2f}" for _, value in rows],
        textposition="middle right", textfont={"color": ink.text, "size": 13}, hoverinfo="skip",
    )  # fmt: skip
    charts.styled(figure, height=ROW_PX * len(rows) + 8, left=100, right=4, top=4, bottom=4)
    figure.update_xaxes(range=[-0.07, 1.24], visible=False)
    figure.update_yaxes(
        range=[len(rows) - 0.5, -0.5], showgrid=False, tickvals=places,
        ticktext=[name for name, _ in rows], tickfont={"size": 13},
    )  # fmt: skip
    return figure
