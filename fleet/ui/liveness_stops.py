"""A stopped run as a picture: its events over nodes or values, the loop on a red field."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from fleet.adapters.store.liveness_rows import lead_events
from fleet.liveness.events import judge_events
from fleet.liveness.policy import LivenessPolicy
from fleet.policy import section
from fleet.ui import charts, resources, theme
from fleet.ui.untrusted import escaped, plain

MOST_NODES = 14
LABEL = 30
LEFT = 130
STOP_SIZE = 15


def show_stop(row: Mapping[str, Any]) -> None:
    """Draw what the guard saw of a lead, and under it that nothing new was reached."""
    if not row["lead_id"]:
        return
    events = lead_events(resources.fleet().store, "", row["lead_id"])
    policy = section(resources.fleet().policies, "liveness", LivenessPolicy)
    judged = [found for found in judge_events(events, policy)[0] if found["verdict"] != "OK"]
    if not judged:
        return
    found, text = judged[0], str(judged[0]["evidence"].get("text", ""))
    st.subheader("The stopped lead: the same steps, nothing gained", anchor=False)
    charts.show(path(events, found), key="stopped", alt=escaped(text, 200))
    st.subheader("Progress measure: new states of the lead must come", anchor=False)
    charts.show(
        progress(events, found), key="progress", alt="New states of the lead, event by event"
    )
    began = str(events[0]["ts"])[:16].replace("T", " ")
    theme.note(f"{escaped(row['lead_id'], 60)}: {len(events)} events since {began}, across runs.")


def path(events: Sequence[Mapping[str, Any]], finding: Mapping[str, Any]) -> go.Figure:
    """Draw events over nodes, or over the values of the field that went to and fro.

    From the first repeat on the path is red on a red field.
    """
    ink = charts.palette()
    rows = [_row(event, finding) for event in events]
    names = list(dict.fromkeys(rows))[:MOST_NODES]
    inside = [(e, row) for e, row in zip(events, rows, strict=True) if row in names]
    seqs = [event.get("seq", number) for number, (event, _) in enumerate(inside)]
    nodes = [row for _, row in inside]
    at = first_repeat(seqs, nodes, finding)
    stop = seqs.index(finding["at_seq"]) if finding["at_seq"] in seqs else None
    figure = go.Figure()
    figure.add_scatter(
        x=seqs, y=nodes, mode="lines+markers", line={"color": ink.data, "width": 1.5},
        marker={"size": 8, "color": ink.data}, hoverinfo="x+y",
    )  # fmt: skip
    if at is not None:
        end = stop + 1 if stop is not None else len(seqs)
        _field(figure, seqs[at], seqs[end - 1], _said(finding), ink)
        figure.add_scatter(
            x=seqs[at:end], y=nodes[at:end], mode="lines+markers", hoverinfo="skip",
            line={"color": ink.bad, "width": 2},
            marker={"symbol": "square", "size": 9, "color": ink.bad},
        )  # fmt: skip
    if stop is not None:
        figure.add_scatter(
            x=[seqs[stop]], y=[nodes[stop]], mode="markers+text", text=["stopped"],
            textposition="bottom center", cliponaxis=False,
            marker=charts.verdict_mark(finding["verdict"]) | {"size": STOP_SIZE},
            textfont={"color": ink.bad}, hoverinfo="skip",
        )  # fmt: skip
    charts.styled(figure, height=100 + 30 * len(names), left=LEFT, right=30, top=30)
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1])
    return _ticks(figure, seqs)


def progress(events: Sequence[Mapping[str, Any]], finding: Mapping[str, Any]) -> go.Figure:
    """Draw how many different states the lead had been in: where it is flat, nothing was gained."""
    ink = charts.palette()
    seqs = [event.get("seq", number) for number, event in enumerate(events)]
    seen: set[str] = set()
    counts = []
    for event in events:
        state = event.get("state") or {}
        seen |= (
            {f"{key}={value}" for key, value in state.items()} if isinstance(state, dict) else set()
        )
        counts.append(len(seen))
    figure = go.Figure()
    figure.add_scatter(
        x=seqs, y=counts, mode="lines", line={"color": ink.data, "width": 2, "shape": "hv"},
        hoverinfo="x+y",
    )  # fmt: skip
    rows = [_row(event, finding) for event in events]
    at = first_repeat(seqs, rows, finding)
    if at is not None and finding["at_seq"] in seqs:
        _field(figure, seqs[at], finding["at_seq"], f"{counts[at]} since event {seqs[at]}", ink)
    charts.styled(figure, height=130, left=LEFT, right=30, top=30)
    figure.update_yaxes(range=[0, max(counts, default=0) + 1], nticks=3)
    return _ticks(figure, seqs)


def first_repeat(
    seqs: Sequence[Any], rows: Sequence[str], finding: Mapping[str, Any]
) -> int | None:
    """Return the place of the event from which on everything had been seen before."""
    first = finding["evidence"].get("first_seq")
    if first in seqs:
        return list(seqs).index(first)
    if not finding["evidence"].get("field"):
        return None
    new = [number for number, row in enumerate(rows) if row not in rows[:number]]
    return min(new[-1] + 1, len(rows) - 1)


def _row(event: Mapping[str, Any], finding: Mapping[str, Any]) -> str:
    """Name the row of an event: the value it wrote where a field goes to and fro, else its node."""
    field, state = finding["evidence"].get("field"), event.get("state")
    value = state.get(field) if field and isinstance(state, dict) else None
    return plain(str(value if value is not None else event.get("node")))[:LABEL]


def _said(finding: Mapping[str, Any]) -> str:
    seen = finding["evidence"]
    if seen.get("period"):
        return f"period {seen['period']}, repeated {seen['repeats']} times"
    return "to and fro" if seen.get("field") else "no progress"


def _field(figure: go.Figure, first: Any, last: Any, said: str, ink: charts.Palette) -> None:
    figure.add_vrect(x0=first, x1=last, fillcolor=ink.stop, line_width=0)
    figure.add_annotation(
        x=(first + last) / 2 if isinstance(first, int) and isinstance(last, int) else first,
        y=1, yref="paper", yshift=14, text=said, showarrow=False,
        font={"color": ink.bad, "size": 12},
    )  # fmt: skip


def _ticks(figure: go.Figure, seqs: Sequence[Any]) -> go.Figure:
    """Name the first, the middle and the last event; both charts stand on one axis."""
    if not seqs or not all(isinstance(seq, (int, float)) for seq in seqs):
        return figure
    shown = [seqs[0], seqs[len(seqs) // 2], seqs[-1]]
    edge = max(0.5, (seqs[-1] - seqs[0]) * 0.03)
    figure.update_xaxes(
        tickvals=shown, ticktext=[f"event {shown[0]}", *map(str, shown[1:])],
        range=[seqs[0] - edge, seqs[-1] + edge],
    )  # fmt: skip
    return figure
