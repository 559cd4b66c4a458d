"""Liveness: what must end and why, who waits for whom, and runs the guard found going round."""

from collections import Counter
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.adapters.jsonl import parse_lines
from fleet.adapters.store.liveness_rows import list_findings, open_waits, settle_finding
from fleet.liveness.events import judge_events
from fleet.liveness.policy import LivenessPolicy
from fleet.policy import section
from fleet.runtime.certificates import certify_registry
from fleet.ui import charts, resources, theme
from fleet.ui.untrusted import escaped, plain

SHOWN = 12
MOST_NODES = 14
MOST_EVENTS = 2_000


def show() -> None:
    """Draw the page."""
    findings = list_findings(resources.fleet().store)
    stuck = [row for row in findings if row["status"] == "open"]
    certificates = _certificates()
    st.title(_title(len(stuck), certificates))
    theme.note("No model is asked: a certificate is a proof, and a stop names the steps it saw.")
    for row in stuck[:3]:
        _banner(row)
    left, right = st.columns([1.5, 1], gap="medium")
    with left:
        _graphs(certificates)
        _judge()
    with right:
        _waits()
        _found(findings)


@st.cache_resource(show_spinner=False)
def _certificates() -> dict[str, dict[str, Any]]:
    return {name: each.as_json() for name, each in certify_registry().items()}


def _title(stuck: int, certificates: dict[str, dict[str, Any]]) -> str:
    proved = sum(each["verdict"] == "TERMINATES" for each in certificates.values())
    all_end = f"{proved} of {len(certificates)} graphs must end"
    if stuck:
        return f"{stuck} lead{'s' if stuck > 1 else ''} went round; {all_end}"
    return f"{all_end}, and no lead goes round"


def _banner(row: dict[str, Any]) -> None:
    text = (row["detail"] or {}).get("text") or row["verdict"]
    st.error(
        f"### ▼ {row['verdict']} · handed to a person\n**{escaped(row['lead_id'] or '', 60)}**: "
        f"{escaped(text, 300)}. The lead is kept; no new plan touches it."
    )
    if st.button("I have looked at it", key=f"settle:{row['id']}"):
        settle_finding(
            resources.fleet().store, row["id"], actor=resources.actor(), now=SystemClock().now()
        )
        st.rerun()


def _graphs(certificates: dict[str, dict[str, Any]]) -> None:
    st.subheader("What must end, and after how many steps at most", anchor=False)
    st.table(
        [
            {
                "Verdict": theme.verdict(each["verdict"]),
                "Graph": f"**{name}**",
                "Steps at most": str(
                    each["max_steps"] if each["max_steps"] is not None else "none"
                ),
            }
            for name, each in certificates.items()
        ]
    )


def _waits() -> None:
    st.subheader("Who waits for whom, now", anchor=False)
    rows = open_waits(resources.fleet().store)
    if not rows:
        theme.note("○ Nobody waits.")
        return
    kinds = Counter("a person" if row["waits_for"] else "a day to come" for row in rows)
    theme.note(", ".join(f"{n:,} wait for {what}" for what, n in kinds.items()) + ".")
    for row in rows[:SHOWN]:
        until = f"until {row['due_at'][:16]}" if row["due_at"] else "no end set"
        st.text(f"{plain(row['id'])[:34]} → {plain(row['waits_for'] or until)[:40]}")
    if len(rows) > SHOWN:
        theme.note(f"and {len(rows) - SHOWN:,} more")


def _found(findings: list[dict[str, Any]]) -> None:
    st.subheader("What the guard found", anchor=False)
    if not findings:
        theme.note("○ Nothing yet. Each round of the fleet is judged.")
        return
    counts = Counter(row["verdict"] for row in findings)
    last = {row["verdict"]: row for row in reversed(findings)}
    st.table(
        [
            {
                "Verdict": theme.verdict(verdict), "Runs": f"{count:,}",
                "Last": escaped((last[verdict]["detail"] or {}).get("text"), 80),
            }
            for verdict, count in counts.items()
        ]
    )  # fmt: skip


def _judge() -> None:
    """Judge somebody's events, as `fleet liveness run` does, and draw the loop."""
    st.subheader("Judge a run by its events", anchor=False)
    given = st.file_uploader("Events, one JSON object a line", type=["jsonl", "ndjson"])
    if given is None:
        theme.note("Nothing is stored. The same answer comes from `fleet liveness run`.")
        return
    rows, bad = parse_lines(given.getvalue()[:20_000_000])
    policy = section(resources.fleet().policies, "liveness", LivenessPolicy)
    findings, odd = judge_events(rows[:MOST_EVENTS], policy)
    for note in (*bad, *odd)[:5]:
        theme.note(escaped(note, 200))
    for number, finding in enumerate(findings[:5]):
        text = finding["evidence"].get("text", "no loop was seen")
        st.markdown(
            f"{theme.verdict(finding['verdict'])} **{escaped(finding['run_id'], 60)}** "
            f"{escaped(text, 200)}"
        )
        mine = [
            row for row in rows
            if isinstance(row, dict) and str(row.get("run_id")) == finding["run_id"]
        ]  # fmt: skip
        charts.show(_path(mine, finding), key=f"path {number}", alt=escaped(text, 200))


def _path(events: list[dict[str, Any]], finding: dict[str, Any]) -> go.Figure:
    """Draw events over nodes; from the first repeat on the path is red on a red field."""
    ink = charts.palette()
    names = list(dict.fromkeys(plain(str(event.get("node")))[:30] for event in events))[:MOST_NODES]
    inside = [e for e in events if plain(str(e.get("node")))[:30] in names]
    seqs = [event.get("seq", number) for number, event in enumerate(inside)]
    nodes = [plain(str(event.get("node")))[:30] for event in inside]
    first = finding["evidence"].get("first_seq")
    figure = go.Figure()
    figure.add_scatter(
        x=seqs, y=nodes, mode="lines+markers", line={"color": ink.data, "width": 1.5},
        marker={"size": 8, "color": ink.data}, hoverinfo="x+y",
    )  # fmt: skip
    if first in seqs:
        at = seqs.index(first)
        end = seqs.index(finding["at_seq"]) + 1 if finding["at_seq"] in seqs else len(seqs)
        figure.add_vrect(x0=first, x1=seqs[end - 1], fillcolor=ink.stop, line_width=0)
        figure.add_scatter(
            x=seqs[at:end], y=nodes[at:end], mode="lines+markers", hoverinfo="skip",
            line={"color": ink.bad, "width": 2},
            marker={"symbol": "square", "size": 9, "color": ink.bad},
        )  # fmt: skip
    if finding["at_seq"] in seqs:
        stop = seqs.index(finding["at_seq"])
        figure.add_scatter(
            x=[seqs[stop]], y=[nodes[stop]], mode="markers+text", text=["stopped"],
            textposition="bottom center", marker=charts.verdict_mark(finding["verdict"]),
            textfont={"color": ink.bad}, hoverinfo="skip",
        )  # fmt: skip
    charts.styled(figure, height=80 + 30 * len(names), left=120)
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1])
    return figure
