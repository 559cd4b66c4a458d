"""How each version came to its rung: bars in time, the moves above them, the rest of a grant."""

from datetime import datetime, timedelta
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.domain.trust import Rung, is_simulated
from fleet.release_gate.ladder import moves_only
from fleet.ui import charts, theme
from fleet.ui.version_names import plain_name

DAYS = 30
AHEAD = timedelta(days=8)  # of a grant that is still to run
NARROW = timedelta(hours=48)  # a bar under this is too short for its rung's name
Moves = list[dict[str, Any]]


def show(rows: list[dict[str, Any]]) -> None:
    """Draw one bar of rungs a version, highest rung first."""
    st.subheader(f"How they got here, last {DAYS} days", anchor=False)
    moved = [row for row in rows if moves_only(row["history"])]
    if not moved:
        theme.note("No version was ever moved. A version starts at DRAFT and rises on evidence.")
        return
    moved.sort(key=lambda row: Rung(row["effective"]).height)
    now = SystemClock().now()
    start = now - timedelta(days=DAYS)
    figure = go.Figure()
    for place, row in enumerate(moved):
        _bars(figure, row, place, start, now)
    ink = charts.palette()
    figure.add_scatter(
        x=[now.isoformat()] * 2, y=[-0.6, len(moved) - 0.4], mode="lines", hoverinfo="skip",
        line={"color": ink.text, "width": 1.5},
    )  # fmt: skip
    figure.add_annotation(
        x=now.isoformat(), y=1, yref="paper", text="now", showarrow=False, yshift=12,
        font={"color": ink.text, "size": 12},
    )  # fmt: skip
    figure.update_layout(barmode="overlay")
    charts.styled(figure, height=66 + 46 * len(moved), left=130, right=20, top=30)
    figure.update_xaxes(
        type="date", range=[start.isoformat(), (now + AHEAD).isoformat()], tickformat="%-d %b",
        nticks=5,
    )  # fmt: skip
    figure.update_yaxes(
        range=[-0.6, len(moved) - 0.4], tickmode="array", tickvals=list(range(len(moved))),
        ticktext=[plain_name(r["graph"], r["version"]).replace(", ", "<br>") for r in moved],
        showgrid=False,
    )  # fmt: skip
    for place, row in enumerate(moved):
        _marks(figure, row, place, start, now)
    charts.show(figure, key="ladder history", alt=_said(moved))


def _said(moved: list[dict[str, Any]]) -> str:
    said = []
    for row in moved:
        moves = moves_only(row["history"])
        path = [moves[0]["from_rung"] or "DRAFT", *(move["to_rung"] for move in moves)]
        said.append(f"{plain_name(row['graph'], row['version'])}: {' to '.join(path)}")
    return "; ".join(said)


def _bars(
    figure: go.Figure, row: dict[str, Any], place: int, start: datetime, now: datetime
) -> None:
    ink = charts.palette()
    for rung, left, right in spans(row["history"], start, now):
        figure.add_bar(
            y=[place], x=[(right - left) / timedelta(milliseconds=1)], base=[left.isoformat()],
            orientation="h", width=0.5, hoverinfo="text",
            marker={"color": ink.rungs[Rung(rung).height]}, textposition="inside",
            text=rung if right - left > NARROW else "", insidetextanchor="start",
            hovertext=f"{rung} from {left:%-d %b %H:%M} to {right:%-d %b %H:%M}",
        )  # fmt: skip


def _marks(
    figure: go.Figure, row: dict[str, Any], place: int, start: datetime, now: datetime
) -> None:
    """Draw the moves above the bar, and what is left of the grant behind it."""
    ink = charts.palette()
    for move in moves_only(row["history"]):
        at = datetime.fromisoformat(move["at"])
        if at < start:
            continue
        up = Rung(move["to_rung"]).height > Rung(move["from_rung"] or "DRAFT").height
        figure.add_scatter(
            x=[at.isoformat()], y=[place + 0.38], mode="markers", hoverinfo="text",
            marker=charts.verdict_mark("PROMOTE" if up else "ROLLBACK"),
            hovertext=f"{move['at'][:16]} by {move['by']}: {move['reason'][:80]}",
        )  # fmt: skip
    until = datetime.fromisoformat(row["until"]) if row["until"] else None
    words, hue = f"{row['effective']}, no grant", ink.mute
    if row["fell_back"]:
        words, hue = f"fell: {row['fell_back']}", ink.bad
        if is_simulated(row["version"]) and row["fell_back"] == "monitor silent":
            words, hue = "played to here", ink.mute
    elif until and until > now:
        end = min(until, now + AHEAD)
        figure.add_shape(
            type="rect", x0=now.isoformat(), x1=end.isoformat(), y0=place - 0.25, y1=place + 0.25,
            line={"color": ink.data, "width": 1.5, "dash": "dot"},
        )  # fmt: skip
        words = f"to {until:%-d %b}"
    figure.add_annotation(
        x=now.isoformat(), y=place, text=words, showarrow=False, xanchor="left", xshift=6,
        font={"color": hue, "size": 12},
    )  # fmt: skip


def spans(history: Moves, start: datetime, now: datetime) -> list[tuple[str, datetime, datetime]]:
    """Return (rung, from, to) within the days shown, in time order.

    Before its first move a version stood where that move found it, for at most a week that anybody
    could know of.
    """
    moves = moves_only(sorted(history, key=lambda move: move["at"]))
    times = [datetime.fromisoformat(move["at"]) for move in moves]
    found = [(moves[0]["from_rung"] or "DRAFT", start, max(start, times[0]))]
    for move, at, end in zip(moves, times, [*times[1:], now], strict=True):
        found.append((move["to_rung"], max(start, at), max(start, end)))
    return [(rung, left, right) for rung, left, right in found if right > left]
