"""My day: three lanes and the time of now; symbols differ, so that it reads without colour."""

from datetime import datetime, timedelta

import plotly.graph_objects as go
import streamlit as st

from fleet.adapters.store.day import LANES, Mark, day_marks
from fleet.ui import charts, device, resources, theme
from fleet.ui.untrusted import plain

FIRST, LAST = 7, 19  # hours shown; more of them when something is due before or after
DAY = 24
QUIET = (8, 18)  # outside of these nobody is disturbed
SYMBOLS = {"Drafts due": "diamond", "Sends": "circle", "Calls": "square"}
CROWD_S = 45 * 60  # seconds; labels closer than this would overlap


def draw(now: datetime) -> None:
    """Draw the strip; on a phone, where labels would overlap, a list."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    marks = day_marks(resources.fleet().store, midnight, midnight + timedelta(hours=DAY))
    hours = [datetime.fromisoformat(mark.at).hour for mark in marks]
    start = midnight + timedelta(hours=min([FIRST, *hours]))
    end = midnight + timedelta(hours=max([LAST, *(min(hour + 2, DAY) for hour in hours)]))
    with st.container(border=True, gap="xsmall"):
        st.subheader("My day", anchor=False)
        if not marks:
            theme.note("Nothing is due today: no draft, no send, no call.")
        elif device.is_phone():
            for mark in marks[:12]:
                st.text(f"{mark.at[11:16]}  {plain(mark.label)[:40]}  ({mark.lane.lower()})")
        else:
            charts.show(
                _figure(marks, now, start, end), key="my day",
                alt=f"{len(marks)} things today: drafts due, sends and calls by time",
            )  # fmt: skip


def _figure(marks: list[Mark], now: datetime, start: datetime, end: datetime) -> go.Figure:
    ink = charts.palette()
    figure = go.Figure()
    for lane in LANES:
        mine = [mark for mark in marks if mark.lane == lane]
        figure.add_scatter(
            x=[datetime.fromisoformat(mark.at) for mark in mine], y=[lane] * len(mine),
            mode="markers+text", text=_labels(mine), textposition="top center",
            textfont={"size": 12, "color": ink.text}, cliponaxis=False,
            marker={
                "symbol": SYMBOLS[lane], "size": 11,
                "color": [ink.risk.get(mark.risk or "", ink.mark) for mark in mine],
            },
            hovertext=[f"{mark.at[11:16]} {plain(mark.label)[:60]}" for mark in mine],
            hoverinfo="text", showlegend=False,
        )  # fmt: skip
    opens, closes = (start.replace(hour=hour) for hour in QUIET)
    for left, right in ((start, opens), (closes, end)):
        figure.add_vrect(x0=left, x1=right, fillcolor=ink.track, line_width=0, layer="below")
    if start <= now <= end:
        figure.add_vline(x=now, line_color=ink.mark, line_width=1.5)
        figure.add_annotation(
            x=now, y=1.08, yref="paper", text=f"now {now:%H:%M}", showarrow=False,
            font={"size": 12, "color": ink.mark}, xanchor="left", xshift=4,
        )  # fmt: skip
    charts.styled(figure, height=210, left=80)
    figure.update_yaxes(
        type="category", categoryorder="array", categoryarray=LANES[::-1], showgrid=False,
        range=[-0.5, len(LANES) - 0.4], tickmode="array", tickvals=LANES,
    )  # fmt: skip
    figure.add_scatter(x=[None] * len(LANES), y=LANES[::-1], hoverinfo="skip")  # empty lanes stay
    figure.update_xaxes(range=[start, end], tickformat="%H:%M", showgrid=True, gridcolor=ink.grid)
    return figure


def _labels(marks: list[Mark]) -> list[str]:
    """Label a mark unless the one before it stands too close; hovering names each."""
    texts, last = [], None
    for mark in sorted(marks, key=lambda m: m.at):
        at = datetime.fromisoformat(mark.at)
        free = last is None or (at - last).total_seconds() >= CROWD_S
        texts.append(f"{mark.at[11:16]} {plain(mark.label)[:18]}" if free else "")
        last = at if free else last
    return texts
