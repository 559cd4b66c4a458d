"""One lead's life on a timeline: a row a run, with sleep, work, crashes and waits."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from fleet.runtime.lead_life import CUT, SLEEPS, WAITS, WORKS
from fleet.ui import charts
from fleet.ui.untrusted import plain

LABEL = 22
ROW, LEFT = 30, 144
MARKS = {"completed": "OK", "dead": "FAIL", "cancelled": "INSUFFICIENT"}


def draw(life: Sequence[dict[str, Any]], chosen: str) -> None:
    """Draw the runs, the oldest above; a red cross is a worker that died in the middle."""
    ink = charts.palette()
    looks = {
        SLEEPS: {"color": ink.faint, "width": 1.2, "dash": "dot"},
        WORKS: {"color": ink.data, "width": 6},
        WAITS: {"color": ink.hold, "width": 2, "dash": "dash"},
        CUT: {"color": ink.bad, "width": 2},
    }
    here = chosen if len(life) > 1 else None
    names = [("▸ " if row["run_id"] == here else "") + _name(row) for row in life]
    figure = go.Figure()
    for row, name in zip(life, names, strict=True):
        for span in row["spans"]:
            figure.add_scatter(
                x=[span["begin"], span["end"]], y=[name, name], mode="lines",
                line=looks[span["kind"]], hovertemplate=f"{span['kind']}<br>%{{x}}<extra></extra>",
            )  # fmt: skip
        _marks(figure, row, name, ink)
    charts.styled(figure, height=72 + ROW * len(life), left=LEFT, right=16, bottom=44)
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1])
    figure.update_xaxes(nticks=4)
    crashes = sum(span["kind"] == CUT for row in life for span in row["spans"])
    alt = f"{len(life)} runs of one lead; {crashes} times a worker died and the run went on"
    charts.show(figure, key="lead life", alt=alt)


def _marks(figure: go.Figure, row: dict[str, Any], name: str, ink: charts.Palette) -> None:
    work = [span["begin"] for span in row["spans"] if span["kind"] == WORKS]
    if work:  # work of milliseconds is a dot beside days of waiting
        figure.add_scatter(
            x=work, y=[name] * len(work), mode="markers", hoverinfo="skip",
            marker={"size": 7, "color": ink.data},
        )  # fmt: skip
    cuts = [span for span in row["spans"] if span["kind"] == CUT]
    if cuts:
        figure.add_scatter(
            x=[span["begin"] for span in cuts], y=[name] * len(cuts), mode="markers",
            marker={"symbol": "x", "size": 10, "color": ink.bad},
            hovertemplate="a worker died here<br>%{x}<extra></extra>",
        )  # fmt: skip
    if row["state"] in MARKS:
        figure.add_scatter(
            x=[row["spans"][-1]["end"]], y=[name], mode="markers", hoverinfo="skip",
            marker=charts.verdict_mark(MARKS[row["state"]]), cliponaxis=False,
        )  # fmt: skip


def _name(row: dict[str, Any]) -> str:
    """Name a run's row; equal beginnings are told apart by their ends."""
    text = plain(row["run_id"])
    return text if len(text) <= LABEL else f"{text[: LABEL - 8]}…{text[-7:]}"
